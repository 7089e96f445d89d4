"""Running the cells of a grid that weren't run: several at once, within a budget, each kept as soon as it is done."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from weft.workspace.estimate import estimate
from weft.workspace.estimated import ZERO, Range
from weft.workspace.grid.cells import Cell, Done, Grid
from weft.workspace.testing.cases import Case
from weft.workspace.testing.running import CaseRun

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace

AT_ONCE = 4


async def cost_of(workspace: "Workspace", grid: Grid, cells: Sequence[Cell]) -> tuple[Range, list[str]]:
    """What these cells would cost, about, in dollars, and the models whose price isn't known: each variant and model is
    estimated for one of its rows, and taken times the others. Nothing is called."""
    flows = {variant.name: variant.flow for variant in grid.variants}
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.variant, cell.model), []).append(cell)
    total, unpriced = ZERO, dict[str, None]()
    for (variant, model), those in groups.items():
        inputs = grid.rows[those[len(those) // 2].row]
        made = await estimate(workspace, flows[variant], inputs, slug=grid.slug, model=model or None)
        times = float(len(those))
        total = total.plus(made.total("cost").times(Range(times, times, times)))
        unpriced |= dict.fromkeys(made.unpriced)
    return total, list(unpriced)


async def run_grid(
    workspace: "Workspace",
    grid: Grid,
    cells: Sequence[Cell],
    *,
    at_once: int = AT_ONCE,
    max_cost: float | None = None,
) -> AsyncIterator[tuple[Cell, Done]]:
    """Run these cells, each as it is done. Once they have cost `max_cost` dollars no other is begun: those under way
    are finished. A run that fails is told, and not kept: it is tried again next time."""
    flows = {variant.name: variant.flow for variant in grid.variants}
    for flow in flows.values():
        workspace.trusted.refuse(flow, grid.slug)
    waiting = iter(cells)
    spent = 0.0
    under_way: dict[asyncio.Task[tuple[Done, bool]], Cell] = {}

    async def one(cell: Cell) -> tuple[Done, bool]:
        case = Case(inputs=dict(grid.rows[cell.row]), model=cell.model or None, expect=list(grid.expect))
        run = CaseRun(workspace, flows[cell.variant], grid.slug, case, None)
        made = await run.check(f"{cell.row}")
        done = Done(dict(made.outputs), made.complaints, round(made.seconds, 3), made.tokens, made.cost)
        return done, any(
            event.kind == "run-finished" and event.data.get("status") == "succeeded" for event in run.events
        )

    def begin() -> None:
        while len(under_way) < max(1, at_once) and (max_cost is None or spent < max_cost):
            cell = next(waiting, None)
            if cell is None:
                return
            under_way[asyncio.create_task(one(cell), name=f"cell {cell.key}")] = cell

    try:
        begin()
        while under_way:
            finished, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for task in finished:
                cell, (done, worked) = under_way.pop(task), task.result()
                spent += done.cost or 0.0
                if worked:
                    grid.keep(cell, done)
                yield cell, done
            begin()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
