"""The runs that a service owns: begun or taken up here, driven until they are over, wait, or another drives them.

This is the one place where a service comes to own a run, and ceases to. While it owns any, one task says that it lives,
sees to what other processes ask of its runs, and lets those go that only wait (`tending.py` says when).
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from weft import faults
from weft.model.errors import WeftError
from weft.runs import owner
from weft.runs.driving.endings import ended, failure, keeps_failing, progress_of
from weft.runs.driving.live import LiveRun
from weft.runs.driving.observing import Careful, Observe
from weft.runs.driving.starting import Order, Starter
from weft.runs.store.protocol import RunStore, missing

_BUSY: Final = 0.05
"""Seconds between two looks at whether steps still run."""
_logger = logging.getLogger("weft.runs")
MOST_DEATHS: Final = 3
"""Deaths of its owner in a row, without getting any further, after which a run isn't taken up again."""


class Holder:
    """`live` are its runs by id; `name` is the owner that it claims them as."""

    def __init__(self, store: RunStore, starter: Starter) -> None:
        self.live: dict[str, LiveRun] = {}
        self.closing = asyncio.Event()
        self.adopted: Callable[[], None] = lambda: None
        """Called when it owns one more."""
        self.observe: Observe | None = None
        """What sees the runs it owns."""
        self._store = store
        self._starter = starter
        self._name = ""
        self._claiming: set[str] = set()
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}

    @property
    def name(self) -> str:
        self._name = self._name or owner.enter()
        return self._name

    # --- coming to own a run ---

    async def begin(self, order: Order) -> str:
        """A new run, in the books when this returns."""
        self.refuse_if_closing()
        record, run = await self._starter.new(order, self.name)
        self.refuse_if_closing()
        live = self._adopt(LiveRun(record, run, self._store, self._note))
        # Whoever asked may leave now: the run is begun and owned.
        await asyncio.shield(live.accepted)
        if self._starter.reuse is not None:
            self._starter.reuse.began(order.wanted, self._starter.catalog(), run.id)
        return run.id

    async def take_up(self, run_id: str) -> bool:
        """Claim a run that nobody drives, and go on with it. False if it is over then: it can't go on, or has made its
        process die too often. `Conflict` if somebody else was faster (`not-owner`) or it was over before."""
        self.refuse_if_closing()
        self._claiming.add(run_id)
        try:
            return await self._take_up(run_id)
        finally:
            self._claiming.discard(run_id)

    def has(self, run_id: str) -> bool:
        """Whether it drives the run, or is about to."""
        return run_id in self.live or run_id in self._claiming

    async def _take_up(self, run_id: str) -> bool:
        seen = await self._store.get(run_id)
        if seen is None:
            raise missing(run_id)
        events = await self._store.events(run_id)
        progress = progress_of(events)
        record = await self._store.claims.claim(
            run_id, seen.epoch, self.name, owner.lease(), progress=progress
        )
        faults.point("after_claim")
        claim = await self._store.claims.of(run_id)
        try:
            if claim is not None and claim.deaths >= MOST_DEATHS:
                raise keeps_failing(record, events, claim.deaths)
            run = await self._starter.again(record, events)
        except WeftError as problem:
            _logger.warning("the run %s can't go on: %s", run_id, problem)
            await ended(self._store, record, events, failure(problem))
            return False
        except BaseException:
            await self._store.claims.release(run_id, record.epoch, "queued", time.time() + owner.BEAT)
            raise
        if self.closing.is_set():
            await self._store.claims.release(run_id, record.epoch, "queued", 0.0)
            self.refuse_if_closing()
        self._adopt(LiveRun(record, run, self._store, self._note, events))
        return True

    def _adopt(self, live: LiveRun) -> LiveRun:
        run_id = live.record.id
        self.live[run_id] = live
        if self.observe is not None:
            live.shown.observer = Careful(live.record, self.observe)
        live.task = asyncio.create_task(live.go(), name=f"run {run_id}")
        live.task.add_done_callback(lambda _: self._left(live))
        for waiter in self._waiting.pop(run_id, ()):
            if not waiter.done():
                waiter.set_result(None)
        self.adopted()
        return live

    def refuse_if_closing(self) -> None:
        if self.closing.is_set():
            raise WeftError(
                "No run can be started: Weft is closing.",
                code="closing",
                hint="Start it again in a moment, when Weft is back.",
                retryable=False,
            )

    # --- ceasing to ---

    async def let_go(self, lives: Iterable[LiveRun]) -> None:
        """Own these no longer, and wait until that is in the books."""
        tasks = [live.task for live in lives if live.part()]
        if tasks:
            await asyncio.wait(tasks)

    async def drain(self, grace: float, hurry: asyncio.Event) -> None:
        """Start no step any more, let those that run end within `grace` seconds or until somebody is in a `hurry`, and
        let all runs go for the next process."""
        self.closing.set()
        for live in self.live.values():
            if (rest := live.rest()) is not None:
                live.parks_until(None if rest.until is None else time.time() + rest.until)
            live.hold()
        until = time.monotonic() + grace
        while time.monotonic() < until and any(live.busy for live in self.live.values()):
            with suppress(TimeoutError):
                await asyncio.wait_for(hurry.wait(), _BUSY)
                break
        await self.let_go(list(self.live.values()))

    async def leave(self) -> None:
        """It owns nothing any more."""
        if not self._name:
            return
        with suppress(WeftError):  # a lease that stays runs out
            await self._store.claims.leave(self._name)
        owner.leave(self._name)

    def _left(self, live: LiveRun) -> None:
        if self.live.get(live.record.id) is live:
            del self.live[live.record.id]

    def _note(self, live: LiveRun) -> None:
        self._starter.learnt.note(live.record.flow, live.shown.log)

    # --- waiting ---

    async def changed(self, run_id: str, seconds: float) -> None:
        """Wait until the run is driven here, or the service closes, or so many seconds."""
        if self.closing.is_set() or run_id in self.live:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(run_id, []).append(waiter)
        try:
            await asyncio.wait({waiter}, timeout=seconds)
        finally:
            waiter.cancel()
            waiting = self._waiting.get(run_id, [])
            if waiter in waiting:
                waiting.remove(waiter)
            if not waiting:
                self._waiting.pop(run_id, None)

    def close(self) -> None:
        """Nothing is begun or taken up any more, and nobody waits."""
        self.closing.set()
        for waiters in self._waiting.values():
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)
