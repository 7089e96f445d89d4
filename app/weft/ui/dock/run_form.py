"""What a run is started with: a field for each input of the flow, filled with its default."""

from collections.abc import Mapping
from typing import Any, Final

from weft.model.flow import Flow, FlowInput
from weft.ui.elements import Box
from weft.ui.inspector.interface_form import input_text, parse_input
from weft.ui.inspector.rows import Control, FieldRow
from weft.ui.keyed import Keyed

NOTHING: Final[Mapping[str, Any]] = {}


class RunForm:
    """Keeps what was typed as long as the tab is open; a value nobody touched follows the flow's default."""

    def __init__(self) -> None:
        self._typed: dict[str, str | bool] = {}
        self._errors: dict[str, str] = {}
        self._flow: Flow | None = None
        self._empty = Box("div", "w-field-help", "This flow takes no inputs.")
        self._rows = Keyed(Box("div", "w-stack"))

    def show(self, flow: Flow) -> None:
        self._flow = flow
        self._empty.show(not flow.inputs)
        self._rows.sync([self._row(name, declared) for name, declared in flow.inputs.items()])

    @property
    def wrong(self) -> list[str]:
        """The inputs whose fields hold no value that fits, since they were asked for last."""
        return list(self._errors)

    def values(self, given: Mapping[str, Any] = NOTHING) -> dict[str, Any] | None:
        """The inputs for a run, or None when a field holds something else; it then says what is wrong. What is `given`
        goes before the fields."""
        assert self._flow is not None
        self._errors = {}
        values: dict[str, Any] = {}
        for name, declared in self._flow.inputs.items():
            if name in given:
                values[name] = given[name]
                continue
            text = self._text(name, declared)
            try:
                if isinstance(text, bool):
                    values[name] = text
                elif text != "" or name in self._typed:
                    values[name] = parse_input(text, declared)
                elif not declared.has_default:
                    raise ValueError("This input has no default: give it a value.")
            except ValueError as error:
                self._errors[name] = str(error)
        self.show(self._flow)
        return None if self._errors else values

    def _row(self, name: str, declared: FlowInput) -> FieldRow:
        def typed(text: str | bool) -> None:
            self._typed[name] = text
            self._errors.pop(name, None)

        return FieldRow(
            key=f"run/{name}",
            control=control_of(declared),
            label=name,
            badge="" if declared.type == "text" else declared.type,
            help=declared.description,
            value=self._text(name, declared),
            error=self._errors.get(name, ""),
            choices=[(str(choice), str(choice)) for choice in declared.choices],
            mono=declared.type.startswith(("json", "list", "messages")),
            on_change=typed,
        )

    def _text(self, name: str, declared: FlowInput) -> str | bool:
        if name in self._typed:
            return self._typed[name]
        if declared.type == "boolean":
            return bool(declared.default) if declared.has_default else False
        if declared.choices and not declared.has_default:
            return str(declared.choices[0])
        return input_text(declared.default, declared) if declared.has_default else ""


def control_of(declared: FlowInput) -> Control:
    if declared.type == "boolean":
        return "switch"
    if declared.choices:
        return "select"
    return "text" if declared.type in ("number", "integer", "file") else "multiline"
