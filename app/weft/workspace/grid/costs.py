"""What cells of a grid would cost, before they are run; and what may still be spent, while they are."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weft.engine.budget import Budget
from weft.model.errors import WeftError
from weft.workspace.foreseeing.estimate import estimate
from weft.workspace.foreseeing.estimated import ZERO, Range
from weft.workspace.grid.cells import Cell, Grid
from weft.workspace.testing.judging import judge_flow

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace

Group = tuple[str, str]
"""A variant and a model."""


@dataclass(frozen=True)
class Costs:
    """In dollars: `run` and `judging` of one cell, by variant and model, and `total` of all that were asked about. Those
    of `kept` are only to be judged. `unpriced` are the models whose price isn't known, and that are in none of it."""

    run: Mapping[Group, Range]
    kept: frozenset[Cell] = frozenset()
    judging: Range = ZERO
    total: Range = ZERO
    unpriced: Sequence[str] = ()

    def of(self, cell: Cell) -> Range:
        return self.judging if cell in self.kept else self.run[cell.variant, cell.model].plus(self.judging)

    def sentence(self) -> str:
        """As part of one: "about $0.02, at most $0.05"."""
        said = f"about ${self.total.likely:,.4f}, at most ${self.total.high:,.4f}"
        if self.unpriced:
            said += f", and what {', '.join(self.unpriced)} asks, whose price isn't known"
        return said


async def costs_of(workspace: "Workspace", grid: Grid, cells: Sequence[Cell]) -> Costs:
    """Each variant and model is estimated for one of its rows, and taken times the others; one that is kept and only has
    to be judged costs that alone. Nothing is called."""
    flows = {variant.name: variant.flow for variant in grid.variants}
    groups: dict[Group, list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.variant, cell.model), []).append(cell)
    judging, total, unpriced = ZERO, ZERO, dict[str, None]()
    each: dict[Group, Range] = {}
    to_run = await asyncio.to_thread(_to_run, grid, cells)
    for wanted in grid.scoring.judges if cells else ():
        made = await estimate(
            workspace, judge_flow(wanted), {"statement": wanted.judge}, model=grid.judge_model
        )
        judging, unpriced = judging.plus(made.total("cost")), unpriced | dict.fromkeys(made.unpriced)
    for (variant, model), those in groups.items():
        inputs = grid.rows[those[len(those) // 2].row].inputs
        made = await estimate(workspace, flows[variant], inputs, slug=grid.slug, model=model or None)
        each[variant, model] = made.total("cost")
        running = [cell for cell in those if cell in to_run]
        if running:
            unpriced |= dict.fromkeys(made.unpriced)
        total = total.plus(_times(each[variant, model], len(running))).plus(_times(judging, len(those)))
    return Costs(each, frozenset(cells) - to_run, judging, total, list(unpriced))


def _to_run(grid: Grid, cells: Sequence[Cell]) -> frozenset[Cell]:
    return frozenset(cell for cell in cells if not can_be_looked_at(grid, cell))


def can_be_looked_at(grid: Grid, cell: Cell) -> bool:
    """Whether the run of a cell is kept, and what is kept of it is enough to tell whether it is as expected."""
    outcome = grid.kept(cell)
    return outcome is not None and outcome.status == "succeeded" and grid.scoring.of_outputs_alone


@dataclass
class Purse:
    """What may be spent: `most`, None for no limit. A cell that is begun gets a share, at least what it is estimated to
    cost at most, and no run may spend more than its share: so what runs at once can't spend more together either."""

    most: float | None
    at_once: int
    spent: float = 0.0
    shares: dict[Cell, float] = field(default_factory=dict[Cell, float])

    def share(self, cell: Cell, cost: Range) -> bool:
        """Put something aside for a cell; False if nothing can be now."""
        if self.most is None:
            return True
        free = self.most - self.spent - sum(self.shares.values())
        wanted = max(cost.high, free / self.at_once)
        if wanted > free:
            if self.shares or cost.likely > free:
                return False
            wanted = free
        if wanted <= 0 and (cost.high > 0 or self.most <= 0):
            return False
        self.shares[cell] = wanted
        return True

    def of(self, cell: Cell) -> float | None:
        """The most that a cell may spend; None for no limit."""
        return self.shares.get(cell) or None

    def settle(self, cell: Cell, cost: float) -> None:
        self.shares.pop(cell, None)
        self.spent += cost


def refuse_unpriced(most: float | None, costs: Costs) -> None:
    """Raises `WeftError` (`unknown-price`) where a limit can't be kept."""
    if most is not None and costs.unpriced:
        raise WeftError(
            f"The price of {', '.join(costs.unpriced)} is unknown, so a limit on the cost can't be kept.",
            code="unknown-price",
            hint="Write it into prices.toml ('weft prices' shows how), or leave the limit out.",
            retryable=False,
        )


def _times(cost: Range, count: int) -> Range:
    return cost.times(Range(count, count, count))


def budget_of(share: float | None, own: float | None) -> Budget | None:
    """What a cell's run may spend: its share, or what its flow allows if that is less."""
    given = [one for one in (share, own) if one is not None]
    return Budget(max_cost=min(given)) if given else None
