"""A flow inside a step: what `Context.run` does."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from weft.engine.given import read_inputs
from weft.engine.ground import DEEPEST
from weft.model.errors import StepFailed
from weft.model.flow import Flow

if TYPE_CHECKING:
    from weft.engine.attempt import Attempt
    from weft.engine.scheduler import Scheduler


async def run_nested(attempt: Attempt, flow: Flow, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Run `flow` as part of the step, and give its outputs by name; one that was not taken is left out.

    Its steps share the slots, events and deadlines of the run, and the step that waits for it holds no slot. Its
    state is its own. Raises `StepFailed` with the code of the first step in it that failed.
    """
    scheduler = _prepare(attempt, flow, inputs)
    attempt.inner = (*attempt.inner, scheduler)
    scheduler.start()
    attempt.lend_slot()
    try:
        await scheduler.join()
    finally:
        await scheduler.stop()
        attempt.inner = tuple(inner for inner in attempt.inner if inner is not scheduler)
        attempt.waits -= 1
    await attempt.regain_slot()
    if scheduler.error is not None:
        raise _failed(scheduler)
    return scheduler.outputs()


def _prepare(attempt: Attempt, flow: Flow, inputs: Mapping[str, Any]) -> Scheduler:
    outer = attempt.scheduler
    if outer.depth + 1 > DEEPEST:
        raise StepFailed(
            f"Flows are nested deeper than {DEEPEST}.",
            code="limit-exceeded",
            hint="Look for a subtask that starts itself.",
            retryable=False,
        )
    number = attempt.nested
    attempt.nested += 1
    return type(outer)(
        outer.ground,
        outer.ground.nested_plan(flow),
        read_inputs(flow, inputs),
        deepcopy(flow.state),
        path=f"{attempt.path}[{number}]/" if number else f"{attempt.path}/",
        depth=outer.depth + 1,
        urgency=outer.urgency + attempt.node.remaining,
    )


def _failed(scheduler: Scheduler) -> StepFailed:
    error = scheduler.error or {}
    return StepFailed(
        f"{error['node']}: {error['message']}", code=error["code"], hint=error["hint"], retryable=False
    )
