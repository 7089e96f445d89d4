"""`repeat` by itself: its ports, and what it hands from round to round."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.components.conftest import Alone

from weft.catalog import Component, Condition
from weft.model import from_json

Stock = Callable[[str], Component]
FLOW = from_json(
    {
        "format": 1,
        "inputs": {"answer": {"default": 0}, "topic": {}, "round": {"type": "integer"}},
        "outputs": {"answer": "n"},
        "nodes": {"n": {"component": "text"}},
    }
)


def test_its_ports_are_the_flows_and_the_names_nobody_else_fills(stock: Stock) -> None:
    ports = stock("repeat").ports(
        {"flow": FLOW, "until": "answer > enough and round > 1 and exists(why) and topic"}
    )
    assert [(port.name, port.required) for port in ports.inputs[4:]] == [
        ("answer", False),
        ("topic", True),
        ("enough", True),
        ("why", False),
    ]
    assert [port.name for port in ports.outputs] == ["answer", "rounds"]
    assert ports.faults == ()


@pytest.mark.parametrize("params", [{}, {"flow": None, "until": 3}, {"flow": "essay"}])
def test_a_flow_that_is_not_known_yet_has_no_ports(stock: Stock, params: dict[str, Any]) -> None:
    ports = stock("repeat").ports(params)
    assert [port.name for port in ports.outputs] == ["rounds"]
    assert len(ports.inputs) == 4


@pytest.mark.parametrize(
    ("params", "port"),
    [
        ({"until": "state.a"}, "until"),
        ({"at_most": 0}, "at_most"),
        (
            {
                "flow": from_json(
                    {"format": 1, "outputs": {"rounds": "n"}, "nodes": {"n": {"component": "text"}}}
                )
            },
            "flow",
        ),
    ],
)
def test_params_that_make_no_sense_are_faults(stock: Stock, params: dict[str, Any], port: str) -> None:
    assert [fault.port for fault in stock("repeat").ports({"flow": FLOW, **params}).faults] == [port]


async def test_what_a_round_gives_is_what_the_next_one_gets(stock: Stock, alone: Alone) -> None:
    given = {"flow": FLOW, "until": Condition("round == 1"), "topic": "tides"}
    assert await stock("repeat").call(given, alone) == {"answer": 42, "rounds": 2}
    assert [inputs for _, inputs in alone.ran] == [
        {"topic": "tides", "round": 0},
        {"topic": "tides", "round": 1, "answer": 42},
    ]
    assert alone.numbers == [(0, "rounds"), (1, "rounds")]
