"""Cancelling: nothing new starts, what runs is cancelled, and nothing is left."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.build import Doors, catalog, flow, in_jumping_time, node, story, subtask
from tests.engine.library import SERVICES

from weft.catalog import component
from weft.engine import start
from weft.model import StepFailed


async def test_running_steps_are_cancelled_and_nothing_new_starts() -> None:
    doors = Doors()
    made = flow(
        {"a": node("door", name="a"), "b": node("door", name="b", text="@a"), "c": node("door", name="c")}
    )
    async with start(made, catalog(doors.component()), parallel=1) as run:
        await doors.reached("a")
        run.cancel()
        result = await run.finished()
    assert story(run.events) == [
        "run-started",
        "a ready",
        "c ready",
        "a started",
        "a failed cancelled",
        "run-finished cancelled",
    ]
    assert (result.status, result.error, result.outputs) == ("cancelled", None, {})
    assert doors.inside == []


async def test_what_is_done_stays_done() -> None:
    doors = Doors()
    made = flow(
        {"a": node("say", text="a"), "b": node("door", name="b", text="@a")}, outputs={"a": "a", "b": "b"}
    )
    async with start(made, catalog(doors.component())) as run:
        await doors.reached("b")
        run.cancel()
        result = await run.finished()
    assert result.outputs == {"a": "a"}
    assert result.values == {"a": {"output": "a"}}


async def test_leaving_early_cancels_and_waits() -> None:
    doors = Doors()
    async with start(flow({"a": node("door", name="a")}), catalog(doors.component())) as run:
        await doors.reached("a")
    assert story(run.events)[-2:] == ["a failed cancelled", "run-finished cancelled"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_error_in_the_body_is_passed_on_after_the_cancellation() -> None:
    doors = Doors()
    run = start(flow({"a": node("door", name="a")}), catalog(doors.component()))

    async def body() -> None:
        async with run:
            await doors.reached("a")
            raise KeyError

    with pytest.raises(KeyError):
        await body()
    assert story(run.events)[-1] == "run-finished cancelled"
    assert doors.inside == []


async def test_cancelling_whoever_waits_cancels_the_run() -> None:
    doors = Doors()
    runs = []

    async def watch() -> None:
        async with start(flow({"a": node("door", name="a")}), catalog(doors.component())) as run:
            runs.append(run)
            await run.finished()

    task = asyncio.create_task(watch())
    await doors.reached("a")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert story(runs[0].events)[-1] == "run-finished cancelled"


async def test_a_run_cancelled_before_it_starts_does_nothing() -> None:
    run = start(flow({"a": node("say")}), catalog())
    run.cancel()
    async with run:
        result = await run.finished()
    assert (result.status, story(run.events)) == ("cancelled", ["run-started", "run-finished cancelled"])


async def test_cancelling_before_the_first_turn_of_a_task_leaves_none() -> None:
    async with start(flow({f"n{index}": node("say") for index in range(40)}), catalog()) as run:
        run.cancel()
    assert not [event for event in run.events if event.kind == "step-started"]


async def test_cancelling_after_the_end_changes_nothing() -> None:
    async with start(flow({"a": node("say", text="a")}), catalog()) as run:
        await run.finished()
        run.cancel()
        run.cancel()
    assert story(run.events)[-1] == "run-finished succeeded"


async def test_a_step_may_cancel_its_own_run() -> None:
    runs: list[Any] = []

    @component
    async def stop() -> str:
        """Stops everything."""
        runs[0].cancel()
        return "stopped"

    made = flow({"a": node("stop"), "b": node("say", text="@a"), "c": node("say", text="c")})
    async with start(made, catalog(stop)) as run:
        runs.append(run)
        await run.finished()
    assert story(run.events) == [
        "run-started",
        "a ready",
        "c ready",
        "a started",
        "a finished stopped",
        "run-finished cancelled",
    ]


def test_a_step_that_waits_to_be_tried_again_ends_as_cancelled() -> None:
    async def main() -> list[str]:
        @component
        async def busy() -> str:
            """Never works."""
            raise StepFailed("Busy.", code="busy", retryable=True, retry_after=50)

        async with start(flow({"a": node("busy")}), catalog(busy)) as run:
            async for event in run:
                if event.kind == "step-retried":
                    run.cancel()
        return story(run.events)

    told = in_jumping_time(main())
    assert told[-3:] == ["a retried busy", "a failed cancelled", "run-finished cancelled"]


def test_a_component_that_ignores_its_cancellation_is_cancelled_again() -> None:
    ignored = [0]

    @component
    async def stubborn() -> str:
        """Has to be told three times."""
        while True:
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                ignored[0] += 1
                if ignored[0] == 3:
                    raise

    async def main() -> float:
        async with start(flow({"a": node("stubborn")}), catalog(stubborn)) as run:
            await asyncio.sleep(1)
            run.cancel()
        return run.events[-1].at

    assert in_jumping_time(main()) == pytest.approx(3)
    assert ignored == [3]


async def test_an_answer_given_in_spite_of_the_cancellation_is_kept() -> None:
    came = asyncio.Event()

    @component
    async def tidy() -> str:
        """Finishes what it began."""
        try:
            came.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "finished"
        return "never"

    async with start(flow({"a": node("tidy"), "b": node("say", text="@a")}), catalog(tidy)) as run:
        await came.wait()
        run.cancel()
        result = await run.finished()
    assert (result.status, result.values) == ("cancelled", {"a": {"output": "finished"}})


async def test_cancelling_reaches_into_nested_flows() -> None:
    doors = Doors()
    inner = {"format": 1, "nodes": {"x": node("door", name="x"), "y": node("say", text="@x")}}
    made = flow({"sub": node("subtask", flow=inner), "after": node("say", text="@sub.y")})
    async with start(made, catalog(doors.component(), subtask), services=SERVICES) as run:
        await doors.reached("x")
        run.cancel()
        await run.finished()
    assert story(run.events)[-3:] == [
        "sub/x failed cancelled",
        "sub failed cancelled",
        "run-finished cancelled",
    ]
    assert doors.inside == []


DOCUMENT = {
    "a": node("slow", seconds=1),
    "b": node("slow", seconds=2),
    "c": node("slow", seconds=3, after=["a"]),
    "d": node("slow", seconds=0, after=["a", "b"]),
    "bad": node("fail", options={"retries": 2, "timeout": 5}),
    "late": node("slow", seconds=50, options={"timeout": 4, "retries": 1}),
    "sub": node(
        "subtask",
        flow={
            "format": 1,
            "nodes": {"x": node("slow", seconds=2), "y": node("slow", seconds=2, after=["x"])},
        },
    ),
    "end": node("say", text="end", after=["d", "sub"]),
}


@component
async def slow(seconds: float) -> str:
    """Take its time."""
    await asyncio.sleep(seconds)
    return "slept"


@settings(max_examples=150, deadline=None)
@given(moment=st.integers(0, 40), parallel=st.integers(1, 6), twice=st.booleans())
def test_a_cancellation_at_any_moment_leaves_no_task_and_no_open_step(
    moment: int, parallel: int, twice: bool
) -> None:
    async def main() -> None:
        async with start(flow(DOCUMENT), catalog(slow, subtask), services=SERVICES, parallel=parallel) as run:
            count = 0
            async for _ in run:
                count += 1
                if count > moment:
                    run.cancel()
                    if twice:
                        run.cancel()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        told = [event.kind for event in run.events]
        assert told.count("run-finished") == 1
        assert told[-1] == "run-finished"
        started = {event.path for event in run.events if event.kind == "step-started"}
        over = {
            event.path
            for event in run.events
            if event.kind in ("step-finished", "step-failed", "step-skipped")
        }
        assert started <= over
        later = [event.at for event in run.events]
        assert later == sorted(later)

    in_jumping_time(main())
