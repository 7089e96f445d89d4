"""What is wrong with a flow: every problem at once, as values with a place, a hint and, where there is one, a fix.

Checking executes nothing, opens nothing and resolves nothing; flows that a node names are looked up in the catalog.
"""

from __future__ import annotations

from weft.catalog.loader import Catalog
from weft.engine.check import edges, flows, interface, nodes, order, state
from weft.engine.check.seen import Seen
from weft.engine.reading import ports_of
from weft.model.flow import Flow
from weft.model.problems import Problem
from weft.model.unknown import document_problems

__all__ = ["check", "ports_of"]

_QUESTIONS = (
    interface.problems,
    nodes.problems,
    edges.problems,
    flows.problems,
    order.problems,
    state.problems,
)


def check(flow: Flow, catalog: Catalog) -> list[Problem]:
    """All problems: first those of the flow as a whole, then node by node in the order of the document."""
    seen = Seen(flow, catalog)
    found = document_problems(flow)
    for question in _QUESTIONS:
        found += question(seen)
    place: dict[str | None, int] = {node_id: index for index, node_id in enumerate(flow.nodes)}
    return sorted(found, key=lambda problem: place.get(problem.node, -1))
