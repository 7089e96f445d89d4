"""The last event of a step, and what the run keeps of it."""

from __future__ import annotations

from typing import Any

from weft.engine.attempt import Attempt
from weft.engine.cost import cost_data, cost_of
from weft.engine.events import NO_USAGE, finished_data
from weft.engine.gate import Missed
from weft.model.errors import StepFailed


def defaulted(attempt: Attempt, value: dict[str, Any], error: StepFailed) -> None:
    """The step failed, and its node goes on with a default in spite of it."""
    ground = attempt.scheduler.ground
    facts = attempt.spent(value, ground.time())
    said = {"code": error.code, "message": error.message, "hint": error.hint}
    ground.log.add("step-finished", attempt.path, finished_data(facts) | {"error": said})


def used_again(attempt: Attempt, value: dict[str, Any]) -> dict[str, Any]:
    """The step succeeded without running: its value is a previous one."""
    facts = (value, NO_USAGE, (), 0.0, None)
    attempt.scheduler.ground.log.add("step-finished", attempt.path, finished_data(facts) | {"cached": True})
    return value


def given(attempt: Attempt, value: dict[str, Any], run: str, how: str) -> dict[str, Any]:
    """The node did not run: its value comes from an earlier run, or from a person."""
    data = finished_data((value, NO_USAGE, (), 0.0, attempt.writes)) | {"cached": True}
    data |= {"from": run} if run else {}
    attempt.scheduler.ground.log.add(
        "step-finished", attempt.path, data | ({how: True} if how != "recorded" else {})
    )
    return value


def retried(attempt: Attempt, error: StepFailed, delay: float) -> None:
    """The attempt failed, and another follows in `delay` seconds."""
    data: dict[str, Any] = {
        "attempt": attempt.number,
        "delay": delay,
        "code": error.code,
        "message": error.message,
    }
    if attempt.calls:
        data |= {"usage": attempt.usage, "calls": [*attempt.calls]}
    attempt.scheduler.ground.log.add("step-retried", attempt.path, data)


def failed(attempt: Attempt, error: StepFailed) -> Missed:
    """The step failed, and with it its node."""
    ground = attempt.scheduler.ground
    said: dict[str, Any] = {"code": error.code, "message": error.message, "hint": error.hint}
    if ground.halted is not None and ground.halted["node"] == attempt.path:
        said["halted"] = True
    if attempt.scheduler.depth and error.retryable is False:
        said["lasting"] = (
            True  # for whoever resumes the run: the step around it is tried again only if that helps
        )
    ground.log.add("step-failed", attempt.path, said | _spent(attempt))
    return Missed({}, failed=True, ran=True)


def skipped(attempt: Attempt, missed: Missed) -> Missed:
    """The node did not run."""
    attempt.scheduler.ground.log.add("step-skipped", attempt.path, {"because": missed.because})
    return missed


def let_go(attempt: Attempt, error: StepFailed) -> Missed:
    """The step failed, and its node wants to count as skipped then."""
    because = {"reason": "on-error", "message": error.message, "code": error.code}
    attempt.scheduler.ground.log.add("step-skipped", attempt.path, {"because": because} | _spent(attempt))
    return Missed(because)


def _spent(attempt: Attempt) -> dict[str, Any]:
    ground = attempt.scheduler.ground
    if attempt.calls:
        ground.spend(attempt.usage, attempt.calls)
    return {
        "attempts": attempt.number,
        "seconds": ground.time() - attempt.first,
        "usage": attempt.usage,
        "calls": [*attempt.calls],
        **cost_data([cost_of(attempt.calls)]),
    }
