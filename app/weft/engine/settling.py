"""What a node comes to without its component, or after it has failed: skipped, given, a default, or failed for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weft.engine import record
from weft.engine.attempt import Attempt
from weft.engine.choice import Chosen
from weft.engine.gate import Missed, Outcome, kept_back
from weft.engine.outcome import commit, saved
from weft.engine.planned import PlanNode
from weft.engine.rounds import previous_answer
from weft.model.errors import StepFailed

if TYPE_CHECKING:
    from weft.engine.scheduler import Scheduler


def without_running(scheduler: Scheduler, node: PlanNode) -> Outcome | None:
    """The outcome of a node that isn't run, because it is recorded, because of its edges or its own `when`; None if it
    is run now, `LATER` if later."""
    taken = scheduler.taken
    if taken is not None and taken.knows(node):
        return taken.outcome(node)
    attempt = Attempt(scheduler, node)
    try:
        if scheduler.chosen is not None and (chosen := scheduler.chosen.outcome(attempt)) is not None:
            return _chosen(attempt, scheduler.chosen, chosen)
        missed = kept_back(node, scheduler.outcomes, scheduler.plan.names, scheduler.state)
    except StepFailed as error:
        attempt.first = scheduler.ground.time()
        return given_up(attempt, error)
    if missed is None:
        return None
    scheduler.gaps = True
    previous = previous_answer(scheduler, attempt.path) if missed.may_use_previous else None
    if previous is not None and previous.keys() <= set(node.outputs):  # else it is another component's
        return record.used_again(attempt, dict(previous))
    return record.skipped(attempt, missed)


def _chosen(attempt: Attempt, chosen: Chosen, outcome: Outcome) -> Outcome:
    if isinstance(outcome, Missed):
        return record.skipped(attempt, outcome)
    chosen.write(attempt)
    given = chosen.given[attempt.node.order]
    return record.given(attempt, outcome, given.run, given.how)


def given_up(attempt: Attempt, what: StepFailed) -> Outcome:
    """The step failed for good: the outcome its node wants to have then."""
    scheduler, node = attempt.scheduler, attempt.node
    if not scheduler.stopped and node.special.on_error == "continue":
        try:
            return _go_on_with_default(attempt, what)
        except StepFailed as worse:
            what = worse
    scheduler.gaps = True
    if not scheduler.stopped and node.special.on_error == "skip":
        return record.let_go(attempt, what)
    if scheduler.error is None:
        said = {"code": what.code, "message": what.message, "hint": what.hint}
        scheduler.error, scheduler.lasting = said | {"node": attempt.path}, what.retryable is False
    return record.failed(attempt, what)


def _go_on_with_default(attempt: Attempt, what: StepFailed) -> Outcome:
    scheduler, node = attempt.scheduler, attempt.node
    value = {port: node.special.default for port in node.outputs[:1]}
    attempt.writes = saved(node, value, strict=False)
    commit(scheduler.state, attempt.writes)
    record.defaulted(attempt, value, what)
    scheduler.gaps = True
    return value
