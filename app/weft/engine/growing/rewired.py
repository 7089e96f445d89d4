"""The document of a grown graph: a flow with nodes more, and edges of others changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from weft.catalog.loader import Catalog
from weft.catalog.ports import Port
from weft.engine.growing.asked import Added, Asked, Removed, refuse
from weft.engine.planned import PlanNode
from weft.engine.reading import Reader
from weft.model.flow import Flow, Node
from weft.model.refs import parse_ref


class Rewired(NamedTuple):
    """The grown document, and what has become of the nodes that were there: `edges` and `removed` as the event has
    them, `touched` in the order of the flow, `empty` those that have lost what they need to run."""

    flow: Flow
    edges: list[dict[str, Any]]
    removed: list[dict[str, str]]
    touched: list[str]
    empty: set[str]


def rewired(flow: Flow, catalog: Catalog, asked: Asked, author: PlanNode, nodes: list[PlanNode]) -> Rewired:
    """`flow` with what is asked; `nodes` are those of its plan. Raises `StepFailed` (`bad-expansion`)."""
    for name in asked.nodes:
        if name in flow.nodes:
            refuse(
                f"there is a node {name!r} already",
                "Choose another id; one that begins with _ is put behind the id of the step that adds it.",
            )
    work = Work(flow, catalog, asked)
    for removed in asked.removed:
        work.remove(removed)
    for edge in asked.edges:
        if edge.node == author.id:
            work.where_it_goes(edge, author, nodes)
        else:
            work.add(edge)
    return work.done()


class _Open:
    """A node whose edges are being changed."""

    def __init__(self, node: Node, ports: dict[str, Port]) -> None:
        self.node = node
        self.ports = ports
        self.inputs = {port: list(node.refs(port)) for port in node.inputs}
        self.after = list(node.after)
        self.lost = False
        self.fronts: dict[str, int] = {}

    def closed(self) -> Node:
        inputs = {port: self._written(port, refs) for port, refs in self.inputs.items() if refs}
        return self.node.model_copy(update={"inputs": inputs, "after": self.after})

    def _written(self, port: str, refs: list[str]) -> str | list[str]:
        known = self.ports.get(port)
        single = isinstance(self.node.inputs.get(port), str) or (known is not None and not known.many)
        return refs[0] if single and len(refs) == 1 else refs

    @property
    def empty(self) -> bool:
        """Whether it lost an edge and can't run without: no node gives it anything, or a port lacks what it needs."""
        if not self.lost:
            return False
        if not any(not ref.startswith("inputs.") for refs in self.inputs.values() for ref in refs):
            return True
        return any(
            port.required and not self.inputs.get(name) and name not in self.node.params
            for name, port in self.ports.items()
        )


class Work:
    """The changes of one expansion, gathered."""

    def __init__(self, flow: Flow, catalog: Catalog, asked: Asked) -> None:
        self.flow, self.asked = flow, asked
        self.reader = Reader(flow, catalog)
        self.open: dict[str, _Open] = {}
        self.edges: list[dict[str, Any]] = []
        self.removed: list[dict[str, str]] = []

    def remove(self, removed: Removed) -> None:
        node, found = self._opened(removed.node), False
        for port, refs in node.inputs.items():
            if removed.port is None or removed.port == port:
                gone = [ref for ref in refs if _is(ref, removed)]
                self.removed += [{"from": ref, "to": f"{removed.node}.{port}"} for ref in gone]
                node.inputs[port] = [ref for ref in refs if ref not in gone]
                found = node.lost = node.lost or bool(gone)
        if removed.port is None and removed.ref.node in node.after:
            node.after.remove(removed.ref.node)
            self.removed.append({"from": removed.ref.node, "to": removed.node})
            found = True
        if not found:
            into = removed.node if removed.port is None else f"{removed.node}.{removed.port}"
            refuse(f"there is no edge from {str(removed.ref)!r} into {into!r} to be removed")

    def add(self, edge: Added) -> None:
        node = self._opened(edge.node)
        if edge.port is None:
            node.after.append(edge.ref.node)
            self.edges.append({"from": edge.ref.node, "to": edge.node})
            return
        place = len(node.inputs.get(edge.port, ()))
        if edge.first:
            place = node.fronts.get(edge.port, 0)
            node.fronts[edge.port] = place + 1
        self._insert(edge, edge.node, edge.port, place)

    def where_it_goes(self, edge: Added, author: PlanNode, nodes: list[PlanNode]) -> None:
        """An edge to an output of the author's own: into each list that takes that output, right before it."""
        if edge.port is None or edge.port not in author.outputs:
            refuse(f"{author.id!r} can't get an edge itself: it runs already")
        for target in author.targets:
            node = nodes[target]
            if any(single.place == author.order and single.output == edge.port for single in node.singles):
                refuse(
                    f"the output {edge.port!r} of {author.id!r} goes into a port of {node.id!r} that takes one value",
                    "Connect it to a port that takes a list.",
                )
            for gather in node.gathers:
                here = [
                    index
                    for index, source in enumerate(gather.sources)
                    if source.place == author.order and source.output == edge.port
                ]
                if here:
                    refs = self._opened(node.id).inputs[gather.port]
                    text = _text_at(node, gather.port, here[0], self.flow)
                    self._insert(edge, node.id, gather.port, refs.index(text))

    def remove_again(self, edge: Mapping[str, str]) -> None:
        """Take an edge away that an event names."""
        name, dot, port = edge["to"].partition(".")
        node = self._opened(name)
        if not dot:
            node.after.remove(edge["from"])
            return
        node.inputs[port] = [ref for ref in node.inputs[port] if ref != edge["from"]]
        node.lost = True

    def add_again(self, edge: Mapping[str, Any]) -> None:
        """Add an edge that an event names."""
        name, dot, port = edge["to"].partition(".")
        node = self._opened(name)
        if dot:
            node.inputs.setdefault(port, []).insert(edge["index"], edge["from"])
        else:
            node.after.append(edge["from"])

    def done(self) -> Rewired:
        closed = {name: node.closed() for name, node in self.open.items()}
        nodes = {name: closed.get(name, node) for name, node in self.flow.nodes.items()} | self.asked.nodes
        touched = [name for name in self.flow.nodes if name in closed]
        empty = {name for name, node in self.open.items() if node.empty}
        grown = self.flow.model_copy(update={"nodes": nodes})
        return Rewired(grown, self.edges, self.removed, touched, empty)

    def _insert(self, edge: Added, name: str, port: str, place: int) -> None:
        self._opened(name).inputs.setdefault(port, []).insert(place, str(edge.ref))
        self.edges.append({"from": str(edge.ref), "to": f"{name}.{port}", "index": place})

    def _opened(self, name: str) -> _Open:
        if name not in self.open:
            node = self.flow.nodes.get(name)
            if node is None and name in self.asked.nodes:
                refuse(
                    f"an edge into {name!r}, which is new, has no place here",
                    "Write it into the node's inputs.",
                )
            if node is None:
                refuse(f"there is no node {name[:80]!r} for an edge to lead into")
            kind = self.reader.kind(node.component)
            ports = self.reader.ports(node, kind, self.reader.params(node, kind)).inputs if kind else ()
            self.open[name] = _Open(node, {port.name: port for port in ports})
        return self.open[name]


def _text_at(node: PlanNode, port: str, place: int, flow: Flow) -> str:
    return flow.nodes[node.id].refs(port)[place]


def _is(text: str, removed: Removed) -> bool:
    ref = parse_ref(text)
    return ref == removed.ref if removed.ref.port is not None else ref.node == removed.ref.node
