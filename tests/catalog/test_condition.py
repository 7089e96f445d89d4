"""Conditions that a component evaluates itself, and what `ports=` may say of params."""

from collections.abc import Mapping
from typing import Any

import pytest

from weft import Condition, component
from weft.catalog import PortType
from weft.catalog.fits import compatible
from weft.engine.check import check
from weft.model import StepFailed, from_json
from weft.testing import run_flow, stock_catalog


@component
async def first(items: list[Any], wanted: Condition) -> Any:
    """The first item for which it holds."""
    return next((item for item in items if wanted({"item": item})), None)


def using(**params: Any) -> dict[str, Any]:
    return {"format": 1, "nodes": {"f": {"component": "first", "params": {"items": [1, 5, 9], **params}}}}


async def test_a_component_evaluates_it_as_often_as_it_wants() -> None:
    result = await run_flow(using(wanted="item > 3"), components=[first])
    assert result.outputs == {"f": 5}


def test_its_names_are_no_ports_by_themselves() -> None:
    assert [port.name for port in first.ports({"wanted": "item > limit"}).inputs] == ["items", "wanted"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("item >", "bad-expression"), ("", "bad-expression"), (3, "bad-param"), (None, "missing-input")],
)
def test_what_cannot_be_read_is_told_before_the_run(text: Any, code: str) -> None:
    params = {} if text is None else {"wanted": text}
    problems = check(from_json(using(**params)), stock_catalog(first))
    assert [(problem.code, problem.port) for problem in problems] == [(code, "wanted")]


def test_no_edge_brings_one() -> None:
    fit = compatible(PortType("text"), PortType("condition"))
    assert (fit.ok, fit.reason) == (False, "a condition is chosen in the node; no edge can bring it")


def test_it_is_made_of_any_text_and_says_what_is_wrong() -> None:
    good, bad = Condition("a > 1 and exists(b)"), Condition("a >")
    assert (good.names, good.problem) == ({"a": True, "b": False}, "")
    assert (bad.names, bad.problem) == ({}, "line 1, column 4: It is no whole expression.")
    with pytest.raises(StepFailed) as failed:
        bad({"a": 1})
    assert failed.value.code == "bad-expression"


@pytest.mark.parametrize(
    ("text", "reads"),
    [("state.a > 1", True), ("state['a']", True), ("estate > 1", False), ("a.state_of", False)],
)
def test_it_knows_whether_it_names_the_state(text: str, reads: bool) -> None:
    assert Condition(text).reads_state is reads


def test_it_reads_the_state_it_is_given() -> None:
    assert Condition("state.a > b")({"b": 1}, {"a": 2}) is True


# --- problems from `ports=` ---


def _ports(params: Mapping[str, Any]) -> dict[str, Any]:
    wrong = {"size": "The size must be even."} if params.get("size", 0) % 2 else {}
    return {"inputs": {"extra": str | None}, "problems": wrong}


@component(ports=_ports)
async def even(size: int, **more: Any) -> int:
    """Take an even size."""
    return size


async def test_ports_may_say_what_is_wrong_with_a_param_and_keep_the_ports() -> None:
    document = from_json(
        {"format": 1, "nodes": {"e": {"component": "even", "params": {"size": 3, "extra": "x"}}}}
    )
    (problem,) = check(document, stock_catalog(even))
    assert (problem.code, problem.port, problem.message) == (
        "bad-param",
        "size",
        "'e': The size must be even.",
    )
    assert problem.pointer == ("nodes", "e", "params", "size")
    assert [port.name for port in even.ports({"size": 3}).inputs] == ["size", "extra"]
    assert check(document.model_copy(update={"nodes": {}}), stock_catalog(even))[0].code == "empty-flow"
