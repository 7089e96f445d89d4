"""`weft check`: every problem of a flow, with its place, cause and fix."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import codes, terminal
from weft.cli.options import AsJson, FlowNames, Folder

if TYPE_CHECKING:
    from weft.catalog import Catalog
    from weft.model import DocumentError, Flow
    from weft.model.problems import Problem

MOST_FIXES = 200


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking one file found; `flow` is None when the file can't be read as one."""

    path: Path
    text: str
    flow: "Flow | None"
    problems: "Sequence[Problem]"

    @property
    def code(self) -> int:
        if self.flow is None:
            return codes.BAD_USE
        return codes.PROBLEMS if any(p.severity == "error" for p in self.problems) else codes.OK


def check(
    flows: FlowNames = None,
    as_json: AsJson = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Apply every fix there is, and write the file anew.")
    ] = False,
    folder: Folder = None,
) -> None:
    """List every problem of the flows: file, line, what, why, what to do.

    Ends with 0 when no flow has an error, 3 when one has, 2 when a file can't be read as a flow.
    """
    from weft.cli.targets import targets

    worst = codes.OK
    errors = warnings = count = 0
    for workspace, path in targets(flows, folder):
        checked = check_file(path, workspace.catalog)
        if fix and checked.flow is not None:
            checked = _fixed(checked, workspace.catalog)
        _print(checked, as_json=as_json)
        count += 1
        errors += sum(problem.severity == "error" for problem in checked.problems)
        warnings += sum(problem.severity == "warning" for problem in checked.problems)
        worst = _worse(worst, checked.code)
    if not as_json:
        terminal.note(
            f"{_many(count, 'flow')} checked: {_many(errors, 'error')}, {_many(warnings, 'warning')}."
        )
    raise typer.Exit(worst)


def check_file(path: Path, catalog: "Catalog") -> Checked:
    """Read and check one file; what can't be read as a flow is problems too."""
    from weft.engine.check import check as check_flow
    from weft.model import DocumentError, loads
    from weft.workspace.flows.flowfiles import read_bytes

    data = read_bytes(path)
    text = data.decode("utf-8", "replace")
    try:
        flow = loads(data)
    except DocumentError as problem:
        return Checked(path, text, None, problem.problems or (_as_problem(problem),))
    return Checked(path, text, flow, check_flow(flow, catalog))


def _as_problem(refused: "DocumentError") -> "Problem":
    from weft.model.problems import Problem

    message = refused.message.removeprefix(f"{str(refused.place).capitalize()}: ")
    return Problem(refused.code, message, hint=refused.hint, pointer=refused.pointer)


def _fixed(checked: Checked, catalog: "Catalog") -> Checked:
    """Apply fix after fix, checking anew after each, since one may settle or move another; then write the file."""
    from weft.engine.check import check as check_flow
    from weft.model import dumps
    from weft.model.edits import apply
    from weft.model.errors import ChangeRefused
    from weft.workspace import atomic

    flow, problems, tried = checked.flow, checked.problems, set[str]()
    assert flow is not None
    while len(tried) < MOST_FIXES:
        fix = next((p.fix for p in problems if p.fix is not None and repr(p.fix) not in tried), None)
        if fix is None:
            break
        tried.add(repr(fix))
        try:
            flow, _ = apply(flow, fix)
        except ChangeRefused:
            continue  # an earlier fix took its ground away: the problem stays listed
        terminal.note(f"{_shown(checked.path)}: {fix.label}")
        problems = check_flow(flow, catalog)
    text = dumps(flow)
    if text != checked.text:
        atomic.write(checked.path, text, expected=atomic.digest_of(checked.text.encode()))
    return Checked(checked.path, text, flow, problems)


def _shown(path: Path) -> str:
    from weft.workspace.flows.flowfiles import shown

    return shown(path)


def _print(checked: Checked, *, as_json: bool) -> None:
    from weft.cli.problems import lines_of, problem_json

    file = _shown(checked.path)
    for problem in checked.problems:
        if as_json:
            terminal.print_line(json.dumps(problem_json(problem, file=file, text=checked.text)))
            continue
        for line in lines_of(problem, file=file, text=checked.text, coloured=terminal.coloured(sys.stdout)):
            terminal.print_line(line)


def _worse(one: int, other: int) -> int:
    """A file that can't be read outweighs one with problems."""
    return min(code for code in (one, other) if code) if one or other else codes.OK


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
