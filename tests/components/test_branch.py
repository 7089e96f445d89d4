"""`branch` and `classify` by themselves: their ports, and what they give."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.components.conftest import Alone

from weft import WeftError
from weft.catalog import Component

Stock = Callable[[str], Component]
CASES = [{"name": "good", "when": "score >= limit"}, {"name": "fair", "when": "exists(note) or score > 3"}]


def test_each_case_and_else_is_an_output_and_each_name_an_input(stock: Stock) -> None:
    ports = stock("branch").ports({"cases": CASES})
    assert [(port.name, port.required) for port in ports.inputs] == [
        ("cases", True),
        ("value", True),
        ("score", True),
        ("limit", True),
        ("note", False),
    ]
    assert [port.name for port in ports.outputs] == ["good", "fair", "else"]
    assert ports.faults == ()


@pytest.mark.parametrize("params", [{}, {"cases": None}, {"cases": "x"}, {"cases": 3}, {"cases": {"a": 1}}])
def test_without_cases_there_is_only_else(stock: Stock, params: dict[str, Any]) -> None:
    assert [port.name for port in stock("branch").ports(params).outputs] == ["else"]
    assert [port.name for port in stock("classify").ports(params).outputs] == ["else"]


def test_a_case_that_is_none_leaves_the_others_their_ports(stock: Stock) -> None:
    cases = [{"name": "good", "when": "a >"}, {"name": "No"}, 3, {"name": "fair", "when": "b"}]
    ports = stock("branch").ports({"cases": cases})
    assert [port.name for port in ports.outputs] == ["good", "fair", "else"]
    assert [fault.code for fault in ports.faults] == ["bad-param"]


def test_a_name_of_a_port_of_its_own_is_a_fault(stock: Stock) -> None:
    ports = stock("branch").ports({"cases": [{"name": "a", "when": "cases > 1 or value > 1"}]})
    assert [fault.code for fault in ports.faults] == ["port-clash"]


@pytest.mark.parametrize(("score", "way"), [(9, "good"), (5, "fair"), (1, "else")])
async def test_the_value_takes_the_first_way_that_holds(
    stock: Stock, alone: Alone, score: int, way: str
) -> None:
    given = {"cases": CASES, "value": ["x"], "score": score, "limit": 7}
    assert await stock("branch").call(given, alone) == {way: ["x"]}


async def test_cases_over_an_edge_are_looked_at_when_they_come(stock: Stock, alone: Alone) -> None:
    with pytest.raises(WeftError, match="A case can't be called 'else'"):
        await stock("branch").call({"cases": [{"name": "else", "when": "true"}], "value": 1}, alone)


def test_else_of_a_model_can_be_forbidden(stock: Stock) -> None:
    ports = stock("classify").ports({"cases": [{"name": "a"}, {"name": "b"}], "allow_else": False})
    assert [port.name for port in ports.outputs] == ["a", "b"]
