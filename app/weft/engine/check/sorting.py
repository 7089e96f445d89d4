"""Nodes in the order in which they could run."""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush


def topological(ordering: Mapping[str, list[str]]) -> list[str]:
    """The nodes, sources first, else in the order of the document; those on a cycle, and behind one, are left out."""
    left = {node: len(set(sources)) for node, sources in ordering.items()}
    behind: dict[str, list[str]] = {node: [] for node in ordering}
    for node, sources in ordering.items():
        for source in set(sources):
            behind[source].append(node)
    place = {node: index for index, node in enumerate(ordering)}
    names = list(ordering)
    ready = [place[node] for node, count in left.items() if not count]
    order: list[str] = []
    while ready:
        node = names[heappop(ready)]
        order.append(node)
        for target in behind[node]:
            left[target] -= 1
            if not left[target]:
                heappush(ready, place[target])
    return order
