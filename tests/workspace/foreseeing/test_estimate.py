"""What a run would cost, told before it: from the texts, from past runs, else guessed, and never from nothing."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest_asyncio

from weft.model import from_json
from weft.workspace import Workspace
from weft.workspace.foreseeing.estimate import GUESSED, estimate
from weft.workspace.foreseeing.estimated import Range, RunEstimate

PRICED = '["scripted:x"]\ninput = 1000000\noutput = 1000000\n'


@pytest_asyncio.fixture
async def ended(home: Workspace) -> AsyncIterator[Workspace]:
    (home.root / "prices.toml").write_text(PRICED)
    yield home
    await home.close()


def prompt(text: str, **more: Any) -> dict[str, Any]:
    inputs = more.pop("inputs", {})
    return {"component": "prompt", "params": {"prompt": text, "system": "", **more}, "inputs": inputs}


async def of(
    home: Workspace, nodes: dict[str, Any], given: dict[str, Any] | None = None, **top: Any
) -> RunEstimate:
    flow = from_json({"format": 1, "nodes": nodes, **top})
    return await estimate(home, flow, given, model="scripted:x")


async def test_a_prompt_whose_text_is_known_is_counted(ended: Workspace) -> None:
    made = await of(
        ended,
        {"a": prompt("one {{x}} three", inputs={"x": "inputs.x"})},
        {"x": "two two"},
        inputs={"x": {}},
    )
    (step,) = made.steps
    assert step.sent.low == step.sent.likely == step.sent.high
    assert step.answered == GUESSED
    assert step.how == "counted; answers guessed at 400"
    assert step.cost is not None
    assert step.cost.likely == step.sent.likely + 400
    assert "About 1 call and" in made.sentence()


async def test_what_comes_before_is_part_of_what_is_sent(ended: Workspace) -> None:
    nodes = {"a": prompt("one"), "b": prompt("two {{x}}", inputs={"x": "a"})}
    first, second = (await of(ended, nodes)).steps
    assert second.sent.low == second.sent.likely - 350
    assert second.sent.likely > first.sent.likely + 390
    assert "guess for what comes before" in second.how


async def test_past_runs_say_how_long_answers_are(ended: Workspace, flow_file: Callable[..., Path]) -> None:
    flow_file("ask", nodes={"a": prompt("one"), "b": prompt("two {{x}}", inputs={"x": "a"})})
    flow = ended.load("ask")
    service = ended.runs()
    (ended.root / "answers.json").write_text(json.dumps(["word " * 10, "more " * 20]))
    await service.result(await service.start(flow, {}, slug="ask", model="scripted:answers.json"))
    made = await estimate(ended, flow, slug="ask", model="scripted:x")
    assert made.past_runs == 1
    assert [step.answered.likely for step in made.steps] == [10, 20]
    assert made.steps[1].how == "as in the last run; answers of 20 as in the last run"
    assert made.total("answered") == Range(30, 30, 30)
    assert made.sentence().startswith("About 2 calls and ")


async def test_what_a_stand_in_answered_says_nothing_about_a_real_model(
    ended: Workspace, flow_file: Callable[..., Path]
) -> None:
    flow_file("ask", nodes={"a": prompt("one"), "b": prompt("two {{x}}", inputs={"x": "a"})})
    flow, service = ended.load("ask"), ended.runs()
    await service.result(await service.start(flow, {}, slug="ask", model="demo"))
    made = await estimate(ended, flow, slug="ask", model="openai:gpt-4.1-mini")
    assert [step.how for step in made.steps] == [
        "counted; answers guessed at 400",
        "counted, with a guess for what comes before it; answers guessed at 400",
    ]


async def test_items_rounds_and_nested_flows_are_counted_as_often_as_they_run(ended: Workspace) -> None:
    inner = {"format": 1, "inputs": {"item": {"default": ""}}, "nodes": {"p": prompt("one")}}
    nodes = {
        "each": {"component": "map", "params": {"flow": inner, "items": [1, 2, 3, 4]}},
        "again": {
            "component": "repeat",
            "params": {"flow": {**inner, "inputs": {}}, "until": "false", "at_most": 6},
        },
        "once": {"component": "subtask", "params": {"flow": {**inner, "inputs": {}}}},
    }
    made = {step.path: step for step in (await of(ended, nodes)).steps}
    assert made["each[]/p"].calls == Range(4, 4, 4)
    assert made["again[]/p"].calls == Range(1, 3, 6)
    assert made["once/p"].calls == Range(1, 1, 1)


async def test_what_may_not_run_costs_at_least_nothing_and_what_is_disabled_nothing(ended: Workspace) -> None:
    nodes = {
        "a": prompt("one"),
        "maybe": {**prompt("two {{x}}", inputs={"x": "a"}), "options": {"when": "x > 3"}},
        "after": prompt("three {{y}}", inputs={"y": "maybe"}),
        "never": {**prompt("four"), "options": {"disabled": True}},
    }
    made = {step.path: step.calls for step in (await of(ended, nodes)).steps}
    assert made == {"a": Range(1, 1, 1), "maybe": Range(0, 1, 1), "after": Range(0, 1, 1)}


async def test_an_answer_that_must_be_json_may_be_asked_for_three_times(ended: Workspace) -> None:
    (step,) = (await of(ended, {"a": prompt("one", output="json")})).steps
    assert step.calls == Range(1, 1, 3)


async def test_a_model_without_a_price_leaves_its_part_unknown(ended: Workspace) -> None:
    made = await of(ended, {"a": prompt("one"), "b": prompt("two", model="openai:nobody")})
    told = made.json()
    assert told["unpriced"] == ["openai:nobody"]
    assert told["cost"]["likely"] > 400
    assert told["steps"][1]["cost"] is None
    assert made.sentence().endswith("without what openai:nobody costs.")
    made = await of(ended, {"b": prompt("two", model="openai:nobody")})
    assert made.json()["cost"] is None
    assert made.sentence().endswith("what openai:nobody costs is unknown.")


async def test_a_flow_that_asks_nobody_costs_nothing(ended: Workspace) -> None:
    made = await of(ended, {"a": {"component": "text", "params": {"template": "x"}}})
    assert made.sentence() == "No model would be asked: it costs nothing."
    assert made.json()["cost"] == {"low": 0, "likely": 0, "high": 0}


async def test_nothing_is_made_where_nothing_was_recorded(
    home: Workspace, flow_file: Callable[..., Path]
) -> None:
    flow_file("ask", nodes={"a": prompt("one")})
    await estimate(home, home.load("ask"), slug="ask")
    assert sorted(path.name for path in home.root.iterdir()) == ["flows"]


async def test_tools_are_described_and_rounds_of_them_are_asked_with_all_that_was_said(
    ended: Workspace,
) -> None:
    (ended.root / "flows").mkdir(exist_ok=True)
    inner: dict[str, Any] = {"format": 1, "inputs": {"text": {}}, "nodes": {"say": prompt("Say it")}}
    (ended.root / "flows" / "louder.json").write_text(json.dumps(inner))
    bare, tooled = prompt("one"), prompt("one", tools=["text", {"flow": "louder"}], rounds=3, calls=5)
    (alone,) = (await of(ended, {"a": bare})).steps
    inside, with_tools = sorted(
        (await of(ended, {"a": tooled})).steps, key=lambda step: step.path, reverse=True
    )
    assert (with_tools.path, inside.path) == ("a", "a[]/louder/say")
    assert with_tools.calls == Range(1, 2, 4)
    assert inside.calls == Range(0, 1, 5)
    described = with_tools.sent.low - alone.sent.low
    assert described > 50
    each = (GUESSED.likely + 150) / 2
    assert with_tools.sent.likely == 2 * (alone.sent.likely + described + each)
    assert "rounds of tools guessed" in with_tools.how
    (wrong,) = (await of(ended, {"a": prompt("one", tools=["nope", 3, None], rounds="x")})).steps
    assert wrong.calls == Range(1, 2, 9)
