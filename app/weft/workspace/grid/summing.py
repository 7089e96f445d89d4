"""What a grid comes to: how each variant with each model did over all rows, which did best, and every cell as CSV."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from weft.workspace.grid.cells import Cell, Done, Grid

_FIGURES: Final = ("passed", "score", "complaints", "cost", "judging", "tokens", "seconds", "run")


@dataclass(frozen=True)
class Column:
    """One variant with one model, over the cells of it that were run. `score` is the mean, None without one; `cost` is
    of all runs together, as far as it is known; `judged` what looking at them cost; `seconds` is the mean."""

    variant: str
    model: str
    run: int
    passed: int
    score: float | None
    cost: float
    unpriced: bool
    judged: float
    tokens: int
    seconds: float
    best: bool = False


def columns(grid: Grid, found: Mapping[Cell, Done]) -> list[Column]:
    """In the order of the grid. The best is marked once all of its cells, and of those it is compared with, are there:
    by its score, else by how many passed; of equals the cheaper, then the faster."""
    those: dict[tuple[str, str], list[Done]] = {
        (variant.name, model): [] for variant in grid.variants for model in grid.models
    }
    for cell, done in found.items():
        those[cell.variant, cell.model].append(done)
    made = [_column(*name, done) for name, done in those.items()]
    best = _best(made, len(grid.rows))
    return [replace(one, best=one is best) for one in made]


def as_csv(grid: Grid, found: Mapping[Cell, Done]) -> str:
    """A line for each cell that was run. No spreadsheet takes what is in it for a formula."""
    inputs = list(dict.fromkeys(name for row in grid.rows for name in (*row.inputs, *row.more)))
    outputs = list(dict.fromkeys(name for done in found.values() for name in done.outputs))
    file = io.StringIO(newline="")
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["row", "variant", "model", *map(_safe, inputs), *map(_safe, outputs), *_FIGURES])
    for cell, done in found.items():
        row = {**grid.rows[cell.row].more, **grid.rows[cell.row].inputs}
        figures = [
            "yes" if done.passed else "no",
            "" if done.score is None else done.score,
            _safe("; ".join(done.complaints)),
            "" if done.cost is None else done.cost,
            "" if done.judged is None else done.judged,
            done.tokens,
            done.seconds,
            done.run,
        ]
        given = [_safe(row.get(name, "")) for name in inputs]
        came = [_safe(done.outputs.get(name, "")) for name in outputs]
        out.writerow([cell.row + 1, _safe(cell.variant), _safe(cell.model), *given, *came, *figures])
    return file.getvalue()


def _column(variant: str, model: str, done: Sequence[Done]) -> Column:
    scores = [one.score for one in done if one.score is not None]
    count = len(done) or 1
    return Column(
        variant,
        model,
        run=len(done),
        passed=sum(one.passed for one in done),
        score=sum(scores) / count if scores else None,
        cost=sum(one.cost or 0.0 for one in done),
        unpriced=any(one.cost is None for one in done),
        judged=sum(one.judged or 0.0 for one in done),
        tokens=sum(one.tokens for one in done),
        seconds=sum(one.seconds for one in done) / count,
    )


def _best(made: Sequence[Column], rows: int) -> Column | None:
    if len(made) < 2 or any(one.run < rows for one in made):
        return None

    def rank(one: Column) -> tuple[float, ...]:
        return one.score or 0.0, one.passed, -one.unpriced, -one.cost, -one.seconds

    return max(made, key=rank)


def _safe(value: object) -> str:
    """A cell of a table that no spreadsheet takes for a formula."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
