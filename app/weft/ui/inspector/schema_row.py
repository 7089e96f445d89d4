"""What an answer must be, as a form: text, JSON, or JSON with these fields. A port says so: `{"schema": True}`."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from weft.catalog.component import Port
from weft.model.flow import Node
from weft.model.values import unwrap
from weft.ui import dialogs
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.groups import GroupRow
from weft.ui.inspector.rows import ButtonRow, FieldRow, TextRow
from weft.ui.inspector.schema_fields import Field, Kind, of_example, problem, read, write
from weft.ui.inspector.values import json_value

ANSWERS = (("text", "Text"), ("json", "JSON"), ("fields", "JSON with fields"))
SPOKEN = (
    ("string", "text"),
    ("number", "number"),
    ("integer", "whole number"),
    ("boolean", "yes or no"),
    ("choice", "one of these"),
    ("object", "object"),
    ("any", "anything"),
)
NEW = Field(name="field")
PATH_LIMIT = 4  # objects inside objects that a form shows

Path = tuple[int, ...]


def schema_row(node_id: str, node: Node, port: Port, edits: Edits) -> GroupRow:
    """The form of this port."""
    return _Form(node_id, node, port, edits).row()


class _Form:
    def __init__(self, node_id: str, node: Node, port: Port, edits: Edits) -> None:
        self._node_id, self._name, self._edits = node_id, port.name, edits
        self._key = f"{node_id}/param/{port.name}"
        value = unwrap(node.params.get(port.name, port.default))
        self._value: Any = value
        self._help = port.help
        self._fields = read(value)
        self._raw = f"{node_id}/{port.name}" in edits.raw
        self._label = f"Set {port.name} of {node_id}"

    def row(self) -> GroupRow:
        rows: list[Any] = [self._kind()]
        if isinstance(self._value, dict):
            if self._fields is None or self._raw:
                rows += self._as_json()
            else:
                rows += [*self._cards(self._fields, ()), *self._buttons()]
        return GroupRow(key=f"{self._node_id}/schema/{self._name}", style="list", rows=rows)

    def _kind(self) -> FieldRow:
        now = "fields" if isinstance(self._value, dict) else str(self._value)

        def choose(kind: str) -> Changes:
            if kind == now:
                return []
            made = write([replace(NEW, name="answer")]) if kind == "fields" else kind
            return self._set(made)

        return FieldRow(
            **self._edits.field(self._key, now, choose, self._label),
            control="select",
            label=self._name,
            choices=ANSWERS,
            help=self._help,
        )

    def _as_json(self) -> list[Any]:
        import json

        def change(text: str) -> Changes:
            value = json_value(text, 'Write a JSON Schema, for example {"type": "object"}.')
            if said := problem(value):
                raise ValueError(said)
            return self._set(value)

        text = json.dumps(self._value, ensure_ascii=False, indent=2)
        rows: list[Any] = [
            FieldRow(
                **self._edits.field(f"{self._key}/json", text, change, self._label),
                control="multiline",
                label="JSON Schema",
                mono=True,
                tall=True,
            )
        ]
        if self._fields is None:
            rows.append(
                TextRow(
                    key=f"{self._key}/only-json",
                    text="It says more than the form can show, so it is written as JSON.",
                )
            )
        else:
            rows.append(self._button("form", "Edit in a form", "pencil", lambda: self._to_raw(raw=False)))
        return rows

    def _buttons(self) -> list[ButtonRow]:
        return [
            self._button("add", "Add a field", "plus", lambda: self._change((), _added)),
            self._button("example", "From an example…", "copy", self._from_example),
            self._button("raw", "As JSON", "pencil", lambda: self._to_raw(raw=True)),
        ]

    def _to_raw(self, *, raw: bool) -> None:
        self._edits.write_raw(f"{self._node_id}/{self._name}", raw=raw)

    def _from_example(self) -> None:
        async def take(text: str) -> str:
            try:
                schema = of_example(json_value(text))
            except ValueError as error:
                return str(error)
            if schema.get("type") != "object":
                return 'Paste a JSON object, for example {"name": "Ada", "age": 36}.'
            self._edits.now(self._set(schema), self._label)
            return ""

        dialogs.edit_text("An example of the answer", "", "Make fields of it", take)

    # --- fields ---

    def _cards(self, fields: Sequence[Field], path: Path) -> list[GroupRow]:
        return [self._card(one, fields, (*path, index)) for index, one in enumerate(fields)]

    def _card(self, one: Field, among: Sequence[Field], path: Path) -> GroupRow:
        key = f"{self._key}/field/{'.'.join(map(str, path))}"
        pair = GroupRow(
            key=f"{key}/pair",
            style="pair",
            rows=[
                self._text(
                    key, "name", one.name, path, lambda text: replace(one, name=_free(text, one, among))
                ),
                self._choose(key, one, path),
            ],
        )
        rows: list[Any] = [
            pair,
            GroupRow(
                key=f"{key}/switches",
                style="pair",
                rows=[
                    self._switch(key, "required", one.required, lambda on: replace(one, required=on), path),
                    self._switch(key, "a list of it", one.many, lambda on: replace(one, many=on), path),
                ],
            ),
            self._text(
                key, "description", one.description, path, lambda text: replace(one, description=text.strip())
            ),
        ]
        if one.kind == "choice":
            rows.append(self._choices(key, one, path))
        if one.kind == "object" and len(path) < PATH_LIMIT:
            rows += self._cards(one.fields, path)
            add = self._button(f"{'.'.join(map(str, path))}/add", f"Add a field to {one.name}", "plus",
                               lambda: self._change(path, _added))  # fmt: skip
            rows.append(add)
        return GroupRow(
            key=key,
            title=one.name,
            remove=f"Remove {one.name}",
            on_remove=lambda: self._change(path[:-1], lambda now: _without(now, path[-1])),
            on_move=(lambda by: self._change(path[:-1], lambda now: _moved(now, path[-1], by)))
            if len(among) > 1
            else None,
            rows=rows,
        )

    def _choose(self, key: str, one: Field, path: Path) -> FieldRow:
        def choose(kind: str) -> Changes:
            made = replace(one, kind=cast("Kind", kind), fields=(), choices=())
            if kind == "choice":
                made = replace(made, choices=("one", "other"))
            elif kind == "object":
                made = replace(made, fields=(NEW,))
            return self._put(path, made)

        return FieldRow(
            **self._edits.field(f"{key}/kind", one.kind, choose, self._label),
            control="select",
            label="Type",
            choices=SPOKEN,
        )

    def _choices(self, key: str, one: Field, path: Path) -> FieldRow:
        def change(text: str) -> Changes:
            choices = tuple(dict.fromkeys(line.strip() for line in text.split("\n") if line.strip()))
            if not choices:
                raise ValueError("Write at least one choice, each on a line.")
            return self._put(path, replace(one, choices=choices))

        text = "\n".join(map(str, one.choices))
        return FieldRow(
            **self._edits.field(f"{key}/choices", text, change, self._label),
            control="multiline",
            label="Choices",
            help="One a line.",
        )

    def _text(self, key: str, name: str, text: str, path: Path, made: Callable[[str], Field]) -> FieldRow:
        field = self._edits.field(
            f"{key}/{name}", text, lambda typed: self._put(path, made(typed)), self._label
        )
        return FieldRow(**field, label=name.capitalize(), mono=name == "name")

    def _switch(self, key: str, name: str, on: bool, made: Callable[[bool], Field], path: Path) -> FieldRow:
        field = self._edits.field(f"{key}/{name}", on, lambda now: self._put(path, made(now)), self._label)
        return FieldRow(**field, control="switch", label=name.capitalize())

    def _button(self, key: str, label: str, symbol: str, act: Callable[[], Any]) -> ButtonRow:
        return ButtonRow(key=f"{self._key}/{key}", label=label, symbol=symbol, on_click=act)

    # --- changes ---

    def _set(self, value: Any) -> Changes:
        return [{"op": "set-param", "node": self._node_id, "name": self._name, "value": value}]

    def _put(self, path: Path, made: Field) -> Changes:
        fields = _at(
            self._fields or (),
            path[:-1],
            lambda now: tuple(made if index == path[-1] else one for index, one in enumerate(now)),
        )
        return self._set(write(fields, self._value))

    def _change(self, path: Path, change: Callable[[tuple[Field, ...]], tuple[Field, ...]]) -> None:
        fields = _at(self._fields or (), path, change)
        self._edits.now(self._set(write(fields, self._value)), self._label)


def _at(
    fields: tuple[Field, ...], path: Path, change: Callable[[tuple[Field, ...]], tuple[Field, ...]]
) -> tuple[Field, ...]:
    """The fields with those below the one at `path` changed."""
    if not path:
        return change(fields)
    head, *rest = path
    return tuple(
        replace(one, fields=_at(one.fields, tuple(rest), change)) if index == head else one
        for index, one in enumerate(fields)
    )


def _added(now: tuple[Field, ...]) -> tuple[Field, ...]:
    names = {one.name for one in now}
    free = next(
        name
        for number in range(len(now) + 1)
        if (name := f"field{number + 1 if number else ''}") not in names
    )
    return (*now, replace(NEW, name=free))


def _without(now: tuple[Field, ...], index: int) -> tuple[Field, ...]:
    return (*now[:index], *now[index + 1 :])


def _moved(now: tuple[Field, ...], index: int, by: int) -> tuple[Field, ...]:
    listed = list(now)
    to = max(0, min(len(listed) - 1, index + by))
    listed.insert(to, listed.pop(index))
    return tuple(listed)


def _free(text: str, one: Field, among: Sequence[Field]) -> str:
    name = text.strip()
    if not name:
        raise ValueError("Write a name for the field.")
    if any(other.name == name for other in among if other is not one):
        raise ValueError(f"There is a field {name!r} already.")
    return name
