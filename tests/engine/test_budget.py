"""Budgets as values: read, put together, told."""

from typing import Any

import pytest

from weft.engine.budget import NO_BUDGET, Budget, of_run, shown
from weft.engine.cost import cost_data, cost_of, dollars, told
from weft.model import Flow, from_json


def test_what_is_asked_for_goes_before_the_flow_and_that_before_the_setting() -> None:
    flow = from_json({"format": 1, "nodes": {}, "defaults": {"budget": {"max_cost": 2, "max_tokens": 100}}})
    asked = Budget(max_tokens=5)
    assert of_run(asked, flow) == Budget(max_cost=2, max_tokens=5)
    assert of_run(None, flow) == Budget(max_cost=2, max_tokens=100)
    assert of_run(None, Flow()) is None
    assert asked.otherwise(Budget(1, 1, 1)) == Budget(max_cost=1, max_tokens=5, max_time=1)


def test_a_budget_is_plain_data_and_back() -> None:
    budget = Budget(max_cost=0.5, max_time=60)
    assert budget.as_json() == {"max_cost": 0.5, "max_time": 60}
    assert Budget.read(budget.as_json()) == budget
    assert Budget.read({}) == NO_BUDGET
    assert not NO_BUDGET
    assert Budget(max_tokens=1)


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "$0.00"), (1.5, "$1.50"), (1234.5, "$1,234.50"), (0.05, "$0.050"), (0.00123, "$0.0012"), (1e-7, "$0.00000010")],
)  # fmt: skip
def test_dollars_have_two_digits_that_matter(amount: float, text: str) -> None:
    assert dollars(amount) == text


def test_amounts_are_told_with_their_unit() -> None:
    assert shown("max_cost", 0.5) == "$0.50"
    assert shown("max_tokens", 12_000) == "12,000 tokens"


@pytest.mark.parametrize(
    ("costs", "data", "said"),
    [
        ([], {"cost": 0.0}, ""),
        ([0.0], {"cost": 0.0}, ""),
        ([0.1, 0.2], {"cost": 0.3}, "$0.30"),
        ([None], {"cost": None, "unpriced_calls": 1}, "cost unknown"),
        ([None, 0.25, None], {"cost": 0.25, "unpriced_calls": 2}, "over $0.25"),
        ([None, 0.0], {"cost": 0.0, "unpriced_calls": 1}, "cost unknown"),
    ],
)
def test_what_is_unknown_is_said_and_never_taken_for_nothing(
    costs: list[float | None], data: dict[str, Any], said: str
) -> None:
    found = cost_data([cost_of([{"cost": cost} for cost in costs])])
    assert found == data
    assert told(found["cost"], found.get("unpriced_calls", 0)) == said


def test_a_call_without_a_word_on_its_cost_is_unpriced() -> None:
    assert cost_of([{"model": "m"}]) == (None, 1)
