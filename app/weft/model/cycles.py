"""Who waits for whom: whether an edge would make nodes wait for each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from weft.model.flow import Node


def sources(node: Node) -> Iterator[str]:
    """The ids a node waits for, by its edges and by `after`; inputs of the flow are `inputs`, and never waited for."""
    for refs in node.inputs.values():
        if isinstance(refs, str):
            yield refs.partition(".")[0]
        else:
            for ref in refs:
                yield ref.partition(".")[0]
    yield from node.after


def closing_path(nodes: Mapping[str, Node], source: str, target: str) -> list[str] | None:
    """The shortest cycle that an edge from `source` to `target` is part of, from `target` back to it; None if there is none.

    Walks upstream from `source`, so only its ancestors cost anything. An input of the flow is never waited for.
    """
    if source not in nodes:
        return None
    after: dict[str, str] = {source: target}
    queue = deque([source])
    while queue:
        node_id = queue.popleft()
        if node_id == target:
            path = [target]
            while len(path) == 1 or path[-1] != target:
                path.append(after[path[-1]])
            return path
        for upstream in sources(nodes[node_id]):
            if upstream not in after and upstream in nodes:
                after[upstream] = node_id
                queue.append(upstream)
    return None


def knotted(nodes: Mapping[str, Node]) -> set[str]:
    """The nodes that can never start: those on a cycle, and those behind one. Empty for a flow without cycles."""
    waiting: dict[str, int] = {}
    behind: dict[str, list[str]] = {}
    for node_id, node in nodes.items():
        wanted = {source for source in sources(node) if source in nodes}
        waiting[node_id] = len(wanted)
        for source in wanted:
            behind.setdefault(source, []).append(node_id)
    ready = [node_id for node_id, count in waiting.items() if not count]
    for node_id in ready:
        del waiting[node_id]
        for next_id in behind.get(node_id, ()):
            waiting[next_id] -= 1
            if not waiting[next_id]:
                ready.append(next_id)
    return set(waiting)
