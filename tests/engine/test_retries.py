"""Trying again, and giving up in time. The clock jumps, so nothing here waits."""

import asyncio
from random import Random
from typing import Any

import pytest
from tests.engine.build import catalog, finished, flow, in_jumping_time, node, story

from weft.catalog import Context, component
from weft.engine import RunResult, Services
from weft.engine.events import Event
from weft.engine.failure import backoff, may_retry
from weft.model import StepFailed, WeftError


def flaky(failures: int, **error: Any) -> Any:
    """A component that fails so many times before it works."""
    left = [failures]

    @component
    async def flaky(ctx: Context) -> str:
        """Works at last."""
        ctx.emit(f"try {failures - left[0] + 1}")
        if left[0]:
            left[0] -= 1
            raise StepFailed("Not yet.", code="busy", **error)
        return "done"

    return flaky


def run_flaky(
    failures: int, options: Any = None, defaults: Any = None, **error: Any
) -> tuple[RunResult, list[Event]]:
    made = flow({"a": node("flaky", options=options or {})}, defaults=defaults or {})
    return in_jumping_time(finished(made, catalog(flaky(failures, **error)), random=Random(1)))


def test_a_retryable_error_is_tried_three_times_in_all() -> None:
    result, events = run_flaky(2, retryable=True)
    assert result.outputs == {"a": "done"}
    assert story(events) == [
        "run-started",
        "a ready",
        "a started",
        "a output try 1",
        "a retried busy",
        "a started 2",
        "a output try 2",
        "a retried busy",
        "a started 3",
        "a output try 3",
        "a finished done",
        "run-finished succeeded",
    ]


ATTEMPTS = [
    ("nobody says how often, nor that it helps", None, None, None, 1),
    ("the error says it helps", None, None, True, 3),
    ("the node says how often", {"retries": 4}, None, None, 5),
    ("the flow says how often", None, {"retries": 1}, None, 2),
    ("the node wins over the flow", {"retries": 0}, {"retries": 5}, True, 1),
    ("the error says it doesn't help", {"retries": 4}, None, False, 1),
]


@pytest.mark.parametrize(("why", "options", "defaults", "retryable", "attempts"), ATTEMPTS)
def test_how_often(why: str, options: Any, defaults: Any, retryable: bool | None, attempts: int) -> None:
    result, events = run_flaky(99, options, defaults, retryable=retryable)
    assert sum(event.kind == "step-started" for event in events) == attempts, why
    failed = next(event.data for event in events if event.kind == "step-failed")
    assert failed["attempts"] == attempts
    assert result.error is not None
    assert result.error["code"] == "busy"


def test_waits_have_full_jitter_and_a_cap() -> None:
    error = StepFailed("x")
    waits = [[backoff(error, attempt, Random(seed)) for seed in range(200)] for attempt in range(1, 8)]
    for attempt, drawn in enumerate(waits):
        most = min(8, 0.5 * 2**attempt)
        assert max(drawn) <= most
        assert max(drawn) > 0.9 * most
        assert min(drawn) < 0.1 * most


def test_the_other_sides_wish_is_honoured_up_to_a_minute() -> None:
    assert backoff(StepFailed("x", retry_after=20), 1, Random(1)) == 20
    assert backoff(StepFailed("x", retry_after=3600), 1, Random(1)) == 60


def test_a_wait_is_where_the_event_says() -> None:
    _, events = run_flaky(1, retryable=True, retry_after=30)
    retried, started = (
        event for event in events if event.kind == "step-retried" or event.data.get("attempt") == 2
    )
    assert retried.data == {"attempt": 1, "delay": 30, "code": "busy", "message": "Not yet."}
    assert started.at - retried.at == pytest.approx(30)
    assert next(event for event in events if event.kind == "step-finished").data["seconds"] == pytest.approx(
        30
    )


def test_a_waiting_retry_holds_no_slot() -> None:
    made = flow({"a": node("flaky"), "b": node("say", text="b")})
    _, events = in_jumping_time(
        finished(made, catalog(flaky(1, retryable=True)), parallel=1, random=Random(1))
    )
    told = story(events)
    assert told.index("b finished b") < told.index("a started 2")


def test_usage_of_all_attempts_is_counted() -> None:
    calls = [0]

    @component
    async def ask(ctx: Context) -> str:
        """Asks a model that breaks once."""
        calls[0] += 1
        ctx.record_call({"model": "m", "usage": {"input_tokens": 10, "output_tokens": 1}})  # type: ignore[attr-defined]
        if calls[0] == 1:
            raise StepFailed("Cut.", code="cut", retryable=True)
        return "ok"

    result, events = in_jumping_time(finished(flow({"a": node("ask")}), catalog(ask)))
    done = next(event.data for event in events if event.kind == "step-finished")
    assert done["usage"] == result.usage == {"calls": 2, "input_tokens": 20, "output_tokens": 2}
    assert [call["model"] for call in done["calls"]] == ["m", "m"]


def test_services_explain_what_a_provider_raises() -> None:
    @component
    async def ask() -> str:
        """Meets an error of its library."""
        raise ConnectionError("refused")

    def explain(error: Exception) -> StepFailed | None:
        if isinstance(error, ConnectionError):
            return StepFailed(
                "The model server isn't there.", code="no-server", hint="Start it.", retryable=False
            )
        return None

    result, _ = in_jumping_time(
        finished(flow({"a": node("ask")}), catalog(ask), services=Services(explain=explain))
    )
    assert result.error == {
        "code": "no-server",
        "message": "The model server isn't there.",
        "hint": "Start it.",
        "node": "a",
    }


def test_any_error_of_weft_keeps_its_code_and_hint() -> None:
    @component
    async def ask() -> str:
        """Raises what others may."""
        raise WeftError("No such thing.", code="not-found", hint="Look.", retryable=False)

    result, _ = in_jumping_time(finished(flow({"a": node("ask")}), catalog(ask)))
    assert result.error == {"code": "not-found", "message": "No such thing.", "hint": "Look.", "node": "a"}


def test_may_retry_counts_from_one() -> None:
    assert may_retry(StepFailed("x"), 1, 1)
    assert not may_retry(StepFailed("x"), 2, 1)


# --- timeouts ---


@component
async def slow(seconds: float) -> str:
    """Take its time."""
    await asyncio.sleep(seconds)
    return "slept"


def run_slow(seconds: float, options: Any = None, defaults: Any = None) -> tuple[RunResult, list[Event]]:
    made = flow({"a": node("slow", seconds=seconds, options=options or {})}, defaults=defaults or {})
    return in_jumping_time(finished(made, catalog(slow), random=Random(1)))


def test_a_step_that_takes_too_long_fails() -> None:
    result, events = run_slow(100, {"timeout": 3})
    assert result.error == {
        "code": "timeout",
        "message": "It took longer than its timeout of 3 s.",
        "hint": "Give the node a longer timeout, or retries.",
        "node": "a",
    }
    assert events[-1].at == pytest.approx(3)


def test_a_step_in_time_is_left_alone() -> None:
    assert run_slow(2.9, {"timeout": 3})[0].status == "succeeded"


def test_the_flow_has_a_timeout_for_all() -> None:
    assert run_slow(100, defaults={"timeout": 5})[1][-1].at == pytest.approx(5)


def test_each_attempt_has_the_whole_time() -> None:
    _, events = run_slow(100, {"timeout": 3, "retries": 1})
    assert story(events)[2:] == [
        "a started",
        "a retried timeout",
        "a started 2",
        "a failed timeout",
        "run-finished failed",
    ]
    assert events[-1].at >= 6


def test_one_timer_serves_many_deadlines() -> None:
    times = {f"n{index}": index + 1 for index in range(40)}
    made = flow(
        {name: node("slow", seconds=1000, options={"timeout": timeout}) for name, timeout in times.items()}
    )
    _, events = in_jumping_time(finished(made, catalog(slow), parallel=100))
    assert {event.path: round(event.at) for event in events if event.kind == "step-failed"} == times


def test_a_timeout_cancels_only_its_own_step() -> None:
    made = flow(
        {
            "a": node("slow", seconds=50, options={"timeout": 1}),
            "b": node("slow", seconds=2),
            "c": node("slow", seconds=1),
        }
    )
    result, _ = in_jumping_time(finished(made, catalog(slow)))
    assert result.outputs == {"b": "slept", "c": "slept"}


def test_a_component_may_use_timeouts_of_its_own() -> None:
    @component
    async def patient() -> str:
        """Gives up on one thing, does another."""
        try:
            async with asyncio.timeout(1):
                await asyncio.sleep(10)
        except TimeoutError:
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep(1))
        return "went on"

    result, _ = in_jumping_time(
        finished(
            flow({"a": node("patient", options={"timeout": 5}), "b": node("say", text="@a")}),
            catalog(patient),
        )
    )
    assert result.outputs == {"b": "went on"}


def test_a_cancellation_that_is_swallowed_comes_again() -> None:
    swallowed: list[float] = []

    @component
    async def deaf() -> str:
        """Hears the third time."""
        while True:
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                swallowed.append(asyncio.get_running_loop().time())
                if len(swallowed) == 3:
                    raise

    result, events = in_jumping_time(
        finished(flow({"a": node("deaf", options={"timeout": 2})}), catalog(deaf))
    )
    assert result.error is not None
    assert result.error["code"] == "timeout"
    assert events[-1].at == pytest.approx(4)


def test_a_component_that_ignores_its_timeout_and_answers_is_heard() -> None:
    @component
    async def stubborn() -> str:
        """Answers all the same."""
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            return "late"
        return "never"

    made = flow({"a": node("stubborn", options={"timeout": 1}), "b": node("slow", seconds=1, after=["a"])})
    result, _ = in_jumping_time(finished(made, catalog(stubborn, slow)))
    assert (result.status, result.values["a"]) == ("succeeded", {"output": "late"})


def test_a_component_that_cancels_itself_fails_and_nobody_else_does() -> None:
    @component
    async def odd() -> str:
        """Waits for something it has cancelled."""
        task = asyncio.ensure_future(asyncio.sleep(10))
        task.cancel()
        await task
        return "never"

    @component
    async def odder() -> str:
        """Cancels the task it runs in, and leaves."""
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        return "left"

    made = flow(
        {
            "a": node("odd"),
            "b": node("odder"),
            "c": node("slow", seconds=1, after=["b"]),
            "d": node("slow", seconds=1),
        }
    )
    result, _ = in_jumping_time(finished(made, catalog(odd, odder, slow)))
    assert result.outputs == {"b": "left", "c": "slept", "d": "slept"}
    assert result.error is not None
    assert (result.error["code"], result.error["node"]) == ("component-error", "a")
