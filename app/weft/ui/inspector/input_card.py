"""The card of one input of the flow: its name, its type, its default, what it is for."""

from typing import Any

from weft.catalog.kinds import PLAIN, PortType
from weft.model.flow import Flow, FlowInput
from weft.model.refs import is_id, is_input_name
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.groups import GroupRow
from weft.ui.inspector.rows import FieldRow
from weft.ui.inspector.values import shown, typed

TYPES = (*PLAIN, *(f"list[{kind}]" for kind in PLAIN))


class InputCard:
    """Describes the card; every edit of it replaces the input's declaration as a whole."""

    def __init__(self, flow: Flow, name: str, declared: FlowInput, edits: Edits) -> None:
        self._flow, self._name, self._declared, self._edits = flow, name, declared, edits
        self._type = type_of(declared)

    def row(self) -> GroupRow:
        name = self._name
        names = [
            name_field(f"inputs/{name}/name", "input", name, self._flow.inputs, self._edits),
            self._type_field(),
        ]
        rows: list[Any] = [
            GroupRow(key=f"inputs/{name}/pair", style="pair", rows=names),
            self._default_field(),
            self._field(
                "description",
                self._declared.description,
                self._describe,
                label="Description",
                control="multiline",
            ),
        ]
        if self._type.kind in ("text", "number", "integer"):
            rows.append(self._choices_field())
        if self._type.kind == "text" and not self._declared.choices:
            rows.append(
                self._field(
                    "multiline",
                    self._declared.multiline,
                    self._spread,
                    label="Several lines",
                    control="switch",
                )
            )
        return GroupRow(
            key=f"inputs/{name}",
            title=name,
            rows=rows,
            remove=f"Remove input {name}",
            on_remove=lambda: self._edits.now([{"op": "remove-input", "name": name}], f"Remove input {name}"),
        )

    def _field(self, part: str, value: Any, change: Any, **more: Any) -> FieldRow:
        key = f"inputs/{self._name}/{part}"
        return FieldRow(**self._edits.field(key, value, change, f"Change input {self._name}"), **more)

    def _type_field(self) -> FieldRow:
        kinds = dict.fromkeys((*TYPES, self._declared.type))
        choices = [(kind, kind) for kind in kinds]
        return self._field(
            "type", self._declared.type, self._retype, label="Type", control="select", choices=choices
        )

    def _default_field(self) -> FieldRow:
        declared, boolean = self._declared, self._type.kind == "boolean"
        value = bool(declared.default) if boolean else shown(declared.default, self._type)
        return self._field(
            "default",
            value,
            self._redefault,
            label="Default",
            control="switch" if boolean else "multiline",
            placeholder="none: it must be given for each run",
            mono=self._type.kind in ("json", "list", "messages"),
        )

    def _choices_field(self) -> FieldRow:
        return self._field(
            "choices",
            "\n".join(map(str, self._declared.choices)),
            self._choose,
            label="Choices",
            badge="one a line",
            control="multiline",
            placeholder="any value",
        )

    # What an edit makes of the declaration; None takes a key away ------------------------------------------------

    def _changed(self, **values: Any) -> Changes:
        written = {**self._declared.model_dump(exclude_unset=True), **values}
        kept = {key: value for key, value in written.items() if value is not None}
        return [{"op": "set-input", "name": self._name, "input": kept}]

    def _retype(self, text: str) -> Changes:
        """Another type; a default that it can't hold goes."""
        default = self._declared.default
        fits = default is None or not _parsed(text).complaint(default)
        return self._changed(type=text, default=default if fits else None)

    def _redefault(self, text: str | bool) -> Changes:
        value = text if isinstance(text, bool) else typed(text, self._type) if text else None
        if value is not None and (complaint := self._type.complaint(value)):
            raise ValueError(f"{complaint[0].upper()}{complaint[1:]}.")
        return self._changed(default=value)

    def _describe(self, text: str) -> Changes:
        return self._changed(description=text or None)

    def _choose(self, text: str) -> Changes:
        values = [typed(line.strip(), self._type) for line in text.split("\n") if line.strip()]
        return self._changed(choices=values or None)

    def _spread(self, on: bool) -> Changes:
        return self._changed(multiline=on or None)


def name_field(key: str, what: str, name: str, taken: Any, edits: Edits) -> FieldRow:
    """The field that renames an input or an output."""

    def rename(text: str) -> Changes:
        if text == name:
            return []
        if not (is_input_name if what == "input" else is_id)(text):
            raise ValueError("Write a small letter, then small letters, digits or _.")
        if text in taken:
            raise ValueError(f"There is an {what} {text!r} already.")
        return [{"op": f"rename-{what}", "name": name, "to": text}]

    return FieldRow(**edits.field(key, name, rename, f"Rename {what} {name}"), label="Name", mono=True)


def type_of(declared: FlowInput) -> PortType:
    """The type of a flow's input; one that can't be read holds anything, and is a problem of the flow."""
    return _parsed(declared.type)


def _parsed(text: str) -> PortType:
    try:
        return PortType.parse(text)
    except ValueError:
        return PortType("any")
