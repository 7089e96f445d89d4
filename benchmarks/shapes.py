"""Graphs to run: for each node, in order, the places of its sources."""

from __future__ import annotations

from typing import Any

Shape = list[list[int]]


def chain(nodes: int) -> Shape:
    """Each node waits for the one before."""
    return [[index - 1] if index else [] for index in range(nodes)]


def fan(nodes: int) -> Shape:
    """One node, then all others at once, then one that takes them all."""
    return [[], *([0] for _ in range(nodes - 2)), list(range(1, nodes - 1))]


def layered(layers: int, width: int, edges: int = 3) -> Shape:
    """Layers of nodes, each waiting for a few of the layer before."""
    shape: Shape = [[] for _ in range(width)]
    for layer in range(1, layers):
        before = (layer - 1) * width
        shape += [
            sorted({before + (place * 7 + step * 3) % width for step in range(edges)})
            for place in range(width)
        ]
    return shape


def document(shape: Shape, component: str, defaults: dict[str, Any] | None = None) -> dict[str, Any]:
    """The shape as a flow document: every node gathers its sources in one list port."""
    nodes = {
        f"n{index}": {
            "component": component,
            **({"inputs": {"sources": [f"n{s}" for s in sources]}} if sources else {}),
        }
        for index, sources in enumerate(shape)
    }
    return {
        "format": 1,
        "defaults": defaults or {},
        "nodes": nodes,
        "outputs": {"last": f"n{len(shape) - 1}"},
    }
