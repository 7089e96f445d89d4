"""One try at a step: what its component may ask for, and what it has used, said and written so far."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final

from weft.catalog.context import StateView
from weft.catalog.loader import Catalog
from weft.engine.accounts import Hold, Need
from weft.engine.caching import Entry, Kept, WatchedView, keep, reused_data
from weft.engine.events import NO_USAGE, Facts, Kind
from weft.engine.nested import run_nested
from weft.engine.planned import PlanNode
from weft.engine.question import question
from weft.engine.rounds import Session
from weft.model.flow import Defaults, Flow
from weft.model.plain import to_plain

if TYPE_CHECKING:
    from weft.engine.noting import Notes
    from weft.engine.scheduler import Scheduler

_logger = logging.getLogger("weft.step")
_NO_FIELDS: Final[Mapping[str, Any]] = {}
NAG: Final = 1.0
"""Seconds after which a step that ignored its cancellation is cancelled again."""


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
    asked = 0
    """How many questions it has put to a person."""
    holds = 0
    """How many open questions, its own or of steps inside it, stop its clock."""
    left: float | None = None
    """The seconds its deadline was away when its clock was stopped."""
    inner: dict[str, Scheduler] = {}  # noqa: RUF012 - made anew with the first
    """Those that run now, by path."""
    sessions: dict[str, Session] = {}  # noqa: RUF012 - made anew with the first
    """What the flows it has started one after the other share, by the session's name."""
    told: tuple[int, int] | None = None
    """How much of how much it has said is done."""
    kept: Kept | None = None
    """As what its result is put into the cache."""
    reused: Entry | None = None
    """The result that was there already."""
    counted = False
    """Whether the steps of its items have been counted ahead."""
    expanded = False
    """Whether it has let the graph grow."""
    notes: Notes | None = None
    """What it has put down on its way, once it has asked."""

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
        """Its deadline has passed. Some library may swallow the cancellation: then again, until it ends."""
        self.expired = True
        self.task.cancel()
        ground = self.scheduler.ground
        ground.deadlines.set(self, ground.time() + NAG)

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
        slots = self.scheduler.ground.slots
        if slots.free > 0 and not slots.waiting:
            slots.free -= 1
            self.slot = True
            return
        self._regaining = True
        try:
            await slots.take(self.scheduler.key_of(self.node) + self.scheduler.turn)
            if self.waits:  # another of its flows has begun meanwhile
                slots.give_back()
            else:
                self.slot = True
        finally:
            self._regaining = False

    def facts(self, value: dict[str, Any], ended: float) -> Facts | dict[str, Any]:
        """What its `step-finished` is made of."""
        if self.reused is not None:
            return reused_data(self, value, ended)
        if self.kept is not None:
            keep(self, value, ended)
        return self.spent(value, ended)

    def spent(self, value: dict[str, Any], ended: float) -> Facts:
        """The same for a value that isn't the component's."""
        self.scheduler.ground.spend(self.usage, self.calls)
        return value, self.usage, self.calls, ended - self.first, self.writes

    async def leave(self) -> None:
        """The component has ended. Flows it had started and did not wait for end too."""
        self.scheduler.ground.deadlines.drop(self)
        self.left = None
        self.kept = self.reused = None
        for scheduler in list(self.inner.values()):
            with suppress(asyncio.CancelledError):
                await scheduler.stop()
        self.working = False

    # --- what a component may ask (catalog.Context) ---

    @property
    def state(self) -> StateView:
        if self.view is None:
            see = StateView if self.kept is None else WatchedView
            self.view = see(deepcopy(self.scheduler.state))
        return self.view

    @property
    def idempotency_key(self) -> str:
        return hashlib.sha256(
            f"{self.run_id}|{self.path}".encode()
        ).hexdigest()  # items and rounds are in the path

    def emit(self, text: str) -> None:
        self._tell("step-output", text)

    def think(self, text: str) -> None:
        self._tell("step-thought", text)

    def _tell(self, kind: Kind, text: str) -> None:
        ground = self.scheduler.ground
        if get_ident() == ground.thread:
            self._emit(kind, text)
        else:
            ground.loop.call_soon_threadsafe(self._emit, kind, text)

    def log(self, message: str) -> None:
        _logger.info("%s %s: %s", self.run_id, self.path, message)

    def progress(self, done: int, total: int) -> None:
        ground = self.scheduler.ground
        if get_ident() == ground.thread:
            self._progress(done, total)
        else:
            ground.loop.call_soon_threadsafe(self._progress, done, total)

    async def run(
        self, flow: Flow, inputs: Mapping[str, Any], *, item: int | None = None, session: str = ""
    ) -> dict[str, Any]:
        return await run_nested(self, flow, inputs, item, session)

    async def ask(
        self,
        text: str,
        *,
        kind: str = "approve",
        value: Any = None,
        choices: Sequence[Any] = (),
        fields: Mapping[str, Any] = _NO_FIELDS,
        answer_within: float | None = None,
        default: Any = None,
        changes: Mapping[str, Any] | None = None,
    ) -> Any:
        asked = question(text, kind, value, choices, fields, answer_within, default, changes)
        return await self.scheduler.ground.asking.ask(self, asked)

    def expand(
        self,
        nodes: Mapping[str, Mapping[str, Any]],
        edges: Sequence[Mapping[str, Any]] = (),
        remove: Sequence[Mapping[str, Any]] = (),
    ) -> tuple[str, ...]:
        from weft.engine.growing import expand

        self.expanded = True
        return expand(self, nodes, edges, remove)

    @property
    def noted(self) -> tuple[Any, ...]:
        from weft.engine.noting import notes_of

        return notes_of(self).before

    def note(self, value: Any, said: str = "") -> None:
        from weft.engine.noting import notes_of

        if self.working:
            notes_of(self).add(self, value, said)

    def _emit(self, kind: Kind, text: str) -> None:
        if self.working and text:
            if not text.isascii():  # half a character, at the end of a piece say, is no reason to fail
                text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            self.scheduler.ground.log.add(kind, self.path, {"text": to_plain(text, name="text")})

    def _progress(self, done: int, total: int) -> None:
        if self.working and (done, total) != self.told:
            self.told = (done, total)
            self.scheduler.ground.log.add("step-progress", self.path, {"done": done, "total": total})

    # --- what a resolver may ask (services.StepScope) ---

    @property
    def here(self) -> Any:
        return self.scheduler.ground.services.here

    @property
    def run_id(self) -> str:
        return self.scheduler.ground.run_id

    @property
    def catalog(self) -> Catalog:
        return self.scheduler.ground.catalog

    @property
    def attempt(self) -> int:
        return self.number

    @property
    def flow_defaults(self) -> Defaults:
        return self.scheduler.plan.flow.defaults

    @property
    def model(self) -> str | None:
        return self.scheduler.ground.model

    async def open_call(
        self, need: Callable[[], tuple[int, float | None]], who: object = None
    ) -> Hold | None:
        books = self.scheduler.ground.books
        account = books.of_step(self)
        return None if account is None else await books.admit(account, self, Need(*need()), who)

    def open_call_now(self, need: Callable[[], tuple[int, float | None]]) -> Hold | None:
        books = self.scheduler.ground.books
        account = books.of_step(self)
        return None if account is None else books.admit_now(account, self, Need(*need()))

    def wait_for(self, reason: str, message: str) -> None:
        self.scheduler.ground.books.call_soon(self._wait_for, {"reason": reason, "message": message})

    def _wait_for(self, what: dict[str, Any]) -> None:
        if self.working:
            self.scheduler.ground.log.add("step-waiting", self.path, what)

    def record_call(self, call: Mapping[str, Any]) -> None:
        if not self.working:
            return
        self.used = True
        used: Mapping[str, int] = call.get("usage") or {}
        usage = {**self.usage, "calls": self.usage["calls"] + 1}
        for name, count in used.items():
            usage[name] = usage.get(name, 0) + count
        self.usage = usage
        self.calls = (*self.calls, to_plain(dict(call), name="call"))
