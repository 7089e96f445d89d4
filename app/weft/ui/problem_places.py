"""Where a problem is to be mended: in the flow itself, or in one that is written inside its nodes."""

from typing import NamedTuple

from weft.model.flow import Flow
from weft.model.inner import flow_at
from weft.model.problems import Problem

_SECTIONS = ("nodes", "inputs", "outputs", "state", "defaults")


class Spot(NamedTuple):
    """`path` are the nodes on the way, `node` the one to be selected there (or `inputs`, `outputs`), `port` its field."""

    path: tuple[str, ...]
    node: str
    port: str


def spot_of(problem: Problem, flow: Flow) -> Spot:
    """The place that a problem of this flow points at."""
    path: list[str] = []
    pointer = list(problem.pointer)
    while (
        len(pointer) > 4
        and pointer[0] == "nodes"
        and pointer[2] == "params"
        and pointer[4] in _SECTIONS
        and flow_at(flow, [*path, str(pointer[1])]) is not None
    ):
        path.append(str(pointer[1]))
        pointer = pointer[4:]
    if not path:
        return Spot((), problem.node or "", problem.port or "")
    node = str(pointer[1]) if pointer[0] == "nodes" and len(pointer) > 1 else str(pointer[0])
    ported = len(pointer) > 3 and pointer[2] in ("params", "inputs")
    return Spot(tuple(path), node if node != "nodes" else "", str(pointer[3]) if ported else "")
