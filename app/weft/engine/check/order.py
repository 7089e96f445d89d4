"""Can every node start: does none wait for itself, or for one that never runs? And does what it gives go anywhere?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from weft.engine.check.seen import Seen, fix
from weft.model.changes import Change, Disconnect, SetAfter, SetOptions, Transaction
from weft.model.problems import Problem
from weft.model.refs import parse_ref


def problems(seen: Seen) -> Iterator[Problem]:
    """Cycles; nodes and outputs that wait for a disabled node; nodes whose answer nobody takes."""
    if len(seen.order) < len(seen.ordering):
        yield from _cycles(seen, seen.ordering)
    else:
        yield from _never(seen, seen.order)
    yield from _unused(seen)


def _cycles(seen: Seen, ordering: Mapping[str, list[str]]) -> Iterator[Problem]:
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(ordering)
    graph.add_edges_from((source, node) for node, sources in ordering.items() for source in sources)
    place = {node: index for index, node in enumerate(ordering)}
    for knot in sorted(
        nx.strongly_connected_components(graph), key=lambda nodes: min(map(place.__getitem__, nodes))
    ):
        first = min(knot, key=place.__getitem__)
        if len(knot) > 1 or graph.has_edge(first, first):
            yield _cycle(seen, _shortest_circle(graph.subgraph(knot), first))


def _shortest_circle(graph: object, first: str) -> list[str]:
    """From the node that comes first in the document, the shortest way back to it, without repeating it."""
    import networkx as nx

    knot: nx.DiGraph[str] = graph  # pyright: ignore[reportAssignmentType]
    if knot.has_edge(first, first):
        return [first]
    closers = [node for node in knot.predecessors(first)]
    paths = nx.single_source_shortest_path(knot, first)
    return min((paths[node] for node in closers), key=len)


def _cycle(seen: Seen, circle: list[str]) -> Problem:
    first, last = circle[0], circle[-1]
    shown = circle if len(circle) <= 12 else [*circle[:6], "…", *circle[-5:]]
    into = seen.links_of(first)
    port = next((link.port for link in into if link.ref is not None and link.ref.node == last), None)
    pointer = ("nodes", first, "inputs", port) if port is not None else ("nodes", first, "after")
    return Problem(
        "cycle",
        f"These nodes wait for each other, so none can start: {' → '.join([*shown, first])}.",
        first,
        port,
        fix=_open(seen, last, first),
        hint="Remove one of the edges. To do something again until it is good, use a subtask.",
        pointer=pointer,
    )


def _open(seen: Seen, source: str, target: str) -> Transaction:
    """Remove every edge, and `after`, from one node to the other: the edge that closes the circle."""
    node = seen.flow.nodes[target]
    changes: list[Change] = [
        Disconnect(node=target, port=link.port, ref=link.text)
        for link in seen.links_of(target)
        if link.ref is not None and link.ref.node == source
    ]
    if source in node.after:
        changes.append(SetAfter(node=target, after=[name for name in node.after if name != source]))
    return fix(f"Remove the edge from {source} to {target}", *changes)


# --- what never runs, and what is lost ---


def _never(seen: Seen, order: list[str]) -> Iterator[Problem]:
    """Nodes and outputs that need a disabled node."""
    dead: dict[str, str] = {node: node for node in order if seen.flow.nodes[node].options.disabled}
    if not dead:
        return
    for node_id in order:
        if node_id not in dead and (needed := _needs_dead(seen, node_id, dead)):
            port, culprit = needed
            dead[node_id] = culprit
            yield Problem(
                "never-runs",
                f"{node_id!r} never runs: it needs {port!r}, which comes from {culprit!r}, and that is disabled.",
                node_id,
                port,
                severity="warning",
                fix=_enable(seen, culprit),
                pointer=("nodes", node_id, "inputs", port),
            )
    for name, text in seen.flow.outputs.items():
        try:
            source = parse_ref(text).node
        except ValueError:
            continue
        if source in dead:
            yield Problem(
                "unreachable-output",
                f"The output {name!r} is never made: {dead[source]!r} is disabled.",
                severity="warning",
                fix=_enable(seen, dead[source]),
                pointer=("outputs", name),
            )


def _needs_dead(seen: Seen, node_id: str, dead: dict[str, str]) -> tuple[str, str] | None:
    """The first required port that gets nothing but from nodes that never run, and the disabled one behind it."""
    ports = seen.ports.get(node_id)
    for port in ports.inputs if ports is not None else ():
        if not port.required:
            continue
        sources = [text.partition(".")[0] for text in seen.flow.nodes[node_id].refs(port.name)]
        if sources and all(source in dead for source in sources):
            return port.name, dead[sources[0]]
    return None


def _enable(seen: Seen, node_id: str) -> Transaction:
    options = seen.flow.nodes[node_id].options.model_copy(update={"disabled": False})
    return fix(f"Enable {node_id}", SetOptions(node=node_id, options=options))


def _unused(seen: Seen) -> Iterator[Problem]:
    """Nodes that only compute or ask a model, whose answer neither a node, an output nor the state takes."""
    flow = seen.flow
    if not flow.outputs:
        return
    taken = {*seen.taken}
    taken |= {text.partition(".")[0] for text in flow.outputs.values()}
    for node_id, kind in seen.kinds.items():
        node = flow.nodes[node_id]
        if node_id in taken or "save" in node.params or node.options.disabled:
            continue
        if kind.component.pure or any(port.type.kind == "model" for port in kind.component.inputs):
            yield Problem(
                "unused-node",
                f"Nothing takes what {node_id!r} gives.",
                node_id,
                severity="warning",
                hint="Connect it, make it an output, save it to the state, or delete it.",
                pointer=("nodes", node_id),
            )
