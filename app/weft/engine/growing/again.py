"""A graph that has grown before its run is resumed: grown again from what is recorded, before anything starts.

A step that had not ended when it was recorded is made again, and asks again: what it asked before, word for word, is
there already, and is neither added nor recorded twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from weft.catalog.loader import Catalog
from weft.engine.growing.asked import Asked
from weft.engine.growing.rewired import Work, rewired
from weft.engine.plan import plan
from weft.engine.planned import Plan
from weft.engine.recorded import Expansion
from weft.model.errors import StepFailed
from weft.model.flow import Flow
from weft.model.plain import to_plain
from weft.model.text import from_json, part_json

if TYPE_CHECKING:
    from weft.engine.attempt import Attempt


class Earlier:
    """One recorded expansion, and the flow as it was before."""

    def __init__(self, expansion: Expansion, flow: Flow, cut: Mapping[str, str]) -> None:
        self.expansion = expansion
        self.asked_again = False
        self._flow = flow
        self._cut = dict(cut)

    def is_it(self, attempt: Attempt, asked: Asked) -> bool:
        """Whether the attempt asks for this: one made anew may ask once for what it asked before, a later one may as
        often as it likes."""
        _, by, number = self.expansion
        if by != attempt.path or number > attempt.number or (number == attempt.number and self.asked_again):
            return False
        catalog = attempt.scheduler.ground.catalog
        nodes = plan(without(self._flow, self._cut), catalog).nodes
        try:
            made = rewired(self._flow, catalog, asked, nodes[attempt.node.order], nodes)
        except StepFailed:
            return False
        data = {
            "nodes": {name: part_json(node) for name, node in asked.nodes.items()},
            "edges": made.edges,
            "removed": made.removed,
            "by": by,
        }
        same = to_plain(data) == to_plain(dict(self.expansion.data))
        self.asked_again = self.asked_again or (same and number == attempt.number)
        return same


class Grown:
    """A flow's plan, grown as recorded: `flow` is its document, `cut` the nodes that lost what they need, and to whom."""

    def __init__(self, begun: Plan, catalog: Catalog, expansions: Sequence[Expansion]) -> None:
        self.flow = begun.flow
        self.cut: dict[str, str] = {}
        self.earlier: list[Earlier] = []
        for expansion in expansions:
            self.earlier.append(Earlier(expansion, self.flow, self.cut))
            self._grow(expansion, catalog)
        grown = plan(without(self.flow, self.cut), catalog)
        for node in grown.nodes:
            if by := self.cut.get(node.id):
                node.special = node.special._replace(disabled=False, cut=by)
        self.plan = grown._replace(outputs=begun.outputs, flow=self.flow)

    def _grow(self, expansion: Expansion, catalog: Catalog) -> None:
        data = expansion.data
        nodes: Any = dict(data.get("nodes") or {})
        added = from_json({"format": 1, "nodes": nodes}).nodes if nodes else {}
        work = Work(self.flow, catalog, Asked(added, (), ()))
        for edge in data.get("removed") or ():
            work.remove_again(edge)
        for edge in data.get("edges") or ():
            work.add_again(edge)
        made = work.done()
        cut = {name: by for name, by in self.cut.items() if name not in made.touched}
        self.cut = cut | dict.fromkeys((name for name in made.touched if name in made.empty), expansion.by)
        self.flow = made.flow


def without(flow: Flow, cut: Mapping[str, str]) -> Flow:
    """The flow with these nodes disabled: what is missing there blocks nothing."""
    if not cut:
        return flow
    off = {name: _disabled(flow, name) for name in cut}
    return flow.model_copy(update={"nodes": flow.nodes | off})


def _disabled(flow: Flow, name: str) -> Any:
    node = flow.nodes[name]
    return node.model_copy(update={"options": node.options.model_copy(update={"disabled": True})})
