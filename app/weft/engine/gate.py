"""Whether a node runs, once everything it waits for is settled.

A failure travels along every data edge: whatever takes a value from a node that failed, or that was skipped because
of a failure, is skipped too, so nothing is ever computed from half of its inputs by accident (`on_error` says when
that is wanted). A skip is milder: it stops a required single port only. An optional port goes on as if it weren't
wired, a list drops what was skipped and keeps its order, and needs one source left if it is required. A way not taken
is the third: what hangs on such ways alone is skipped too, even if it needs nothing.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from weft.catalog import expression
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
    untaken: bool = False
    """Whether it lies on a way that was not taken."""


Outcome = dict[str, Any] | Missed
"""What a node gave: values by port, or why there are none."""
LATER: Final = Missed({"reason": "later"})
"""Stands for the outcome of a node that waits to be tried again."""


def kept_back(node: PlanNode, outcomes: list[Any], names: list[str], state: dict[str, Any]) -> Missed | None:
    """Why a node doesn't run: because of its edges, the person who disabled it, or its own `when`; None if it runs.

    Raises `StepFailed` if its `when` can't be evaluated.
    """
    special = node.special
    if special.disabled:
        return Missed({"reason": "disabled", "message": "It is disabled."})
    missed = _by_edges(node, outcomes, names)
    if special.cut and missed is None:
        return Missed(
            {"node": special.cut, "reason": "cut", "message": f"{special.cut!r} cut its edge."}, untaken=True
        )
    if missed is not None or special.when is None:
        return missed
    values = {**dict(special.unfilled), **assemble(node, outcomes, gaps=True)}
    if expression.evaluate(special.when, values, state):
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
    return _way_not_taken(node, outcomes, names)


def _way_not_taken(node: PlanNode, outcomes: list[Any], names: list[str]) -> Missed | None:
    """What hangs on nodes, and only by ways not taken, isn't reached, whatever it could do alone. What its `when` asks
    for is no way to it: that decides by itself what a missing value means."""
    when = node.special.when
    asked = expression.names(when) if when is not None else ()
    sources = [source for source in node.sources() if source.place >= 0 and source.port not in asked]
    if sources and all(_untaken(source, outcomes) for source in sources):
        return _nothing(sources[0], outcomes, names)
    return None


def _untaken(source: Source, outcomes: list[Any]) -> bool:
    outcome = outcomes[source.place]
    return outcome.untaken if type(outcome) is Missed else source.output not in outcome


def _nothing(source: Source, outcomes: list[Any], names: list[str]) -> Missed | None:
    outcome = outcomes[source.place]
    if type(outcome) is Missed:
        return _because(names[source.place], outcome)
    if source.output in outcome:
        return None
    name = names[source.place]
    message = f"{name!r} did not take its port {source.output!r}."
    return Missed({"node": name, "reason": "skipped", "message": message}, untaken=True)


def _none_left(gather: Gather, outcomes: list[Any], names: list[str]) -> Missed | None:
    missed = None
    for source in gather.sources:
        nothing = _nothing(source, outcomes, names)
        if nothing is None:
            return None
        missed = missed or nothing
    if missed is not None and not all(_untaken(source, outcomes) for source in gather.sources):
        return missed._replace(untaken=False)
    return missed


def _because(name: str, outcome: Missed) -> Missed:
    if outcome.ran:
        return Missed({"node": name, "reason": "failed", "message": f"{name!r} failed."}, failed=True)
    because = {"node": name, "reason": "skipped", "message": f"{name!r} was skipped."}
    return Missed(because, outcome.failed, untaken=outcome.untaken)
