"""What is fixed of a tool: values of its inputs that no model chooses, or is even told of, in fields as a node has them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from weft.catalog.kinds import LIVE
from weft.catalog.ports import Port
from weft.model.flow import Flow
from weft.model.values import unwrap
from weft.ui.inspector.choice_row import choice_row
from weft.ui.inspector.control import control_of, needs_mono, placeholder_of, shown_in
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.input_card import type_of
from weft.ui.inspector.rows import Choices, FieldRow, TextRow
from weft.ui.inspector.values import json_value, loosely, typed

HIDDEN: Final = (*LIVE, "condition")
"""Kinds that a model can't fill: they are fixed, or are as they come."""
EMPTY: Final[Mapping[str, Any]] = {
    "number": 0, "integer": 0, "boolean": False, "json": {}, "list": [], "messages": []
}  # fmt: skip
WORDS: Final = ("text", "template", "any")
STRUCTURED: Final = ("json", "list", "messages")
Put = Callable[[Mapping[str, Any]], Changes]


def fixed_rows(
    key: str,
    fixed: Mapping[str, Any],
    inputs: Sequence[Port],
    models: Sequence[str],
    flows: Choices,
    put: Put,
    edits: Edits,
) -> list[Any]:
    """A field for each value that is fixed or must be, and a choice of one more. `put` makes the changes that fix these
    values and no others."""
    known = {port.name: port for port in inputs}
    here = [port for port in inputs if port.name in fixed or (port.required and kind_of(port) in HIDDEN)]
    rows: list[Any] = [_Fixed(key, port, fixed, models, flows, put, edits).row() for port in here]
    rows += [_strange(key, name, fixed, put, edits) for name in fixed if name not in known]
    free = [port for port in inputs if port not in here]
    if rows or free:
        rows.insert(0, TextRow(key=f"{key}/about", text=_about(here)))
    if free:

        def fix(name: str) -> None:
            port = known[name]
            value = port.default if port.default is not None else _empty(port)
            edits.now(put({**fixed, name: value}), f"Fix {name} of a tool")

        choices = [(port.name, f"{port.type}: {port.name}") for port in free]
        placeholder = "Choose one of its inputs…"
        rows.append(choice_row(f"{key}/fix/{len(fixed)}", "Fix a value", placeholder, choices, fix))
    return rows


def of_flow(flow: Flow) -> list[Port]:
    """The inputs of a flow, as ports."""
    return [
        Port(
            name=name,
            type=type_of(declared),
            required=not declared.has_default,
            default=declared.default if declared.has_default else None,
            help=declared.description,
            choices=tuple(declared.choices),
            multiline=declared.multiline,
        )
        for name, declared in flow.inputs.items()
    ]


def kind_of(port: Port) -> str:
    return (port.type.item or port.type).kind


def _about(here: Sequence[Port]) -> str:
    if here:
        return "What is fixed here is the same in every call; the model isn't told of it."
    return "The model fills its inputs. One that is fixed is the same in every call, and the model isn't told of it."


def _empty(port: Port) -> Any:
    return port.choices[0] if port.choices else EMPTY.get(port.type.kind, "")


class _Fixed:
    def __init__(
        self,
        key: str,
        port: Port,
        fixed: Mapping[str, Any],
        models: Sequence[str],
        flows: Choices,
        put: Put,
        edits: Edits,
    ) -> None:
        self._key, self._port, self._fixed = f"{key}/{port.name}", port, fixed
        self._models, self._flows, self._put, self._edits = models, flows, put, edits

    def row(self) -> FieldRow:
        port, value = self._port, self._fixed.get(self._port.name)
        control, choices = control_of(port, value, self._models, self._flows)
        text = shown_in(control, value, port)
        must = port.required and kind_of(port) in HIDDEN
        lacks = must and value is None
        edit = self._edits.field(self._key, text, self._change, f"Fix {port.name} of a tool")
        edit["error"] = edit["error"] or (
            "It must be fixed: a model can't fill it." if lacks else self._lack()
        )
        return FieldRow(
            **edit,
            control=control,
            label=port.name,
            badge=f"{port.type} · required" if must else str(port.type),
            help=port.help,
            placeholder=placeholder_of(port, control),
            choices=choices,
            mono=needs_mono(port, text),
            tall=port.multiline and port.type.kind in ("template", "text"),
            dot=port.type.kind,
            reset="" if lacks or must else self._back(),
            on_reset=lambda: self._edits.now(self._put(self._without()), f"Let {port.name} go"),
        )

    def _lack(self) -> str:
        """What is wrong with an empty value, where it isn't a text."""
        nothing = self._fixed.get(self._port.name) == "" and self._port.type.kind not in WORDS
        return "Write a value; Reset takes it from here." if nothing else ""

    def _back(self) -> str:
        return "as it comes" if kind_of(self._port) in HIDDEN else "what the model writes"

    def _without(self) -> dict[str, Any]:
        return {name: value for name, value in self._fixed.items() if name != self._port.name}

    def _change(self, text: str | bool) -> Changes:
        port = self._port
        if isinstance(text, bool):
            return self._put({**self._fixed, port.name: text})
        if port.choices:
            value: Any = next((one for one in port.choices if str(one) == text), None)
            return self._put(self._without() if value is None else {**self._fixed, port.name: value})
        if text or port.type.kind in WORDS:
            value = typed(text, port.type)
            if port.type.kind in STRUCTURED and (complaint := port.type.complaint(unwrap(value))):
                raise ValueError(f"{complaint[0].upper()}{complaint[1:]}.")
            return self._put({**self._fixed, port.name: value})
        if port.required and kind_of(port) in HIDDEN:
            return self._put(self._without())
        raise ValueError("Write a value; Reset takes it from here.")


def _strange(key: str, name: str, fixed: Mapping[str, Any], put: Put, edits: Edits) -> FieldRow:
    """A value for an input that the tool hasn't got: kept, readable, and let go by Reset."""

    def change(text: str) -> Changes:
        return put({**fixed, name: json_value(text)})

    rest = {other: value for other, value in fixed.items() if other != name}
    return FieldRow(
        **edits.field(f"{key}/{name}", loosely(fixed[name]), change, f"Fix {name} of a tool"),
        label=name,
        badge="it has no such input",
        mono=True,
        reset="nothing",
        on_reset=lambda: edits.now(put(rest), f"Let {name} go"),
    )
