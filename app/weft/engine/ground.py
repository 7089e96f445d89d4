"""What all schedulers of one run stand on: its loop, log, slots, deadlines and services."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from contextvars import Context, copy_context
from random import Random
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final

from weft.engine.deadlines import Deadlines
from weft.engine.events import Log
from weft.engine.lane import lane
from weft.engine.services import Services
from weft.engine.slots import Slots
from weft.model.errors import StepFailed

if TYPE_CHECKING:
    from weft.engine.attempt import Attempt

MOST_STEPS: Final = 100_000
"""Steps one run may have, those of nested flows included: counted before a flow is started, so a subtask that
starts itself twice over ends in a sentence and not in a full memory."""
DEEPEST: Final = 16
"""How deep flows may nest."""


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
    ) -> None:
        self.run_id = run_id
        self.services = services
        self.model = model
        self.previous = previous
        self.nested_plan = nested_plan
        self.random = random
        self.loop = asyncio.get_running_loop()
        self.time = self.loop.time
        self.thread = get_ident()
        self.context: Context = copy_context()
        self.log = Log(self.loop, self.time)
        self.slots = Slots(parallel)
        self.deadlines = Deadlines(self.loop, self.time)
        self.schedulers = 0
        self.usage = {"calls": 0, "input_tokens": 0, "output_tokens": 0}
        self.strays: set[asyncio.Task[None]] = set()
        """Tasks cancelled before their first turn: nobody hears from them, but they are waited for."""
        self.steps = 0
        self.driving = False
        """Whether a lane keeps the loop just now."""
        self.line: deque[Attempt] = deque()
        """What may start meanwhile: each has its slot, and no task yet."""
        self.bug: BaseException | None = None
        self.stop: Callable[[], None] = lambda: None

    def admit(self, steps: int) -> int:
        """Count the steps of a flow that is about to start, and number its scheduler. Raises `StepFailed`."""
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise StepFailed(
                f"The run would have more than {MOST_STEPS:,} steps.",
                code="limit-exceeded",
                hint="Look for a subtask that starts itself again and again.",
                retryable=False,
            )
        self.schedulers += 1
        return self.schedulers - 1

    def spend(self, usage: Mapping[str, int]) -> None:
        """Add what a step used to what the run used."""
        for name, count in usage.items():
            self.usage[name] += count

    def open_lane(self, attempt: Attempt) -> None:
        """A task of its own for an attempt."""
        attempt.task = asyncio.Task(lane(attempt), loop=self.loop, context=self.context)

    def yield_loop(self) -> None:
        """The lane that keeps the loop lets it go: what stands in its line starts on its own."""
        self.driving = False
        while self.line:
            self.open_lane(self.line.popleft())

    def hand_over(self) -> None:
        """Whoever keeps the loop lets it go: one lane goes on with the line."""
        self.driving = False
        if self.line:
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
