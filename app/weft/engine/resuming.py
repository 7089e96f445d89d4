"""A run that goes on from what is recorded of it: nothing that is recorded is done again, nothing of it is said twice.

What a node came to is settled in the order of the graph, as if it had just ended, without calling and without an event.
A step that had begun and was not over begins again, under the same number and idempotency key. One that runs flows is
called again too, and finds the steps of those flows recorded: so it goes on where it was, as long as it asks for the
same flows with the same items.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from weft.engine.asked_before import AskedBefore
from weft.engine.attempt import Attempt
from weft.engine.gate import LATER, Missed, Outcome, kept_back
from weft.engine.outcome import commit
from weft.engine.planned import Plan, PlanNode
from weft.engine.recorded import Recorded, RecordedFlow, RecordedStep
from weft.model.errors import Conflict, WeftError

if TYPE_CHECKING:
    from weft.engine.ground import Ground
    from weft.engine.growing.again import Grown
    from weft.engine.scheduler import Scheduler

_BY_EDGES: Final = ("failed", "skipped", "cut")
"""Why a node is skipped because of those before it: what follows from that is told by them."""


class Taken:
    """What is recorded of one flow, used by its scheduler."""

    def __init__(self, flow: RecordedFlow, grown: Grown | None) -> None:
        self._flow = flow
        self._grown = grown
        self._scheduler: Scheduler

    def by(self, scheduler: Scheduler) -> None:
        """Let this scheduler go on from it."""
        self._scheduler, scheduler.taken, scheduler.gaps = scheduler, self, True
        flow = self._flow
        if self._grown is not None:
            from weft.engine.growing import Growth

            scheduler.growth = Growth(scheduler, self._grown)
        for writes in flow.writes:
            commit(scheduler.state, writes)
        scheduler.error, scheduler.lasting = flow.error, flow.lasting
        if scheduler.session is not None:
            scheduler.session.recall(scheduler.path, flow.inside)

    def stand(self) -> None:
        """Let what is recorded be what it came to, and nothing follow from it: the run was about to end."""
        scheduler = self._scheduler
        for node in scheduler.plan.nodes:
            step = self._flow.steps.get(node.id)
            if step is not None and step.ended == "finished":
                scheduler.outcomes[node.order] = step.value

    def knows(self, node: PlanNode) -> bool:
        """Whether the node had been ready."""
        return node.id in self._flow.steps

    def step(self, node: PlanNode) -> RecordedStep | None:
        return self._flow.steps.get(node.id)

    def outcome(self, node: PlanNode) -> Outcome | None:
        """What it came to; `LATER` if it waits to be tried again, None if it begins now."""
        step = self._flow.steps[node.id]
        match step.ended:
            case "finished":
                value, step.value = step.value, {}  # from here on it is the scheduler's
                return value
            case "failed":
                return Missed({}, failed=True, ran=True)
            case "skipped":
                return self._skipped(node, step)
            case _:
                return self._again(node, step)

    def _skipped(self, node: PlanNode, step: RecordedStep) -> Outcome:
        scheduler = self._scheduler
        if step.because.get("reason") in _BY_EDGES:
            missed = kept_back(node, scheduler.outcomes, scheduler.plan.names, scheduler.state)
            if missed is not None:
                return missed
        return Missed(step.because)

    def _again(self, node: PlanNode, step: RecordedStep) -> Outcome | None:
        if step.attempt == 1:
            return None
        scheduler = self._scheduler
        ground = scheduler.ground
        attempt = Attempt(scheduler, node)
        attempt.number = step.attempt
        attempt.first = ground.log.zero + (step.first or 0.0)
        if step.calls:
            attempt.usage, attempt.calls, attempt.used = dict(step.usage), step.calls, True
        scheduler.resting[node.order] = attempt
        left = 0.0 if step.due is None else ground.log.zero + step.due - ground.away - ground.time()
        if left > 0:
            scheduler.rest(attempt, left)
        else:
            scheduler.again(attempt)
        return LATER


def taken(ground: Ground, prefix: str, plan: Plan) -> tuple[Plan, Taken | None]:
    """What is recorded of the flow that is about to begin, and its plan, grown as it had."""
    recorded = ground.recorded
    flow = recorded.take(prefix) if recorded is not None else None
    if flow is None:
        return plan, None
    if not flow.expansions:
        return plan, Taken(flow, None)
    from weft.engine.growing.again import Grown

    grown = Grown(plan, ground.catalog, flow.expansions)
    return grown.plan, Taken(flow, grown)


def take_up(ground: Ground, recorded: Recorded) -> dict[str, Any]:
    """Let a run that is about to begin stand where it was. Gives the data of its `run-resumed`."""
    now = datetime.now(UTC)
    ground.recorded = recorded
    ground.away = recorded.away(now)
    ground.waited = ground.away if recorded.rested else 0.0
    ground.log.base = recorded.last
    ground.log.zero = ground.time() - recorded.at
    ground.steps, ground.expansions = recorded.steps, recorded.expansions
    ground.usage = {**ground.usage, **recorded.usage}
    ground.spent = list(recorded.costs)
    ground.halted = recorded.halted
    ground.asking.take_up(AskedBefore(recorded, ground.away))
    ground.books.take_up(recorded)
    return {
        "done": recorded.done,
        "unfinished": recorded.unfinished,
        "time": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def refuse(recorded: Recorded, revision: str) -> None:
    """Raises `Conflict` (`run-over`) or `WeftError` (`other-revision`) for a record that can't be gone on from."""
    if recorded.over:
        raise Conflict("The run is over: there is nothing to go on with.", code="run-over")
    if recorded.hash and recorded.hash != revision:
        raise WeftError(
            "The run was started with another revision of the flow.",
            code="other-revision",
            hint="Resume it with the document it was started with.",
            retryable=False,
        )
