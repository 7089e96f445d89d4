"""Are the flows that nodes run there and sound, and does none of them run itself?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weft.engine.check import inside
from weft.engine.check.seen import Seen
from weft.engine.limits import DEFAULTS
from weft.engine.reading import Kind, Reader
from weft.model.flow import Flow
from weft.model.problems import Problem

_DEEPEST = DEFAULTS.depth


def problems(seen: Seen) -> Iterator[Problem]:
    """Node by node, for those with a port that takes a flow."""
    for node_id, kind in seen.kinds.items():
        if kind.flow_ports:
            yield from of_node(seen, node_id, kind)


def of_node(seen: Seen, node_id: str, kind: Kind) -> Iterator[Problem]:
    """What is wrong with the flows that one node runs."""
    origin = seen.flow.origin
    above = (origin.stem,) if origin is not None else ()
    for port, value in _flows(seen.reader, kind, seen.params[node_id]):
        pointer = ("nodes", node_id, "params", port)
        inner = seen.reader.flow_of(value)
        if inner is None:
            shown = repr(value[:64]) if isinstance(value, str) else "written in place"
            message = f"The flow {shown} that {node_id!r} runs isn't there, or can't be read."
            yield Problem(
                "unknown-flow",
                message,
                node_id,
                port,
                hint="Choose a flow of this workspace.",
                pointer=pointer,
            )
        elif circle := _circle(seen, value, inner, above, set()):
            itself = circle[-1] in circle[:-1]
            what = "a flow that runs itself" if itself else f"flows nested deeper than {_DEEPEST}"
            message = f"{node_id!r} runs {what}: {' → '.join(circle)}."
            hint = "Take the subtask out of one of them: a flow can't be inside itself."
            yield Problem("recursion", message, node_id, port, hint=hint, pointer=pointer)
        else:
            yield from inside.of_flow(seen, node_id, port, value, inner)


def _flows(reader: Reader, kind: Kind, params: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for port in kind.flow_ports:
        if params.get(port) is not None:
            yield port, params[port]


def _circle(seen: Seen, value: Any, flow: Flow, above: tuple[str, ...], clean: set[str]) -> list[str]:
    """The names of flows that run each other, found below this one; none if there are none. `clean` are those below
    which there are none: each is looked through once, however many run it."""
    name = value if isinstance(value, str) else ""
    if name in above:
        return [*above[above.index(name) :], name]
    if name in clean:
        return []
    if len(above) > _DEEPEST:
        return [*above]
    path = (*above, name) if name else above
    reader = Reader(flow, seen.catalog)
    for node in flow.nodes.values():
        kind = reader.kind(node.component)
        for _, below in _flows(reader, kind, reader.params(node, kind)) if kind is not None else ():
            inner = reader.flow_of(below)
            if inner is not None and (circle := _circle(seen, below, inner, path, clean)):
                return circle
    if name:
        clean.add(name)
    return []
