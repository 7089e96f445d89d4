"""The `subtask` component: a flow as one step, by name or written in place."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.components.conftest import Alone

from weft.catalog import Component
from weft.engine.check import check
from weft.engine.reading import ports_of
from weft.model import FlowHasProblems, from_json
from weft.testing import ScriptedModel, run_flow, stock_catalog

INNER: dict[str, Any] = {
    "format": 1,
    "inputs": {"topic": {"description": "What about"}, "style": {"default": "dry"}},
    "outputs": {"line": "line", "both": "both"},
    "nodes": {
        "line": {"component": "prompt", "params": {"prompt": "{{style}} line on {{topic}}"}, "inputs": {"topic": "inputs.topic", "style": "inputs.style"}},
        "both": {"component": "text", "params": {"template": "{{line}}!"}, "inputs": {"line": "line"}},
    },
}  # fmt: skip


def outer(flow: Any, **node: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "inputs": {"topic": {"default": "tides"}},
        "outputs": {"result": "it.both"},
        "nodes": {
            "it": {
                "component": "subtask",
                "params": {"flow": flow},
                "inputs": {"topic": "inputs.topic"},
                **node,
            }
        },
    }


def test_the_flows_inputs_and_outputs_are_the_ports(stock: Callable[[str], Component]) -> None:
    ports = stock("subtask").ports({"flow": from_json(INNER)})
    assert [(port.name, port.required, port.help) for port in ports.inputs[1:]] == [
        ("topic", True, "What about"),
        ("style", False, ""),
    ]
    assert [port.name for port in ports.outputs] == ["line", "both"]
    sinks = stock("subtask").ports({"flow": from_json({**INNER, "outputs": {}})})
    assert [port.name for port in sinks.outputs] == ["both"]


def test_a_flow_that_is_not_known_yet_has_no_ports(stock: Callable[[str], Component]) -> None:
    for params in ({}, {"flow": None}, {"flow": "essay"}):
        ports = stock("subtask").ports(params)
        assert ([port.name for port in ports.inputs], ports.outputs, ports.faults) == (["flow"], (), ())


def test_an_input_called_like_a_port_of_its_own_is_a_fault(stock: Callable[[str], Component]) -> None:
    inner = from_json({"format": 1, "inputs": {"flow": {}, "ctx": {}, "fine": {}}})
    ports = stock("subtask").ports({"flow": inner})
    assert [fault.code for fault in ports.faults] == ["port-clash", "port-clash"]
    assert [port.name for port in ports.inputs] == ["flow", "fine"]


async def test_only_what_the_flow_takes_is_given_to_it(
    stock: Callable[[str], Component], alone: Alone
) -> None:
    inner = from_json(INNER)
    assert await stock("subtask").call({"flow": inner, "topic": "t", "score": 3}, alone) == {"answer": 42}
    assert alone.ran == [(inner, {"topic": "t"})]


async def test_a_flow_written_in_place_runs_as_a_step() -> None:
    model = ScriptedModel({"dry line on tides": "Wet."})
    result = await run_flow(outer(INNER), model=model)
    assert result.error is None
    assert result.outputs == {"result": "Wet.!"}
    assert set(result.values) == {"it", "it/line", "it/both"}
    assert result.usage["calls"] == 1


async def test_a_flow_is_found_by_name() -> None:
    model = ScriptedModel({"bold line on tides": "Wet."})
    document = outer("inner", params={"flow": "inner", "style": "bold"})
    result = await run_flow(document, model=model, flows={"inner": from_json(INNER)})
    assert result.outputs == {"result": "Wet.!"}


async def test_the_same_flow_can_be_two_steps_at_once() -> None:
    document = outer(INNER)
    document["nodes"]["other"] = {"component": "subtask", "params": {"flow": INNER, "topic": "sand"}}
    document["outputs"]["second"] = "other.both"
    model = ScriptedModel({"on tides": "Wet.", "on sand": "Dry."})
    result = await run_flow(document, model=model)
    assert result.outputs == {"result": "Wet.!", "second": "Dry.!"}


async def test_a_step_that_fails_inside_fails_the_subtask_by_name() -> None:
    result = await run_flow(outer(INNER), model=ScriptedModel([RuntimeError("no")]))
    assert result.status == "failed"
    assert result.error is not None
    assert "line" in result.error["message"]


async def test_a_flow_that_starts_itself_is_refused_before_it_runs() -> None:
    endless = from_json(
        {
            "format": 1,
            "outputs": {"x": "again.x"},
            "nodes": {"again": {"component": "subtask", "params": {"flow": "endless"}}},
        }
    )
    with pytest.raises(FlowHasProblems, match="runs a flow that runs itself"):
        await run_flow(endless, flows={"endless": endless})


async def test_a_condition_may_bring_names_of_its_own() -> None:
    document = outer(
        INNER, inputs={"topic": "inputs.topic", "score": "inputs.score"}, options={"when": "score < 5"}
    )
    document["inputs"]["score"] = {"type": "integer"}
    model = ScriptedModel({"*": "Wet."})
    assert (await run_flow(document, {"score": 3}, model=model)).outputs == {"result": "Wet.!"}
    skipped = await run_flow(document, {"score": 7}, model=model)
    assert (skipped.status, skipped.outputs) == ("succeeded", {})


def test_stock_catalog_takes_flows() -> None:
    inner = from_json(INNER)
    assert stock_catalog(flows={"inner": inner}).flows("inner") == inner


def test_a_flow_written_in_place_keeps_its_secrets_for_its_own_run() -> None:
    page = {"component": "http", "params": {"url": "https://example.org", "token": {"$secret": "KEY"}}}
    flow = from_json(
        outer({"format": 1, "outputs": {"both": "page.text"}, "nodes": {"page": page}}, inputs={})
    )
    assert [problem.code for problem in check(flow, stock_catalog())] == ["unused-input"]
    assert [port.name for port in ports_of(flow, stock_catalog())["it"].outputs] == ["both"]
