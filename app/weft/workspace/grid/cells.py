"""What a grid is made of, and what became of its cells: one small file for each, in `.weft/grid`."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from weft.model.apply import apply
from weft.model.changes import SetParam, Transaction
from weft.model.errors import NotFound
from weft.model.flow import Flow
from weft.model.nearest import nearest
from weft.workspace import atomic
from weft.workspace.testing.cases import Expectation


class Variant(NamedTuple):
    """A flow with another text, or another value, in one of its params; the flow as it is has the name "as it is"."""

    name: str
    flow: Flow

    @classmethod
    def of(cls, name: str, flow: Flow, node: str, param: str, value: Any) -> "Variant":
        """Raises `NotFound` for a node that the flow hasn't."""
        if node not in flow.nodes:
            near = nearest(node, flow.nodes)
            hint = f"Did you mean {near!r}?" if near else ""
            raise NotFound(f"The flow has no node {node!r}.", code="unknown-node", hint=hint)
        return cls(name, apply(flow, Transaction(changes=(SetParam(node=node, name=param, value=value),)))[0])


class Cell(NamedTuple):
    """One run to be: which row of the data, which variant, which model ("" is the flow's own)."""

    row: int
    variant: str
    model: str
    key: str


@dataclass(frozen=True, slots=True)
class Done:
    """A cell that was run. `complaints` are the expectations that weren't met; `cost` is None if a price is missing."""

    outputs: Mapping[str, Any]
    complaints: tuple[str, ...]
    seconds: float
    tokens: int
    cost: float | None

    @property
    def passed(self) -> bool:
        return not self.complaints


@dataclass(frozen=True)
class Grid:
    """Every row with every variant and every model. A cell's key is of all that its result depends on: the flow's
    hash, the model, the inputs, what is expected. Whatever else is asked for, a cell with that key isn't run again."""

    slug: str
    folder: Path
    rows: Sequence[Mapping[str, Any]]
    variants: Sequence[Variant]
    models: Sequence[str]
    expect: Sequence[Expectation] = ()

    def cells(self) -> Iterator[Cell]:
        """Row by row: what is stopped half-way can be compared as far as it has come."""
        for row, inputs in enumerate(self.rows):
            for variant in self.variants:
                for model in self.models:
                    yield Cell(row, variant.name, model, self._key(variant.flow, model, inputs))

    def done(self, cell: Cell) -> Done | None:
        """What became of a cell; None if it wasn't run, or if what is kept of it can't be read."""
        try:
            found: Any = json.loads((self.folder / f"{cell.key}.json").read_text("utf-8"))
            outputs, complaints = dict(found["outputs"]), tuple(map(str, found["complaints"]))
            return Done(outputs, complaints, found["seconds"], found["tokens"], found["cost"])
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def keep(self, cell: Cell, done: Done) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        plain = {name: getattr(done, name) for name in Done.__slots__}
        atomic.write(self.folder / f"{cell.key}.json", json.dumps(plain, ensure_ascii=False) + "\n")

    def _key(self, flow: Flow, model: str, inputs: Mapping[str, Any]) -> str:
        expected = [one.model_dump(exclude_unset=True, by_alias=True) for one in self.expect]
        parts = json.dumps([flow.hash, model, inputs, expected], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(parts.encode("utf-8", "backslashreplace")).hexdigest()[:32]
