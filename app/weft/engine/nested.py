"""A flow inside a step: what `Context.run` does."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from weft.engine import limits
from weft.engine.choice import Choice, Chosen
from weft.engine.durations import remaining_of
from weft.engine.given import read_inputs
from weft.engine.planned import Plan
from weft.engine.rounds import Session
from weft.model.errors import StepFailed, WeftError
from weft.model.flow import Flow

if TYPE_CHECKING:
    from weft.engine.attempt import Attempt
    from weft.engine.scheduler import Scheduler


async def run_nested(
    attempt: Attempt, flow: Flow, inputs: Mapping[str, Any], item: int | None, session: str
) -> dict[str, Any]:
    """Run `flow` as part of the step, and give its outputs by name; one that was not taken is left out.

    Its steps share the slots, events and deadlines of the run, and the step that waits for it holds no slot. Its
    state is its own, made anew from the flow's, or that of its session. Raises `StepFailed` with the code of the
    first step in it that failed.
    """
    path = _path(attempt, item)
    scheduler = _prepare(attempt, flow, inputs, path, item, session)
    ground, scheduler.outer = scheduler.ground, attempt
    ground.nested += 1
    inner = attempt.inner = attempt.inner or {}
    inner[path] = scheduler
    scheduler.start()
    ground.joined += 1
    attempt.lend_slot()
    try:
        if not scheduler.over:
            await scheduler.join()
    finally:
        if not scheduler.over:
            await scheduler.stop()
        ground.joined -= 1
        del inner[path]
        attempt.waits -= 1
        if scheduler.session is not None:
            scheduler.session.note(scheduler, ends=bool(session))
    if not attempt.waits:
        await attempt.regain_slot()
    if scheduler.error is not None:
        raise _failed(scheduler)
    return scheduler.outputs()


def _path(attempt: Attempt, item: int | None) -> str:
    """Where its steps are found: `sub/`, for a second flow of the same step `sub[1]/`, for item 3 `map[3]/`."""
    if item is None:
        number = attempt.nested
        attempt.nested += 1
        path = f"{attempt.path}[{number}]/" if number else f"{attempt.path}/"
    elif type(item) is int and item >= 0:
        path = f"{attempt.path}[{item}]/"
    else:
        raise _misused("bad-item", f"An item must have a number from 0, not {item!r}.")
    if path in attempt.inner:
        raise _misused(
            "bad-item", f"{path[:-1]!r} is running already: each flow of a step needs a number of its own."
        )
    return path


def _prepare(
    attempt: Attempt, flow: Flow, inputs: Mapping[str, Any], path: str, item: int | None, session: str
) -> Scheduler:
    outer = attempt.scheduler
    ground = outer.ground
    if ground.halted is not None:
        raise _misused("cancelled", "The run is ending.")
    if outer.depth + 1 > ground.limits.depth:
        raise ground.halt(limits.too_deep(ground.limits, attempt.path), attempt.path)
    plan: Plan = ground.nested_plan(flow)
    if item is not None:
        _count_items(attempt, item, len(plan.nodes), whole=not session)
    given = read_inputs(flow, inputs)
    shared = outer.session
    if session:
        shared = attempt.sessions.get(session) or Session(deepcopy(flow.state), outer.session)
        shared.begin(session, path)
        attempt.sessions = {**attempt.sessions, session: shared}
    known = None
    if ground.recorded is not None:
        from weft.engine.resuming import taken

        plan, known = taken(ground, path, plan)
    scheduler = type(outer)(
        ground,
        plan,
        given,
        shared.state if shared is not None and session else deepcopy(flow.state) if flow.state else {},
        path=path,
        depth=outer.depth + 1,
        urgency=outer.urgency + remaining_of(outer.key_of(attempt.node)),
        session=shared,
    )
    if known is not None:
        known.by(scheduler)
    if outer.chosen is not None and (choice := outer.chosen.inside.get(attempt.node.order)) is not None:
        scheduler.chosen, scheduler.gaps = _chosen(choice, plan, attempt), True
    return scheduler


def _chosen(choice: Choice, plan: Plan, attempt: Attempt) -> Chosen:
    """Raises `StepFailed` for what isn't in this flow."""
    try:
        return Chosen(choice, plan)
    except WeftError as error:
        what = f"Inside {attempt.path!r}: {error.message}"
        raise StepFailed(what, code=error.code, hint=error.hint, retryable=False) from None


def _count_items(attempt: Attempt, item: int, steps: int, *, whole: bool) -> None:
    """Refuse more items than a step may run, before the first of them: `Context.progress` has said how many there
    will be. What a session still has before it can't be known: it ends when it wants to."""
    ground = attempt.scheduler.ground
    done, total = attempt.told or (0, 0)
    count = max(total, item + 1)
    if count > ground.limits.items:
        raise limits.too_many_items(ground.limits, attempt.path, count)
    if whole and not attempt.counted:
        left = ground.limits.steps - ground.steps
        if (count - done) * steps > left:
            raise limits.too_many_ahead(ground.limits, attempt.path, count - done, steps, left)
        attempt.counted = True


def _failed(scheduler: Scheduler) -> StepFailed:
    """The failure of the step around it. It is tried again only if its own `retries` say so: the step inside has had
    its tries."""
    error = scheduler.error or {}
    again = False if scheduler.lasting else None
    made = StepFailed(
        f"{error['node']}: {error['message']}", code=error["code"], hint=error["hint"], retryable=again
    )
    made.node = error["node"]
    return made


def _misused(code: str, message: str) -> StepFailed:
    return StepFailed(message, code=code, retryable=False)
