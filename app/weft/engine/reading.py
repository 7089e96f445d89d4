"""Reading a flow against a catalog: what each node's component is, what its params mean, which ports it has.

The check and the plan both stand on this, so they can't disagree.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any, Final, cast

from weft.catalog import expression
from weft.catalog.component import Component
from weft.catalog.fits import Fit, compatible
from weft.catalog.kinds import WRITTEN, PortType, shown
from weft.catalog.loader import Catalog
from weft.catalog.ports import Port, Ports
from weft.catalog.threads import in_thread
from weft.engine.planned import Call, Live
from weft.model.errors import WeftError
from weft.model.flow import NO_OPTIONS, Flow, Node
from weft.model.text import from_json
from weft.model.values import FileRef, unwrap

SAVE: Final = "save"
"""The param every node has, which the engine honours."""
_ANY: Final = PortType("any")
_LIVE: Final = ("model", "secret", "flow", "file", "tool")


class Kind:
    """What is the same for all nodes of one component."""

    __slots__ = (
        "bare", "by_name", "call", "component", "fixed", "flow_ports", "keeps", "live", "only", "opening", "ports", "shape",
        "split", "takes_system", "tool_ports", "written",
    )  # fmt: skip

    def __init__(self, key: str, component: Component) -> None:
        self.component = component
        self.opening: dict[str, Any] = {"attempt": 1, "component": key}
        self.call = _call(component)
        self.split = component.signature.returns.split
        self.only = _only(component)
        self.ports = Ports(component.inputs, component.outputs)
        self.fixed = component.shapes.fixed
        self.by_name = {port.name: port for port in component.inputs}
        self.shape = Shape(self.ports, self.by_name, takes_extra=True)
        self.written = tuple(port for port in component.inputs if port.type.kind in WRITTEN)
        kinds = ((port.name, (port.type.item or port.type).kind) for port in component.inputs)
        self.live = tuple(Live(name, kind, kind == "model") for name, kind in kinds if kind in _LIVE)
        self.flow_ports = tuple(port.name for port in component.inputs if port.type.kind == "flow")
        self.tool_ports = tuple(live.port for live in self.live if live.kind == "tool")
        self.takes_system = "system" in self.by_name
        self.keeps = component.pure and not any(live.kind in ("secret", "flow") for live in self.live)
        """Whether results of its nodes may be used again."""
        self.bare = self.fixed and not self.live and not self.keeps
        """Whether its nodes have nothing special unless their options or params say so."""


class Shape:
    """What is the same for all nodes that have the same ports."""

    __slots__ = ("by_name", "holes", "outputs", "ports", "required")

    def __init__(self, ports: Ports, declared: Mapping[str, Port], *, takes_extra: bool) -> None:
        self.ports = ports
        self.by_name = {port.name: port for port in ports.inputs}
        self.required = tuple([port.name for port in ports.inputs if port.required])
        self.outputs = tuple([port.name for port in ports.outputs])
        self.holes = () if takes_extra else tuple([name for name in self.by_name if name not in declared])
        """Ports that the component doesn't take as arguments."""


class Fits:
    """What fits what, asked once for each pair of kinds. Choices play no part in it, and may be anything."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str, str], Fit] = {}

    def of(self, source: PortType, target: PortType) -> Fit:
        """Whether an edge may join these two, and how."""
        item, wanted = source.item, target.item
        key = (source.kind, item.kind if item else "", target.kind, wanted.kind if wanted else "")
        fit = self._known.get(key)
        if fit is None:
            fit = self._known[key] = compatible(source, target)
        return fit


class Reader:
    """Reads the nodes of one flow. What it has read of a component it remembers."""

    def __init__(self, flow: Flow, catalog: Catalog) -> None:
        self.flow = flow
        self.catalog = catalog
        self._kinds: dict[str, Kind | None] = {}
        self._flows: dict[int, tuple[Any, Flow | None]] = {}
        self._shapes: dict[int, Shape] = {}

    def kind(self, key: str) -> Kind | None:
        """What `prompt@2` names; None if the catalog hasn't got it."""
        try:
            return self._kinds[key]
        except KeyError:
            component = self.catalog.get(key)
            found = self._kinds[key] = Kind(key, component) if component is not None else None
            return found

    def params(self, node: Node, kind: Kind) -> dict[str, Any]:
        """What a node's params mean, with what the flow's `defaults` add; without those a wire wins over."""
        if not node.params and not kind.takes_system:
            return {}
        params = {
            # A flow written in place keeps its wrapped values, for whoever reads that flow, and so does a tool.
            name: value if name in kind.flow_ports or name in kind.tool_ports else unwrap(value)
            for name, value in node.params.items()
            if name not in node.inputs and name != SAVE
        }
        system = self.flow.defaults.system
        if kind.takes_system and system is not None and "system" not in node.inputs:
            params.setdefault("system", system)
        return params

    def ports(self, node: Node, kind: Kind, params: Mapping[str, Any]) -> Ports:
        """The ports of a node: the component's, those its params make, and one for each name in its `when`."""
        ports = kind.ports
        if not kind.fixed:
            if kind.flow_ports:
                params = {**params, **{name: self.flow_of(params.get(name)) for name in kind.flow_ports}}
            ports = kind.component.ports(params)
        if node.options is not NO_OPTIONS and node.options.when is not None:
            ports = _with_condition(ports, node.options.when)
        return ports

    def shape(self, ports: Ports, kind: Kind) -> Shape:
        """What follows from a node's ports."""
        if ports is kind.ports:
            return kind.shape
        found = self._shapes.get(id(ports))
        if found is None:
            made = Shape(ports, kind.by_name, takes_extra=kind.component.takes_extra)
            found = self._shapes[id(ports)] = made
        return found

    def flow_of(self, value: Any) -> Flow | None:
        """The flow a param names or holds; None if there is no such flow, or it can't be read."""
        if isinstance(value, dict):
            return self._written_in_place(cast("dict[str, Any]", value))
        try:
            return self.catalog.flows(value) if isinstance(value, str) else None
        except WeftError:
            return None

    def holds_no_names(self, kind: Kind, params: Mapping[str, Any]) -> bool:
        """Whether the flows that a node runs, and those they run, are all written in place: what they are can't change
        while the document doesn't."""
        return all(
            name not in params or self._holds_no_names(self.flow_of(params[name]), params[name])
            for name in kind.flow_ports
        )

    def _holds_no_names(self, flow: Flow | None, value: Any) -> bool:
        if flow is None or not isinstance(value, dict):
            return False
        inner = Reader(flow, self.catalog)
        kinds = ((node, inner.kind(node.component)) for node in flow.nodes.values())
        return all(kind is None or inner.holds_no_names(kind, node.params) for node, kind in kinds)

    def _written_in_place(self, value: dict[str, Any]) -> Flow | None:
        """Read once: a document's values stay what they are."""
        known = self._flows.get(id(value))
        if known is None:
            try:
                known = (value, from_json(value))
            except WeftError:
                known = (value, None)
            self._flows[id(value)] = known
        return known[1]


def _call(component: Component) -> Call:
    """The shortest way to call the function: no coroutine around an async one, a thread around a sync one."""
    function, context, is_async = (
        component.function,
        component.signature.context,
        component.signature.is_async,
    )

    def call(values: dict[str, Any], ctx: Any) -> Coroutine[Any, Any, Any]:
        if context is not None:
            values[context] = ctx
        return function(**values) if is_async else in_thread(function, **values)

    return call if context is not None or not is_async else lambda values, ctx: function(**values)


def _only(component: Component) -> str | None:
    """The one output of a component whose result goes there as it is."""
    probe, outputs = object(), component.outputs
    try:
        values = component.signature.returns.split(probe)
    except TypeError:
        return None
    return outputs[0].name if len(outputs) == 1 and values.get(outputs[0].name) is probe else None


def main_output(ports: Ports, wanted: PortType | None) -> Port | None:
    """The output that a bare reference means: the main one, but for a port that takes messages the one with messages."""
    if wanted is not None and len(ports.outputs) > 1 and (wanted.item or wanted).kind == "messages":
        for port in ports.outputs:
            if port.type.kind == "messages":
                return port
    return ports.outputs[0] if ports.outputs else None


def complaint(port: Port, value: Any) -> str:
    """Why a param can't stand at its port, as the end of a sentence; "" if it can."""
    if port.type.kind == "file" and not isinstance(value, str | FileRef):
        return f"it must name a file, not {shown(value)}"
    return port.type.complaint(value)


def ports_of(flow: Flow, catalog: Catalog) -> dict[str, Ports]:
    """The ports of every node. A node whose component is unknown has the ports that the flow uses of it."""
    reader = Reader(flow, catalog)
    known: dict[str, Ports] = {}
    for node_id, node in flow.nodes.items():
        kind = reader.kind(node.component)
        if kind is not None:
            known[node_id] = reader.ports(node, kind, reader.params(node, kind))
    return ports_beside(flow, known)


def ports_beside(flow: Flow, known: Mapping[str, Ports]) -> dict[str, Ports]:
    """The ports of every node, given those of the nodes whose component is known."""
    found = {node_id: known.get(node_id) for node_id in flow.nodes}
    missing = [node_id for node_id, ports in found.items() if ports is None]
    used = _used_outputs(flow) if missing else {}
    for node_id in missing:
        wired = flow.nodes[node_id].inputs.items()
        inputs = tuple(Port(name, _ANY, many=isinstance(refs, list)) for name, refs in wired)
        found[node_id] = Ports(inputs, tuple(Port(name, _ANY) for name in used.get(node_id, ("output",))))
    return cast("dict[str, Ports]", found)


def _used_outputs(flow: Flow) -> dict[str, dict[str, None]]:
    used: dict[str, dict[str, None]] = {}
    for edge in flow.edges():
        used.setdefault(edge.ref.node, {})[edge.ref.port or "output"] = None
    return used


def _with_condition(ports: Ports, when: str) -> Ports:
    known = {port.name for port in ports.inputs}
    added = tuple(
        Port(name, _ANY, required=required, help="Named in this node's `when`.")
        for name, required in expression.names(when).items()
        if name not in known
    )
    return ports._replace(inputs=(*ports.inputs, *added)) if added else ports
