"""The one door to runs: browser, HTTP and command line start, watch and cancel through it.

    run_id = await service.start(flow, {"topic": "tides"}, slug="essay")
    async for event in service.watch(run_id):
        ...

A run belongs to the service, not to whoever started it: closing a tab stops nothing. It is accepted once it is in the
books, and from then on it is never lost: if its process dies, another takes it up (`holding.py`, `tending.py`).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Unpack

from weft.catalog.loader import Catalog
from weft.engine.budget import Budget
from weft.engine.choice import Choice
from weft.engine.events import Event
from weft.engine.explaining import StepPlan, explain
from weft.engine.limits import DEFAULTS, Limits
from weft.engine.run import PARALLEL, RunResult
from weft.engine.services import Services
from weft.model.errors import Conflict
from weft.model.flow import Flow
from weft.model.text import loads
from weft.runs.driving import elsewhere
from weft.runs.driving.answers import answer
from weft.runs.driving.elsewhere import driven
from weft.runs.driving.holding import Holder
from weft.runs.driving.observing import Observe
from weft.runs.driving.starting import Budgets, Order, Starter, own_budget
from weft.runs.driving.tending import Tending
from weft.runs.earlier.pins import Pins
from weft.runs.earlier.rerun import choice_again
from weft.runs.earlier.reuse import Reuse
from weft.runs.learnt import without
from weft.runs.light import folded
from weft.runs.record import UNFINISHED, RunRecord
from weft.runs.sessions import Session, busy, no_session
from weft.runs.state import RunState, fold
from weft.runs.store.listing import Filters
from weft.runs.store.protocol import RunStore, missing
from weft.runs.watch import Watch

_NONE: Final[Mapping[str, Any]] = {}
PATIENCE = 2.0
"""Seconds that `cancel` waits for the run to end before it says that it was told."""
GRACE = 5.0
"""Seconds that running steps have to end when the service drains."""


class RunService:
    """Owns the runs of this process and the store. `catalog` is asked at each start, for it may be read anew."""

    def __init__(
        self,
        store: RunStore,
        services: Services,
        catalog: Callable[[], Catalog],
        budget: Budgets = own_budget,
        limits: Callable[[], Limits] = lambda: DEFAULTS,
        reuse: Reuse | None = None,
    ) -> None:
        self._store = store
        self._services = services
        self._catalog = catalog
        self._reuse = reuse
        self._starter = Starter(store, services, catalog, budget, limits, reuse)
        self._holder = Holder(store, self._starter)
        self._tending = Tending(store, self._holder)
        self.admit: Callable[[Flow, str], None] = lambda flow, slug: None
        """Raises `WeftError` for a flow (and its slug) that may not run."""

    async def start(
        self,
        flow: Flow,
        inputs: Mapping[str, Any] | None = None,
        *,
        slug: str = "",
        model: str | None = None,
        parallel: int = PARALLEL,
        session: str | None = None,
        answers: Mapping[str, Sequence[Any]] = _NONE,
        budget: Budget | None = None,
        limits: Limits | None = None,
        choice: Choice | None = None,
    ) -> str:
        """Run this revision of the flow; returns its id once it is in the books, so an accepted run is never lost.
        `budget` goes before the flow's own, and before what the service gives every run. `choice` says what of the
        flow to run.

        With a `session` it takes up what the last run of that session of the flow left. `answers` are given
        beforehand to what it will ask, by path. Raises `FlowHasProblems` or another WeftError, and nothing has begun then."""
        self.admit(flow, slug)
        given = inputs or _NONE
        order = Order(flow, given, slug, model, parallel, session, answers, budget, limits, choice)
        try:
            return await self._holder.begin(order)
        except Conflict as problem:
            if problem.code == "session-busy":
                await self._refuse_left(order.wanted.name, session)
            raise

    async def plan(
        self,
        flow: Flow,
        inputs: Mapping[str, Any] | None = None,
        *,
        slug: str = "",
        model: str | None = None,
        session: str | None = None,
        choice: Choice | None = None,
    ) -> list[StepPlan]:
        """What each step would do in such a run, and because of what. Nothing is called, no secret or file read."""
        wanted = Order(flow, inputs or _NONE, slug, model, session=session).wanted
        catalog, cache, state = self._catalog(), None, None
        if self._reuse is not None:
            cache, choice = self._reuse.of(wanted), await self._reuse.choice(wanted, catalog, choice)
        if session is not None and (found := await self._store.session(wanted.name, session)) is not None:
            state = found.state
        return await explain(
            flow,
            catalog,
            inputs,
            services=self._services,
            cache=cache,
            choice=choice,
            model=model,
            state=state,
        )

    def observe(self, observe: Observe) -> None:
        """From now on, let this see every run that the service drives."""
        self._holder.observe = observe

    @property
    def pins(self) -> Pins | None:
        """The pinned values of flows; None where nothing can be kept."""
        return self._reuse.pins if self._reuse is not None else None

    async def rerun(
        self,
        run_id: str,
        edits: Mapping[str, Any] = _NONE,
        *,
        choice: Choice | None = None,
        budget: Budget | None = None,
    ) -> str:
        """Do a run again, with its revision, inputs and model: its values stand, but for the `edits` (by node, values
        by port or that of the main output), and what depends on those runs. `choice.start` names nodes to run anew.
        With neither, what gave no value runs, and what depends on it. The id of the new run."""
        record = await self.get(run_id)
        flow = await asyncio.to_thread(loads, record.document)
        events = await self.events(run_id)
        made = choice_again(record, flow, self._catalog(), events, edits, choice)
        return await self.start(
            flow,
            record.inputs,
            slug=record.flow,
            model=record.model,
            parallel=record.parallel,
            budget=budget,
            choice=made,
        )

    async def resume(self, run_id: str) -> str:
        """Go on with a run that nobody drives: one that is queued, waits, or was left behind by a process that died. One
        that failed or was cancelled is done again from what it recorded, as another run; the id to follow.

        `Conflict` if another process drives it (`run-goes-on`), or if it succeeded (`run-over`)."""
        record = await self.get(run_id)
        if record.status == "succeeded":
            raise Conflict(
                f"The run {run_id} succeeded: nothing of it is left to do.",
                code="run-over",
                hint="'weft runs rerun' does it again.",
            )
        if record.over:
            return await self.rerun(run_id)
        if run_id in self._holder.live:
            return run_id
        if await driven(self._store, record):
            raise Conflict(
                f"The run {run_id} goes on in another process of Weft.",
                code="run-goes-on",
                hint="'weft runs watch' follows it, 'weft cancel' ends it.",
            )
        await self._holder.take_up(run_id)
        return run_id

    def recover(self) -> None:
        """From now on, take up what nobody drives: runs that are queued, due, answered, or left behind by a process
        that died; and let go of runs that only wait, until they are due or answered."""
        self._tending.recovers = True
        self._tending.wake()

    async def answer(
        self,
        run_id: str,
        path: str,
        value: Any,
        by: str = "",
        number: int | None = None,
        event: int | None = None,
    ) -> None:
        """Answer what the step at `path` asks; with `number`, that question and no later one of the step; with `event`,
        as the run's event of that number put it: what a person has read is what they answer. The answer is in the
        books when this returns, whichever process drives the run; if none does, one that recovers goes on with it.

        Raises `WeftError` (`bad-answer`; the question stays), `Conflict` if somebody was faster (`answered`) or the run
        is over (`run-over`), `NotFound` if nothing is asked there (`no-question`)."""
        while (live := self._holder.live.get(run_id)) is not None:
            await live.question_recorded(path)
            if not live.parting:
                return await answer(live, path, value, by, number, event)
            await asyncio.wait({live.task})
        await elsewhere.answer(self._store, run_id, path, value, by, number, event)

    async def cancel(self, run_id: str) -> None:
        """Stop the run's steps, whoever drives it, and wait a little for its end. One that nobody drives is ended in
        the books. A run that is over stays as it ended."""
        while (live := self._holder.live.get(run_id)) is not None:
            if not live.parting:
                live.cancel()
                await asyncio.wait({live.task}, timeout=PATIENCE)
                return
            await asyncio.wait({live.task})
        await elsewhere.cancel(self._store, run_id)

    async def result(self, run_id: str) -> RunResult:
        """Wait for the end of a run that this process has just started."""
        if (live := self._holder.live.get(run_id)) is None:
            raise missing(run_id)
        return await live.finished()

    async def sessions(self, flow: str | None = None) -> list[Session]:
        """Those of a flow, or all; the last used first."""
        return await self._store.sessions(flow)

    async def session(self, flow: str, name: str) -> Session:
        found = await self._store.session(flow, name)
        if found is None:
            raise no_session(flow, name)
        return found

    async def forget(self, flow: str, name: str) -> None:
        """Let a session go: its next run begins anew. `Conflict` while one goes on."""
        try:
            found = await self._store.forget(flow, name)
        except Conflict:
            await self._refuse_left(flow, name)
            raise
        if not found:
            raise no_session(flow, name)

    async def unlearn(self, flow: str, name: str, kind: str | None = None) -> None:
        """Have a session forget what it learnt of models, at one kind of task or at all; the rest of it stays.
        `Conflict` while a run of it goes on."""
        if not await self._store.revise(flow, name, lambda found: without(found, kind)):
            raise no_session(flow, name)

    async def _refuse_left(self, flow: str, name: str | None) -> None:
        """Say it, if the session is in use by a run that nobody drives."""
        for record in await self._store.list(flow=flow, session=name, status=UNFINISHED, limit=1):
            if record.status != "waiting" and not await driven(self._store, record):
                raise busy(flow, name or "", record.id, left=True)

    def watch(self, run_id: str, after: int = 0) -> Watch:
        """The run's events numbered past `after`: those that are stored, then each once it is, up to the last.

        Raises `NotFound` when it is first read, if there is no such run; `Conflict` (`left-behind`) at the end of what
        is recorded of a run whose process died, if nobody takes it up."""
        return Watch(run_id, after, store=self._store, holder=self._holder)

    async def left_behind(self, record: RunRecord) -> bool:
        """Whether the run is to go on and nobody drives it: its process died, or let it go for the next."""
        if record.over or (record.status == "waiting" and not record.owner):
            return False
        return record.id not in self._holder.live and not await driven(self._store, record)

    async def get(self, run_id: str) -> RunRecord:
        record = await self._store.get(run_id)
        if record is None:
            raise missing(run_id)
        return record

    async def runs(
        self,
        *,
        limit: int = 50,
        **wanted: Unpack[Filters],
    ) -> list[RunRecord]:
        """The newest first, without their documents; `before` is the last id of the page before."""
        return await self._store.list(limit=limit, **wanted)

    async def events(self, run_id: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """What is stored of the run so far."""
        await self.get(run_id)
        return await self._store.events(run_id, after=after, limit=limit)

    async def state(self, run_id: str) -> RunState:
        """The run folded so far. Of a run that goes on, it is the state that is kept up to date: look, don't change."""
        if (live := self._holder.live.get(run_id)) is not None:
            return live.shown.state
        return fold(await self.events(run_id))

    def peek(self, run_id: str, seq: int) -> Event:
        """One stored event, at once."""
        return self._store.peek(run_id, seq)

    async def light(self, run_id: str) -> RunState:
        """The run folded so far, its large values cut short: it takes little memory whatever the run put out."""
        if (live := self._holder.live.get(run_id)) is not None:
            return live.shown.state
        await self.get(run_id)
        return await folded(self._store, run_id)

    async def drain(self, grace: float = GRACE, hurry: asyncio.Event | None = None) -> None:
        """Start nothing any more, let the steps that run end within `grace` seconds (or until there is a `hurry`), and
        let all runs go for the next process: nothing is cancelled. Runs are refused from here on."""
        await self._holder.drain(grace, hurry or asyncio.Event())

    async def close(self) -> None:
        """Cancel what runs, record its end, close the store. Watchers see the end of their run."""
        self._holder.close()
        lives = list(self._holder.live.values())
        for live in lives:
            live.cancel()
            live.shown.room.give_up.set()
        await asyncio.gather(*(live.task for live in lives), return_exceptions=True)
        await self._tending.close()
        await self._holder.leave()
        await self._store.close()
