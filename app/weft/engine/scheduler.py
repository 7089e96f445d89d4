"""Running a plan as a dataflow: a node starts the moment its last input settles.

No waves, no loop that looks for work: each step, when it ends, counts down whoever waits for it and starts those that
wait no more. A step is one shape, `inputs -> call -> record`, whatever its component does inside; a component that
runs flows (`Context.run`) gets a scheduler of its own on the same ground: same slots, events, deadlines, cancellation.

Every task belongs to the scheduler whose step it runs (`running`), or, if it was cancelled before its first turn, to
the ground (`strays`). A scheduler is over when its last step is, and whoever started it waits for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from copy import copy as _copy
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from weft.engine import failure, record
from weft.engine.attempt import NAG, Attempt
from weft.engine.choice import Chosen
from weft.engine.gate import LATER, Outcome
from weft.engine.ground import Ground
from weft.engine.outcome import commit, saved
from weft.engine.planned import Plan, PlanNode
from weft.engine.rounds import Session
from weft.engine.settling import given_up, without_running

if TYPE_CHECKING:
    from weft.engine.growing import Growth
    from weft.engine.resuming import Taken

_EMPTY: Final[dict[str, Any]] = {}
_new: Final = object.__new__
_key: Final = attrgetter("key")


class Scheduler:
    """One flow being run: the run's own, or one nested in a step (then `path` is that step's, with a slash).

    `urgency` is the longest path left behind the step it is nested in: its nodes are as urgent as their own path and
    that one together.
    """

    growth: Growth | None = None
    """How its graph has grown, once a step has added to it."""
    taken: Taken | None = None
    """What is recorded of it, if its run is resumed."""

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
        session: Session | None = None,
        on_over: Callable[[], None] | None = None,
    ) -> None:
        self.ground = ground
        self.plan = plan
        self.path = path
        self.state = state
        self.depth = depth
        self.urgency = urgency
        self.session = session
        self.keys = ground.ranks.keys(plan, path) if ground.ranks else None
        """The turns of the nodes, if they go by known durations."""
        self.turn = (ground.admit(len(plan.nodes), path) << 32) - (urgency << 64)
        self.over = False
        self.stopped = False
        self.outer: Attempt | None = None
        """The attempt it is nested in."""
        self.error: dict[str, Any] | None = None
        """The first step that failed the run: `code`, `message`, `node`."""
        self.lasting = False
        """Whether that failure would be the same if tried again."""
        self.outcomes: list[Any] = [None] * (len(plan.nodes) + 1)
        """What each node gave, by its place in the plan; in place -1 the inputs."""
        self.chosen: Chosen | None = None
        """What of the flow is to be run, if not all of it."""
        self.gaps = False
        """Whether anything gave less than all its outputs."""
        self.running: dict[int, Attempt] = {}
        self.resting: dict[int, Attempt] = {}
        """Attempts that wait to be made because an earlier one failed."""
        self._inputs = inputs
        self._waiting = plan.needs.copy()
        self._unsettled = len(plan.nodes) + 1  # the inputs settle like a node
        self._on_over = on_over
        self._joining: list[asyncio.Future[None]] = []
        self._nagging: asyncio.TimerHandle | None = None

    # --- the life of a node: its sources settle, it lines up, a lane makes its attempt (lane.py), it settles ---

    def start(self) -> None:
        """Start every node that waits for nothing."""
        ground = self.ground
        inside, ground.driving = ground.driving, True
        self.settle([(self.plan.inputs, self._inputs)], ground.time())
        ground.slots.fill()
        if not inside:
            ground.hand_over()

    def settle(self, settled: list[tuple[PlanNode, Outcome]], at: float) -> None:
        """Write outcomes down; whoever waited for the last of them gets in line for a slot, or has an outcome itself.
        The list grows while skips follow from skips: a loop and no recursion, so no chain is too long."""
        outcomes, waiting = self.outcomes, self._waiting
        if self.growth is not None:
            settled = self.growth.current(settled)
        ready: list[PlanNode] = []
        for node, outcome in settled:
            outcomes[node.order] = outcome
            for order in node.targets:
                left = waiting[order] - 1
                waiting[order] = left
                if not left:
                    target = self.plan.nodes[order]
                    if (self.gaps or target.gated) and (missed := without_running(self, target)) is not None:
                        if missed is not LATER:
                            settled.append((target, missed))
                    else:
                        ready.append(target)
        if ready:
            if len(settled) > 1 or self.keys:  # each node's targets are in their turn, those of several not
                ready.sort(key=self.key_of if self.keys else _key)
            if len(settled) > 1:
                at = self.ground.time()  # what was skipped has been put down since
            self._line_up(ready, at)
        self._unsettled -= len(settled)
        if not self._unsettled:
            self._finish()

    def _line_up(self, ready: list[PlanNode], at: float) -> None:
        """These can run, the most urgent first: each gets a slot, or waits for one."""
        slots, record = self.ground.slots, self.ground.log.raw.append
        late: list[Attempt] = []
        for node in ready:
            attempt = _new(Attempt)  # as Attempt(self, node) would
            attempt.scheduler, attempt.node, attempt.path = self, node, self.path + node.id
            record(("step-ready", attempt.path, at, _EMPTY))
            if slots.free > 0 and not slots.waiting:
                slots.free -= 1
                attempt.begin()
            else:
                attempt.key = (self.key_of(node) if self.keys else node.key) + self.turn
                late.append(attempt)
        if late:
            slots.offer(late)

    def key_of(self, node: PlanNode) -> int:
        """The turn of a node in this run: by how much is left behind it, in nodes, or in time where that is known."""
        if not self.keys or self.ground.ranks is None:
            return node.key
        return self.keys[node.order] if node.order < len(self.keys) else self.ground.ranks.late_key(node)

    def waits_for(self, place: int) -> int:
        """How many nodes the one in that place still waits for."""
        return self._waiting[place]

    def take_over(self, plan: Plan, left: dict[int, int]) -> None:
        """Go on with a plan that has more nodes, all others in their places. `left` says how many nodes each of those
        that are new, or have other edges than before, waits for; who waits for none lines up."""
        more = len(plan.nodes) - len(self.plan.nodes)
        self.plan = plan
        self.outcomes[-1:-1] = [None] * more
        self._waiting += [0] * more
        for place, count in left.items():
            self._waiting[place] = count or 1
        door, ready = _copy(plan.inputs), [plan.nodes[place] for place in left if not left[place]]
        door.targets = tuple(node.order for node in sorted(ready, key=self.key_of))
        self._unsettled += more + 1
        self.settle([(door, self._inputs)], self.ground.time())

    def _finish(self) -> None:
        """The last step is over."""
        if self.over:
            return
        self.over = True
        if self.outer is not None:
            self.ground.nested -= 1
        if self._nagging is not None:
            self._nagging.cancel()
        for waiter in self._joining:
            if not waiter.done():
                waiter.set_result(None)
        if self._on_over is not None:
            self._on_over()

    # --- outcomes ---

    def write(self, attempt: Attempt, value: dict[str, Any]) -> None:
        """Put what the step wrote into the state, together with its success: all of it, or the step fails."""
        writes = (attempt.view.written if attempt.view is not None else {}) | saved(attempt.node, value)
        commit(self.state, writes)
        attempt.writes, attempt.used = writes, True

    def failed(self, attempt: Attempt, error: BaseException) -> Outcome | None:
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
            return given_up(attempt, what)
        delay = failure.backoff(what, attempt.number, ground.random)
        record.retried(attempt, what, delay)
        later = self.resting[node.order] = attempt.next()
        self.rest(later, delay)
        return None

    def rest(self, attempt: Attempt, delay: float) -> None:
        """Let an attempt wait before it is made."""
        ground = self.ground
        ground.resting[attempt] = ground.time() + delay
        attempt.timer = ground.loop.call_later(delay, self.again, attempt)

    def again(self, attempt: Attempt) -> None:
        """The wait before another attempt is over: it gets in line for a slot."""
        attempt.timer = None
        self.ground.resting.pop(attempt, None)
        attempt.key = self.key_of(attempt.node) + self.turn
        self.ground.slots.offer([attempt])

    def outputs(self) -> dict[str, Any]:
        """The outputs of the flow by name; one whose node gave nothing there is left out."""
        found: dict[str, Any] = {}
        for name, index, port in self.plan.outputs:
            outcome = self.outcomes[index]
            if type(outcome) is dict and port in outcome:
                found[name] = outcome[port]
        return found

    # --- ending early ---

    def cancel(self) -> None:
        """Start nothing any more, and cancel what runs. It is over when all of that has ended."""
        if self.over or self.stopped:
            return
        self.stopped = True
        for attempt in list(self.running.values()):
            for inner in list(attempt.inner.values()):
                inner.cancel()
            if attempt.working:
                attempt.task.cancel()
            else:
                self._drop(attempt)
        for attempt in self.resting.values():
            if attempt.timer is not None:
                attempt.timer.cancel()
                del self.ground.resting[attempt]
            given_up(attempt, failure.cancelled())
        self.resting.clear()
        if self.running:
            self._nagging = self.ground.loop.call_later(NAG, self._nag)
        self.finish_if_idle()
        self.ground.slots.fill()

    def finish_if_idle(self) -> None:
        """After a cancellation, it is over once nothing runs."""
        if not self.running:
            self._finish()

    def _drop(self, attempt: Attempt) -> None:
        """Cancel an attempt that hasn't begun. If it has a task, that ends without calling anything of ours."""
        ground = self.ground
        del self.running[attempt.node.order]
        if attempt in ground.line:
            ground.line.remove(attempt)
        else:
            ground.strays.add(attempt.task)
            attempt.task.add_done_callback(ground.strays.discard)
            attempt.task.cancel()
            ground.waking = False  # it may have been the one to go on with the line
            if not ground.driving:
                ground.yield_loop()
        ground.slots.free += 1
        if attempt.number > 1:
            given_up(attempt, failure.cancelled())

    def _nag(self) -> None:
        """Some step ignored its cancellation: again."""
        for attempt in self.running.values():
            attempt.task.cancel()
        self._nagging = self.ground.loop.call_later(NAG, self._nag)

    async def join(self) -> None:
        """Wait until it is over. Cancelling this wait cancels nothing else."""
        while not self.over:
            waiter: asyncio.Future[None] = self.ground.loop.create_future()
            self._joining.append(waiter)
            await waiter

    async def stop(self) -> None:
        """Cancel it and wait until it is over, however often this wait is itself cancelled meanwhile."""
        self.cancel()
        late: asyncio.CancelledError | None = None
        while not self.over:
            try:
                await self.join()
            except asyncio.CancelledError as error:
                late = error
        if late is not None:
            raise late
