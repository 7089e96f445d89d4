"""The one door to runs: browser, HTTP and command line start, watch and cancel through it.

    run_id = await service.start(flow, {"topic": "tides"}, slug="essay")
    async for event in service.watch(run_id):
        ...

A run belongs to the service, not to whoever started it: closing a tab stops nothing.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Unpack

from weft.catalog.loader import Catalog
from weft.engine.budget import Budget, of_run
from weft.engine.choice import Choice
from weft.engine.events import Event
from weft.engine.explaining import StepPlan, explain
from weft.engine.limits import DEFAULTS, Limits
from weft.engine.run import PARALLEL, RunResult, start
from weft.engine.run_id import new_run_id
from weft.engine.services import Services
from weft.model.errors import Conflict, WeftError
from weft.model.flow import Flow
from weft.model.plain import to_plain
from weft.model.text import loads
from weft.runs import owner
from weft.runs.answers import answer, elsewhere
from weft.runs.durations import Learnt
from weft.runs.listing import Filters
from weft.runs.live import LiveRun
from weft.runs.options import options
from weft.runs.pins import Pins
from weft.runs.record import UNFINISHED, RunRecord, now
from weft.runs.rerun import choice_again
from weft.runs.reuse import Reuse, Wanted
from weft.runs.sessions import Session, left, no_session, settle_left
from weft.runs.state import RunState, fold
from weft.runs.store import RunStore, missing
from weft.runs.texts import Texts
from weft.runs.watch import Watch

_NONE: Final[Mapping[str, Any]] = {}
PATIENCE = 2.0
"""Seconds that `cancel` waits for the run to end before it says that it was told."""


class RunService:
    """Owns the runs of this process and the store. `catalog` is asked at each start, for it may be read anew."""

    def __init__(
        self,
        store: RunStore,
        services: Services,
        catalog: Callable[[], Catalog],
        budget: Callable[[Flow, Budget | None, str | None], Budget | None] = lambda flow, asked, _: of_run(
            asked, flow
        ),
        limits: Callable[[], Limits] = lambda: DEFAULTS,
        reuse: Reuse | None = None,
    ) -> None:
        self._store = store
        self._services = services
        self._catalog = catalog
        self._budget = budget
        self._limits = limits
        self._reuse = reuse
        self._live: dict[str, LiveRun] = {}
        self._learnt = Learnt(store)
        self._texts = Texts()
        self._last_id = ""
        self._recovering: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

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
        self._refuse_if_closing()
        await self._ready()
        document = await self._texts.of(flow)
        durations = await self._learnt.of(slug or flow.name)
        self._refuse_if_closing()
        budget, limits = self._budget(flow, budget, model), limits or self._limits()
        reuse, catalog = self._reuse, self._catalog()
        wanted = Wanted(flow, inputs or _NONE, slug or flow.name, session or "", model)
        if reuse is not None:
            choice = await reuse.choice(wanted, catalog, choice)
        run = start(
            flow,
            catalog,
            inputs,
            services=self._services,
            run_id=self._new_id(),
            parallel=parallel,
            model=model,
            answers=answers,
            budget=budget,
            durations=durations,
            limits=limits,
            cache=reuse.of(wanted) if reuse is not None else None,
            choice=choice,
        )
        record = RunRecord(
            id=run.id,
            flow=slug or flow.name,
            hash=flow.hash,
            document=document,
            inputs=to_plain(dict(inputs or {}), name="inputs"),
            model=model,
            parallel=parallel,
            owner=owner.this_process(),
            options=options(session, answers, budget, limits, choice),
            created=now(),
        )
        if session is not None:
            await settle_left(self._store, self._settle, record.flow, session)
        live = self._live[run.id] = LiveRun(record, run, self._store, self._note)
        live.task = asyncio.create_task(live.go(), name=f"run {run.id}")
        live.task.add_done_callback(lambda _: self._over(live))
        # Whoever asked may leave now: the run is begun and owned.
        await asyncio.shield(live.accepted)
        if reuse is not None:
            reuse.began(wanted, catalog, run.id)
        return run.id

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
        await self._ready()
        wanted = Wanted(flow, inputs or _NONE, slug or flow.name, session or "", model)
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

    async def answer(
        self, run_id: str, path: str, value: Any, by: str = "", number: int | None = None
    ) -> None:
        """Answer what the step at `path` asks; with `number`, that question and no later one of the step. The answer
        is in the books when this returns.

        Raises `WeftError` (`bad-answer`; the question stays), `Conflict` if somebody was faster or the run is over or
        another process's, `NotFound` if nothing is asked there."""
        if (live := self._live.get(run_id)) is None:
            raise elsewhere(await self.get(run_id))
        await answer(live, path, value, by, number)

    async def result(self, run_id: str) -> RunResult:
        """Wait for the end of a run that this process has just started."""
        if (live := self._live.get(run_id)) is None:
            raise missing(run_id)
        return await live.finished()

    async def sessions(self, flow: str | None = None) -> list[Session]:
        """Those of a flow, or all; the last used first."""
        await self._ready()
        return await self._store.sessions(flow)

    async def session(self, flow: str, name: str) -> Session:
        await self._ready()
        found = await self._store.session(flow, name)
        if found is None:
            raise no_session(flow, name)
        return found

    async def forget(self, flow: str, name: str) -> None:
        """Let a session go: its next run begins anew. `Conflict` while one goes on."""
        await self._ready()
        await settle_left(self._store, self._settle, flow, name)
        if not await self._store.forget(flow, name):
            raise no_session(flow, name)

    def watch(self, run_id: str, after: int = 0) -> Watch:
        """The run's events numbered past `after`: those that are stored, then each once it is, up to the last.

        Raises `NotFound` when it is first read, if there is no such run."""
        return Watch(
            run_id, after, store=self._store, live=self._live.get, settle=self._settle, closing=self._closing
        )

    async def cancel(self, run_id: str) -> None:
        """Stop the run's steps, and wait a little for its end. A run that is over stays as it ended."""
        if (live := self._live.get(run_id)) is not None:
            live.cancel()
            await asyncio.wait({live.task}, timeout=PATIENCE)
            return
        record = await self.get(run_id)
        if not record.over:
            raise Conflict(
                f"The run {run_id} belongs to another process of Weft, which alone can cancel it.",
                code="another-process",
                hint="Cancel it there.",
            )

    async def get(self, run_id: str) -> RunRecord:
        await self._ready()
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
        await self._ready()
        return await self._store.list(limit=limit, **wanted)

    async def events(self, run_id: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """What is stored of the run so far."""
        await self.get(run_id)
        return await self._store.events(run_id, after=after, limit=limit)

    async def state(self, run_id: str) -> RunState:
        """The run folded so far. Of a run that goes on, it is the state that is kept up to date: look, don't change."""
        if (live := self._live.get(run_id)) is not None:
            return live.shown.state
        return fold(await self.events(run_id))

    async def close(self) -> None:
        """Cancel what runs, record its end, close the store. Watchers see the end of their run."""
        self._closing.set()
        tasks = [live.task for live in self._live.values()]
        for live in list(self._live.values()):
            live.cancel()
        if self._recovering is not None:
            tasks.append(self._recovering)
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._store.close()

    def _over(self, live: LiveRun) -> None:
        self._live.pop(live.record.id, None)

    def _note(self, live: LiveRun) -> None:
        self._learnt.note(live.record.flow, live.shown.log)

    def _refuse_if_closing(self) -> None:
        if self._closing.is_set():
            raise WeftError("No run can be started: Weft is closing.", code="closing", retryable=False)

    def _new_id(self) -> str:
        """Ids sort in the order of their starts, those of the same millisecond too."""
        while (made := new_run_id()) <= self._last_id:
            pass  # at most until the millisecond is over
        self._last_id = made
        return made

    # --- runs whose process has died ---

    async def _ready(self) -> None:
        """Before anything else: end the runs that a process left behind when it died."""
        task = self._recovering
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            self._recovering = task = asyncio.create_task(self._recover(), name="recover runs")
        await asyncio.shield(task)

    async def _recover(self) -> None:
        for status in UNFINISHED:
            for record in await self._store.list(status=status, limit=10_000):
                await self._settle(record)

    async def _settle(self, record: RunRecord) -> None:
        """End the run if its process is gone: its last event says so, and what was recorded stays as it is."""
        if record.over or record.id in self._live or owner.alive(record.owner):
            return
        events = await self._store.events(record.id)
        state = fold(events)
        error = {
            "code": "interrupted",
            "message": "The process that ran it ended before the run did.",
            "hint": "What its steps had given is kept. Run it again.",
            "node": None,
        }
        data = {"status": "failed", "outputs": {}, "error": error, "usage": state.usage, "seconds": state.at}
        last = Event(state.seq + 1, "run-finished", "", state.at, data)
        try:
            await self._store.append(record.id, [last], await left(self._store, record, events))
        except Conflict:
            return  # another process has settled it meanwhile
