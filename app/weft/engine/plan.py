"""From a flow to a plan, in one linear pass.

The pass notices whatever is odd but explains nothing: only if something is does the full check run, and says what
blocks. So a sound flow of 10,000 nodes is planned in the time the check would need to build its graph.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final
from weakref import WeakKeyDictionary

from weft.catalog import expression
from weft.catalog.kinds import PortType
from weft.catalog.loader import Catalog
from weft.catalog.ports import Port, Ports
from weft.engine.given import type_of_input
from weft.engine.planned import Output, Plan, PlanNode, Special, rank, topological
from weft.engine.reading import SAVE, Kind, Reader, Shape, complaint
from weft.engine.special import special
from weft.engine.wiring import Wiring
from weft.model.errors import FlowHasProblems, StepFailed
from weft.model.flow import NO_OPTIONS, Flow, FlowInput, Node
from weft.model.problems import Problem
from weft.model.refs import ITEM, are_ids
from weft.model.values import unwrap

_NO_PORTS: Final = Ports((), ())
_ALWAYS: Final = ("cycle", "bad-id")
"""Problems that block whether or not their node is reached."""


def plan(flow: Flow, catalog: Catalog) -> Plan:
    """The flow, ready to run. Raises `FlowHasProblems` with the errors that block it: those of a node that can't be
    reached, being disabled or needing one that is, block nothing."""
    builder = _Builder(flow, catalog)
    made = builder.build()
    if builder.odd:
        from weft.engine.check import check

        errors = [problem for problem in check(flow, catalog) if problem.severity == "error"]
        never = builder.unreachable() if errors and made is not None else set[str]()
        blocking = [problem for problem in errors if problem.code in _ALWAYS or problem.node not in never]
        if blocking:
            raise _refusal(blocking)
    if made is None:
        raise RuntimeError("nodes wait for each other, and checking found no cycle")
    return made


def sketch(flow: Flow, catalog: Catalog) -> Plan | None:
    """The plan of a flow whatever is wrong with it, to be looked at and never run: edges that can't be are left out.
    None if nodes wait for each other."""
    return _Builder(flow, catalog).build()


def lasting_plan(flow: Flow, catalog: Catalog, key: str) -> Plan:
    """As `plan`, but made once for a revision that is run again and again. A flow that names others is planned anew:
    they may have changed. `key` is the flow's hash."""
    plans = _plans.setdefault(catalog, OrderedDict())
    found = plans.get(key)
    if found is None:
        found = plan(flow, catalog)
        if found.lasting:
            plans[key] = found
            if len(plans) > _MOST_PLANS:
                plans.popitem(last=False)
    return found


_MOST_PLANS: Final = 32
_plans: WeakKeyDictionary[Catalog, OrderedDict[str, Plan]] = WeakKeyDictionary()


def _refusal(problems: list[Problem]) -> FlowHasProblems:
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return FlowHasProblems(
        f"The flow can't run: {problems[0].message}{more}", problems=tuple(problems), hint=problems[0].hint
    )


class _Builder:
    def __init__(self, flow: Flow, catalog: Catalog) -> None:
        self.flow = flow
        self.reader = Reader(flow, catalog)
        self._odd = False
        self._kinds: list[Kind | None] = []
        self._params: list[dict[str, Any]] = []
        self._ports: list[Ports] = []
        self._wiring = Wiring(flow, self._ports)
        self._nodes: list[PlanNode] = []
        self._plain = Special(retries=flow.defaults.retries)
        self._timeout = flow.defaults.timeout

    @property
    def odd(self) -> bool:
        """Whether anything was seen that the check has to look at."""
        return self._odd or self._wiring.odd

    def build(self) -> Plan | None:
        """The plan; None if nodes wait for each other."""
        flow, wiring = self.flow, self._wiring
        if not are_ids((*(name for name in flow.inputs if name != ITEM), *flow.outputs, *flow.nodes)):
            self._odd = True
        self._read_nodes()
        self._ports.append(Ports((), tuple(self._input(name, given) for name, given in flow.inputs.items())))
        for order, (node_id, node) in enumerate(flow.nodes.items()):
            kind = self._kinds[order]
            self._nodes.append(
                self._missing(order, node_id, node)
                if kind is None
                else self._node(order, node_id, node, kind)
            )
        for planned, targets in zip(self._nodes, wiring.targets, strict=True):
            planned.targets = tuple(targets)
        inputs = PlanNode("inputs", -1, "", _missing, dict, {}, (), (), (), {})
        if not rank(self._nodes, inputs, wiring.needs):
            self._odd = True
            return None
        lasting = all(
            kind is None or not kind.flow_ports or self.reader.holds_no_names(kind, params)
            for kind, params in zip(self._kinds, self._params, strict=True)
        )
        return Plan(
            flow, self._nodes, inputs, [*flow.nodes, "inputs"], wiring.needs, self._outputs(), lasting, []
        )

    # --- the interface ---

    def _input(self, name: str, given: FlowInput) -> Port:
        try:
            kind = type_of_input(given)
        except ValueError:
            self._odd = True
            return Port(name, PortType("any"))
        if given.has_default and kind.complaint(unwrap(given.default)):
            self._odd = True
        return Port(name, kind)

    def _outputs(self) -> tuple[Output, ...]:
        if not self.flow.outputs:
            taken = {source.place for node in self._nodes for source in node.sources()}
            sinks = (node for node in self._nodes if node.order not in taken and node.outputs)
            return tuple(Output(node.id, node.order, node.outputs[0]) for node in sinks)
        found = ((name, self._wiring.output(text)) for name, text in self.flow.outputs.items())
        return tuple(Output(name, *place) for name, place in found if place is not None)

    # --- a node ---

    def _read_nodes(self) -> None:
        reader = self.reader
        for node in self.flow.nodes.values():
            kind = reader.kind(node.component)
            params: dict[str, Any] = {}
            ports = _NO_PORTS
            if kind is not None:
                params = reader.params(node, kind)
                ports = (
                    kind.ports
                    if kind.bare and node.options is NO_OPTIONS
                    else reader.ports(node, kind, params)
                )
            if kind is None or ports.faults or kind.flow_ports or any(map(params.get, kind.tool_ports)):
                self._odd = True
            self._kinds.append(kind)
            self._params.append(params)
            self._ports.append(ports)

    def _node(self, order: int, node_id: str, node: Node, kind: Kind) -> PlanNode:
        params, options, inputs = self._params[order], node.options, node.inputs
        shape = self.reader.shape(self._ports[order], kind)
        singles, gathers = self._wiring.edges(node, shape.by_name)
        for name, value in params.items():
            port = shape.by_name.get(name)
            if port is None or complaint(port, value):
                self._odd = True
        for name in shape.required:
            if name not in params and not inputs.get(name):
                self._odd = True
        for name in kind.flow_ports:  # read once, and not by every step that runs it
            if type(params.get(name)) is dict:
                params[name] = self.reader.flow_of(params[name]) or params[name]
        bare = kind.bare and options is NO_OPTIONS and SAVE not in node.params
        return PlanNode(
            node_id,
            order,
            node.component,
            kind.call,
            kind.split,
            params,
            singles,
            gathers,
            shape.outputs,
            kind.opening,
            kind.only if shape is kind.shape else None,
            options.timeout or self._timeout,
            self._plain if bare else self._special(order, node, kind, shape),
        )

    def _missing(self, order: int, node_id: str, node: Node) -> PlanNode:
        """Stands for a node whose component isn't there: good for nothing but being skipped."""
        ports = {name: Port(name, PortType("any"), required=True) for name in node.inputs}
        singles, _ = self._wiring.edges(node, ports)
        special = self._plain._replace(disabled=node.options.disabled)
        opening = {"attempt": 1, "component": node.component}
        return PlanNode(
            node_id, order, node.component, _missing, dict, {}, singles, (), (), opening, special=special
        )

    def _special(self, order: int, node: Node, kind: Kind, shape: Shape) -> Special:
        made = special(self.flow, node, kind, shape, self._params[order])
        if made.on_error == "continue":
            ports, given = shape.ports, "default" in node.options.model_fields_set
            if not given or (ports.outputs and ports.outputs[0].type.complaint(made.default)):
                self._odd = True
        if made.when is not None and expression.problems(made.when):
            self._odd = True
        if SAVE in node.params:
            self._odd = True  # two nodes may race for the state
        return made

    def unreachable(self) -> set[str]:
        """The nodes that are never run: disabled, or needing one that is."""
        never: set[int] = set()
        for place in topological(self._nodes, self._wiring.waits()):
            node = self._nodes[place]
            if (
                node.special.disabled
                or any(single.required and single.place in never for single in node.singles)
                or any(
                    gather.required and all(source.place in never for source in gather.sources)
                    for gather in node.gathers
                )
            ):
                never.add(place)
        return {self._nodes[place].id for place in never}


async def _missing(values: dict[str, Any], ctx: Any) -> Any:
    raise StepFailed("There is no such component.", code="unknown-component", retryable=False)
