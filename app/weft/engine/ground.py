"""What all schedulers of one run stand on: its loop, log, slots, deadlines and services."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context, copy_context
from random import Random
from threading import get_ident
from typing import TYPE_CHECKING, Any

from weft.catalog.loader import Catalog
from weft.engine.accounts import Books
from weft.engine.asking import Asking
from weft.engine.budget import Budget
from weft.engine.cost import Cost, cost_data, cost_of
from weft.engine.deadlines import Deadlines
from weft.engine.durations import Ranks
from weft.engine.events import Log
from weft.engine.lane import lane
from weft.engine.limits import Limits, too_many_steps
from weft.engine.recorded import Recorded
from weft.engine.services import Services
from weft.engine.slots import Slots
from weft.model.errors import StepFailed

if TYPE_CHECKING:
    from weft.engine.attempt import Attempt
    from weft.engine.caching import StepCache


class Ground:
    """One for each run. Everything here belongs to the loop's thread."""

    def __init__(
        self,
        run_id: str,
        services: Services,
        *,
        parallel: int,
        model: str | None,
        previous: Mapping[str, Any],
        nested_plan: Callable[[Any], Any],
        random: Random,
        limits: Limits,
        budget: Budget | None = None,
        cache: StepCache | None = None,
    ) -> None:
        self.run_id = run_id
        self.services = services
        self.model = model
        self.previous = previous
        self.nested_plan = nested_plan
        self.random = random
        self.limits = limits
        self.cache = cache
        self.keys_asked: dict[str, dict[str, int]] = {}
        """By the key of a step that asks a model, the paths that have it, numbered as they came."""
        self.keys_recalled = False
        """Whether those of steps that were over when the run was resumed are among them."""
        self.halted: dict[str, Any] | None = None
        """Why the whole run ends before its time: `code`, `message`, `hint`, `node`."""
        self.loop = asyncio.get_running_loop()
        self.time = self.loop.time
        self.thread = get_ident()
        self.context: Context = copy_context()
        self.log = Log(self.loop, self.time)
        self.log.clean = services.clean() if services.clean is not None else None
        self.slots = Slots(parallel)
        self.deadlines = Deadlines(self.loop, self.time)
        self.asking = Asking()
        self.ranks: Ranks | None = None
        """Whose turn it is by known durations."""
        self.catalog = Catalog(())
        self.recorded: Recorded | None = None
        """What is recorded of the run, if it goes on from that."""
        self.away = 0.0
        """Seconds on the wall, between what is recorded and now, in which nothing of the run went on."""
        self.waited = 0.0
        """Those of them in which it only waited for persons and timers."""
        self.schedulers = 0
        self.expansions = 0
        self.usage = {"calls": 0, "input_tokens": 0, "output_tokens": 0}
        self.spent: list[Cost] = []
        """Cost of each step that called a model, and how many of its calls have an unknown price."""
        self.books = Books(self, budget)
        self.strays: set[asyncio.Task[None]] = set()
        """Tasks cancelled before their first turn: nobody hears from them, but they are waited for."""
        self.steps = 0
        self.resting: dict[Attempt, float] = {}
        """Attempts that wait to be made because an earlier one failed, and until when on the loop's clock."""
        self.nested = 0
        """How many flows inside steps aren't over."""
        self.joined = 0
        """How many of them a step waits for."""
        self.driving = False
        """Whether a lane keeps the loop just now."""
        self.waking = False
        """Whether a lane that will go on with the line hasn't begun yet."""
        self.line: deque[Attempt] = deque()
        """What may start meanwhile: each has its slot, and no task yet."""
        self.bug: BaseException | None = None
        self.stop: Callable[[], None] = lambda: None

    def fresh_at(self, attempt: Attempt) -> bool:
        """Whether this step, or one that it is nested in, was chosen to be run anew. Where a part of a flow inside was
        chosen, the rest of it wasn't."""
        scheduler, node = attempt.scheduler, attempt.node
        while True:
            chosen = scheduler.chosen
            if chosen is not None and (chosen.fresh or node.order in chosen.anew):
                return True
            if scheduler.outer is None or (chosen is not None and chosen.part):
                return False
            scheduler, node = scheduler.outer.scheduler, scheduler.outer.node

    def admit(self, steps: int, path: str = "") -> int:
        """Count the steps that are about to start for the step at `path`, and number their scheduler. Ends the run and
        raises `StepFailed` when it would have too many."""
        if self.steps + steps > self.limits.steps:
            step = path.rpartition("[")[0] if path.endswith("]/") else path.rstrip("/")
            raise self.halt(too_many_steps(self.limits, step), step)
        self.steps += steps
        self.schedulers += 1
        return self.schedulers - 1

    def spend(self, usage: Mapping[str, int], calls: Sequence[Mapping[str, Any]]) -> None:
        """Add what a step used to what the run used."""
        for name, count in usage.items():
            self.usage[name] = self.usage.get(name, 0) + count
        if calls:
            self.spent.append(cost_of(calls))

    def cost(self) -> dict[str, Any]:
        """What the run cost, as its last event says it."""
        return cost_data(self.spent) if self.spent else {"cost": 0.0}

    def halt(self, why: StepFailed, path: str = "") -> StepFailed:
        """End the whole run because of the step at `path`, or of none: nothing more starts, what runs is cancelled,
        and the run fails with the first such reason. Gives it back, to be raised."""
        if self.halted is None:
            self.halted = {"code": why.code, "message": why.message, "hint": why.hint, "node": path or None}
            self.stop()
        return why

    def open_lane(self, attempt: Attempt) -> None:
        """A task of its own for an attempt."""
        attempt.task = asyncio.Task(lane(attempt), loop=self.loop, context=self.context)

    def yield_loop(self) -> None:
        """The lane that keeps the loop lets it go: what stands in its line starts on its own."""
        self.driving = self.waking = False
        while self.line:
            self.open_lane(self.line.popleft())

    def hand_over(self) -> None:
        """Whoever keeps the loop lets it go: one lane goes on with the line, the one that is about to begin if there
        is one."""
        self.driving = False
        if self.line and not self.waking:
            self.waking = True
            self.open_lane(self.line.popleft())

    def crash(self, bug: BaseException, attempt: Attempt | None) -> None:
        """The engine itself failed, making this attempt: end the run, and raise the error for whoever waits for it."""
        self.bug = self.bug or bug
        if attempt is not None:
            attempt.scheduler.running.pop(attempt.node.order, None)
        self.yield_loop()
        self.stop()
        if attempt is not None and attempt.scheduler.stopped:
            attempt.scheduler.finish_if_idle()
