"""Two versions of a flow that come from one: both sides' changes together, where they don't meet.

The unit is the smallest part with a name: a param, the references of a port, an option, the place of a node. What only
one side changed is taken from it; what both changed, unless to the same, is an overlap that a person has to decide.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from weft.model import Flow, from_json, to_json
from weft.model.cycles import knotted, sources
from weft.model.errors import WeftError
from weft.workspace.difference import alike

Path = tuple[str, ...]
_ABSENT: Any = object()
_SECTIONS = ("params", "inputs", "options")
_DEPTH = {"nodes": 4, "inputs": 2, "outputs": 2, "defaults": 2, "layout": 3, "state": 2}
"""How deep the parts with names of their own go: `nodes.<id>.params.<name>`."""


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
    if _same(mine, theirs) or _same(theirs, base):
        return mine
    if _same(mine, base):
        return theirs
    if _has_names(path, mine, theirs):
        return _by_name(_names(base), _names(mine), _names(theirs), path, overlaps)
    overlaps.append(path)
    return mine


def _has_names(path: Path, one: Any, other: Any) -> bool:
    """Whether both are to be taken apart by the names in them. A section that is empty isn't written."""
    if path and len(path) >= _DEPTH.get(path[0], 1):
        return False
    empty = len(path) == 1 or (path[:1] == ("nodes",) and len(path) == 3 and path[2] in _SECTIONS)
    return all(isinstance(side, dict) or (empty and side in (None, _ABSENT)) for side in (one, other))


def _same(one: Any, other: Any) -> bool:
    if one is _ABSENT or other is _ABSENT:
        return one is other
    return alike(one, other)


def _names(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _by_name(
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    path: Path,
    overlaps: list[Path],
) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for name in dict.fromkeys([*mine, *theirs]):
        before, here, there = (side.get(name, _ABSENT) for side in (base, mine, theirs))
        value = _merged(before, here, there, (*path, name), overlaps)
        if value is not _ABSENT:
            merged[name] = value
    return merged


@dataclass(frozen=True, slots=True)
class Difference:
    """A part of the document, as a path, before and after; None where it isn't there."""

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        if self.before is None:
            return f"adds {self.path}"
        return f"removes {self.path}" if self.after is None else f"changes {self.path}"


def differences(old: Flow, new: Flow) -> list[Difference]:
    """What is another in `new`, by the smallest parts with a name; where things lie on the canvas comes last."""
    return list(_different(to_json(old), to_json(new), ()))


def _different(old: Any, new: Any, path: Path) -> Iterator[Difference]:
    if _same(old, new):
        return
    if _has_names(path, old, new):
        before, after = _names(old), _names(new)
        for name in dict.fromkeys([*before, *after]):
            yield from _different(before.get(name), after.get(name), (*path, name))
    else:
        yield Difference(".".join(path), old, new)


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
