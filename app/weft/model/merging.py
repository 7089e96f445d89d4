"""Two versions of a flow that come from one: both sides' changes together, where they don't meet.

What only one side changed is taken from it; what both changed, unless to the same, is an overlap that a person has to
decide. Where both moved something on the canvas, it stays where mine is: that changes no meaning.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from weft.model.cycles import knotted, sources
from weft.model.errors import WeftError
from weft.model.flow import Flow
from weft.model.parts import ABSENT, Path, alike, have_names, is_layout, names
from weft.model.text import from_json, to_json


@dataclass(frozen=True, slots=True)
class Merge:
    """The `flow` with both sides' changes, or None, and where they meet: `overlaps`, as paths in the document."""

    flow: Flow | None
    overlaps: tuple[str, ...]


def merge(base: Flow, mine: Flow, theirs: Flow) -> Merge:
    """What both made of `base`. The order of what both have is mine."""
    overlaps: list[Path] = []
    plain = _merged(to_json(base), to_json(mine), to_json(theirs), (), overlaps)
    if overlaps:
        return Merge(None, tuple(".".join(path) for path in overlaps))
    try:
        flow = from_json(plain)
    except WeftError as problem:
        return Merge(None, (problem.message,))
    torn = _torn(flow) - _torn(mine) - _torn(theirs)
    return Merge(None, tuple(sorted(torn))) if torn else Merge(flow, ())


def _merged(base: Any, mine: Any, theirs: Any, path: Path, overlaps: list[Path]) -> Any:
    if alike(mine, theirs) or alike(theirs, base):
        return mine
    if alike(mine, base):
        return theirs
    if have_names(path, mine, theirs):
        return _by_name(names(base), names(mine), names(theirs), path, overlaps)
    if not is_layout(path):
        overlaps.append(path)
    return mine


def _by_name(
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    path: Path,
    overlaps: list[Path],
) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for name in dict.fromkeys([*mine, *theirs]):
        before, here, there = (side.get(name, ABSENT) for side in (base, mine, theirs))
        value = _merged(before, here, there, (*path, name), overlaps)
        if value is not ABSENT:
            merged[name] = value
    return merged


def _torn(flow: Flow) -> set[str]:
    """What each side alone may have kept whole: references that lead nowhere, nodes that wait for each other."""
    known = {*flow.nodes, "inputs"}
    lost = {
        f"nodes.{node}, which refers to {source!r}"
        for node, one in flow.nodes.items()
        for source in sources(one)
        if source not in known
    }
    inputs = {
        f"nodes.{edge.node}, which refers to 'inputs.{edge.ref.port}'"
        for edge in flow.edges()
        if edge.ref.node == "inputs" and edge.ref.port not in flow.inputs
    }
    outputs = {f"outputs.{name}" for name, ref in flow.outputs.items() if ref.partition(".")[0] not in known}
    return (
        lost
        | inputs
        | outputs
        | {f"nodes.{node}, which would wait for itself" for node in knotted(flow.nodes)}
    )
