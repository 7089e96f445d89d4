"""What a node, or a run of the flow, may spend on models: two small fields."""

from collections.abc import Callable
from typing import Any

from weft.model.flow import FlowBudget
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.groups import GroupRow
from weft.ui.inspector.rows import FieldRow
from weft.ui.inspector.values import loosely


def budget_row(
    budget: FlowBudget, key: str, whose: str, edits: Edits, write: Callable[[dict[str, Any]], Changes]
) -> GroupRow:
    """`write` makes the changes that set the whole budget; `whose` ends the name of the edit."""

    def field(name: str, label: str, read: Callable[[str], float | int], badge: str) -> FieldRow:
        value = getattr(budget, name)

        def change(text: str) -> Changes:
            written = budget.model_dump(exclude_none=True)
            written.pop(name, None)
            return write(written | ({name: read(text)} if text.strip() else {}))

        shown = loosely(value) if value is not None else ""
        edit = edits.field(f"{key}/{name}", shown, change, f"Set {label.lower()} of {whose}")
        return FieldRow(**edit, label=label, badge=badge, placeholder="no limit")

    rows = [
        field("max_cost", "Most cost", read_dollars, "$"),
        field("max_tokens", "Most tokens", read_tokens, ""),
    ]
    return GroupRow(key=key, style="pair", rows=rows)


def read_dollars(text: str) -> float | int:
    try:
        value = float(text.strip().removeprefix("$"))
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise ValueError("Write dollars above 0, for example 0.05.")
    return int(value) if value.is_integer() else value


def read_tokens(text: str) -> int:
    digits = text.strip().replace(",", "").replace(" ", "")
    if not digits.isdecimal() or int(digits) < 1:
        raise ValueError("Write a whole number of tokens, for example 20000.")
    return int(digits)
