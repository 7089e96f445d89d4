"""Keys of a document that Weft doesn't know: they survive, have no effect, and are reported with the nearest known name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from weft.model.flow import NO_LIMITS, NO_OPTIONS, Flow, Node, Part
from weft.model.nearest import nearest
from weft.model.places import Pointer, spell
from weft.model.problems import Problem


def document_problems(flow: Flow) -> list[Problem]:
    """What is wrong with the document itself, whatever the catalog knows: its unknown keys, in document order."""
    nodes = (problem for node_id, node in flow.nodes.items() for problem in node_problems(node_id, node))
    return [*_problems(_parts_before(flow)), *nodes, *_problems(_layout_parts(flow))]


def problems_beside_nodes(flow: Flow) -> list[Problem]:
    """As `document_problems`, without those of the nodes."""
    return [*_problems(_parts_before(flow)), *_problems(_layout_parts(flow))]


def node_problems(node_id: str, node: Node) -> list[Problem]:
    """The unknown keys of one node and of what belongs to it."""
    if not node.model_extra and node.options is NO_OPTIONS:
        return []
    return _problems(_node_parts(node_id, node))


def _problems(parts: Iterable[tuple[Part, Pointer]]) -> list[Problem]:
    return [_problem(part, pointer, key) for part, pointer in parts for key in part.model_extra or ()]


def _parts_before(flow: Flow) -> Iterator[tuple[Part, Pointer]]:
    yield flow, ()
    for name, given in flow.inputs.items():
        yield given, ("inputs", name)
    yield flow.defaults, ("defaults",)
    yield flow.defaults.budget, ("defaults", "budget")


def _node_parts(node_id: str, node: Node) -> Iterator[tuple[Part, Pointer]]:
    yield node, ("nodes", node_id)
    yield node.options, ("nodes", node_id, "options")
    if node.options.budget is not NO_LIMITS:
        yield node.options.budget, ("nodes", node_id, "options", "budget")


def _layout_parts(flow: Flow) -> Iterator[tuple[Part, Pointer]]:
    yield flow.layout, ("layout",)
    for name, note in flow.layout.notes.items():
        yield note, ("layout", "notes", name)
    for name, frame in flow.layout.frames.items():
        yield frame, ("layout", "frames", name)


def _problem(part: Part, pointer: Pointer, key: str) -> Problem:
    known = list(type(part).model_fields)
    close = nearest(key, known)
    meant = f"Did you mean {close!r}?" if close else f"Known here are {', '.join(known)}."
    return Problem(
        "unknown-key",
        f"{spell(pointer).capitalize() if not pointer else spell(pointer)} has the key {key[:64]!r}, which Weft doesn't know.",
        node=str(pointer[1]) if len(pointer) > 1 and pointer[0] == "nodes" else None,
        severity="warning",
        hint=f"{meant} It is kept, and has no effect.",
        pointer=(*pointer, key),
    )
