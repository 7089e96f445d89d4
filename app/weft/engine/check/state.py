"""Is the state read only where it is there, and written only where nobody is surprised by it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from weft.catalog import expression, template
from weft.catalog.lookup import look_up
from weft.engine.check.seen import Seen, fix
from weft.engine.special import saves
from weft.model.changes import SetAfter
from weft.model.problems import Problem


class Touch(NamedTuple):
    """A node touches the state at a path, dotted; `pointer` is where it says so."""

    node: str
    path: str
    writes: bool
    pointer: tuple[str | int, ...]
    certain: bool = True
    """Whether it fails if there is nothing to read."""


def problems(seen: Seen) -> Iterator[Problem]:
    """Paths that nothing sets, and nodes that race for one. What a component does to the state by itself isn't known."""
    touches = [touch for node_id in seen.flow.nodes for touch in touches_of(seen, node_id)]
    if touches:
        yield from among(seen, touches)


def among(seen: Seen, touches: list[Touch]) -> Iterator[Problem]:
    """The problems of nodes that touch the state so."""
    ordering, order = seen.ordering, seen.order
    if len(order) < len(ordering):
        return  # nodes wait for each other: what comes first can't be said
    place = {node: index for index, node in enumerate(order)}
    touches.sort(key=lambda touch: place[touch.node])
    nodes = list(dict.fromkeys(touch.node for touch in touches))
    before = _before(ordering, order, nodes)
    yield from _unknown(seen, touches)
    yield from _races(seen, touches, nodes, before)


# --- who touches what ---


def touches_of(seen: Seen, node_id: str) -> Iterator[Touch]:
    """How one node touches the state."""
    node = seen.flow.nodes[node_id]
    pointer = ("nodes", node_id)
    kind = seen.kinds.get(node_id)
    if kind is not None and kind.written:
        for port in kind.written:
            text = seen.params[node_id].get(port.name, port.default)
            if type(text) is str and port.name not in node.inputs and "state" in text:
                for path, certain in _read(port.type.kind, text):
                    yield Touch(node_id, path, False, (*pointer, "params", port.name), certain)
    when = node.options.when
    if when is not None and "state" in when:
        for path, certain in _read("expression", when):
            yield Touch(node_id, path, False, (*pointer, "options", "when"), certain)
    for path in saves(node) if "save" in node.params else ():
        yield Touch(node_id, path, True, (*pointer, "params", "save", path))


def _read(kind: str, text: str) -> Iterator[tuple[str, bool]]:
    if kind == "template":
        for part in template.parse(text).parts:
            if isinstance(part, template.Hole) and part.path[0] == "state":
                yield ".".join(part.path[1:]), not part.has_default
    else:
        for path in expression.state_paths(text):
            yield path, "exists(" not in text


def _before(ordering: Mapping[str, list[str]], order: list[str], touching: list[str]) -> dict[str, int]:
    """For each node, as bits by their place in `touching`, the nodes that are surely settled before it starts."""
    bits = {node: 1 << place for place, node in enumerate(touching)}
    before: dict[str, int] = {}
    for node in order:
        mask = 0
        for source in ordering[node]:
            mask |= before[source] | bits.get(source, 0)
        before[node] = mask
    return before


def _prefixes(path: str) -> Iterator[str]:
    """The path itself and every path it lies within."""
    while path:
        yield path
        path = path.rpartition(".")[0]


# --- what is wrong ---


def _unknown(seen: Seen, touches: list[Touch]) -> Iterator[Problem]:
    written = {touch.path for touch in touches if touch.writes}
    around = {prefix for path in written for prefix in _prefixes(path)}
    for touch in touches:
        if touch.writes or not touch.certain or _initial(seen, touch.path) or touch.path in around:
            continue
        if not written.intersection(_prefixes(touch.path)):
            yield Problem(
                "unknown-state",
                f"{touch.node!r} reads state.{touch.path}, which is neither in the initial state nor saved by a node.",
                touch.node,
                severity="warning",
                hint=f"Save it in a node before, or write {{{{state.{touch.path} | default('...')}}}}.",
                pointer=touch.pointer,
            )


def _initial(seen: Seen, path: str) -> bool:
    state: Any = seen.flow.state
    return look_up(state, path.split("."))[0]


class _Masks:
    """Which nodes have touched a path so far, as bits: exactly there, and somewhere within it."""

    def __init__(self) -> None:
        self.at: dict[str, int] = {}
        self.within: dict[str, int] = {}

    def add(self, path: str, bit: int) -> None:
        self.at[path] = self.at.get(path, 0) | bit
        for prefix in _prefixes(path):
            self.within[prefix] = self.within.get(prefix, 0) | bit

    def overlapping(self, path: str) -> int:
        """Those that touched the path, something in it, or something it is in."""
        mask = self.within.get(path, 0)
        for prefix in _prefixes(path):
            mask |= self.at.get(prefix, 0)
        return mask


def _races(seen: Seen, touches: list[Touch], nodes: list[str], before: dict[str, int]) -> Iterator[Problem]:
    """One problem for each touch that has an unordered other before it, in the order the nodes might run in."""
    writers, readers = _Masks(), _Masks()
    bits = {node: 1 << place for place, node in enumerate(nodes)}
    by_node: dict[str, list[Touch]] = {}
    for touch in touches:
        by_node.setdefault(touch.node, []).append(touch)
        others = writers.overlapping(touch.path)
        if touch.writes:
            others |= readers.overlapping(touch.path)
        others &= ~(before[touch.node] | bits[touch.node])
        if others:
            name = nodes[others.bit_length() - 1]
            other = next(one for one in by_node[name] if _race_between(touch, one))
            yield _race(seen, touch, other)
        (writers if touch.writes else readers).add(touch.path, bits[touch.node])


def _race_between(one: Touch, other: Touch) -> bool:
    overlap = (
        one.path == other.path
        or one.path.startswith(f"{other.path}.")
        or other.path.startswith(f"{one.path}.")
    )
    return overlap and (one.writes or other.writes)


def _race(seen: Seen, touch: Touch, other: Touch) -> Problem:
    after = [*seen.flow.nodes[touch.node].after, other.node]
    return Problem(
        "state-race",
        f"{touch.node!r} {_does(touch)} and {other.node!r} {_does(other)}, but nothing says which comes first.",
        touch.node,
        fix=fix(f"Let {touch.node} wait for {other.node}", SetAfter(node=touch.node, after=after)),
        hint="Order them: connect them, or let one wait for the other (after).",
        pointer=touch.pointer,
    )


def _does(touch: Touch) -> str:
    return f"{'writes' if touch.writes else 'reads'} state.{touch.path}"
