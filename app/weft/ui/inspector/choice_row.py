"""A choice among many, found by typing: see `static/ui/choice.js`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from weft.ui import assets
from weft.ui.elements import Thing
from weft.ui.inspector.rows import Choices, FieldRow

FEW = 8
"""So many are seen at a glance: they are a plain list to choose from."""


class Finding(Thing):
    component = assets.component("choice.js")

    def __init__(self, name: str, on_choose: Callable[[str], Any]) -> None:
        super().__init__()
        self.put({"name": name})
        self.mark(name)
        self.on("choose", lambda event: on_choose(str(event.args["value"])))

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        return [self.prop("label"), self.prop("placeholder")]


@dataclass(frozen=True, kw_only=True)
class ChoiceRow:
    """`choices` are (value, label) pairs; what stands before ": " in a label says where it belongs."""

    key: str
    label: str
    placeholder: str
    choices: Choices
    on_choose: Callable[[str], Any]

    def make(self) -> "ChoiceWidget":
        return ChoiceWidget(self)


class ChoiceWidget:
    def __init__(self, row: ChoiceRow) -> None:
        self._row = row
        self.element = Finding(row.key, lambda value: self._row.on_choose(value))

    def show(self, row: ChoiceRow) -> None:
        self._row = row
        options = [_option(value, label) for value, label in row.choices]
        self.element.put({"label": row.label, "placeholder": row.placeholder, "options": options})


def choice_row(
    key: str,
    label: str,
    placeholder: str,
    choices: Sequence[tuple[str, str]],
    on_choose: Callable[[str], Any],
) -> ChoiceRow | FieldRow:
    """A search where there are more than a few, else a list."""
    if len(choices) > FEW:
        return ChoiceRow(key=key, label=label, placeholder=placeholder, choices=choices, on_choose=on_choose)

    def chosen(value: Any) -> Any:
        return on_choose(value) if value else None

    listed = [("", placeholder), *choices]
    return FieldRow(key=key, label=label, control="select", choices=listed, on_change=chosen)


def _option(value: str, label: str) -> dict[str, str]:
    where, colon, name = label.partition(": ")
    return {"value": value, "label": name if colon else label, "detail": where if colon else ""}
