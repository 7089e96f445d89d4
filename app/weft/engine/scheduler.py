"""Running a plan as a dataflow: a node starts the moment its last input settles.

No waves, no loop that looks for work: each step, when it ends, counts down whoever waits for it and starts those that
wait no more. A step is one shape, `inputs -> call -> record`, whatever its component does inside; a component that
runs flows (`Context.run`) gets a scheduler of its own on the same ground: same slots, events, deadlines, cancellation.

Every task belongs to the scheduler whose step it runs (`_running`), or, if it was cancelled before its first turn, to
the ground (`strays`). A scheduler is over when its last step is, and whoever started it waits for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from weft.engine import failure, record
from weft.engine.attempt import Attempt
from weft.engine.gate import Missed, kept_back
from weft.engine.ground import Ground
from weft.engine.inputs import assemble, finish
from weft.engine.outcome import answer, commit, saved
from weft.engine.planned import Plan, PlanNode
from weft.engine.record import finished
from weft.model.errors import StepFailed

_NAG: Final = 1.0
"""Seconds after which a step that ignored its cancellation is cancelled again."""
_EMPTY: Final[dict[str, Any]] = {}

Outcome = dict[str, Any] | Missed
"""What a node gave: values by port, or why there are none."""


class Scheduler:
    """One flow being run: the run's own, or one nested in a step (then `path` is that step's, with a slash).

    `urgency` is the longest path left behind the step it is nested in: its nodes are as urgent as their own path and
    that one together.
    """

    def __init__(
        self,
        ground: Ground,
        plan: Plan,
        inputs: dict[str, Any],
        state: dict[str, Any],
        *,
        path: str = "",
        depth: int = 0,
        urgency: int = 0,
        on_over: Callable[[], None] | None = None,
    ) -> None:
        self.ground = ground
        self.plan = plan
        self.path = path
        self.state = state
        self.depth = depth
        self.urgency = urgency
        self.turn = (ground.admit(len(plan.nodes)) << 32) - (urgency << 64)
        self.over = False
        self.stopped = False
        self.error: dict[str, Any] | None = None
        """The first step that failed the run: `code`, `message`, `node`."""
        self._outcomes: list[Any] = [None] * len(plan.nodes)
        self._outcomes.append(inputs)
        self._waiting = plan.needs.copy()
        self._unsettled = len(plan.nodes)
        self._gaps = False  # whether anything gave less than all its outputs
        self._running: dict[int, Attempt] = {}
        self._resting: dict[int, Attempt] = {}
        self._on_over = on_over
        self._joining: list[asyncio.Future[None]] = []
        self._nagging: asyncio.TimerHandle | None = None

    # --- the life of a node: settle, begin, try, settle the next ---
    # Every no-op node pays for each line here, so these four write by hand what calls would cost: see PERFORMANCE.md.

    def start(self) -> None:
        """Start every node that waits for nothing."""
        ahead: list[tuple[PlanNode, Outcome]] = []
        for order in self.plan.roots:
            self._arrive(self.plan.nodes[order], ahead, self.ground.time())
        self._settle(ahead, self.ground.time())
        self.ground.slots.fill()

    def _settle(self, settled: list[tuple[PlanNode, Outcome]], at: float) -> None:
        """Write outcomes down and count down whoever waits for them. The list grows while skips follow from skips:
        a loop and no recursion, so no chain is too long."""
        nodes, outcomes, waiting = self.plan.nodes, self._outcomes, self._waiting
        for node, outcome in settled:
            outcomes[node.order] = outcome
            for order in node.targets:
                left = waiting[order] - 1
                waiting[order] = left
                if not left:
                    self._arrive(nodes[order], settled, at)
        self._unsettled -= len(settled)
        if not self._unsettled:
            self._finish()

    def _arrive(self, node: PlanNode, settled: list[tuple[PlanNode, Outcome]], at: float) -> None:
        """All that `node` waits for is settled: it gets in line for a slot, or its outcome is clear already."""
        attempt = Attempt(self, node)
        if (self._gaps or node.gated) and (outcome := self._without_running(attempt)) is not None:
            settled.append((node, outcome))
            return
        ground = self.ground
        slots = ground.slots
        ground.log.raw.append(("step-ready", attempt.path, at, _EMPTY))
        if slots.free > 0 and not slots.waiting:
            slots.free -= 1
            self.begin(attempt)
        else:
            slots.wait(node.key + self.turn, self, attempt)

    def begin(self, what: Attempt) -> None:
        """Make the attempt, in the slot it just got."""
        ground, order = self.ground, what.node.order
        if self.stopped:
            ground.slots.free += 1
            return
        if what.number > 1:
            del self._resting[order]
        self._running[order] = what
        what.task = asyncio.Task(self._try(what), loop=ground.loop, context=ground.context.copy())

    async def _try(self, attempt: Attempt) -> None:
        """One attempt at a step: inputs, call, record. Its task never ends with an error: that would be a bug of ours."""
        ground, node, timeout = self.ground, attempt.node, attempt.node.timeout
        log, deadlines = ground.log, ground.deadlines
        try:
            attempt.working = True
            begun = ground.time()
            opening = node.opening
            if attempt.number == 1:
                attempt.first = begun
            else:
                opening = opening | {"attempt": attempt.number}
            log.raw.append(("step-started", attempt.path, begun, opening))
            if timeout is not None:
                deadlines.table[attempt] = begun + timeout
                if begun + timeout < deadlines.due:
                    deadlines.arm(begun + timeout)
            if log.waiters:
                log.wake()
            try:
                values = assemble(node, self._outcomes)
                if node.finishes:
                    await finish(node, values, self.state, attempt, ground.services)
                value = answer(node, await node.call(values, attempt))
                writes = self._write(attempt, value) if node.special.save or attempt.view else _EMPTY
            except (Exception, asyncio.CancelledError, SystemExit) as error:  # noqa: BLE001 - a component may raise anything
                if attempt.inner:
                    await attempt.abandon()
                self._leave(attempt)
                outcome = self._failed(attempt, error)
                ended = ground.time()
            else:
                if attempt.inner:
                    await attempt.abandon()
                attempt.working = False
                if timeout is not None:
                    deadlines.table.pop(attempt, None)
                del self._running[node.order]
                ended = ground.time()
                data = finished(attempt, value, ended - attempt.first)
                if writes:
                    data["state"] = writes
                if attempt.calls:
                    ground.spend(attempt.usage)
                log.raw.append(("step-finished", attempt.path, ended, data))
                ground.values[attempt.path] = outcome = value
                if len(value) < len(node.outputs):
                    self._gaps = True
            self._go_on(attempt, outcome, ended)
        except BaseException as bug:
            self._running.pop(node.order, None)
            ground.crash(bug)
            if not isinstance(bug, Exception):
                raise

    def _go_on(self, attempt: Attempt, outcome: Outcome | None, at: float) -> None:
        """An attempt is over and its slot free. Whoever waited for the outcome arrives (None: it will be tried again)."""
        slots, log = self.ground.slots, self.ground.log
        if attempt.slot:
            slots.free += 1
        if self.stopped:
            if not self._running:
                self._finish()
        elif outcome is not None:
            self._settle([(attempt.node, outcome)], at)
        if slots.waiting:
            slots.fill()
        if log.waiters:
            log.wake()

    def _leave(self, attempt: Attempt) -> None:
        """The component has raised."""
        attempt.working = False
        self.ground.deadlines.drop(attempt)
        del self._running[attempt.node.order]

    def _finish(self) -> None:
        """The last step is over."""
        if self.over:
            return
        self.over = True
        if self._nagging is not None:
            self._nagging.cancel()
        for waiter in self._joining:
            if not waiter.done():
                waiter.set_result(None)
        if self._on_over is not None:
            self._on_over()

    # --- outcomes ---

    def _write(self, attempt: Attempt, value: dict[str, Any]) -> dict[str, Any]:
        """Put what the step wrote into the state, together with its success: all of it, or the step fails."""
        writes = (attempt.view.written if attempt.view else {}) | saved(attempt.node, value)
        commit(self.state, writes)
        return writes

    def _failed(self, attempt: Attempt, error: BaseException) -> Outcome | None:
        """Try again later (None), or give up."""
        ground, node = self.ground, attempt.node
        if not isinstance(error, asyncio.CancelledError):
            what = failure.as_failure(error, node.component, ground.services)
        elif self.stopped:
            what = failure.cancelled()
        elif attempt.expired:
            what = failure.timeout(node.timeout or 0)
        else:
            what = failure.interrupted(node.component)
        if self.stopped or not failure.may_retry(what, attempt.number, node.special.retries):
            return self._given_up(attempt, what)
        delay = failure.backoff(what, attempt.number, ground.random)
        record.retried(attempt, what, delay)
        later = self._resting[node.order] = attempt.next()
        later.timer = ground.loop.call_later(delay, self._again, later)
        return None

    def _again(self, attempt: Attempt) -> None:
        """The wait before another attempt is over: it gets in line for a slot."""
        attempt.timer = None
        self.ground.slots.offer(attempt.node.key + self.turn, self, attempt)

    def _given_up(self, attempt: Attempt, what: StepFailed) -> Outcome:
        """The step failed for good: the outcome its node wants to have then."""
        node = attempt.node
        if not self.stopped and node.special.on_error == "continue":
            value = {node.outputs[0]: node.special.default}
            writes = saved(node, value, strict=False)
            commit(self.state, writes)
            record.defaulted(attempt, value, writes, what)
            self._gaps = self._gaps or len(node.outputs) > 1
            return value
        self._gaps = True
        if not self.stopped and node.special.on_error == "skip":
            return record.let_go(attempt, what)
        self.error = self.error or {"code": what.code, "message": what.message, "hint": what.hint, "node": attempt.path}
        return record.failed(attempt, what)

    def _without_running(self, attempt: Attempt) -> Outcome | None:
        """The outcome of a node that isn't run, because of its edges or its own `when`; None if it is run."""
        try:
            missed = kept_back(attempt.node, self._outcomes, self.plan.names, self.state)
        except StepFailed as error:
            attempt.first = self.ground.time()
            return self._given_up(attempt, error)
        if missed is None:
            return None
        self._gaps = True
        previous = self.ground.previous.get(attempt.path) if missed.may_use_previous else None
        if previous is not None:
            return record.used_again(attempt, dict(previous))
        return record.skipped(attempt, missed)

    def outputs(self) -> dict[str, Any]:
        """The outputs of the flow by name; one whose node gave nothing there is left out."""
        found: dict[str, Any] = {}
        for name, index, port in self.plan.outputs:
            outcome = self._outcomes[index]
            if type(outcome) is dict and port in outcome:
                found[name] = outcome[port]
        return found

    # --- ending early ---

    def cancel(self) -> None:
        """Start nothing any more, and cancel what runs. It is over when all of that has ended."""
        if self.over or self.stopped:
            return
        self.stopped = True
        for attempt in list(self._running.values()):
            if attempt.working:
                attempt.task.cancel()
            else:
                self._drop(attempt)
        for attempt in self._resting.values():
            if attempt.timer is not None:
                attempt.timer.cancel()
            self._given_up(attempt, failure.cancelled())
        self._resting.clear()
        if self._running:
            self._nagging = self.ground.loop.call_later(_NAG, self._nag)
        else:
            self._finish()

    def _drop(self, attempt: Attempt) -> None:
        """Cancel an attempt whose task hasn't had its first turn: the task ends without calling anything of ours."""
        del self._running[attempt.node.order]
        self.ground.strays.add(attempt.task)
        attempt.task.add_done_callback(self.ground.strays.discard)
        attempt.task.cancel()
        self.ground.slots.free += 1
        if attempt.number > 1:
            self._given_up(attempt, failure.cancelled())

    def _nag(self) -> None:
        """Some step ignored its cancellation: again."""
        for attempt in self._running.values():
            attempt.task.cancel()
        self._nagging = self.ground.loop.call_later(_NAG, self._nag)

    async def join(self) -> None:
        """Wait until it is over. Cancelling this wait cancels nothing else."""
        while not self.over:
            waiter: asyncio.Future[None] = self.ground.loop.create_future()
            self._joining.append(waiter)
            await waiter

    async def stop(self) -> None:
        """Cancel it and wait until it is over, however often this wait is itself cancelled meanwhile."""
        self.cancel()
        while not self.over:
            with suppress(asyncio.CancelledError):
                await self.join()
