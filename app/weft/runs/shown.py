"""The way of a run's events into the books, and from there to whoever watches.

The engine's events are gathered and numbered (`Coalescer`), appended to the store, and only then shown: what a watcher
has seen, the store has. The shown events lie in one list that every watcher reads at its own pace, so a slow one holds
up nobody.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, cast

from weft.engine.events import Event
from weft.model.errors import WeftError
from weft.model.flow import Flow
from weft.runs.coalesce import Coalescer
from weft.runs.record import OVER, RunRecord, Status, no_usage
from weft.runs.sessions import Session
from weft.runs.state import RunState
from weft.runs.store import RunStore

_logger = logging.getLogger("weft.runs")
BATCH = 2048
"""Events that are appended at once, at most."""


class Shown:
    """The events of one run of this process: whoever drives it gives them (`take`, `close`), `recorded` appends and
    shows them, watchers read `log` and wait for more (`grown`)."""

    def __init__(self, record: RunRecord, store: RunStore, flow: Flow, stop: Callable[[], None]) -> None:
        self.log: list[Event] = []
        self.over = False
        self.error: WeftError | None = None
        """Why the rest of the run could not be recorded."""
        self.session: Session | None = None
        """What the run began with, if it has a session."""
        self.zero = 0.0
        """When the run started, on the loop's clock."""
        self.at_end: Callable[[], None] = lambda: None
        """Called once its last event is in the books, before anybody sees it."""
        self._record = record
        self._store = store
        self._flow = flow
        self._stop = stop
        self._state = RunState()
        self._folded = 0
        self._asks = False
        """Whether a step of it has asked a person."""
        self._coalescer = Coalescer()
        self._kept: list[Event] = []
        self._more = asyncio.Event()
        self._complete = False  # nothing more will be gathered
        self._followers: list[asyncio.Future[None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._due_at = 0.0
        self._marked: Status = record.status

    @property
    def state(self) -> RunState:
        """What is recorded of it, folded: only as far as somebody looks, for most runs are looked at at their end."""
        for event in self.log[self._folded :]:
            self._state.apply(event)
        self._folded = len(self.log)
        return self._state

    async def grown(self) -> None:
        """Wait until the log is longer, or the run is over."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._followers.append(waiter)
        await waiter

    @property
    def finished(self) -> bool:
        """Whether the run's last event is among those gathered."""
        last = self._kept or self.log
        return bool(last) and last[-1].kind == "run-finished"

    # --- gathering ---

    def take(self, events: Sequence[Event]) -> None:
        """These have happened."""
        self._keep(self._coalescer.take([_as_stored(event) for event in events]))

    def fail(self, exc: Exception) -> None:
        """The run ended by a fault of Weft's: its last event says so."""
        fault = _fault(exc)
        error = {"code": fault.code, "message": fault.message, "hint": fault.hint, "node": None}
        at = asyncio.get_running_loop().time() - self.zero
        data = {"status": "failed", "outputs": {}, "error": error, "usage": no_usage(), "seconds": at}
        self._keep(self._coalescer.add(Event(0, "run-finished", "", at, data)))

    def close(self) -> None:
        """Nothing more will come."""
        if self._timer is not None:
            self._timer.cancel()
        self._complete = True
        self._more.set()

    def _keep(self, events: list[Event]) -> None:
        self._kept += events
        if events:
            self._more.set()
        wakes = self._coalescer.wakes()
        if wakes is None:
            return
        when = self.zero + wakes
        if self._timer is None or when < self._due_at:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_at(when, self._due)
            self._due_at = when  # uvloop's handle of a moment gone by doesn't know it

    def _due(self) -> None:
        self._timer = None
        self._keep(self._coalescer.due(asyncio.get_running_loop().time() - self.zero))

    # --- recording ---

    async def recorded(self) -> None:
        """Append what was gathered, much at once, and show it; until nothing more comes."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._kept:
                batch, self._kept = self._kept[:BATCH], self._kept[BATCH:]
                if self.error is None:
                    await self._append(batch)
            if self._complete:
                break
        if self.error is not None and not self.finished:
            await self._append([self._unrecorded(self.error)])
        self.end()

    async def _append(self, batch: list[Event]) -> None:
        try:
            await self._store.append(self._record.id, batch, self._left(batch))
            self.log += batch
            self._asks = self._asks or "step-paused" in [event.kind for event in batch]
            if self._asks:
                await self._mark(self.state.status)
        except Exception as exc:
            # A run that can't be recorded would do work that nobody could account for.
            _logger.exception("the run %s is stopped, for it can't be recorded", self._record.id)
            self.error = exc if isinstance(exc, WeftError) else _fault(exc)
            self._stop()
        if self.log and self.log[-1].kind == "run-finished":
            self.at_end()
        self._tell()

    def _left(self, batch: list[Event]) -> Session | None:
        """The session as the run leaves it, if this is the run's end."""
        if self.session is None or batch[-1].kind != "run-finished":
            return None
        return self.session.after(self._record.id, [*self.log, *batch], self._flow)

    async def _mark(self, status: Status) -> None:
        """Say in the books that the run waits for a person, or goes on."""
        if status != self._marked and status not in OVER:
            self._marked = status
            await self._store.mark(self._record.id, status)

    def _unrecorded(self, error: WeftError) -> Event:
        """The end of a run that was stopped because its events could not be kept; maybe this one can."""
        said = {"code": error.code, "message": error.message, "hint": error.hint, "node": None}
        state = self.state
        data = {"status": "failed", "outputs": {}, "error": said, "usage": state.usage, "seconds": state.at}
        return Event(len(self.log) + 1, "run-finished", "", state.at, data)

    def end(self) -> None:
        """Nothing more will be shown."""
        self.over = True
        self._tell()

    def _tell(self) -> None:
        followers, self._followers = self._followers, []
        for waiter in followers:
            if not waiter.done():
                waiter.set_result(None)


def _as_stored(event: Event) -> Event:
    """The engine's values are plain already; what JSON has no word for, a tuple, becomes a list before it is shown."""
    calls: Any = event.data.get("calls")
    return (
        event._replace(data={**event.data, "calls": [*cast("tuple[Any, ...]", calls)]})
        if type(calls) is tuple
        else event
    )


def _fault(exc: Exception) -> WeftError:
    said = exc.message if isinstance(exc, WeftError) else f"{type(exc).__name__}: {exc}"
    return WeftError(f"The run failed by a fault of Weft's: {said}", code="internal-error", retryable=False)
