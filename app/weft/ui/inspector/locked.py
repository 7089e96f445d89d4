"""The same form where nothing can be changed: to be read and copied from, with nothing that adds, removes or runs."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from weft.ui.inspector.choice_row import ChoiceRow
from weft.ui.inspector.groups import GroupRow, SectionRow
from weft.ui.inspector.prompt_row import PromptRow
from weft.ui.inspector.rows import ButtonRow, FieldRow, TextRow, WireRow

VIEWS = ("pencil",)
"""Symbols of buttons that only show a value in another way."""


def locked(rows: Sequence[Any]) -> list[Any]:
    """These rows, to be looked at."""
    return [one for row in rows if (one := _locked(row)) is not None]


def _locked(row: Any) -> Any:
    match row:
        case FieldRow():
            return replace(row, locked=True, sources=(), reset="")
        case PromptRow():
            return replace(row, locked=True, sources=(), reset="")
        case WireRow():
            return replace(row, locked=True, sources=(), on_reorder=None)
        case TextRow():
            return replace(row, action="")
        case ChoiceRow():
            return None
        case ButtonRow():
            return row if row.symbol in VIEWS else None
        case GroupRow():
            return replace(row, rows=locked(row.rows), remove="", on_move=None)
        case SectionRow():
            return replace(row, rows=locked(row.rows))
        case _ if any(field.name == "locked" for field in fields(row)):
            return replace(row, locked=True)
        case _:
            return row
