"""Keys of a document that Weft doesn't know: they survive, have no effect, and are reported with the nearest known name."""

from __future__ import annotations

from collections.abc import Iterator

from weft.model.flow import NO_LIMITS, Flow, Part
from weft.model.nearest import nearest
from weft.model.places import Pointer, spell
from weft.model.problems import Problem


def document_problems(flow: Flow) -> list[Problem]:
    """What is wrong with the document itself, whatever the catalog knows: its unknown keys, in document order."""
    return [_problem(part, pointer, key) for part, pointer in _parts(flow) for key in part.model_extra or ()]


def _parts(flow: Flow) -> Iterator[tuple[Part, Pointer]]:
    yield flow, ()
    for name, given in flow.inputs.items():
        yield given, ("inputs", name)
    yield flow.defaults, ("defaults",)
    yield flow.defaults.budget, ("defaults", "budget")
    for node_id, node in flow.nodes.items():
        yield node, ("nodes", node_id)
        yield node.options, ("nodes", node_id, "options")
        if node.options.budget is not NO_LIMITS:
            yield node.options.budget, ("nodes", node_id, "options", "budget")
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
