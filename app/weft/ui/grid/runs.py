"""The grids that are running: they belong to the server, so that closing a page stops nothing that was paid for."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from weft.model.errors import WeftError
from weft.runs.service import RunService
from weft.workspace import Workspace
from weft.workspace.grid import Cell, Done, Grid, run_grid

Listener = Callable[[Cell | None], None]  # None: it began, or it ended


@dataclass
class GridRun:
    """The grid of one flow as it runs, or ran last. `failed` are cells whose runs failed: they are kept nowhere else."""

    total: int = 0
    done: int = 0
    spent: float = 0.0
    said: str = ""
    failed: dict[str, Done] = field(default_factory=dict[str, Done])
    listeners: list[Listener] = field(default_factory=list[Listener])
    task: asyncio.Task[None] | None = None

    @property
    def active(self) -> bool:
        return self.task is not None and not self.task.done()

    def start(
        self,
        workspace: Workspace,
        runs: RunService,
        grid: Grid,
        cells: Sequence[Cell],
        max_cost: float | None,
    ) -> None:
        """Run these cells, unless others run."""
        if self.active:
            return
        self.total, self.done, self.spent, self.said = len(cells), 0, 0.0, ""
        for cell in cells:
            self.failed.pop(cell.key, None)
        running = self._run(workspace, runs, grid, cells, max_cost)
        self.task = asyncio.create_task(running, name=f"grid of {grid.slug}")

    def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each cell that is done; returns what ends it."""
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    async def _run(
        self,
        workspace: Workspace,
        runs: RunService,
        grid: Grid,
        cells: Sequence[Cell],
        max_cost: float | None,
    ) -> None:
        self._tell(None)
        try:
            async for cell, done in run_grid(workspace, grid, cells, max_cost=max_cost, service=runs):
                self.done += 1
                self.spent += (done.cost or 0.0) + (done.judged or 0.0)
                if grid.done(cell) is None:
                    self.failed[cell.key] = done
                self._tell(cell)
        except WeftError as error:
            self.said = f"{error.message} {error.hint}".strip()
        except asyncio.CancelledError:
            self.said = "Stopped. What was done is kept: run it again to go on."
        else:
            if self.done < self.total:
                self.said = "What is missing may cost more than what is left of the limit: it was not begun."
        finally:
            self.task = None
            self._tell(None)

    def _tell(self, cell: Cell | None) -> None:
        for listener in list(self.listeners):
            listener(cell)


class GridRuns:
    """By flow."""

    def __init__(self) -> None:
        self._by_slug: dict[str, GridRun] = {}

    def of(self, slug: str) -> GridRun:
        return self._by_slug.setdefault(slug, GridRun())
