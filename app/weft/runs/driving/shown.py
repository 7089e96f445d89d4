"""The way of a run's events into the books, and from there to whoever watches.

The engine's events are gathered and numbered (`Coalescer`), appended to the store, and only then shown: what a watcher
has seen, the store has. The newest of the shown lie in one list that every watcher reads at its own pace; one that is
further behind reads from the store, so a slow one holds up nobody and costs nothing.

Nothing here grows with the run but its state. What is stored and large is let go, by the engine too (`Valve`), and a
run that is far ahead of the store starts no step until the store has caught up.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from weft.engine.events import Event
from weft.engine.valve import Valve
from weft.model.errors import Conflict, WeftError
from weft.model.flow import Flow
from weft.runs.driving.coalesce import Coalescer
from weft.runs.driving.observing import Observer
from weft.runs.driving.pressure import Pressure
from weft.runs.driving.room import Room
from weft.runs.driving.tail import Tail
from weft.runs.light import LightState
from weft.runs.record import OVER, RunRecord, Status, no_usage
from weft.runs.sessions import Session
from weft.runs.sizes import heavy
from weft.runs.state import RunState
from weft.runs.store.protocol import RunStore, moved

_logger = logging.getLogger("weft.runs")
BATCH = 2048
"""Events that are appended at once, at most."""
BATCH_CHARACTERS = 2_000_000
"""Characters of large events that are appended at once, or a single one of any size."""
RESIDENT = 32_000_000
"""Characters of values that a run whose events are stored holds for the steps that need them."""


class Shown:
    """The events of one run of this process: whoever drives it gives them (`take`, `close`), `recorded` appends and
    shows them, watchers read `log` and wait for more (`grown`)."""

    def __init__(self, record: RunRecord, store: RunStore, flow: Flow, stop: Callable[[], None]) -> None:
        self.log = Tail()
        self.valve: Valve | None = None
        """The run's, once it goes on."""
        self.over = False
        self.error: WeftError | None = None
        """Why the rest of the run could not be recorded."""
        self.session: Session | None = None
        """What the run began with, if it has a session."""
        self.zero = 0.0
        """When the run started, on the loop's clock."""
        self.lost = False
        """Whether it is somebody else's by now, or was ended in the books: nothing more of it is recorded here."""
        self.drop: Callable[[], object] = lambda: None
        """Called when that is found out."""
        self.room = Room(record.id)
        self.observer: Observer | None = None
        self.at_end: Callable[[], None] = lambda: None
        """Called once its last event is in the books, before anybody sees it."""
        self._record = record
        self._store = store
        self._flow = flow
        self._stop = stop
        self._state = LightState()
        self._values: deque[tuple[str, int, int]] = deque()
        """Large values that the run still holds, the oldest first: whose, the number of the event, characters."""
        self._resident = 0
        self._asks = False
        """Whether a step of it has asked a person."""
        self._coalescer = Coalescer()
        self._kept: list[Event] = []
        self._heavy: deque[tuple[int, int]] = deque()
        """Which of those are large: number, characters."""
        self._waiting = 0
        """How many characters these have together."""
        self.pressure = Pressure(record.parallel)
        self._seen = 0
        """The last event that was taken from the engine, by its number there."""
        self._more = asyncio.Event()
        self._complete = False  # nothing more will be gathered
        self._followers: list[asyncio.Future[None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._due_at = 0.0
        self._marked: Status = record.status

    @property
    def state(self) -> RunState:
        """What is recorded of it, folded: only as far as somebody looks, for most runs are looked at at their end.
        Large values in it are cut short."""
        for event in self.log.events[self._state.seq - self.log.base :]:
            self._state.apply(event)
        return self._state

    def go_on_after(self, events: Sequence[Event]) -> None:
        """These are recorded already: what comes is numbered on from them."""
        if events:
            self.log = Tail(events[-1].seq)
            self._coalescer.go_on_after(events[-1])
            self._seen = events[-1].seq
            self._asks = any(event.kind == "step-paused" for event in events)
            for event in events:
                self._state.apply(event)

    async def grown(self) -> None:
        """Wait until the log is longer, or the run is over."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._followers.append(waiter)
        await waiter

    async def told(self, seen: int) -> None:
        """Wait until the engine's event of that number, and all before it, is recorded; or nothing is any more."""
        while self._seen < seen and not self._ended:
            await self.grown()
        last = self._coalescer.last
        while self.log.last < last and not self._ended:
            await self.grown()

    @property
    def _ended(self) -> bool:
        return self.over or self.lost or self.error is not None

    @property
    def finished(self) -> bool:
        """Whether the run's last event is among those gathered."""
        last = self._kept or self.log.events
        return bool(last) and last[-1].kind == "run-finished"

    # --- gathering ---

    def take(self, events: Sequence[Event]) -> None:
        """These have happened."""
        self._seen = events[-1].seq
        self._keep(self._coalescer.take(events))

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
        if events:
            self._kept += events
            large = heavy(events)
            self._heavy += large
            self._waiting += sum(size for _, size in large)
            self._more.set()
            if self.valve is not None:
                self.pressure.note(self.valve, self._waiting, len(self._kept) + self.valve.ahead(self._seen))
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
                batch, large = self._next_batch()
                if self.error is None and not self.lost:
                    await self._append(batch, large)
                if self.valve is not None:
                    self._let_go(self.valve, large)
            if self._complete:
                break
        if self.error is not None and not self.finished and not self.room.give_up.is_set():
            await self._append([self._unrecorded(self.error)])
        self.end()

    def _next_batch(self) -> tuple[list[Event], list[tuple[int, int]]]:
        """What to append now, and which of it is large."""
        kept, count, characters = self._kept, min(len(self._kept), BATCH), 0
        first, large = kept[0].seq, list[tuple[int, int]]()
        while self._heavy and (place := self._heavy[0][0] - first) < count:
            seq, size = self._heavy[0]
            if large and characters + size > BATCH_CHARACTERS:
                count = place
                break
            large.append((seq, size))
            characters += size
            self._heavy.popleft()
        self._waiting -= characters
        batch = kept[:count]
        del kept[:count]
        return batch, large

    def _let_go(self, valve: Valve, stored: list[tuple[int, int]]) -> None:
        """These are in the store, or never will be: the run needn't hold them, and may go on if it was held back."""
        if stored and stored[-1][0] <= self.log.last:
            base = self.log.base
            for seq, size in stored:
                event = self.log.events[seq - base - 1]
                if event.kind == "step-finished":
                    self._values.append((event.path, seq, size))
                    self._resident += size
            while self._resident > RESIDENT:
                path, seq, size = self._values.popleft()
                self._resident -= size
                valve.put_aside(path, partial(_value_of, self._store, self._record.id, seq), size)
        for event in self.log.surplus():
            if event.seq > self._state.seq:
                self._state.apply(event)
        if self.log.base:
            valve.let_go(self._seen)
        self.pressure.note(valve, self._waiting, len(self._kept) + valve.ahead(self._seen))

    async def _append(self, batch: list[Event], large: Sequence[tuple[int, int]] | None = None) -> None:
        try:
            left = await self._left(batch)
            await self.room.wait(partial(self._put, batch, left), self.valve)
            self.log.add(batch, large)
            if self.observer is not None:
                self.observer.note(batch)
            self._asks = self._asks or "step-paused" in [event.kind for event in batch]
            if self._asks:
                await self._mark(self.state.status)
        except Conflict as problem:
            if not moved(problem):
                raise
            _logger.warning("the run %s is let go: %s", self._record.id, problem)
            self.lost = True
            self.drop()
        except Exception as exc:
            # A run that can't be recorded would do work that nobody could account for.
            _logger.exception("the run %s is stopped, for it can't be recorded", self._record.id)
            self.error = exc if isinstance(exc, WeftError) else _fault(exc)
            self._stop()
        if self.log.events and self.log.events[-1].kind == "run-finished":
            self.at_end()
        self._tell()

    async def _put(self, batch: list[Event], left: Session | None) -> None:
        await self._store.append(self._record.id, batch, left, epoch=self._record.epoch)

    async def _left(self, batch: list[Event]) -> Session | None:
        """The session as the run leaves it, if this is the run's end."""
        if self.session is None or batch[-1].kind != "run-finished":
            return None
        before = await self._store.events(self._record.id) if self.log.base else self.log.events
        return self.session.after(self._record.id, [*before, *batch], self._flow)

    async def _mark(self, status: Status) -> None:
        """Say in the books that the run waits for a person, or goes on."""
        if status != self._marked and status not in OVER:
            self._marked = status
            await self._store.mark(self._record.id, status, epoch=self._record.epoch)

    def _unrecorded(self, error: WeftError) -> Event:
        """The end of a run that was stopped because its events could not be kept; maybe this one can."""
        said = {"code": error.code, "message": error.message, "hint": error.hint, "node": None}
        state = self.state
        data = {"status": "failed", "outputs": {}, "error": said, "usage": state.usage, "seconds": state.at}
        return Event(self.log.last + 1, "run-finished", "", state.at, data)

    def end(self) -> None:
        """Nothing more will be shown."""
        self.over = True
        if self.observer is not None:
            self.observer.close()
        self._tell()

    def _tell(self) -> None:
        followers, self._followers = self._followers, []
        for waiter in followers:
            if not waiter.done():
                waiter.set_result(None)


def _value_of(store: RunStore, run_id: str, seq: int) -> dict[str, Any]:
    """What a step gave, by port, out of the store."""
    return store.peek(run_id, seq).data["value"]


def _fault(exc: Exception) -> WeftError:
    said = exc.message if isinstance(exc, WeftError) else f"{type(exc).__name__}: {exc}"
    return WeftError(f"The run failed by a fault of Weft's: {said}", code="internal-error", retryable=False)
