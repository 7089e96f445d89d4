"""Following a run: what is stored first, then what happens, without a gap and nothing twice."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self

from weft.engine.events import Event
from weft.runs.live import LiveRun
from weft.runs.record import RunRecord
from weft.runs.store import RunStore, missing

PAGE = 500
POLL = 0.25
"""Seconds between two looks at a run that another process drives."""


class Watch:
    """The events of one run numbered past `after`; ends after `run-finished`. An object and no async generator, so
    leaving it half way leaks nothing; closing it stops nothing.

    `live` finds the run if this process drives it, `settle` ends one whose process has died, and `closing` is set when
    the service closes."""

    def __init__(
        self,
        run_id: str,
        after: int,
        *,
        store: RunStore,
        live: Callable[[str], LiveRun | None],
        settle: Callable[[RunRecord], Awaitable[None]],
        closing: asyncio.Event,
    ) -> None:
        self._run_id = run_id
        self._seq = max(0, after)
        self._store = store
        self._find = live
        self._settle = settle
        self._closing = closing
        self._live: LiveRun | None = None
        self._ready: deque[Event] = deque()
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        while not self._ready:
            if self._ended:
                raise StopAsyncIteration
            self._live = self._live or self._find(self._run_id)
            await (self._from_log(self._live) if self._live else self._from_store())
        event = self._ready.popleft()
        self._seq = event.seq
        self._ended = event.kind == "run-finished"
        return event

    async def _from_log(self, live: LiveRun) -> None:
        shown = live.shown
        found = shown.log.after(self._seq, PAGE)
        if found is None:  # it reads slower than the run goes on
            found = await self._store.events(self._run_id, after=self._seq, limit=PAGE)
        self._ready.extend(found)
        if found:
            return
        if not shown.over:
            await shown.grown()
        elif shown.log.last <= self._seq:
            if shown.error is not None:
                raise shown.error
            self._ended = True

    async def _from_store(self) -> None:
        # Asked before the events: a run that is over now has all its events, one that isn't may still get some.
        record = await self._store.get(self._run_id)
        if record is None:
            raise missing(self._run_id)
        self._ready.extend(await self._store.events(self._run_id, after=self._seq, limit=PAGE))
        if self._ready:
            return
        if record.over or self._closing.is_set():
            self._ended = True
            return
        await self._settle(record)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), POLL)
