"""Problems as a compiler prints them: file, line, what, why, and what to do."""

import sys
from collections.abc import Sequence
from typing import Any

from weft.cli import terminal
from weft.model import Place, locate
from weft.model.problems import Problem


def print_problems(problems: Sequence[Problem], *, file: str = "", text: str = "") -> None:
    """On standard error, for a command that can't go on because of them."""
    for problem in problems:
        for line in lines_of(problem, file=file, text=text, coloured=terminal.coloured(sys.stderr)):
            terminal.note_line(line)


def lines_of(problem: Problem, *, file: str, text: str, coloured: bool) -> list[str]:
    """`flows/essay.json:12:7 error[missing-input] node essay: ...`, then its hint and its fix."""
    place = place_of(problem, text)
    where = f"{file}:{place.line}:{place.column} " if file and place else f"{file} " if file else ""
    kind = terminal.paint(f"{problem.severity}[{problem.code}]", _style(problem), coloured)
    whose = f" node {problem.node}:" if problem.node and repr(problem.node) not in problem.message else ""
    lines = [f"{terminal.clean(where)}{kind}{terminal.clean(whose)} {terminal.clean(problem.message)}"]
    if problem.hint:
        lines.append(f"  {terminal.paint('hint:', 'cyan', coloured)} {terminal.clean(problem.hint)}")
    if problem.fix is not None:
        label = problem.fix.label or "there is one"
        lines.append(f"  {terminal.paint('fix:', 'cyan', coloured)} {terminal.clean(label)}")
    return lines


def problem_json(problem: Problem, *, file: str, text: str) -> dict[str, Any]:
    place = place_of(problem, text)
    return {
        "file": file,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "severity": problem.severity,
        "code": problem.code,
        "node": problem.node,
        "port": problem.port,
        "message": problem.message,
        "hint": problem.hint,
        "fix": problem.fix.label if problem.fix else None,
    }


def place_of(problem: Problem, text: str) -> Place | None:
    """Where in the file: the problem's own pointer, else its node."""
    if not text:
        return None
    pointer = problem.pointer or (("nodes", problem.node) if problem.node else ())
    return locate(text, pointer)


def _style(problem: Problem) -> terminal.Style:
    return "red" if problem.severity == "error" else "yellow"
