"""What to call the steps of a run: by the titles of their nodes, each after what holds it: `Each › [3] Say`."""

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from weft.model.errors import DocumentError
from weft.model.flow import Flow, Node
from weft.model.parts import is_flow
from weft.model.text import from_json
from weft.runs.state import RunState

_ITEM = re.compile(r"\[\d+\]")
_CALLED = re.compile(r"_[0-9a-f]{8}$")
"""What the engine puts behind the name of a tool that a model calls, so that each call has a name of its own."""


def way(path: str) -> str:
    """The nodes on the way to a step, whichever item or round it is of: `each/say` for `each[3]/say`."""
    return _ITEM.sub("", path) if "[" in path else path


def spoken(node: str) -> str:
    """An id as a title, for a node that has none: `pros_cons` is "Pros cons", as on its card."""
    words = node.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


class StepNames:
    """The titles of a flow's nodes and of those in the flows written in them, of what a run added, and of the tools
    that were called. `flow` is asked each time: it may be edited meanwhile."""

    def __init__(self, flow: Callable[[], Flow]) -> None:
        self._flow = flow
        self._added: dict[str, str] = {}
        self._seen = 0
        self._inner: dict[int, tuple[Any, Flow | None]] = {}

    def take(self, state: RunState) -> None:
        """Learn the titles of what the run has added; those of another run are forgotten."""
        if len(state.expansions) < self._seen:
            self._added, self._seen = {}, 0
        for grown in state.expansions[self._seen :]:
            by = str(grown.get("by", ""))
            inside = by[: by.rfind("/") + 1]
            for name, node in grown.get("nodes", {}).items():
                if node.get("title"):
                    self._added[inside + name] = str(node["title"])
        self._seen = len(state.expansions)

    def title(self, path: str) -> str:
        """The step alone, as its card says it."""
        if path in self._added:
            return self._added[path]
        name = path.rpartition("/")[2]
        node = self._node(way(path).split("/"))
        if node is not None:
            return node.title or spoken(name)
        if name in ("inputs", "outputs"):
            return "Inputs" if name == "inputs" else "Outputs"
        return spoken(_CALLED.sub("", name)) if "/" in path else name

    def own(self, path: str) -> str:
        """The step alone, with the number of its item or round."""
        inside = path.rpartition("/")[0]
        item = inside[inside.rfind("[") :] if inside.endswith("]") else ""
        return f"{item} {self.title(path)}".strip()

    def full(self, path: str) -> str:
        """The step after all that holds it: `Each › [3] Say`."""
        holding, _, _ = path.rpartition("/")
        above = self.full(holding.rpartition("[")[0] if holding.endswith("]") else holding) if holding else ""
        return f"{above} › {self.own(path)}" if above else self.own(path)

    def _node(self, names: list[str]) -> Node | None:
        flow: Flow | None = self._flow()
        for name in names[:-1]:
            node = flow.nodes.get(name) if flow is not None else None
            flow = self._written(node) if node is not None else None
        return flow.nodes.get(names[-1]) if flow is not None else None

    def _written(self, node: Node) -> Flow | None:
        """The flow that is written in a node, read once as long as it is the same."""
        value = next((value for value in node.params.values() if is_flow(value)), None)
        if value is None:
            return None
        known = self._inner.get(id(value))
        if known is None or known[0] is not value:
            try:
                flow = from_json(cast("dict[str, Any]", value))
            except DocumentError:
                flow = None
            if len(self._inner) > 100:
                self._inner.clear()  # those of earlier revisions
            known = self._inner[id(value)] = (value, flow)
        return known[1]


def title_of(nodes: Mapping[str, Node], node: str) -> str:
    """What the card of a node says."""
    return (nodes[node].title or spoken(node)) if node in nodes else node
