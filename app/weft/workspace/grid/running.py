"""Running the cells of a grid that weren't run: several at once, within a budget, each kept as soon as it is done."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from weft.engine.choice import Choice
from weft.engine.events import Event
from weft.engine.run import RunResult, start
from weft.model.errors import WeftError
from weft.model.flow import Flow
from weft.workspace.grid.cells import Cell, Done, Grid, Outcome
from weft.workspace.grid.costs import Purse, budget_of, can_be_looked_at, costs_of, refuse_unpriced
from weft.workspace.testing.asserting import Ran, complaints, short
from weft.workspace.testing.judging import judged, total_cost

if TYPE_CHECKING:
    from weft.runs.service import RunService
    from weft.workspace.folder import Workspace

AT_ONCE = 4


class _Ended(NamedTuple):
    """`spent` is what this time was paid for, in dollars, as far as it is known."""

    done: Done
    spent: float


async def run_grid(
    workspace: "Workspace",
    grid: Grid,
    cells: Sequence[Cell],
    *,
    at_once: int = AT_ONCE,
    max_cost: float | None = None,
    service: "RunService | None" = None,
) -> AsyncIterator[tuple[Cell, Done]]:
    """Run these cells, each as it is done; each is a run in the workspace's books. With `max_cost` (dollars) one is begun
    only if what it may cost, and what those under way may still cost, is left. A run that fails is told, and not kept:
    it is tried again next time. Raises `untrusted`, and `unknown-price` for a limit that couldn't be kept."""
    for variant in grid.variants:
        workspace.trusted.refuse(variant.flow, grid.slug)
    costs = await costs_of(workspace, grid, cells)
    refuse_unpriced(max_cost, costs)
    one = _Runner(workspace, grid, service or workspace.runs())
    purse = Purse(max_cost, max(1, at_once))
    waiting, under_way = [*reversed(cells)], dict[asyncio.Task[_Ended], Cell]()

    def begin() -> None:
        while (
            waiting and len(under_way) < max(1, at_once) and purse.share(waiting[-1], costs.of(waiting[-1]))
        ):
            cell = waiting.pop()
            task = asyncio.create_task(one.run(cell, purse.of(cell)), name=f"cell {cell.key}")
            under_way[task] = cell

    try:
        begin()
        while under_way:
            finished, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for task in finished:
                cell, ended = under_way.pop(task), task.result()
                purse.settle(cell, ended.spent)
                yield cell, ended.done
            begin()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


class _Runner:
    """Runs cells of one grid, and looks at what came of them."""

    def __init__(self, workspace: "Workspace", grid: Grid, service: "RunService") -> None:
        self._workspace, self._grid, self._service = workspace, grid, service
        self._flows = {variant.name: variant.flow for variant in grid.variants}

    async def run(self, cell: Cell, share: float | None) -> _Ended:
        grid, kept = self._grid, self._grid.kept(cell)
        try:
            if kept is not None and can_be_looked_at(grid, cell):
                return await self._looked_at(cell, kept, [], 0.0)
            run_id = await self._left(kept.run) if kept is not None and not kept.status else ""
            run_id = run_id or await self._begun(cell, share)
            events = await self._events(run_id)
        except WeftError as refused:
            return _Ended(Done({}, (refused.message,), 0.0, 0, 0.0), 0.0)
        outcome = Outcome.of(run_id, events)
        return await self._looked_at(cell, outcome, events, outcome.cost or 0.0)

    async def _begun(self, cell: Cell, share: float | None) -> str:
        """A new run; noted at once, so that it is found again whatever happens to this process."""
        flow = self._flows[cell.variant]
        run_id = await self._service.start(
            flow,
            self._grid.rows[cell.row].inputs,
            slug=self._grid.book,
            model=cell.model or None,
            choice=Choice(fresh=True),
            budget=budget_of(share, flow.defaults.budget.max_cost),
        )
        self._grid.keep(cell, Outcome(run_id))
        return run_id

    async def _left(self, run_id: str) -> str:
        """The run that was begun before and goes on, or succeeded meanwhile; "" if there is none."""
        try:
            record = await self._service.get(run_id)
            if record.over:
                return run_id if record.status == "succeeded" else ""
            return await self._service.resume(run_id) if await self._service.left_behind(record) else run_id
        except WeftError:
            return ""  # it is gone, or can't go on: it is run anew

    async def _events(self, run_id: str) -> list[Event]:
        """All of a run up to its end. One that asks a person is stopped: nobody is there to answer."""
        events: list[Event] = []
        try:
            async for event in self._service.watch(run_id):
                events.append(event)
                if event.kind == "step-paused":
                    await self._service.cancel(run_id)
        except asyncio.CancelledError:
            await self._service.cancel(run_id)
            raise
        return events

    async def _looked_at(self, cell: Cell, outcome: Outcome, events: Sequence[Event], spent: float) -> _Ended:
        grid = self._grid
        if outcome.status != "succeeded":
            grid.forget(cell)
            return _Ended(grid.scored(cell, outcome, [_why(outcome, events)], 0.0), spent)
        ran = Ran.of(outcome, events)
        said = [one for wanted in grid.scoring.expect for one in complaints(wanted, ran)]
        verdicts = await judged(grid.scoring.expect, ran, self._ask)
        said += [one.said for one in verdicts if one.said]
        cost = total_cost(0.0, verdicts)
        checks = {**outcome.checks, grid.scoring.key: (said, cost)}
        grid.keep(cell, replace(outcome, checks=checks))
        return _Ended(
            grid.scored(cell, outcome, said, cost), spent + sum(one.cost or 0.0 for one in verdicts)
        )

    async def _ask(self, flow: Flow, inputs: Mapping[str, Any]) -> RunResult:
        """Run what judges, in no book."""
        from weft.workspace.resolving.resolve import Resolver

        resolver = Resolver(self._workspace)
        try:
            async with start(
                flow,
                self._workspace.catalog,
                inputs,
                services=resolver.services(),
                model=self._grid.judge_model,
                limits=self._workspace.settings.limits.limits(),
            ) as run:
                return await run.finished()
        finally:
            await resolver.close()


def _why(outcome: Outcome, events: Sequence[Event]) -> str:
    """Why a run didn't succeed, in a sentence."""
    for event in events:
        if event.kind == "step-paused":
            return f"step {event.path!r} asks a person: {short(event.data['ask'].get('text', ''))}"
    error = outcome.error or {}
    node = f"{error['node']}: " if error.get("node") else ""
    return f"the run {outcome.status}: {node}{error.get('message', '')}".rstrip(": ")
