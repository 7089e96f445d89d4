"""What a run is made of: from an order, or from what is recorded of one that isn't over."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from weft.catalog.loader import Catalog
from weft.engine.budget import Budget, of_run
from weft.engine.choice import Choice, Given
from weft.engine.events import Event
from weft.engine.limits import DEFAULTS, Limits
from weft.engine.recorded import Recorded
from weft.engine.run import PARALLEL, Run, start
from weft.engine.run_id import new_run_id
from weft.engine.services import Services
from weft.model.flow import Flow
from weft.model.plain import to_plain
from weft.model.text import loads
from weft.runs.driving.texts import Texts
from weft.runs.earlier.durations import Learnt
from weft.runs.earlier.reuse import Reuse, Wanted, recorded_values
from weft.runs.options import choice_of, options
from weft.runs.record import RunRecord, now
from weft.runs.store.protocol import RunStore, missing

Budgets = Callable[[Flow, Budget | None, str | None], Budget | None]


@dataclass(frozen=True)
class Order:
    """What is asked for. `slug` is the flow's name in the books, if it has another than its own."""

    flow: Flow
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    slug: str = ""
    model: str | None = None
    parallel: int = PARALLEL
    session: str | None = None
    answers: Mapping[str, Sequence[Any]] = field(default_factory=dict[str, Sequence[Any]])
    budget: Budget | None = None
    limits: Limits | None = None
    choice: Choice | None = None

    @property
    def wanted(self) -> Wanted:
        name = self.slug or self.flow.name
        return Wanted(self.flow, self.inputs, name, self.session or "", self.model)


def own_budget(flow: Flow, asked: Budget | None, _model: str | None) -> Budget | None:
    """The budget asked for, before the flow's own."""
    return of_run(asked, flow)


class Starter:
    """What all runs of a service are made with. `catalog` is asked each time, for it may be read anew."""

    def __init__(
        self,
        store: RunStore,
        services: Services,
        catalog: Callable[[], Catalog],
        budget: Budgets = own_budget,
        limits: Callable[[], Limits] = lambda: DEFAULTS,
        reuse: Reuse | None = None,
    ) -> None:
        self.services = services
        self.catalog = catalog
        self.reuse = reuse
        self.learnt = Learnt(store)
        self._store = store
        self._budget = budget
        self._limits = limits
        self._texts = Texts()
        self._last_id = ""

    async def new(self, order: Order, owner: str) -> tuple[RunRecord, Run]:
        """A new run, and its record as it is to be put down. Raises what `engine.start` does."""
        flow, wanted, choice = order.flow, order.wanted, order.choice
        document = await self._texts.of(flow)
        durations = await self.learnt.of(wanted.name)
        budget = self._budget(flow, order.budget, order.model)
        limits = order.limits or self._limits()
        catalog = self.catalog()
        if self.reuse is not None:
            choice = await self.reuse.choice(wanted, catalog, choice)
        run = start(
            flow,
            catalog,
            order.inputs,
            services=self.services,
            run_id=self.new_id(),
            parallel=order.parallel,
            model=order.model,
            answers=order.answers,
            budget=budget,
            durations=durations,
            limits=limits,
            cache=self.reuse.of(wanted) if self.reuse is not None else None,
            choice=choice,
        )
        record = RunRecord(
            id=run.id,
            flow=wanted.name,
            hash=flow.hash,
            document=document,
            inputs=to_plain(dict(order.inputs), name="inputs"),
            model=order.model,
            parallel=order.parallel,
            owner=owner,
            epoch=1,
            status="queued",
            options=options(order.session, order.answers, budget, limits, choice),
            created=now(),
        )
        return record, run

    async def again(self, record: RunRecord, events: Iterable[Event]) -> Run:
        """A recorded run that goes on. Raises what `engine.start` does: its flow may need what is no longer there."""
        asked = record.options
        flow = await asyncio.to_thread(loads, record.document)
        choice = await self._choice(asked)
        wanted = Wanted(flow, record.inputs, record.flow, asked.get("session") or "", record.model)
        return start(
            flow,
            self.catalog(),
            record.inputs,
            services=self.services,
            run_id=record.id,
            parallel=record.parallel,
            model=record.model,
            answers=asked.get("answers") or {},
            budget=Budget.read(asked.get("budget") or {}) or None,
            durations=await self.learnt.of(record.flow),
            limits=Limits.read(asked.get("limits") or {}),
            cache=self.reuse.of(wanted) if self.reuse is not None else None,
            choice=choice,
            recorded=Recorded.of(events),
        )

    async def _choice(self, asked: Mapping[str, Any]) -> Choice | None:
        """The run's choice, with the values that it took from other runs."""
        choice, sources = choice_of(asked)
        if choice is None or not sources:
            return choice
        given: dict[str, Given] = dict(choice.given)
        for run_id in {*sources.values()}:
            if await self._store.get(run_id) is None:
                raise missing(run_id)
            values = recorded_values(run_id, await self._store.events(run_id))
            given |= {node: values[node] for node, run in sources.items() if run == run_id and node in values}
        return replace(choice, given=given)

    def new_id(self) -> str:
        """Ids sort in the order of their starts, those of the same millisecond too."""
        while (made := new_run_id()) <= self._last_id:
            pass  # at most until the millisecond is over
        self._last_id = made
        return made
