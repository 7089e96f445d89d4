"""How many steps a run would have, counted before the first of them."""

from __future__ import annotations

from typing import Any

from weft.catalog.loader import Catalog
from weft.engine.reading import Reader
from weft.model.flow import Flow, Node


def steps_of(flow: Flow, catalog: Catalog, depth: int) -> int:
    """The steps of the flow and of those its nodes run, each of these one time for each node that runs it, down to
    `depth`. What a node runs that is disabled or has a condition isn't counted, for it may not come to that.

    Sixteen flows that each run the next one twice are 65,536: counting them takes a look at each of the sixteen.
    """
    return _Counter(catalog).of(flow, depth)


class _Counter:
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[tuple[str, int], int] = {}

    def of(self, flow: Flow, depth: int) -> int:
        reader = Reader(flow, self._catalog)
        return len(flow.nodes) + sum(self._inside(reader, node, depth) for node in flow.nodes.values())

    def _inside(self, reader: Reader, node: Node, depth: int) -> int:
        kind = reader.kind(node.component)
        if kind is None or not kind.flow_ports or not depth:
            return 0
        if node.options.disabled or node.options.when is not None:
            return 0
        return sum(self._run(reader, node.params.get(port), depth - 1) for port in kind.flow_ports)

    def _run(self, reader: Reader, value: Any, depth: int) -> int:
        key = (value, depth) if isinstance(value, str) else None
        if key is not None and key in self._known:
            return self._known[key]
        flow = reader.flow_of(value)
        count = 0 if flow is None else self.of(flow, depth)
        if key is not None:
            self._known[key] = count
        return count
