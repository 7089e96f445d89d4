"""Forms of values that are lists or objects: a card for each part, in place of JSON.

A component says by port which form it wants, in its `ui`:

    "cases": {"columns": {"name": "Name", "when": "Condition"}}   a list of objects with these fields, in order
    "choices": {"items": "Option"}                                a list of values, in order
    "fields": {"named": "Field"}                                  an object: a name, and what an input of a flow has

A value of another shape, and any value on request, is shown as JSON.
"""

# What is inside JSON isn't known before it is looked at.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from weft.catalog.component import Port
from weft.model.flow import Flow, FlowInput, Node
from weft.model.refs import is_id
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.groups import GroupRow
from weft.ui.inspector.input_card import TYPES
from weft.ui.inspector.rows import ButtonRow, FieldRow, TextRow
from weft.ui.inspector.values import loose, loosely

FORMS = ("columns", "items", "named")
MOST = 100
"""Parts shown as cards; what is longer is edited as JSON."""


def form_of(hints: Any) -> str:
    """Which of the forms these hints of a port ask for; "" for none."""
    return next((form for form in FORMS if isinstance(hints, Mapping) and form in hints), "")


def listed_row(
    node_id: str, node: Node, port: Port, hints: Mapping[str, Any], flow: Flow, edits: Edits
) -> GroupRow | None:
    """The form of this port's value; None if its value has another shape."""
    form, value = form_of(hints), node.params.get(port.name)
    if f"{node_id}/{port.name}" in edits.raw or not _fits(form, value):
        return None
    made = _Listed(node_id, port.name, value, hints[form], flow, edits)
    rows: list[Any] = {"columns": made.columns, "items": made.items, "named": made.named}[form]()
    key = f"{node_id}/list/{port.name}"
    if port.help and not rows:
        rows = [TextRow(key=f"{key}/help", text=port.help)]
    add = ButtonRow(key=f"{key}/add", label=f"Add {made.what.lower()}", on_click=made.add(form))
    raw = ButtonRow(
        key=f"{key}/raw",
        label="Edit as JSON",
        symbol="pencil",
        on_click=lambda: edits.write_raw(f"{node_id}/{port.name}"),
    )
    rows.append(GroupRow(key=f"{key}/acts", style="pair", rows=[add, raw]))
    title = f"{port.name} · required" if port.required else port.name
    return GroupRow(key=key, style="list", title=title, rows=rows)


def _fits(form: str, parts: Any) -> bool:
    if parts is None:
        return bool(form)
    if form == "named":
        return isinstance(parts, dict) and len(parts) <= MOST and all(_field(one) for one in parts.values())
    if not isinstance(parts, list) or len(parts) > MOST:
        return False
    return form == "items" or (form == "columns" and all(isinstance(one, dict) for one in parts))


def _field(given: Any) -> FlowInput | None:
    try:
        return FlowInput.model_validate({"type": given} if isinstance(given, str) else given)
    except ValueError:
        return None


class _Listed:
    def __init__(self, node_id: str, port: str, value: Any, hint: Any, flow: Flow, edits: Edits) -> None:
        self._node, self._port, self._hint = node_id, port, hint
        self._flow, self._edits = flow, edits
        self._value: Any = value
        self._key = f"{node_id}/list/{port}"
        self.what = hint if isinstance(hint, str) else "Case" if port == "cases" else "One"

    def add(self, form: str) -> Callable[[], Any]:
        def run() -> None:
            if form == "named":
                parts: Any = {**(self._value or {}), self._free(self._value or {}, "field"): "text"}
            elif form == "items":
                parts = [*self._list, f"{self.what} {len(self._list) + 1}"]
            else:
                names = [one.get("name") for one in self._list]
                first = dict.fromkeys(self._hint, "") | {"name": self._free(names, "case")}
                parts = [*self._list, first]
            self._edits.now(self._set(parts), f"Add {self.what.lower()} to {self._node}")

        return run

    def columns(self) -> list[Any]:
        """A card for each object: its fields, one of which may be an output's name."""
        labels = cast("Mapping[str, str]", self._hint)
        rows: list[Any] = []
        for place, given in enumerate(self._list):
            fields = [self._column(place, given, name, label) for name, label in labels.items()]
            rows.append(self._part(place, f"{self.what} {place + 1}", fields))
        return rows

    def items(self) -> list[Any]:
        """A line for each value: text, or JSON where it is written as such."""
        rows: list[Any] = []
        for place, given in enumerate(self._list):

            def change(text: str, place: int = place) -> Changes:
                return self._set([*self._list[:place], loose(text), *self._list[place + 1 :]])

            label = f"Set {self.what.lower()} {place + 1} of {self._node}"
            edit = self._edits.field(f"{self._key}/{place}", loosely(given), change, label)
            title = f"{self.what} {place + 1}"
            rows.append(self._part(place, title, [FieldRow(**edit, label=title, hide_label=True)]))
        return rows

    def named(self) -> list[Any]:
        """A card for each field of the object: its name, type, what it is for, what may be chosen."""
        fields = cast("dict[str, Any]", self._value or {})
        rows: list[Any] = []
        for place, (name, given) in enumerate(fields.items()):
            declared = _field(given)
            assert declared is not None  # checked by `_fits`
            rows.append(self._part(place, f"{self.what} {place + 1}", self._named(name, declared, place)))
        return rows

    @property
    def _list(self) -> list[Any]:
        return list(self._value or [])

    def _set(self, value: Any) -> list[dict[str, Any]]:
        if not value:
            return [{"op": "unset-param", "node": self._node, "name": self._port}]
        return [{"op": "set-param", "node": self._node, "name": self._port, "value": value}]

    def _part(self, place: int, title: str, rows: Sequence[Any]) -> GroupRow:
        parts: Any = list((self._value or {}).items()) if isinstance(self._value, dict) else self._list

        def put(changed: list[Any], label: str) -> None:
            value = dict(changed) if isinstance(self._value, dict) else changed
            self._edits.now([*self._kept_wires(changed), *self._set(value)], f"{label} of {self._node}")

        def move(by: int) -> None:
            to = place + by
            if 0 <= to < len(parts):
                moved = [*parts]
                moved.insert(to, moved.pop(place))
                put(moved, f"Reorder {self._port}")

        return GroupRow(
            key=f"{self._key}/part/{place}",
            title=title,
            rows=rows,
            remove=f"Remove {title.lower()}",
            on_remove=lambda: put([*parts[:place], *parts[place + 1 :]], f"Remove {title.lower()}"),
            on_move=move if len(parts) > 1 else None,
        )

    def _kept_wires(self, changed: list[Any]) -> list[dict[str, Any]]:
        """What is wired to the node's main output, its first way, stays with that way when another comes first."""
        ways = [[one.get("name") for one in listed] for listed in (self._list, changed) if self._by_name]
        if not ways or ways[0][:1] == ways[1][:1] or not is_id(str(ways[0][0])):
            return []
        return rewired(self._flow, self._node, f"{self._node}.{ways[0][0]}")

    @property
    def _by_name(self) -> bool:
        return isinstance(self._hint, Mapping) and "name" in self._hint

    def _column(self, place: int, given: Mapping[str, Any], name: str, label: str) -> FieldRow:
        value = given.get(name)

        def change(text: str) -> Changes:
            changed = [*self._list]
            changed[place] = {**given, name: text.strip()}
            return [*self._set(changed), *(self._renamed(place, str(value), text.strip()) if named else [])]

        named = name == "name"
        edit = self._edits.field(
            f"{self._key}/{place}/{name}",
            value if isinstance(value, str) else loosely(value),
            change,
            f"Set {label.lower()} {place + 1} of {self._node}",
        )
        hint = "such as score >= 7" if name == "when" else ""
        return FieldRow(**edit, label=label, mono=True, placeholder=hint)

    def _renamed(self, place: int, old: str, new: str) -> list[dict[str, Any]]:
        """A way has another name: what is wired to it follows. Raises `ValueError` for a name that can't be."""
        if not is_id(new):
            raise ValueError("Write a small letter, then small letters, digits or _.")
        others = [one.get("name") for at, one in enumerate(self._list) if at != place]
        if new in others or new == "else":
            raise ValueError(f"There is a way {new!r} already.")
        return renamed_output(self._flow, self._node, old, new)

    def _named(self, name: str, declared: FlowInput, place: int) -> list[Any]:
        fields = cast("dict[str, Any]", self._value)
        key = f"{self._key}/{place}"

        def rename(text: str) -> Changes:
            new = text.strip()
            if not new.isidentifier() or not new.isascii() or new == "output":
                raise ValueError("Write letters, digits and _; 'output' is the whole form.")
            if new != name and new in fields:
                raise ValueError(f"There is a field {new!r} already.")
            changed = {new if one == name else one: given for one, given in fields.items()}
            return [*self._set(changed), *renamed_output(self._flow, self._node, name, new)]

        def write(**more: Any) -> Changes:
            written = (
                declared.model_dump(exclude_defaults=True, by_alias=True) | {"type": declared.type} | more
            )
            written = {one: value for one, value in written.items() if value not in ("", [], None)}
            plain = written["type"] if set(written) == {"type"} else written
            return self._set({**fields, name: plain})

        def choices(text: str) -> Changes:
            return write(choices=[loose(line) for line in text.split("\n") if line.strip()])

        def field(part: str, shown: str, make: Callable[[Any], Changes], **more: Any) -> FieldRow:
            label = f"Set {part} of {name} of {self._node}"
            return FieldRow(**self._edits.field(f"{key}/{part}", shown, make, label), **more)

        types = [(one, one) for one in dict.fromkeys([declared.type, *TYPES])]
        pair = [
            field("name", name, rename, label="Name", mono=True),
            field(
                "type", declared.type, lambda t: write(type=t), label="Type", control="select", choices=types
            ),
        ]
        return [
            GroupRow(key=f"{key}/pair", style="pair", rows=pair),
            field(
                "description", declared.description, lambda t: write(description=t), label="What it is for"
            ),
            field(
                "choices",
                "\n".join(loosely(one) for one in declared.choices),
                choices,
                label="Only these, one a line",
                control="multiline",
            ),
        ]

    def _free(self, taken: Any, stem: str) -> str:
        return next(name for number in range(1, 10_000) if (name := f"{stem}{number}") not in taken)


def renamed_output(flow: Flow, node: str, old: str, new: str) -> list[dict[str, Any]]:
    """The changes that wire everything from the output `old` of the node to its output `new`."""
    return rewired(flow, f"{node}.{old}", f"{node}.{new}")


def rewired(flow: Flow, ref: str, to: str) -> list[dict[str, Any]]:
    """The changes that put one reference in another's place."""
    changes: list[dict[str, Any]] = []
    for name, other in flow.nodes.items():
        for port, value in other.inputs.items():
            for index, one in enumerate([value] if isinstance(value, str) else value):
                if one == ref:
                    many = not isinstance(value, str)
                    changes.append({"op": "disconnect", "node": name, "port": port, "ref": ref})
                    wire = {"op": "connect", "node": name, "port": port, "ref": to, "many": many}
                    changes.append({**wire, "index": index} if many else wire)
    outputs = [name for name, value in flow.outputs.items() if value == ref]
    return changes + [{"op": "set-output", "name": name, "ref": to} for name in outputs]
