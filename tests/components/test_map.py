"""`map` by itself: its ports, and how it runs its flow."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.components.conftest import Alone

from weft import WeftError
from weft.catalog import Component
from weft.model import Flow, from_json

Stock = Callable[[str], Component]


def inner(*outputs: str, **inputs: Any) -> Flow:
    return from_json(
        {
            "format": 1,
            "inputs": inputs,
            "outputs": {name: "n" for name in outputs},
            "nodes": {"n": {"component": "text"}},
        }
    )


def test_the_inputs_that_are_the_same_for_all_are_ports(stock: Stock) -> None:
    flow = inner("a", item={}, index={"type": "integer"}, style={"default": "dry"}, topic={})
    ports = stock("map").ports({"flow": flow})
    assert [(port.name, port.required) for port in ports.inputs[4:]] == [("style", False), ("topic", True)]
    assert [(port.name, str(port.type)) for port in ports.outputs] == [
        ("output", "list[any]"),
        ("errors", "list[any]"),
    ]


@pytest.mark.parametrize(
    ("params", "port"),
    [
        ({"items": "a\nb"}, "items"),
        ({"items": {"a": 1}}, "items"),
        ({"at_once": 0}, "at_once"),
        ({"flow": inner("a")}, "flow"),
    ],
)
def test_params_that_make_no_sense_are_faults(stock: Stock, params: dict[str, Any], port: str) -> None:
    assert [fault.port for fault in stock("map").ports(params).faults] == [port]


async def test_it_gives_each_item_and_its_number_and_what_is_the_same(stock: Stock, alone: Alone) -> None:
    flow = inner("answer", item={}, index={"type": "integer"}, style={})
    given = {"flow": flow, "items": ["a", "b"], "style": "dry", "score": 3}
    assert await stock("map").call(given, alone) == {"output": [42, 42], "errors": []}
    assert alone.ran == [
        (flow, {"item": "a", "index": 0, "style": "dry"}),
        (flow, {"item": "b", "index": 1, "style": "dry"}),
    ]
    assert alone.numbers == [(0, ""), (1, "")]
    assert alone.told == [(0, 2), (1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("items", "said"),
    [("a", "a text"), ({}, "an object"), (3, "a number"), (True, "true or false"), (None, "nothing")],
)
async def test_what_is_no_list_is_refused_in_a_sentence(
    stock: Stock, alone: Alone, items: Any, said: str
) -> None:
    with pytest.raises(WeftError) as refused:
        await stock("map").call({"flow": inner("a", item={}), "items": items}, alone)
    assert refused.value.message == f"The items are {said}, not a list."
