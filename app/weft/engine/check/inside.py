"""What is wrong inside the flows that a node runs: told at the node, for there is where it can be mended."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from weft.engine.check.seen import Seen, fix
from weft.model.changes import Transaction, Within
from weft.model.errors import FlowHasProblems
from weft.model.flow import Flow
from weft.model.problems import Problem

_found: ContextVar[dict[str, list[Problem]] | None] = ContextVar("found", default=None)
"""What was found in flows by their hash, while one flow of a node is looked into: many may run the same."""
_MOST_FIXES = 20


def of_flow(seen: Seen, node_id: str, port: str, value: Any, inner: Flow) -> Iterator[Problem]:
    """Of one written in place, each problem at its place in the document; of one with a name, that it can't run."""
    problems = _problems(inner, seen)
    if isinstance(value, dict):
        for place, problem in enumerate(problems):
            yield _at_node(node_id, port, problem, mend=place < _MOST_FIXES)
        return
    blocking = next((problem for problem in problems if problem.severity == "error"), None)
    if blocking is not None:
        yield Problem(
            "inner-problems",
            f"The flow {value!r} that {node_id!r} runs can't run: {blocking.message}",
            node_id,
            port,
            hint=f"Open {value!r} and mend it.",
            pointer=("nodes", node_id, "params", port),
        )


def _problems(inner: Flow, seen: Seen) -> list[Problem]:
    """All of the flow's, and of those it runs; each is looked into once, however many run it."""
    known = _found.get()
    if known is None:
        token = _found.set({})
        try:
            return _problems(inner, seen)
        finally:
            _found.reset(token)
    if inner.hash not in known:
        known[inner.hash] = _asked(inner, seen)
    return known[inner.hash]


def _asked(inner: Flow, seen: Seen) -> list[Problem]:
    from weft.engine.check import check
    from weft.engine.plan import plan

    found = check(inner, seen.catalog)
    if any(problem.severity == "error" for problem in found):
        try:
            plan(inner, seen.catalog)
        except FlowHasProblems:
            return found
        return [replace(problem, severity="warning") for problem in found]  # they are where it never gets to
    return found


def _at_node(node_id: str, port: str, problem: Problem, *, mend: bool) -> Problem:
    return Problem(
        problem.code,
        f"In the flow that {node_id!r} runs: {problem.message}",
        node_id,
        port,
        problem.severity,
        _mended(node_id, port, problem.fix) if mend and problem.fix else None,
        problem.hint,
        ("nodes", node_id, "params", port, *problem.pointer),
    )


def _mended(node_id: str, port: str, repair: Transaction) -> Transaction:
    """The same repair, done within the flow that the node holds."""
    return fix(repair.label, Within(node=node_id, port=port, changes=repair.changes))
