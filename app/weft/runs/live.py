"""A run of this process while it goes on: driven here, gathered, recorded and followed in `Shown`."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from weft.engine.run import Run, RunResult
from weft.model.errors import WeftError
from weft.runs.record import RunRecord
from weft.runs.sessions import opened
from weft.runs.shown import Shown
from weft.runs.store import RunStore

_logger = logging.getLogger("weft.runs")
TAKEN = 512
"""Events that are taken from the engine without a pause for others."""


class LiveRun:
    """`accepted` is done when the run is in the books; `task` is done when it is over and recorded. `shown` is what
    is recorded of it."""

    task: "asyncio.Task[None]"

    def __init__(
        self,
        record: RunRecord,
        run: Run,
        store: RunStore,
        recorded: Callable[["LiveRun"], None] = lambda _: None,
    ) -> None:
        self.record = record
        self.shown = Shown(record, store, run.flow, run.cancel)
        self.shown.at_end = lambda: recorded(self)
        self.accepted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.accepted.add_done_callback(_seen)
        self._run = run
        self._store = store

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

    async def go(self) -> None:
        """The run from its first record to its last."""
        try:
            await self._store.create(self.record)
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

    async def _drive(self) -> None:
        loop, shown = asyncio.get_running_loop(), self.shown
        shown.zero = loop.time()
        try:
            await self._take_up()
            async with self._run as run:
                shown.valve = run.valve
                seen = 0
                while events := await run.more(seen, TAKEN):
                    if not seen:
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
