"""The small components: `text`, `json`, `choose`, `math`; alone and in a flow."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.components.conftest import Alone

from weft import WeftError
from weft.catalog import Component
from weft.testing import run_flow

Stock = Callable[[str], Component]


def flow(component: str, inputs: dict[str, Any], **params: Any) -> dict[str, Any]:
    """A node of one component, each of the flow's inputs wired to the port of its name."""
    node = {"component": component, "params": params, "inputs": {name: f"inputs.{name}" for name in inputs}}
    return {"format": 1, "inputs": {name: {"type": "any"} for name in inputs}, "nodes": {"it": node}}


async def made(component: str, given: dict[str, Any], **params: Any) -> Any:
    result = await run_flow(flow(component, given, **params), given)
    assert result.status == "succeeded", result.error
    return result["it"]


async def failure(component: str, given: dict[str, Any], **params: Any) -> dict[str, Any]:
    result = await run_flow(flow(component, given, **params), given)
    assert result.error is not None
    return result.error


# --- text ------------------------------------------------------------------------------------------------------------


async def test_a_text_takes_in_values() -> None:
    given = {"name": "Ada", "items": ["tea"]}
    assert await made("text", given, template="{{name | upper}} wants {{items}}") == 'ADA wants ["tea"]'


async def test_a_text_wired_in_is_taken_as_it_is() -> None:
    assert await made("text", {"template": "no {{hole}} here"}) == "no {{hole}} here"


async def test_a_value_that_is_missing_in_a_text_is_named() -> None:
    error = await failure("text", {"name": {"first": "Ada"}}, template="{{name.last}}")
    assert (error["code"], error["message"]) == ("missing-value", "There is no value for {{name.last}}.")


# --- json ------------------------------------------------------------------------------------------------------------

DATA: dict[str, Any] = {
    "items": [{"title": "one", "n": 1}, {"title": "two", "n": 2}],
    "a.b": 1,
    "none": None,
    "": 7,
}


@pytest.mark.parametrize(
    ("pick", "expected"),
    [
        ("", DATA),
        ("items.0.title", "one"),
        ("items[1].title", "two"),
        ("items.-1.n", 2),
        (" items.*.title ", ["one", "two"]),
        ("items.*", DATA["items"]),
        ("none", None),
    ],
)
async def test_a_part_is_picked(stock: Stock, pick: str, expected: Any) -> None:
    assert await stock("json").call({"value": DATA, "pick": pick}, Alone()) == {"output": expected}


@pytest.mark.parametrize(
    ("pick", "why"),
    [
        ("gone", "no 'gone' among 'items', 'a.b', 'none', ''"),
        ("items.2", "no '2' in a list of 2"),
        ("items.x", "no 'x' in a list of 2"),
        ("items.0.title.x", "nothing called 'x' in str"),
        ("none.x", "nothing called 'x' in null"),
        ("items.*.gone", "no 'gone' among 'title', 'n'"),
        ("items.99999999999999999999", "no '99999999999999999999' in a list of 2"),
        ("__class__", "no '__class__' among"),
    ],
)
async def test_a_part_that_is_not_there_is_named(stock: Stock, pick: str, why: str) -> None:
    with pytest.raises(WeftError) as failed:
        await stock("json").call({"value": DATA, "pick": pick}, Alone())
    assert failed.value.code == "missing-value"
    assert failed.value.message.startswith(f"There is no {pick!r} in the JSON: {why}")
    assert await stock("json").call({"value": DATA, "pick": pick, "default": "-"}, Alone()) == {"output": "-"}


async def test_a_text_is_read_as_json() -> None:
    assert await made("json", {"value": '{"a": [1, 2]}'}, pick="a.1") == 2
    error = await failure("json", {"value": "{"}, pick="a")
    assert error["code"] == "wrong-type"


async def test_json_is_built_of_whole_values() -> None:
    build = {
        "who": "{{name}}",
        "list": ["{{ order.items }}", "{{value}}", 3],
        "text": "for {{name}}",
        "k": {"{{name}}": True},
    }
    given = {"name": {"first": "Ada"}, "order": {"items": [1]}, "value": "v"}
    assert await made("json", given, build=build) == {
        "who": {"first": "Ada"},
        "list": [[1], "v", 3],
        "text": "for {{name}}",
        "k": {"{{name}}": True},
    }


async def test_a_value_can_not_change_the_shape_of_what_is_built() -> None:
    hostile = '", "admin": true, "x": "{{other}}'
    assert await made("json", {"name": hostile}, build={"name": "{{name}}", "admin": False}) == {
        "name": hostile,
        "admin": False,
    }


async def test_what_is_built_can_be_picked_from() -> None:
    assert await made("json", {"a": [1, 2]}, build={"all": "{{a}}"}, pick="all.0") == 1


# --- choose ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("score", "expected"), [(8, "good"), (7, "poor")])
async def test_one_of_two_values_is_chosen(score: int, expected: str) -> None:
    given = {"score": score, "then": "good", "otherwise": "poor"}
    assert await made("choose", given, condition="score > 7") == expected


async def test_a_condition_can_come_by_wire_as_it_is() -> None:
    for condition, expected in ((True, 1), (False, 2), ("", 2), ("yes", 1), ([], 2), (0, 2)):
        assert await made("choose", {"condition": condition}, then=1, otherwise=2) == expected


async def test_without_otherwise_nothing_is_null() -> None:
    assert await made("choose", {"x": 1}, condition="x > 1", then="good") is None


async def test_a_condition_that_cannot_be_told_fails() -> None:
    error = await failure("choose", {"x": "a"}, condition="x > 1", then=1)
    assert (error["code"], error["message"]) == (
        "wrong-type",
        "In 'x > 1': a text > a number can't be compared.",
    )


# --- math ------------------------------------------------------------------------------------------------------------


async def test_a_number_is_computed() -> None:
    assert await made("math", {"price": 2.5, "count": 3}, formula="round(price * count, 1)") == 7.5
    assert await made("math", {"items": [1, 2]}, formula="len(items) + sum(items)") == 5


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("x > 1", "wrong-type"),
        ("text(x)", "wrong-type"),
        ("x / 0", "division-by-zero"),
        ("9 ** 99", "too-large"),
    ],
)
async def test_what_is_no_number_fails(formula: str, code: str) -> None:
    assert (await failure("math", {"x": 3}, formula=formula))["code"] == code if "x" in formula else True
    assert (await failure("math", {"x": 3}, formula=f"{formula} if x else 0"))["code"] == code
