"""Starting a flow and watching it: the engine's door.

async with start(flow, catalog, {"topic": "tides"}, services=services) as run:
    async for event in run:
        ...
result = await run.finished()
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime
from random import Random, SystemRandom
from types import TracebackType
from typing import Any, Final, Self

from weft.catalog.loader import Catalog
from weft.engine.asking import Answers, Asking, check_answers
from weft.engine.budget import Budget, of_run
from weft.engine.caching import StepCache
from weft.engine.choice import Choice, Chosen
from weft.engine.counting import steps_of
from weft.engine.durations import Ranks
from weft.engine.events import Event
from weft.engine.given import read_inputs
from weft.engine.ground import Ground
from weft.engine.limits import DEFAULTS, Limits, refuse_start
from weft.engine.plan import lasting_plan
from weft.engine.planned import Plan
from weft.engine.recorded import Recorded
from weft.engine.resting import Rest, at_rest, leave
from weft.engine.result import RunResult, result_of
from weft.engine.resuming import refuse, take_up, taken
from weft.engine.run_id import new_run_id
from weft.engine.run_time import set_deadlines
from weft.engine.scheduler import Scheduler
from weft.engine.services import Services
from weft.engine.valve import Valve
from weft.model.errors import Conflict, NotFound, WeftError
from weft.model.flow import Flow

PARALLEL: Final = 16
"""Steps of a run that may run at once, if nobody says otherwise."""
_CHANCE: Final = SystemRandom()
_NONE: Final[Mapping[str, Any]] = {}
_NO_SERVICES: Final = Services()


def start(
    flow: Flow,
    catalog: Catalog,
    inputs: Mapping[str, Any] | None = None,
    *,
    services: Services | None = None,
    run_id: str | None = None,
    parallel: int = PARALLEL,
    state: Mapping[str, Any] | None = None,
    previous: Mapping[str, Mapping[str, Any]] | None = None,
    model: str | None = None,
    random: Random | None = None,
    answers: Answers = _NONE,
    budget: Budget | None = None,
    limits: Limits = DEFAULTS,
    durations: Mapping[str, float] | None = None,
    cache: StepCache | None = None,
    choice: Choice | None = None,
    recorded: Recorded | None = None,
) -> Run:
    """Plan the flow and check what it is given; nothing runs until the run is entered.

    `parallel` is how many steps may run at once. `state` takes the place of the flow's own initial state, and
    `previous` holds the values of an earlier run by path, for nodes that use them again. `model` wins over the flow's
    own. `random` decides how long retries wait. `answers` are given beforehand: those of a step that asks, by its path.
    `limits` are what it may take. `durations` are the seconds that steps usually take, by path (`each[]/draft` for all
    items): when slots are short, the longest path left goes first. `cache` holds results to be used again, `choice`
    says what of the flow to run.

    With what is `recorded` of a run that was not over, it goes on from there: with its inputs, and without doing again
    what is done. All else must be given as it was when the run was started. The seconds of its limits count on; those
    between the two don't, unless all it did was wait.

    Raises `FlowHasProblems`, or `WeftError` (`bad-input`, `limit-exceeded`, `other-revision`), `Conflict` (`run-over`).
    """
    if parallel < 1:
        raise WeftError(f"A run needs at least one step at once, not {parallel}.", code="bad-input")
    revision = flow.hash
    made = lasting_plan(flow, catalog, revision)
    if recorded is not None and not recorded.last:
        recorded = None
    elif recorded is not None:
        refuse(recorded, revision)
    steps = len(made.nodes) if made.lasting else steps_of(flow, catalog, limits.depth)
    refuse_start(limits, len(made.nodes), steps, parallel)
    return Run(
        flow,
        catalog,
        made,
        read_inputs(flow, inputs or _NONE) if recorded is None else recorded.inputs,
        revision=revision,
        services=services or _NO_SERVICES,
        run_id=run_id or new_run_id(),
        parallel=parallel,
        state=deepcopy(dict(begun)) if (begun := flow.state if state is None else state) else {},
        previous=previous or _NONE,
        model=model,
        random=random or _CHANCE,
        answers=check_answers(flow, answers) if answers else _NONE,
        budget=of_run(budget, flow),
        limits=limits,
        durations=durations,
        cache=cache,
        chosen=Chosen(choice, made) if choice else None,
        recorded=recorded,
    )


class Run:
    """One execution of one revision of a flow. Entering it starts it; leaving it early cancels it, and either way
    waits until nothing of it is running any more."""

    def __init__(
        self,
        flow: Flow,
        catalog: Catalog,
        plan: Plan,
        inputs: dict[str, Any],
        *,
        revision: str,
        services: Services,
        run_id: str,
        parallel: int,
        state: dict[str, Any],
        previous: Mapping[str, Mapping[str, Any]],
        model: str | None,
        random: Random,
        answers: Answers,
        budget: Budget | None,
        limits: Limits,
        durations: Mapping[str, float] | None,
        cache: StepCache | None,
        chosen: Chosen | None,
        recorded: Recorded | None,
    ) -> None:
        self.id = run_id
        self.flow = flow
        self._catalog = catalog
        self._plan = plan
        self._inputs = inputs
        self._revision = revision
        self._services = services
        self._parallel = parallel
        self._state = state
        self._previous = previous
        self._model = model
        self._random = random
        self._answers = answers
        self._budget = budget
        self._limits = limits
        self._durations = durations
        self._cache = cache
        self._chosen = chosen
        self._recorded = recorded
        self.released = False
        """Whether it was left for somebody else to go on with."""
        self._plans: dict[str, Plan] = {}
        self._ground: Ground | None = None
        self._scheduler: Scheduler | None = None
        self._cancelled = False
        self._result: RunResult | None = None

    @property
    def events(self) -> list[Event]:
        """Everything that has happened so far, in order."""
        return self._ground.log.events() if self._ground is not None else []

    async def __aenter__(self) -> Self:
        if self._ground is not None:
            raise RuntimeError("a run is entered once")
        ground = self._ground = Ground(
            self.id,
            self._services,
            parallel=self._parallel,
            model=self._model,
            previous=self._previous,
            nested_plan=self._nested_plan,
            random=self._random,
            limits=self._limits,
            budget=self._budget,
            cache=self._cache,
        )
        ground.asking = Asking(self._answers)
        ground.ranks = Ranks(self._durations) if self._durations else None
        ground.catalog = self._catalog
        if self._recorded is None:
            scheduler = self._scheduler = self._scheduled(ground, self._plan)
            ground.log.add("run-started", "", self._opening())
        else:
            ground.log.add("run-resumed", "", take_up(ground, self._recorded))
            plan, known = taken(ground, "", self._plan)
            scheduler = self._scheduler = self._scheduled(ground, plan)
            if known is not None:
                known.by(scheduler)
        ground.stop = scheduler.cancel
        set_deadlines(ground, self._budget)
        if self.released:
            leave(ground, scheduler)
        if self._cancelled or self.released or ground.halted is not None:
            if scheduler.taken is not None:
                scheduler.taken.stand()
            scheduler.cancel()
        else:
            scheduler.start()
        return self

    def _scheduled(self, ground: Ground, plan: Plan) -> Scheduler:
        scheduler = Scheduler(ground, plan, self._inputs, self._state, on_over=self._over)
        if self._chosen is not None:
            scheduler.chosen, scheduler.gaps = self._chosen, True
        return scheduler

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ground, scheduler = self._entered()
        if not scheduler.over:
            self._cancelled = True
            await scheduler.stop()
        while ground.strays:
            with suppress(asyncio.CancelledError):
                await asyncio.wait(ground.strays)
        if ground.bug is not None and error is None:
            raise ground.bug

    def __aiter__(self) -> AsyncIterator[Event]:
        """The events from the first one on, each as it happens, until the run has finished."""
        return self._entered()[0].log.follow()

    def take_up(self, state: Mapping[str, Any], previous: Mapping[str, Mapping[str, Any]]) -> None:
        """Begin where an earlier run left off: with its state, and its values by path. Before the run is entered."""
        if self._ground is not None:
            raise RuntimeError("the run has begun")
        self._state, self._previous = deepcopy(dict(state)), previous

    @property
    def questions(self) -> dict[str, dict[str, Any]]:
        """What persons are asked now, by the path of the step that asks."""
        return self._ground.asking.questions() if self._ground is not None else {}

    def answer(
        self, path: str, value: Any, by: str = "", number: int | None = None, event: int | None = None
    ) -> int:
        """Answer the question of the step at `path`, and count the run's answers so far. With `number`, that one and
        no later one of the step; with `event`, as that event put it.

        Raises `WeftError` (`bad-answer`) for one that doesn't fit: the question stays. `Conflict` if somebody was
        faster or the run is over, `NotFound` if the step asks nothing.
        """
        if self._ground is None:
            raise NotFound(f"The run {self.id} hasn't begun: it asks nothing.", code="no-question")
        ground, scheduler = self._entered()
        if scheduler.over:
            raise Conflict(f"The run {self.id} is over: nobody is asked any more.", code="run-over")
        ground.asking.answer(path, value, by, number, event)
        return ground.asking.answered

    async def more(self, after: int, limit: int) -> list[Event]:
        """As iterating, but many at once: those numbered past `after`, once there are any; none at the end."""
        return await self._entered()[0].log.more(after, limit)

    @property
    def valve(self) -> Valve:
        """For whoever records the run as it goes on."""
        return Valve(*self._entered(), self._parallel)

    def cancel(self) -> None:
        """Start nothing any more and cancel what runs; `finished` says when that is done."""
        if self._scheduler is not None and self._scheduler.over:
            return
        self._cancelled = True
        if self._scheduler is not None:
            self._scheduler.cancel()

    def release(self) -> None:
        """Stop everything and say nothing of it: no event follows, and whoever has the events can go on with the run.
        One that is over stays so."""
        if self.released or (self._scheduler is not None and self._scheduler.over):
            return
        self.released = True
        if self._ground is not None and self._scheduler is not None:
            leave(self._ground, self._scheduler)

    def at_rest(self) -> Rest | None:
        """None while any step runs, or could: else what those that are left wait for."""
        if self._ground is None or self._scheduler is None or self._scheduler.stopped or self._scheduler.over:
            return None
        return at_rest(self._ground, self._parallel)

    async def finished(self) -> RunResult:
        """Wait for the end of the run. Raises `Conflict` (`released`) if it was released."""
        ground, scheduler = self._entered()
        await scheduler.join()
        if self.released:
            raise Conflict(
                f"The run {self.id} was released.", code="released", hint="Resume it from its events."
            )
        if ground.bug is not None:
            raise ground.bug
        return self._ended()

    def _entered(self) -> tuple[Ground, Scheduler]:
        if self._ground is None or self._scheduler is None:
            raise RuntimeError("enter the run first: async with start(...) as run")
        return self._ground, self._scheduler

    def _ended(self) -> RunResult:
        if self._result is None:
            raise RuntimeError("the run is over without a result")
        return self._result

    def _nested_plan(self, flow: Flow) -> Plan:
        """The plan of a flow that a step runs: made once in a run, however many steps run it."""
        key = flow.hash
        found = self._plans.get(key)
        if found is None:
            found = self._plans[key] = lasting_plan(flow, self._catalog, key)
        return found

    def _opening(self) -> dict[str, Any]:
        origin = self.flow.origin
        return {
            "flow": origin.stem if origin is not None else self.flow.name,
            "hash": self._revision,
            "inputs": self._inputs,
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }

    def _over(self) -> None:
        """The last step has ended."""
        ground, scheduler = self._entered()
        if self.released:
            return
        ground.deadlines.close()
        ground.books.close()
        result = self._result = result_of(ground, scheduler, cancelled=self._cancelled)
        ground.log.add("run-finished", "", result.data())
        ground.log.close()
