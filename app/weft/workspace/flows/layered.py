"""Where nodes go when nobody has placed them: layers from left to right, each node right of all it depends on.

After Sugiyama, Tagawa and Toda (1981), the two steps that matter for small graphs: longest-path layers, then a few
sweeps that order each layer by the mean place of its neighbours.
"""

from collections.abc import Iterable, Sequence

Place = tuple[int, int]

STEP_X, STEP_Y = 300, 110
SWEEPS = 4


def places(nodes: Sequence[str], edges: Iterable[tuple[str, str]]) -> dict[str, Place]:
    """Top left corners by node id. `edges` are (from, to); unknown ends and cycles do no harm."""
    known = dict.fromkeys(nodes)
    after: dict[str, list[str]] = {node: [] for node in known}
    before: dict[str, list[str]] = {node: [] for node in known}
    for source, target in edges:
        if source in known and target in known and source != target:
            after[source].append(target)
            before[target].append(source)
    layers = _ordered(_layers(list(known), before, after), before, after)
    tallest = max((len(layer) for layer in layers), default=0)
    return {
        node: (column * STEP_X, row * STEP_Y + (tallest - len(layer)) * STEP_Y // 2)
        for column, layer in enumerate(layers)
        for row, node in enumerate(layer)
    }


def _layers(nodes: list[str], before: dict[str, list[str]], after: dict[str, list[str]]) -> list[list[str]]:
    level = dict.fromkeys(nodes, 0)
    waiting = {node: len(before[node]) for node in nodes}
    ready = [node for node in nodes if not waiting[node]]
    rest = dict.fromkeys(nodes)
    while rest:
        # A cycle leaves nothing ready: its first node in the file's order is taken as if it depended on nothing.
        node = ready.pop() if ready else next(iter(rest))
        if node not in rest:
            continue
        del rest[node]
        for target in after[node]:
            waiting[target] -= 1
            if target in rest:
                level[target] = max(level[target], level[node] + 1)
                if not waiting[target]:
                    ready.append(target)
    layers: list[list[str]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for node in nodes:
        layers[level[node]].append(node)
    return [layer for layer in layers if layer]


def _ordered(
    layers: list[list[str]], before: dict[str, list[str]], after: dict[str, list[str]]
) -> list[list[str]]:
    for sweep in range(SWEEPS):
        row = {node: i - len(layer) / 2 for layer in layers for i, node in enumerate(layer)}
        near = before if sweep % 2 == 0 else after
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            key = {node: _mean([row[other] for other in near[node]], row[node]) for node in layer}
            layer.sort(key=key.__getitem__)
            row |= {node: i - len(layer) / 2 for i, node in enumerate(layer)}
    return layers


def _mean(rows: list[float], otherwise: float) -> float:
    return sum(rows) / len(rows) if rows else otherwise
