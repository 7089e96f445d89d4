"""Following a run: what is stored first, then what happens, without a gap and nothing twice."""

import asyncio
from collections import deque
from typing import Self

from weft.engine.events import Event
from weft.model.errors import Conflict
from weft.runs.driving.elsewhere import driven
from weft.runs.driving.holding import Holder
from weft.runs.driving.live import LiveRun
from weft.runs.state import RunState
from weft.runs.store.protocol import RunStore, missing

PAGE = 500
POLL = 0.25
"""Seconds between two looks at a run that another process drives."""
SELDOM = 2.0
"""Seconds between two looks at one that waits for a person or a timer."""
PATIENCE = 6.0
"""Seconds for which a run may be without a driver before it counts as left behind."""


class Watch:
    """The events of one run numbered past `after`; ends after `run-finished`. An object and no async generator, so
    leaving it half way leaks nothing; closing it stops nothing."""

    def __init__(self, run_id: str, after: int, *, store: RunStore, holder: Holder) -> None:
        self._run_id = run_id
        self._seq = max(0, after)
        self._store = store
        self._holder = holder
        self._live: LiveRun | None = None
        self._ready: deque[Event] = deque()
        self._ended = False
        self._alone = 0.0
        """Since when nobody drives it, on the loop's clock."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        while not self._ready:
            if self._ended:
                raise StopAsyncIteration
            self._live = self._live or self._holder.live.get(self._run_id)
            await (self._from_log(self._live) if self._live else self._from_store())
        event = self._ready.popleft()
        self._seq = event.seq
        self._ended = event.kind == "run-finished"
        return event

    def catch_up(self, most: int) -> RunState | None:
        """If more than so many events of a run of this process wait to be read, the state after the last of them, and
        the next event is the one after that. Look, don't change."""
        live = self._live
        if live is None or live.shown.log.last - self._seq <= most or live.shown.finished:
            return None
        state = live.shown.state
        self._ready.clear()
        self._seq = state.seq
        return state

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
            if shown.finished:
                self._ended = True
            else:  # it was let go: the books say how it goes on
                await asyncio.wait({live.task})
                self._live = None

    async def _from_store(self) -> None:
        # Asked before the events: a run that is over now has all its events, one that isn't may still get some.
        record = await self._store.get(self._run_id)
        if record is None:
            raise missing(self._run_id)
        self._ready.extend(await self._store.events(self._run_id, after=self._seq, limit=PAGE))
        if self._ready:
            return
        if record.over or self._holder.closing.is_set():
            self._ended = True
            return
        waits = record.status == "waiting" and not record.owner
        if waits or await driven(self._store, record):
            self._alone = 0.0
        else:
            self._refuse_left_behind()
        await self._holder.changed(self._run_id, SELDOM if waits else POLL)

    def _refuse_left_behind(self) -> None:
        """Whoever takes such runs up does so within seconds: wait for that, but not for ever."""
        now = asyncio.get_running_loop().time()
        self._alone = self._alone or now
        if now - self._alone >= PATIENCE:
            raise left_behind(self._run_id)


def left_behind(run_id: str) -> Conflict:
    return Conflict(
        f"The run {run_id} was left behind by a process that ended, and nobody goes on with it.",
        code="left-behind",
        hint=f"'weft resume {run_id}' goes on with it; a server does so by itself.",
    )
