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


def lanes(lanes: int, length: int) -> Shape:
    """Chains side by side, and one node that takes their ends."""
    shape: Shape = []
    for lane in range(lanes):
        shape += [[lane * length + place - 1] if place else [] for place in range(length)]
    return [*shape, [lane * length + length - 1 for lane in range(lanes)]]


def uneven(shape: Shape) -> list[float]:
    """Seconds for each node: most take 10 ms, every fourth 200 ms, shifted from lane to lane."""
    return [0.2 if (index * 7 + index // 10) % 4 == 0 else 0.01 for index in range(len(shape))]


def critical_path(shape: Shape, seconds: list[float]) -> float:
    """The shortest time any schedule could take."""
    ends: list[float] = []
    for sources, own in zip(shape, seconds, strict=True):
        ends.append(own + max((ends[source] for source in sources), default=0.0))
    return max(ends)


def document(shape: Shape, component: str, defaults: dict[str, Any] | None = None) -> dict[str, Any]:
    """The shape as a flow document: every node gathers its sources in one list port, and knows its own place."""
    nodes: dict[str, Any] = {}
    for index, sources in enumerate(shape):
        made: dict[str, Any] = {"component": component}
        if component != "noop":
            made["params"] = {"place": index}
        if sources:
            made["inputs"] = {"sources": [f"n{source}" for source in sources]}
        nodes[f"n{index}"] = made
    return {
        "format": 1,
        "defaults": defaults or {},
        "nodes": nodes,
        "outputs": {"last": f"n{len(shape) - 1}"},
    }
