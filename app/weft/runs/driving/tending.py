"""What a service does again and again while it owns runs, or looks for runs to take up: one task, woken twice a second.

* Its lease is renewed, one row for all its runs.
* What other processes ask of its runs is done.
* A service that recovers lets go of runs that only wait, and takes up those that nobody drives: queued, due, answered,
  or left behind by an owner that is gone.
"""

import asyncio
import logging
import time
from contextlib import suppress
from typing import Any, Final

from weft.model.errors import Conflict, WeftError
from weft.runs import owner
from weft.runs.driving.answers import answer
from weft.runs.driving.holding import Holder
from weft.runs.driving.live import LiveRun
from weft.runs.store.claims import Request
from weft.runs.store.protocol import RunStore, moved

_logger = logging.getLogger("weft.runs")
TICK = 0.5
"""Seconds between two looks."""
RECOVERY = 2.0
"""Seconds between two searches for runs that nobody drives."""
REST = 3.0
"""Seconds for which a run must only wait before it is let go."""
SHORT = 15.0
"""Seconds to its next timer for which a run is kept anyway."""
AT_ONCE: Final = 32
"""Runs that are taken up and not yet over, or let go, at once."""


class Tending:
    def __init__(self, store: RunStore, holder: Holder) -> None:
        self.recovers = False
        self._store = store
        self._holder = holder
        self._task: asyncio.Task[None] | None = None
        self._beaten = 0.0
        self._recovered = 0.0
        self._resting: dict[str, float] = {}
        """Since when each run only waits, on the monotonic clock."""
        self._taken: set[str] = set()
        self._skipped: set[str] = set()
        """Runs whose rows are damaged: nobody can go on with them."""
        self._requests: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._trouble = ""
        holder.adopted = self.wake

    def wake(self) -> None:
        """There is something to look after."""
        if self._task is None and not self._holder.closing.is_set():
            self._beaten = time.monotonic()  # whoever claims says with it that it lives
            self._task = asyncio.create_task(self._tend(), name="tend runs")

    async def close(self) -> None:
        """After `Holder.close`."""
        tasks = {*self._requests.values(), *([self._task] if self._task is not None else [])}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _tend(self) -> None:
        try:
            while self.recovers or self._holder.live:
                await self._look_once()
                await asyncio.sleep(TICK)
        finally:
            self._task = None

    async def _look_once(self) -> None:
        try:
            await self.look()
            self._trouble = ""
        except (
            WeftError
        ) as problem:  # the disk is full, the database busy: the next look may find it otherwise
            if problem.code not in (self._trouble, "closing"):
                _logger.warning("runs can't be looked after: %s", problem)
            self._trouble = problem.code

    async def look(self) -> None:
        """Everything that is to be done now."""
        now = time.monotonic()
        if self._holder.live:
            if now - self._beaten >= owner.BEAT:
                await self._store.claims.beat(self._holder.name, owner.lease())
                self._beaten = now
            for request in await self._store.claims.requests(self._holder.name):
                self._begin(request)
        if self.recovers and not self._holder.closing.is_set():
            await self._let_go_of_waiting(now)
            if now - self._recovered >= RECOVERY:
                await self.recover()
                self._recovered = time.monotonic()

    # --- what others ask ---

    def _begin(self, request: Request) -> None:
        key = request.run, request.number
        if key not in self._requests:  # what is to be recorded may take its time
            task = self._requests[key] = asyncio.create_task(self._see_to(request), name="see to a request")
            task.add_done_callback(lambda _: self._requests.pop(key, None))

    async def _see_to(self, request: Request) -> None:
        live = self._holder.live.get(request.run)
        if live is None or live.parting:
            return  # it has just been let go, and whoever asked does it by itself
        outcome: dict[str, Any] = {}
        try:
            if request.kind == "cancel":
                live.cancel()
            else:
                await live.question_recorded(request.data["path"])
                if live.parting:
                    return
                await answer(live, **request.data)
        except WeftError as refused:
            kind = type(refused).__name__
            outcome = {"code": refused.code, "message": refused.message, "hint": refused.hint, "kind": kind}
        with suppress(WeftError):  # whoever asked looks at the run, and sees what came of it
            await self._store.claims.settle(request.run, request.number, outcome)

    # --- runs that only wait ---

    async def _let_go_of_waiting(self, now: float) -> None:
        going: list[LiveRun] = []
        for run_id, live in self._holder.live.items():
            rest = live.rest()
            if rest is None or (rest.until is not None and rest.until < SHORT):
                self._resting.pop(run_id, None)
                continue
            since = self._resting.setdefault(run_id, now)
            if now - since >= REST or live.resumed:
                live.parks_until(None if rest.until is None else time.time() + rest.until)
                going.append(live)
        for gone in self._resting.keys() - self._holder.live.keys():
            del self._resting[gone]
        await self._holder.let_go(going)

    # --- runs that nobody drives ---

    async def recover(self) -> None:
        """Take up runs that nobody drives, the oldest first, as many as may go on at once."""
        self._taken &= self._holder.live.keys()
        room = AT_ONCE - len(self._taken)
        await self._let_go_of_lost(room)
        for run_id in (await left_alone(self._store, room + len(self._skipped)))[: max(0, room)]:
            if self._holder.has(run_id) or run_id in self._skipped:
                continue
            await self._take_up(run_id)

    async def _let_go_of_lost(self, room: int) -> None:
        """Runs that are ours in the books only: they were let go when the books took nothing."""
        claims, name = self._store.claims, self._holder.name
        for run_id in await claims.owned(name, len(self._holder.live) + max(0, room)):
            claim = await claims.of(run_id)
            if not self._holder.has(run_id) and claim is not None and claim.owner == name:
                with suppress(Conflict):
                    await claims.release(run_id, claim.epoch, "queued", 0.0)

    async def _take_up(self, run_id: str) -> None:
        try:
            if await self._holder.take_up(run_id):
                self._taken.add(run_id)
        except Conflict as problem:
            if not moved(problem):
                raise
        except WeftError as problem:
            if problem.code != "damaged":
                raise
            self._skipped.add(run_id)
            _logger.warning("the run %s can't go on: %s", run_id, problem)


async def left_alone(store: RunStore, limit: int) -> list[str]:
    """Runs that are to go on and that nobody drives: those due, then those left behind by an owner that is gone."""
    if limit <= 0:
        return []
    found = await store.claims.due(time.time(), limit)
    for name, until in (await store.claims.owners()).items():
        if owner.gone(name, until):
            found += await store.claims.owned(name, limit)
    return sorted(found)[:limit]
