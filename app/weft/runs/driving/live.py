"""A run of this process while it goes on: driven here, gathered, recorded and followed in `Shown`."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from weft import faults
from weft.engine.events import Event
from weft.engine.resting import Rest
from weft.engine.run import Run, RunResult
from weft.engine.valve import Valve
from weft.model.errors import WeftError
from weft.runs import owner
from weft.runs.driving.shown import Shown
from weft.runs.record import RunRecord, Status
from weft.runs.sessions import opened
from weft.runs.store.protocol import RunStore

_logger = logging.getLogger("weft.runs")
TAKEN = 512
"""Events that are taken from the engine without a pause for others."""
_OTHER = -1
"""The number of no event: of a question that isn't the one that is open."""


class LiveRun:
    """`accepted` is done when the run is in the books; `task` is done when it is over and recorded, or was let go.
    `shown` is what is recorded of it. With `events`, those of a run that was recorded before, it goes on after them."""

    task: "asyncio.Task[None]"
    parting = False
    """Whether it is being let go: from then on it isn't ours to cancel or to answer."""

    def __init__(
        self,
        record: RunRecord,
        run: Run,
        store: RunStore,
        recorded: Callable[["LiveRun"], None] = lambda _: None,
        events: Sequence[Event] | None = None,
    ) -> None:
        self.record = record
        self.resumed = events is not None
        self.shown = Shown(record, store, run.flow, run.cancel)
        self.shown.drop = self.part
        self.shown.go_on_after(events or ())
        self.shown.at_end = lambda: recorded(self)
        self.accepted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.accepted.add_done_callback(_seen)
        self._run = run
        self._store = store
        self._valve: Valve | None = None
        self._left_as: tuple[Status, float | None] = ("queued", 0.0)

    def cancel(self) -> None:
        """Start no step any more, and cancel those that run."""
        self._run.cancel()

    async def question_recorded(self, path: str) -> None:
        """Wait until what the step asks now is in the books. Put anew under the same number, as by another attempt, it
        may stand there a moment later; until then an answer to the former would be taken for one to it."""
        known = 0
        while (asked := self._run.questions.get(path)) is not None and asked["event"] != known:
            known = asked["event"]
            await self.shown.told(known)

    def answer(self, path: str, value: Any, by: str, number: int | None, event: int | None) -> int:
        """As `Run.answer`: its event is recorded soon after. `event` is the number of a recorded event: those of the
        engine are others, for pieces that came together are recorded as one."""
        asked = self.shown.state.questions.get(path)
        read = event is None or (asked is not None and asked["event"] == event)
        return self._run.answer(path, value, by, number, None if read else _OTHER)

    async def finished(self) -> RunResult:
        """Wait until the run is over and recorded."""
        await asyncio.shield(self.task)
        return await self._run.finished()

    # --- letting it go ---

    def rest(self) -> Rest | None:
        """What it waits for, if it only waits."""
        return None if self.parting or self._valve is None else self._run.at_rest()

    def parks_until(self, due: float | None) -> None:
        """When it is let go, it waits for an answer, or until then on the wall's clock."""
        self._left_as = ("waiting", due)

    def hold(self) -> None:
        """Start no step any more."""
        if self._valve is not None:
            self._valve.shut()

    @property
    def busy(self) -> bool:
        """Whether a step of it is running."""
        return self._valve is not None and self._valve.busy > 0

    def part(self) -> bool:
        """Stop it without another event, and own it no longer; `task` is done when that is in the books. False if it is
        over already."""
        if self.shown.finished or self.task.done():
            return False
        self.parting = True
        self.shown.room.give_up.set()
        self._run.release()
        return True

    # --- driving it ---

    async def go(self) -> None:
        """The run from its first record to its last."""
        try:
            await self._accept()
        except BaseException as exc:
            if not self.accepted.done():
                self.accepted.set_exception(
                    exc if isinstance(exc, Exception) else RuntimeError("interrupted")
                )
            self.shown.end()
            if isinstance(exc, WeftError):
                return  # whoever asked has been told
            raise
        self.accepted.set_result(None)
        recording = asyncio.create_task(self.shown.recorded(), name=f"record {self.record.id}")
        try:
            await self._drive()
        finally:
            self.shown.close()
            await recording
        if self.parting and not self.shown.lost:
            await self._leave()

    async def _accept(self) -> None:
        if not self.resumed:
            await self._store.create(self.record, owner.lease())
            faults.point("after_accept")

    async def _leave(self) -> None:
        """Say in the books that it is nobody's. Where that can't be said, it is left behind, and found so."""
        faults.point("before_release")
        try:
            await self._store.claims.release(self.record.id, self.record.epoch, *self._left_as)
        except WeftError as problem:
            _logger.warning("the run %s is let go: %s", self.record.id, problem)
        self.shown.end()

    async def _drive(self) -> None:
        loop, shown = asyncio.get_running_loop(), self.shown
        shown.zero = loop.time()
        try:
            await self._take_up()
            async with self._run as run:
                shown.valve = self._valve = run.valve
                first = seen = shown.log.last
                while events := await run.more(seen, TAKEN):
                    if seen == first:
                        shown.zero = loop.time() - events[0].at
                    seen = events[-1].seq
                    shown.take(events)
                    await asyncio.sleep(0)  # a run that is far ahead must not hold up the loop
        except (
            Exception
        ) as exc:  # a fault of the engine's, or an event that is no JSON: the run ends, and says so
            _logger.exception("the run %s failed by a fault of Weft's", self.record.id)
            if not shown.finished:
                shown.fail(exc)

    async def _take_up(self) -> None:
        """Begin as the session was left. It is ours alone since the run is in the books."""
        if (name := self.record.options.get("session")) is not None:
            found = await self._store.session(self.record.flow, name)
            session = self.shown.session = opened(found, self.record.flow, name, self._run.flow)
            self._run.take_up(session.state, session.previous)


def _seen(future: "asyncio.Future[None]") -> None:
    if not future.cancelled():
        future.exception()
