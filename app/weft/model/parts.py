"""A document taken apart by the names in it: the smallest parts that a person changes, and others compare and merge.

Such a part is a param, the references of a port, an option, the place of a node. The parts of a flow that is written in
a node (`subtask`, `map`) are parts too: `nodes.revise.params.flow.nodes.plan.params.prompt`.
"""

import json
from typing import Any, Final, cast

Path = tuple[str, ...]
ABSENT: Final[Any] = object()
_SECTIONS = ("params", "inputs", "options")
_DEPTH = {"nodes": 4, "inputs": 2, "outputs": 2, "defaults": 2, "layout": 3, "state": 2}
"""How deep the parts with names of their own go: `nodes.<id>.params.<name>`."""


def alike(one: Any, other: Any) -> bool:
    """Equal as JSON: to Python `1`, `1.0` and `True` are one. What isn't there is alike to itself alone."""
    if one is ABSENT or other is ABSENT:
        return one is other
    return one == other and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def names(value: Any) -> dict[str, Any]:
    """The parts by name; of what has none, nothing."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def have_names(path: Path, one: Any, other: Any) -> bool:
    """Whether both are to be taken apart further. A section that is empty isn't written."""
    inner = _in_its_flow(path)
    if inner and len(inner) >= _DEPTH.get(inner[0], 1):
        return is_flow(one) and is_flow(other)
    empty = (
        len(inner) == 1
        or (inner[:1] == ("nodes",) and len(inner) == 3 and inner[2] in _SECTIONS)
        or (inner[:1] == ("layout",) and len(inner) == 2)
    )
    return all(isinstance(side, dict) or (empty and side in (None, ABSENT)) for side in (one, other))


def is_flow(value: Any) -> bool:
    """Whether it is a flow written in a param."""
    parts = names(value)
    return "format" in parts and isinstance(parts.get("nodes"), dict)


def is_layout(path: Path) -> bool:
    """Whether it only says where something lies on the canvas."""
    return _in_its_flow(path)[:1] == ("layout",)


def _in_its_flow(path: Path) -> Path:
    """The path without the way to the innermost flow it leads into. A part of that flow lies below a param."""
    while len(path) > 4 and path[0] == "nodes":
        path = path[4:]
    return path
