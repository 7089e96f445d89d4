"""A run from the outside: its events, its result, what it refuses, what it leaves behind."""

import asyncio
from typing import Any

import pytest
from tests.engine.build import Doors, add, catalog, fail, finished, flow, node, say, story, two

from weft.catalog import Catalog, component
from weft.engine import KINDS, Run, event_json, start
from weft.model import FlowHasProblems, WeftError

ONE_ADDS = {"one": node("add", a="@inputs.x"), "two": node("add", a="@one", b=5)}
X = {"x": {"type": "integer"}}


async def test_the_events_of_a_run_are_all_there_is_to_know() -> None:
    made = flow({**ONE_ADDS, "bad": node("fail", text="@one")}, name="Sums", inputs=X)

    _, events = await finished(made, inputs={"x": 3}, run_id="r1")
    nothing = {"calls": 0, "input_tokens": 0, "output_tokens": 0}
    told = [event_json(event, "r1") for event in events]
    for event in told:
        event.pop("seconds", None)
        assert event.pop("at") >= 0
    assert told.pop(0).pop("time").endswith("Z")

    def finish(seq: int, path: str, value: int) -> dict[str, Any]:
        return {
            "seq": seq,
            "kind": "step-finished",
            "run": "r1",
            "path": path,
            "value": {"output": value},
            "usage": nothing,
            "cost": 0.0,
            "cached": False,
            "calls": [],
        }

    failure = {"code": "broken", "message": "It is broken.", "hint": "Mend it."}
    assert told == [
        {"seq": 2, "kind": "step-ready", "run": "r1", "path": "one"},
        {"seq": 3, "kind": "step-started", "run": "r1", "path": "one", "attempt": 1, "component": "add"},
        finish(4, "one", 4),
        {"seq": 5, "kind": "step-ready", "run": "r1", "path": "two"},
        {"seq": 6, "kind": "step-ready", "run": "r1", "path": "bad"},
        {"seq": 7, "kind": "step-started", "run": "r1", "path": "two", "attempt": 1, "component": "add"},
        finish(8, "two", 9),
        {"seq": 9, "kind": "step-started", "run": "r1", "path": "bad", "attempt": 1, "component": "fail"},
        {"seq": 10, "kind": "step-failed", "run": "r1", "path": "bad", **failure, "attempts": 1, "usage": nothing, "calls": [], "cost": 0.0},
        {
            "seq": 11,
            "kind": "run-finished",
            "run": "r1",
            "path": "",
            "status": "failed",
            "outputs": {"two": 9},
            "error": {**failure, "node": "bad"},
            "usage": nothing,
            "cost": 0.0,
        },
    ]  # fmt: skip
    assert {event.kind for event in events} <= set(KINDS)


async def test_the_first_event_says_what_is_run() -> None:
    made = flow(ONE_ADDS, name="Sums", inputs=X)
    _, events = await finished(made, inputs={"x": 3})
    opening = events[0]
    assert (opening.seq, opening.kind, opening.path) == (1, "run-started", "")
    assert {name: opening.data[name] for name in ("flow", "hash", "inputs")} == {
        "flow": "Sums",
        "hash": made.hash,
        "inputs": {"x": 3},
    }


async def test_a_result_has_outputs_values_and_the_id() -> None:
    result, _ = await finished(
        flow(ONE_ADDS, inputs=X, outputs={"sum": "two", "given": "inputs.x"}), inputs={"x": 1}, run_id="r7"
    )
    assert (result.run_id, result.status, result.error) == ("r7", "succeeded", None)
    assert result.outputs == {"sum": 7, "given": 1}
    assert result["sum"] == 7
    assert result.values == {"one": {"output": 2}, "two": {"output": 7}}


async def test_without_outputs_every_sink_is_one() -> None:
    made = flow({"a": node("say", text="x"), "b": node("say", text="@a"), "c": node("two", text="@a")})
    result, _ = await finished(made)
    assert result.outputs == {"b": "x", "c": "x"}


async def test_a_named_output_port_can_be_an_output() -> None:
    result, _ = await finished(flow({"a": node("two", text="abc")}, outputs={"size": "a.count"}))
    assert result.outputs == {"size": 3}


async def test_a_flow_without_nodes_succeeds_with_nothing() -> None:
    result, events = await finished(flow({}))
    assert (result.status, result.outputs) == ("succeeded", {})
    assert story(events) == ["run-started", "run-finished succeeded"]


async def test_events_can_be_followed_while_they_happen() -> None:
    seen = []
    async with start(flow(ONE_ADDS, inputs=X), catalog(), {"x": 1}) as run:
        async for event in run:
            seen.append(event)
    assert seen == run.events
    assert story(seen)[-1] == "run-finished succeeded"


async def test_two_can_follow_the_same_run() -> None:
    async def follow(run: Run) -> list[str]:
        return story([event async for event in run])

    async with start(flow(ONE_ADDS, inputs=X), catalog(), {"x": 1}) as run:
        one, other = await asyncio.gather(follow(run), follow(run))
    assert one == other == story(run.events)


async def test_a_run_can_be_asked_again_after_its_end() -> None:
    async with start(flow(ONE_ADDS, inputs=X), catalog(), {"x": 1}) as run:
        first = await run.finished()
    assert await run.finished() is first
    assert [event async for event in run] == run.events


async def test_nothing_runs_before_it_is_entered() -> None:
    run = start(flow(ONE_ADDS, inputs=X), catalog(), {"x": 1})
    assert run.events == []
    with pytest.raises(RuntimeError, match="enter the run first"):
        await run.finished()


async def test_a_run_is_entered_once() -> None:
    run = start(flow({}), catalog())
    async with run:
        pass
    with pytest.raises(RuntimeError, match="entered once"):
        await run.__aenter__()


REFUSED = [
    ({}, "The input 'x' (integer) isn't given."),
    ({"x": "3"}, "The input 'x' doesn't fit: it must be a whole number, not '3'."),
    ({"x": 1, "y": 2}, "There is no input 'y': this flow has x, note."),
    ({"x": 1, "not": 2}, "There is no input 'not': did you mean 'note'?"),
    ({"x": 1, "note": "c"}, "The input 'note' doesn't fit: it must be one of a, b, not 'c'."),
    (
        {"note": float("nan")},
        "The input 'x' (integer) isn't given. The input note is nan, which is no JSON number.",
    ),
]


@pytest.mark.parametrize(("given", "said"), REFUSED)
def test_inputs_are_checked_before_anything_starts(given: dict[str, Any], said: str) -> None:
    made = flow(ONE_ADDS, inputs={**X, "note": {"default": "a", "choices": ["a", "b"]}})
    with pytest.raises(WeftError) as refused:
        start(made, catalog(), given)
    assert refused.value.code == "bad-input"
    assert refused.value.message.startswith(said)


async def test_an_input_may_be_left_out_if_it_has_a_default() -> None:
    result, _ = await finished(
        flow(ONE_ADDS, inputs={"x": {"type": "integer", "default": 40}}, outputs={"one": "one"})
    )
    assert result.outputs == {"one": 41}


def test_a_flow_with_errors_is_refused_with_all_of_them() -> None:
    made = flow({"a": node("nope"), "b": node("join")})
    with pytest.raises(FlowHasProblems) as refused:
        start(made, catalog())
    assert [problem.code for problem in refused.value.problems] == ["unknown-component", "missing-input"]
    assert "(and 1 more)" in str(refused.value)


async def test_an_error_where_nothing_can_reach_blocks_nothing() -> None:
    made = flow(
        {
            "a": node("nope", options={"disabled": True}),
            "b": node("say", text="@a"),
            "c": node("say", text="c"),
        }
    )
    result, events = await finished(made)
    assert result.status == "succeeded"
    assert "a skipped disabled" in story(events)


def test_at_least_one_step_must_be_allowed_at_once() -> None:
    with pytest.raises(WeftError, match="at least one step"):
        start(flow({}), catalog(), parallel=0)


def test_run_ids_are_short_and_sorted_by_time() -> None:
    ids = [start(flow({}), catalog()).id for _ in range(3)]
    assert [len(run_id) for run_id in ids] == [14] * 3
    assert sorted(run_id[:9] for run_id in ids) == [run_id[:9] for run_id in ids]
    assert len(set(ids)) == 3


async def test_a_plan_serves_many_runs_at_once() -> None:
    made, known = flow(ONE_ADDS, inputs=X, outputs={"sum": "two"}), catalog()
    results = await asyncio.gather(*(finished(made, known, {"x": x}) for x in range(20)))
    assert [result["sum"] for result, _ in results] == [x + 6 for x in range(20)]


async def test_an_error_of_the_engine_is_raised_and_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("weft.engine.lane.assemble", broken)
    monkeypatch.setattr("weft.engine.failure.as_failure", broken)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        async with start(flow({"a": node("say"), "b": node("say")}), catalog()) as run:
            await run.finished()
    assert run.events[-1].data["error"]["code"] == "internal-error"


async def test_an_error_of_the_engine_while_it_is_cancelled_ends_the_run_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("weft.engine.record.failed", broken)
    doors = Doors()
    run = start(flow({"a": node("door", name="a"), "b": node("door", name="b")}), catalog(doors.component()))

    async def body() -> None:
        async with run:
            await doors.reached("a", "b")
            run.cancel()
            await run.finished()

    with pytest.raises(ZeroDivisionError, match="a bug"):
        await body()
    assert run.events[-1].kind == "run-finished"


async def test_the_whole_of_a_run_uses_only_public_components() -> None:
    @component
    def threaded(text: str) -> str:
        """A sync function runs in a thread."""
        return text.upper()

    result, _ = await finished(
        flow({"a": node("threaded", text="loud")}), Catalog([threaded, say, add, fail, two])
    )
    assert result.outputs == {"a": "LOUD"}
