"""What went into the steps of a recorded run: what was typed in, and what the edges brought.

Events don't repeat what earlier ones say, so it is worked out from the revision that the run pins and what its steps
had given. Of a step inside another it is known as far as the flow stands in the document, and its own inputs as far as
the step around it hands them on by name.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from pydantic import ValidationError

from weft.model.errors import WeftError
from weft.model.flow import Flow, Node
from weft.model.refs import ITEM, Ref, parse_ref
from weft.model.text import from_json
from weft.runs.state import RunState

_ABSENT = object()
_SEGMENT = re.compile(r"([^\[\]/]+)(?:\[(\d+)\])?")


class Wired(NamedTuple):
    """The value of an input. `sources` are the references it came by; none for a value that was typed in."""

    port: str
    value: Any
    sources: tuple[str, ...] = ()


class Inputs:
    """Reads what went into the steps of one run. It keeps what it has read of nested flows."""

    def __init__(self, flow: Flow, state: RunState) -> None:
        self._flow, self.state = flow, state
        self._inner: dict[int, Flow | None] = {}
        self._grown = dict(_grown(state))

    def of(self, path: str) -> list[Wired]:
        """In the order of the document: params first, then what is wired. Empty where nothing is known."""
        found = self.node(path)
        if found is None:
            return []
        inside = path[: path.rfind("/") + 1]
        wired: dict[str, Wired] = {port: Wired(port, value) for port, value in found.params.items()}
        for port in found.inputs:
            refs = found.refs(port)
            values = [value for ref in refs if (value := self._value(inside, ref)) is not _ABSENT]
            if values:
                many = isinstance(found.inputs[port], list)
                wired[port] = Wired(port, values if many else values[0], tuple(refs))
        return list(wired.values())

    def node(self, path: str) -> Node | None:
        """The node whose step this is, as the run's revision or the run itself had it."""
        if path in self._grown:
            return self._grown[path]
        flow = self._around(path)
        return flow.nodes.get(path.rpartition("/")[2]) if flow is not None else None

    def through(self, source: str, port: str | None = None, inside: str = "") -> Any:
        """The last value that an edge brought from here, of a node of the flow itself or of its `inputs`; None if
        nothing went through it. `inside` is the way to the flow inside a step that the edge is in: `each[3]/`."""
        value = self._value(inside, source if port is None else f"{source}.{port}")
        return None if value is _ABSENT else value

    def given(self, inside: str, name: str) -> Any:
        """What an input of the flow inside a step was given; None where that isn't known."""
        value = self._given(inside, name)
        return None if value is _ABSENT else value

    def _around(self, path: str) -> Flow | None:
        """The flow in which that step stands."""
        flow: Flow | None = self._flow
        for part in path.split("/")[:-1]:
            match = _SEGMENT.fullmatch(part)
            node = flow.nodes.get(match.group(1)) if flow is not None and match else None
            flow = self._nested(node) if node is not None else None
        return flow

    def _nested(self, node: Node) -> Flow | None:
        """The flow that is written in the node itself; one that it only names may be another by now."""
        key = id(node)
        if key not in self._inner:
            listed = [cast("dict[str, Any]", one) for one in node.params.values() if isinstance(one, dict)]
            try:
                self._inner[key] = next((from_json(one) for one in listed if "nodes" in one), None)
            except WeftError:
                self._inner[key] = None
        return self._inner[key]

    def _value(self, inside: str, reference: str) -> Any:
        try:
            ref = parse_ref(reference)
        except ValueError:
            return _ABSENT
        if ref.is_input:
            return self._given(inside, ref.port or "")
        step = self.state.steps.get(inside + ref.node)
        return _output(step.value, ref) if step is not None and step.value is not None else _ABSENT

    def _given(self, inside: str, name: str) -> Any:
        """An input of the flow in which a step stands."""
        if not inside:
            given = self._flow.inputs.get(name)
            default = given.default if given is not None and given.has_default else _ABSENT
            return self.state.inputs.get(name, default)
        match = _SEGMENT.fullmatch(inside[:-1].rpartition("/")[2])
        if match is None:
            return _ABSENT
        outer = inside[:-1].rpartition("/")[0]
        holding = {
            one.port: one.value for one in self.of(f"{outer}/{match.group(1)}" if outer else match.group(1))
        }
        items = holding.get("items")
        if name == ITEM and match.group(2) is not None and isinstance(items, list):
            at, listed = int(match.group(2)), cast("list[Any]", items)
            return listed[at] if at < len(listed) else _ABSENT
        return holding.get(name, _ABSENT)


def _output(value: dict[str, Any], ref: Ref) -> Any:
    if ref.port is not None:
        return value.get(ref.port, _ABSENT)
    return next(iter(value.values()), _ABSENT)


def _grown(state: RunState) -> Iterator[tuple[str, Node]]:
    """The nodes that the run has added, by the path of their steps."""
    for grown in state.expansions:
        by = str(grown.get("by", ""))
        inside = by[: by.rfind("/") + 1]
        for name, node in grown.get("nodes", {}).items():
            try:
                yield inside + name, Node.model_validate(node)
            except ValidationError:
                continue
