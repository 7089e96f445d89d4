"""What a person wants to compare, as it is kept for the next time: `.weft/grid/wanted/FLOW.json`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from weft.model.errors import NotFound, WeftError
from weft.model.flow import Flow
from weft.workspace import atomic
from weft.workspace.grid.cells import AS_IT_IS, Grid, Variant
from weft.workspace.grid.data import ENDINGS, Row, read_rows, rows_of_text
from weft.workspace.grid.scoring import Scoring
from weft.workspace.resolving.resolve import inside
from weft.workspace.testing.adding import cases_of
from weft.workspace.testing.cases import Expectation

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace

MOST_FILES = 500
MOST_COLUMNS = 40


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Edited(_Part):
    """A variant: the flow with another value in one param of one node."""

    name: str = Field(max_length=200)
    node: str
    param: str
    value: Any = ""


class Wanted(_Part):
    """The data is a `file` in `files/`, or `text`. Each of `variants`, and the flow as it is, goes with each of `models`,
    and with the flow's own if `own`. Scored by what a `case` of the flow expects, by an expression, and by a `judge`:
    a statement that `judge_model` must find true of the output `judged`."""

    file: str = ""
    text: str = Field(default="", max_length=2_000_000)
    variants: list[Edited] = []
    models: list[str] = []
    own: bool = True
    case: str = ""
    score: str = Field(default="", max_length=2_000)
    judge: str = Field(default="", max_length=4_000)
    judged: str = ""
    judge_model: str = ""
    max_cost: float | None = Field(default=None, ge=0)


Wrongs = dict[str, str]
"""What can't be as it is wanted, by its place: `data`, `variants`, `variant 2`, `case`, `score`, `judge`."""


class Made(NamedTuple):
    """The grid, None if something is wrong. `notes` are of what is left out, by its place."""

    grid: Grid | None
    wrong: Wrongs
    notes: Wrongs


def made_of(workspace: "Workspace", slug: str, flow: Flow, wanted: Wanted) -> Made:
    """The grid, or all that keeps it from being made. Reads files: for a thread."""
    wrong, notes = Wrongs(), Wrongs()
    rows = _rows(workspace, flow, wanted, wrong)
    variants = _variants(flow, wanted, wrong, notes)
    expect = _expected(workspace, slug, flow, wanted, wrong)
    scoring = Scoring(expect, wanted.score.strip())
    try:
        scoring.check(flow)
    except WeftError as problem:
        wrong["score"] = problem.message
    models = [
        *([""] if wanted.own else []),
        *dict.fromkeys(one.strip() for one in wanted.models if one.strip()),
    ]
    if not models:
        wrong["models"] = "Choose a model, or the flow's own."
    elif len(models) * len(variants) > MOST_COLUMNS:
        wrong["variants"] = f"That is more than {MOST_COLUMNS} columns: take fewer variants or models."
    if wrong:
        return Made(None, wrong, notes)
    return Made(Grid(slug, workspace.root / ".weft" / "grid", rows, variants, models, scoring), wrong, notes)


def read_wanted(workspace: "Workspace", slug: str) -> Wanted:
    """What was wanted last; nothing, if nothing was or it can't be read any more."""
    try:
        return Wanted.model_validate_json(_file(workspace, slug).read_bytes())
    except (OSError, ValidationError):
        return Wanted()


def keep_wanted(workspace: "Workspace", slug: str, wanted: Wanted) -> None:
    """Where the workspace can't be written, nothing is kept."""
    if workspace.read_only:
        return
    path = _file(workspace, slug)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, wanted.model_dump_json(exclude_defaults=True) + "\n")


def data_files(workspace: "Workspace") -> list[str]:
    """The files in `files/` that may be data sets, by their paths in it."""
    root = workspace.root / "files"
    found = (path.relative_to(root) for path in root.rglob("*") if path.suffix in ENDINGS and path.is_file())
    return sorted(path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts))[
        :MOST_FILES
    ]


def _rows(workspace: "Workspace", flow: Flow, wanted: Wanted, wrong: Wrongs) -> Sequence[Row]:
    try:
        if wanted.file:
            return read_rows(inside(workspace.root / "files", wanted.file), flow)
        if wanted.text.strip():
            return rows_of_text(wanted.text, flow)
    except WeftError as problem:
        wrong["data"] = problem.message
    else:
        wrong["data"] = "Choose a data set: a file, or rows that you paste."
    return ()


def _variants(flow: Flow, wanted: Wanted, wrong: Wrongs, notes: Wrongs) -> list[Variant]:
    found, hashes = [Variant(AS_IT_IS, flow)], {flow.hash}
    for number, one in enumerate(wanted.variants, 1):
        name = one.name.strip() or f"{one.node}.{one.param} {number}"
        try:
            variant = Variant.of(name, flow, one.node, one.param, one.value)
        except WeftError as problem:
            wrong[f"variant {number}"] = problem.message
            continue
        if variant.flow.hash in hashes:
            notes[f"variant {number}"] = "It is left out: the flow, or another variant, is the same."
            continue
        if any(name == other.name for other in found):
            wrong[f"variant {number}"] = f"There is another variant called {name!r}."
        hashes.add(variant.flow.hash)
        found.append(variant)
    return found


def _expected(
    workspace: "Workspace", slug: str, flow: Flow, wanted: Wanted, wrong: Wrongs
) -> list[Expectation]:
    found: list[Expectation] = []
    if wanted.case:
        try:
            suite = cases_of(workspace.find(slug))
            if wanted.case not in suite.cases:
                raise NotFound(f"The flow has no case {wanted.case[:60]!r} any more.", code="no-case")
            found += suite.cases[wanted.case].expect
        except WeftError as problem:
            wrong["case"] = problem.message
    if judge := wanted.judge.strip():
        output = wanted.judged or next(iter(flow.outputs), "")
        if output not in flow.outputs:
            wrong["judge"] = f"The flow has no output {output!r} to be judged."
        plain = {"output": output, "judge": judge}
        if wanted.judge_model.strip():
            plain["model"] = wanted.judge_model.strip()
        found.append(Expectation.model_validate(plain))
    return found


def _file(workspace: "Workspace", slug: str) -> Path:
    return workspace.root / ".weft" / "grid" / "wanted" / f"{slug}.json"
