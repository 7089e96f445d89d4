"""A run of this process while it goes on: driven, gathered, recorded, followed.

The engine's events are gathered and numbered (`Coalescer`), appended to the store, and only then shown: what a watcher
has seen, the store has. The shown events lie in one list that every watcher reads at its own pace, so a slow one holds
up nobody.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

from weft.engine.events import Event
from weft.engine.run import Run, RunResult
from weft.model.errors import WeftError
from weft.runs.coalesce import Coalescer
from weft.runs.record import OVER, RunRecord, Status, no_usage
from weft.runs.sessions import Session, opened
from weft.runs.state import RunState
from weft.runs.store import RunStore

_logger = logging.getLogger("weft.runs")
TAKEN = 512
"""Events that are taken from the engine without a pause for others."""
BATCH = 2048
"""Events that are appended at once, at most."""


class LiveRun:
    """`accepted` is done when the run is in the books; `task` is done when it is over and recorded."""

    task: "asyncio.Task[None]"

    def __init__(
        self,
        record: RunRecord,
        run: Run,
        store: RunStore,
        recorded: Callable[["LiveRun"], None] = lambda _: None,
    ) -> None:
        self.recorded = recorded
        """Called once its last event is in the books, before anybody sees it."""
        self.record = record
        self.log: list[Event] = []
        self._state = RunState()
        self._folded = 0
        self._asks = False
        """Whether a step of it has asked a person."""
        self.over = False
        self.error: WeftError | None = None
        """Why the rest of the run could not be recorded."""
        self.accepted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.accepted.add_done_callback(_seen)
        self._run = run
        self._store = store
        self._coalescer = Coalescer()
        self._kept: list[Event] = []
        self._more = asyncio.Event()
        self._complete = False  # nothing more will be gathered
        self._followers: list[asyncio.Future[None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._due_at = 0.0
        self._zero = 0.0
        self._marked: Status = record.status
        self._session: Session | None = None

    @property
    def state(self) -> RunState:
        """What is recorded of it, folded: only as far as somebody looks, for most runs are looked at at their end."""
        for event in self.log[self._folded :]:
            self._state.apply(event)
        self._folded = len(self.log)
        return self._state

    def cancel(self) -> None:
        """Start no step any more, and cancel those that run."""
        self._run.cancel()

    def answer(self, path: str, value: Any, by: str = "", number: int | None = None) -> int:
        """As `Run.answer`: its event is recorded soon after."""
        return self._run.answer(path, value, by, number)

    async def finished(self) -> RunResult:
        """Wait until the run is over and recorded."""
        await asyncio.shield(self.task)
        return await self._run.finished()

    async def grown(self) -> None:
        """Wait until the log is longer, or the run is over."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._followers.append(waiter)
        await waiter

    async def go(self) -> None:
        """The run from its first record to its last."""
        try:
            await self._store.create(self.record)
        except BaseException as exc:
            if not self.accepted.done():
                self.accepted.set_exception(
                    exc if isinstance(exc, Exception) else RuntimeError("interrupted")
                )
            self._end()
            if isinstance(exc, WeftError):
                return  # whoever asked has been told
            raise
        self.accepted.set_result(None)
        recording = asyncio.create_task(self._recorded(), name=f"record {self.record.id}")
        try:
            await self._drive()
        finally:
            self._kept_all()
            await recording

    async def _drive(self) -> None:
        loop = asyncio.get_running_loop()
        self._zero = loop.time()
        try:
            await self._take_up()
            async with self._run as run:
                seen = 0
                while events := await run.more(seen, TAKEN):
                    if not seen:
                        self._zero = loop.time() - events[0].at
                    seen = events[-1].seq
                    self._keep(self._coalescer.take([_as_stored(event) for event in events]))
                    await asyncio.sleep(0)  # a run that is far ahead must not hold up the loop
        except (
            Exception
        ) as exc:  # a fault of the engine's, or an event that is no JSON: the run ends, and says so
            _logger.exception("the run %s failed by a fault of Weft's", self.record.id)
            if not self._finished():
                self._keep(self._coalescer.add(self._failure(exc)))

    async def _take_up(self) -> None:
        """Begin as the session was left. It is ours alone since the run is in the books."""
        if (name := self.record.options.get("session")) is not None:
            found = await self._store.session(self.record.flow, name)
            self._session = opened(found, self.record.flow, name, self._run.flow)
            self._run.take_up(self._session.state, self._session.previous)

    def _left(self, batch: list[Event]) -> Session | None:
        """The session as the run leaves it, if this is the run's end."""
        if self._session is None or batch[-1].kind != "run-finished":
            return None
        return self._session.after(self.record.id, [*self.log, *batch], self._run.flow)

    def _failure(self, exc: Exception) -> Event:
        fault = _fault(exc)
        error = {"code": fault.code, "message": fault.message, "hint": fault.hint, "node": None}
        at = asyncio.get_running_loop().time() - self._zero
        data = {"status": "failed", "outputs": {}, "error": error, "usage": no_usage(), "seconds": at}
        return Event(0, "run-finished", "", at, data)

    # --- gathering ---

    def _keep(self, events: list[Event]) -> None:
        self._kept += events
        if events:
            self._more.set()
        wakes = self._coalescer.wakes()
        if wakes is None:
            return
        when = self._zero + wakes
        if self._timer is None or when < self._due_at:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_at(when, self._due)
            self._due_at = when  # uvloop's handle of a moment gone by doesn't know it

    def _due(self) -> None:
        self._timer = None
        self._keep(self._coalescer.due(asyncio.get_running_loop().time() - self._zero))

    def _finished(self) -> bool:
        last = self._kept or self.log
        return bool(last) and last[-1].kind == "run-finished"

    def _kept_all(self) -> None:
        """Nothing more will come."""
        if self._timer is not None:
            self._timer.cancel()
        self._complete = True
        self._more.set()

    # --- recording ---

    async def _recorded(self) -> None:
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
        if self.error is not None and not self._finished():
            await self._append([self._unrecorded(self.error)])
        self._end()

    async def _append(self, batch: list[Event]) -> None:
        try:
            await self._store.append(self.record.id, batch, self._left(batch))
            self.log += batch
            self._asks = self._asks or "step-paused" in [event.kind for event in batch]
            if self._asks:
                await self._mark(self.state.status)
        except Exception as exc:
            # A run that can't be recorded would do work that nobody could account for.
            _logger.exception("the run %s is stopped, for it can't be recorded", self.record.id)
            self.error = exc if isinstance(exc, WeftError) else _fault(exc)
            self._run.cancel()
        if self.log and self.log[-1].kind == "run-finished":
            self.recorded(self)
        self._tell()

    async def _mark(self, status: Status) -> None:
        """Say in the books that the run waits for a person, or goes on."""
        if status != self._marked and status not in OVER:
            self._marked = status
            await self._store.mark(self.record.id, status)

    def _unrecorded(self, error: WeftError) -> Event:
        """The end of a run that was stopped because its events could not be kept; maybe this one can."""
        said = {"code": error.code, "message": error.message, "hint": error.hint, "node": None}
        state = self.state
        data = {"status": "failed", "outputs": {}, "error": said, "usage": state.usage, "seconds": state.at}
        return Event(len(self.log) + 1, "run-finished", "", state.at, data)

    def _end(self) -> None:
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


def _seen(future: "asyncio.Future[None]") -> None:
    if not future.cancelled():
        future.exception()
