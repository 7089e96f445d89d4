"""One try at a step: what its component may ask for, and what it has used, said and written so far."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from threading import get_ident
from typing import TYPE_CHECKING, Any

from weft.catalog.context import StateView
from weft.engine.events import NO_USAGE, Facts
from weft.engine.nested import run_nested
from weft.engine.planned import PlanNode
from weft.model.flow import Defaults, Flow
from weft.model.plain import to_plain

if TYPE_CHECKING:
    from weft.engine.scheduler import Scheduler

_logger = logging.getLogger("weft.step")


class Attempt:
    """One try at a step, numbered from 1. It is the component's `Context` and the resolvers' `StepScope`.

    A later attempt takes over the time of the first and the usage so far: a step that was tried three times cost
    three times. What comes from an attempt that is over, say from a thread that outlived its timeout, is ignored.
    """

    number = 1
    first = 0.0
    """When the step's first attempt started, on the loop's clock."""
    working = False
    """Whether its component is being called."""
    expired = False
    """Whether its deadline has passed."""
    slot = True
    """Whether it holds a slot; a step that waits for a nested flow holds none."""
    used = False
    """Whether it called a model or wrote to the state."""
    usage = NO_USAGE
    calls: tuple[dict[str, Any], ...] = ()
    key: int
    """Its turn, if it has to wait for a slot."""
    task: asyncio.Task[None]
    timer: asyncio.TimerHandle | None = None
    """Runs while the attempt waits to be made."""
    view: StateView | None = None
    """What it sees of the state, once it has looked."""
    writes: dict[str, Any] | None = None
    """What has gone into the state with its success."""
    nested = 0
    """How many flows it has started inside itself."""
    waits = 0
    """How many of them it is waiting for."""
    _regaining = False
    inner: tuple[Scheduler, ...] = ()
    """Those that run now."""

    def __init__(self, scheduler: Scheduler, node: PlanNode) -> None:
        self.scheduler = scheduler
        self.node = node
        self.path = scheduler.path + node.id

    def begin(self) -> None:
        """It has a slot: it is made by the lane that keeps the loop, or by one of its own."""
        scheduler = self.scheduler
        ground, order = scheduler.ground, self.node.order
        if scheduler.stopped:
            ground.slots.free += 1
            return
        if self.number > 1:
            del scheduler.resting[order]
        scheduler.running[order] = self
        if ground.driving:
            ground.line.append(self)
        else:
            ground.open_lane(self)

    def expire(self) -> None:
        """Its deadline has passed."""
        self.expired = True
        self.task.cancel()

    def next(self) -> Attempt:
        """The attempt after this one."""
        later = Attempt(self.scheduler, self.node)
        later.number = self.number + 1
        later.first = self.first
        later.used = self.used
        later.usage = self.usage
        later.calls = self.calls
        return later

    def lend_slot(self) -> None:
        """It waits for a flow inside itself, and holds no slot meanwhile."""
        self.waits += 1
        if self.slot:
            self.slot = False
            self.scheduler.ground.slots.give_back()

    async def regain_slot(self) -> None:
        """It goes on: once the last of its flows is over, it needs a slot again."""
        if self.waits or self.slot or self._regaining:
            return
        self._regaining = True
        try:
            await self.scheduler.ground.slots.take(self.node.key + self.scheduler.turn)
            self.slot = True
        finally:
            self._regaining = False

    def facts(self, value: dict[str, Any], ended: float) -> Facts:
        """What its `step-finished` is made of."""
        self.scheduler.ground.spend(self.usage)
        return value, self.usage, self.calls, ended - self.first, self.writes

    async def leave(self) -> None:
        """The component has ended. Flows it had started and did not wait for end too."""
        self.scheduler.ground.deadlines.drop(self)
        for scheduler in self.inner:
            with suppress(asyncio.CancelledError):
                await scheduler.stop()
        self.working = False

    # --- what a component may ask (catalog.Context) ---

    @property
    def state(self) -> StateView:
        if self.view is None:
            self.view = StateView(deepcopy(self.scheduler.state))
        return self.view

    @property
    def idempotency_key(self) -> str:
        parts = "|".join((self.run_id, self.path, "0", "0"))  # run, path, iteration, item
        return hashlib.sha256(parts.encode()).hexdigest()

    def emit(self, text: str) -> None:
        ground = self.scheduler.ground
        if get_ident() == ground.thread:
            self._emit(text)
        else:
            ground.loop.call_soon_threadsafe(self._emit, text)

    def log(self, message: str) -> None:
        _logger.info("%s %s: %s", self.run_id, self.path, message)

    async def run(self, flow: Flow, inputs: Mapping[str, Any]) -> dict[str, Any]:
        return await run_nested(self, flow, inputs)

    def _emit(self, text: str) -> None:
        if self.working and text:
            self.scheduler.ground.log.add("step-output", self.path, {"text": to_plain(text, name="text")})

    # --- what a resolver may ask (services.StepScope) ---

    @property
    def run_id(self) -> str:
        return self.scheduler.ground.run_id

    @property
    def attempt(self) -> int:
        return self.number

    @property
    def flow_defaults(self) -> Defaults:
        return self.scheduler.plan.flow.defaults

    @property
    def model(self) -> str | None:
        return self.scheduler.ground.model

    def record_call(self, call: Mapping[str, Any]) -> None:
        if not self.working:
            return
        used: Mapping[str, Any] = call.get("usage") or {}
        self.used = True
        self.usage = {
            "calls": self.usage["calls"] + 1,
            "input_tokens": self.usage["input_tokens"] + (used.get("input_tokens") or 0),
            "output_tokens": self.usage["output_tokens"] + (used.get("output_tokens") or 0),
        }
        self.calls = (*self.calls, to_plain(dict(call), name="call"))
