"""The fields of a budget in the inspector: what is typed becomes the document's, or says why not."""

from typing import Any

import pytest

from weft.model.flow import FlowBudget
from weft.ui.inspector.budget import budget_row


class Kept:
    """Takes what the fields would do."""

    def __init__(self) -> None:
        self.make: dict[str, Any] = {}

    def field(self, key: str, shown: Any, make: Any, label: str) -> dict[str, Any]:
        self.make[key.rpartition("/")[2]] = make
        return {"key": key, "value": shown, "error": "", "on_change": make}


def rows(budget: FlowBudget) -> tuple[Any, Kept]:
    kept = Kept()
    edits: Any = kept
    return budget_row(
        budget, "flow/defaults/budget", "a run", edits, lambda limits: [{"budget": limits}]
    ), kept


def test_what_is_typed_is_added_to_what_is_there() -> None:
    row, kept = rows(FlowBudget(max_cost=0.5))
    assert [field.value for field in row.rows] == ["0.5", ""]
    assert kept.make["max_tokens"]("20,000") == [{"budget": {"max_cost": 0.5, "max_tokens": 20000}}]
    assert kept.make["max_cost"]("$2") == [{"budget": {"max_cost": 2}}]
    assert kept.make["max_cost"](" ") == [{"budget": {}}]


@pytest.mark.parametrize(("name", "text"), [("max_cost", "much"), ("max_cost", "-1"), ("max_cost", "inf"), ("max_tokens", "1.5"), ("max_tokens", "0")])  # fmt: skip
def test_what_is_no_limit_is_refused_in_a_sentence(name: str, text: str) -> None:
    _, kept = rows(FlowBudget())
    with pytest.raises(ValueError, match="Write "):
        kept.make[name](text)
