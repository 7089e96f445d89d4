"""Whether a node runs, once everything it waits for is settled.

A failure travels along every data edge: whatever takes a value from a node that failed, or that was skipped because
of a failure, is skipped too, so nothing is ever computed from half of its inputs by accident (`on_error` says when
that is wanted). A skip is milder: it stops a required single port only. An optional port goes on as if it weren't
wired, a list drops what was skipped and keeps its order, and needs one source left if it is required.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from weft.catalog.expression import evaluate
from weft.engine.inputs import assemble
from weft.engine.planned import Gather, PlanNode, Source


class Missed(NamedTuple):
    """The outcome of a node that gave no value: it failed, or was skipped."""

    because: dict[str, Any]
    failed: bool = False
    """Whether it failed, or was skipped because of a failure."""
    ran: bool = False
    """Whether it is this node itself that failed."""
    may_use_previous: bool = False
    """Whether the node's previous answer may stand in."""


Outcome = dict[str, Any] | Missed
"""What a node gave: values by port, or why there are none."""


def kept_back(node: PlanNode, outcomes: list[Any], names: list[str], state: dict[str, Any]) -> Missed | None:
    """Why a node doesn't run: because of its edges, the person who disabled it, or its own `when`; None if it runs.

    Raises `StepFailed` if its `when` can't be evaluated.
    """
    special = node.special
    if special.disabled:
        return Missed({"reason": "disabled", "message": "It is disabled."})
    missed = _by_edges(node, outcomes, names)
    if special.cut and missed is None:
        return Missed({"node": special.cut, "reason": "cut", "message": f"{special.cut!r} cut its edge."})
    if missed is not None or special.when is None:
        return missed
    values = {**dict(special.unfilled), **assemble(node, outcomes, gaps=True)}
    if evaluate(special.when, values, state):
        return None
    return _OLD_ANSWER if special.previous else _CONDITION


_CONDITION: Final = Missed({"reason": "when", "message": "Its condition did not hold."})
_OLD_ANSWER: Final = Missed(
    {"reason": "when", "message": "Its condition did not hold, and there is no previous answer."},
    may_use_previous=True,
)


def _by_edges(node: PlanNode, outcomes: list[Any], names: list[str]) -> Missed | None:
    for source in node.sources():
        outcome = outcomes[source.place]
        if type(outcome) is Missed and outcome.failed:
            return _because(names[source.place], outcome)
    for single in node.singles:
        if single.required and (missed := _nothing(single, outcomes, names)):
            return missed
    for gather in node.gathers:
        if gather.required and (missed := _none_left(gather, outcomes, names)):
            return missed
    return None


def _nothing(source: Source, outcomes: list[Any], names: list[str]) -> Missed | None:
    outcome = outcomes[source.place]
    if type(outcome) is Missed:
        return _because(names[source.place], outcome)
    if source.output in outcome:
        return None
    name = names[source.place]
    return Missed(
        {"node": name, "reason": "skipped", "message": f"{name!r} did not take its port {source.output!r}."}
    )


def _none_left(gather: Gather, outcomes: list[Any], names: list[str]) -> Missed | None:
    missed = None
    for source in gather.sources:
        nothing = _nothing(source, outcomes, names)
        if nothing is None:
            return None
        missed = missed or nothing
    return missed


def _because(name: str, outcome: Missed) -> Missed:
    if outcome.ran:
        return Missed({"node": name, "reason": "failed", "message": f"{name!r} failed."}, failed=True)
    return Missed({"node": name, "reason": "skipped", "message": f"{name!r} was skipped."}, outcome.failed)
