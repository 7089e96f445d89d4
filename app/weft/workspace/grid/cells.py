"""What a grid is made of, and what became of its cells: one small file for each, in `.weft/grid`."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter

from weft.engine.events import Event
from weft.model.changes import Change, SetParam, Transaction
from weft.model.edits import apply
from weft.model.errors import NotFound
from weft.model.flow import Flow
from weft.model.nearest import nearest
from weft.workspace import atomic
from weft.workspace.grid.data import Row
from weft.workspace.grid.scoring import NO_SCORING, Scoring
from weft.workspace.testing.judging import tokens_of

AS_IT_IS = "as it is"
IN_GRID = "/grid"


class Variant(NamedTuple):
    """A flow with another text, or another value, in one of its params; the flow as it is has the name `AS_IT_IS`.
    `changes` make it of the flow."""

    name: str
    flow: Flow
    changes: tuple[Change, ...] = ()

    @classmethod
    def of(cls, name: str, flow: Flow, node: str, param: str, value: Any) -> "Variant":
        """Raises `NotFound` for a node that the flow hasn't."""
        if node not in flow.nodes:
            near = nearest(node, flow.nodes)
            hint = f"Did you mean {near!r}?" if near else ""
            raise NotFound(f"The flow has no node {node!r}.", code="unknown-node", hint=hint)
        changes = (SetParam(node=node, name=param, value=value),)
        return cls(name, apply(flow, Transaction(changes=changes))[0], changes)


class Cell(NamedTuple):
    """One run to be: which row of the data, which variant, which model ("" is the flow's own)."""

    row: int
    variant: str
    model: str
    key: str


@dataclass(frozen=True)
class Outcome:
    """How the run of a cell ended, as its file keeps it; a `Result` for those who look at what is expected. Without a
    `status` it was begun, and isn't known to be over. `checks` is what came of looking, by the key of the scoring:
    the complaints, and what the judging cost."""

    run: str
    status: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    error: Mapping[str, Any] | None = None
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    cost: float | None = 0.0
    seconds: float = 0.0
    checks: Mapping[str, tuple[list[str], float | None]] = field(default_factory=dict[str, Any])

    @classmethod
    def of(cls, run: str, events: Iterable[Event]) -> "Outcome":
        """Of a run that is over."""
        ends: list[Mapping[str, Any]] = [event.data for event in events if event.kind == "run-finished"]
        end = ends[0] if ends else dict[str, Any]()
        return cls(
            run,
            status=str(end.get("status", "failed")),
            outputs=end.get("outputs") or {},
            error=end.get("error"),
            usage=end.get("usage") or {},
            cost=None if end.get("unpriced_calls") else end.get("cost"),
            seconds=round(end.get("seconds") or 0.0, 3),
        )


@dataclass(frozen=True, slots=True)
class Done:
    """A cell that was run. `complaints` are the expectations that weren't met; `cost` is None if a price is missing, and
    is without `judged`, what it cost to have it judged. `run` is the id of its run, `score` what the expression gave."""

    outputs: Mapping[str, Any]
    complaints: tuple[str, ...]
    seconds: float
    tokens: int
    cost: float | None
    run: str = ""
    score: float | None = None
    judged: float | None = 0.0

    @property
    def passed(self) -> bool:
        return not self.complaints


@dataclass(frozen=True)
class Grid:
    """Every row with every variant and every model. A cell's key is of all that its run depends on: the flow's hash, the
    model, the inputs. Whatever else is asked for, a cell with that key isn't run again; how it is scored may change."""

    slug: str
    folder: Path
    rows: Sequence[Row]
    variants: Sequence[Variant]
    models: Sequence[str]
    scoring: Scoring = NO_SCORING

    @property
    def book(self) -> str:
        """What its runs are recorded under: beside those of the flow, not among them."""
        return f"{self.slug}{IN_GRID}"

    @property
    def judge_model(self) -> str | None:
        """Who judges, where an expectation doesn't say it: the same for all variants."""
        return self.variants[0].flow.defaults.model

    def cells(self) -> Iterator[Cell]:
        """Row by row: what is stopped half-way can be compared as far as it has come."""
        for number, row in enumerate(self.rows):
            for variant in self.variants:
                for model in self.models:
                    yield Cell(number, variant.name, model, self._key(variant.flow, model, row.inputs))

    def kept(self, cell: Cell) -> Outcome | None:
        """What is kept of a cell; None if it wasn't run, or if its file can't be read."""
        try:
            return _KEPT.validate_json((self.folder / f"{cell.key}.json").read_bytes())
        except (OSError, ValueError):
            return None

    def keep(self, cell: Cell, outcome: Outcome) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        atomic.write(self.folder / f"{cell.key}.json", json.dumps(asdict(outcome), ensure_ascii=False) + "\n")

    def forget(self, cell: Cell) -> None:
        """Its run came to nothing: it is to be run anew."""
        (self.folder / f"{cell.key}.json").unlink(missing_ok=True)

    def done(self, cell: Cell) -> Done | None:
        """What became of a cell, as it is scored here; None if it wasn't run, or has to be looked at again."""
        outcome = self.kept(cell)
        if outcome is None or outcome.status != "succeeded":
            return None
        found = outcome.checks.get(self.scoring.key)
        return self.scored(cell, outcome, *found) if found is not None else None

    def scored(self, cell: Cell, outcome: Outcome, complaints: Sequence[str], judged: float | None) -> Done:
        row, tokens, score, said = self.rows[cell.row], tokens_of(outcome.usage), None, ""
        if outcome.status == "succeeded":
            figures = {"cost": outcome.cost, "tokens": tokens, "seconds": outcome.seconds}
            score, said = self.scoring.of(row.more, row.inputs, outcome.outputs, **figures)
        complaints = tuple([*complaints, *([said] if said else [])])
        return Done(
            outcome.outputs, complaints, outcome.seconds, tokens, outcome.cost, outcome.run, score, judged
        )

    def _key(self, flow: Flow, model: str, inputs: Mapping[str, Any]) -> str:
        parts = json.dumps([flow.hash, model, inputs], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(parts.encode("utf-8", "backslashreplace")).hexdigest()[:32]


_KEPT: Final = TypeAdapter(Outcome)


def flow_of_book(name: str) -> str:
    """The slug of the flow whose runs are recorded under that name."""
    return name.removesuffix(IN_GRID)
