"""From a flow to a plan, in one linear pass.

The pass notices whatever is odd but explains nothing: only if something is does the full check run, and says what
blocks. So a sound flow of 10,000 nodes is planned in the time the check would need to build its graph.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from itertools import chain
from typing import Any, Final
from weakref import WeakKeyDictionary

from weft.catalog import expression
from weft.catalog.fits import ADAPTERS
from weft.catalog.kinds import PortType
from weft.catalog.loader import Catalog
from weft.catalog.ports import Port, Ports
from weft.engine.given import type_of_input
from weft.engine.planned import Gather, Output, Plan, PlanNode, Source, Special, rank, topological
from weft.engine.reading import SAVE, Fits, Kind, Reader, complaint, main_output
from weft.engine.special import special
from weft.model.errors import FlowHasProblems, StepFailed
from weft.model.flow import Flow, FlowInput, Node
from weft.model.problems import Problem
from weft.model.refs import is_id, parse_ref
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
        blocking = [problem for problem in errors if made is None or _blocks(problem, builder)]
        if blocking:
            raise _refusal(blocking)
    if made is None:
        raise RuntimeError("nodes wait for each other, and checking found no cycle")
    return made


def lasting_plan(flow: Flow, catalog: Catalog, key: str) -> Plan:
    """As `plan`, but made once for a revision that is run again and again. A flow that holds others is planned anew:
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


def _blocks(problem: Problem, builder: _Builder) -> bool:
    return problem.node is None or problem.code in _ALWAYS or problem.node not in builder.unreachable()


def _refusal(problems: list[Problem]) -> FlowHasProblems:
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return FlowHasProblems(
        f"The flow can't run: {problems[0].message}{more}", problems=tuple(problems), hint=problems[0].hint
    )


class _Builder:
    def __init__(self, flow: Flow, catalog: Catalog) -> None:
        self.flow = flow
        self.reader = Reader(flow, catalog)
        self.odd = False
        """Whether anything was seen that the check has to look at."""
        self.ids = list(flow.nodes)
        self.index = {node_id: order for order, node_id in enumerate(self.ids)}
        self.kinds: list[Kind | None] = []
        self.params: list[dict[str, Any]] = []
        self.ports: list[Ports] = []
        self.nodes: list[PlanNode] = []
        self.plain = Special(retries=flow.defaults.retries)
        self._fits = Fits()
        self._openings: dict[str, dict[str, Any]] = {}

    def build(self) -> Plan | None:
        """The plan; None if nodes wait for each other."""
        flow = self.flow
        if not all(map(is_id, chain(flow.inputs, flow.outputs, flow.nodes))):
            self.odd = True
        interface = Ports((), tuple(self._input(name, given) for name, given in flow.inputs.items()))
        self._read_nodes()
        self.ports.append(interface)  # what -1 means in a plan
        for order, node in enumerate(flow.nodes.values()):
            self.nodes.append(self._node(order, node))
        needs = self._needs()
        inputs = PlanNode("inputs", -1, "", _missing, dict, {}, (), (), (), {})
        if not rank(self.nodes, inputs, needs):
            self.odd = True
            return None
        lasting = not any(kind.flow_ports for kind in self.kinds if kind is not None)
        return Plan(flow, self.nodes, inputs, [*self.ids, "inputs"], needs, self._outputs(), lasting)

    def _input(self, name: str, given: FlowInput) -> Port:
        try:
            kind = type_of_input(given)
        except ValueError:
            self.odd = True
            return Port(name, PortType("any"))
        if given.has_default and kind.complaint(unwrap(given.default)):
            self.odd = True
        return Port(name, kind)

    def _outputs(self) -> tuple[Output, ...]:
        if not self.flow.outputs:
            taken = {source.place for node in self.nodes for source in node.sources()}
            sinks = (node for node in self.nodes if node.order not in taken and node.outputs)
            return tuple(Output(node.id, node.order, node.outputs[0]) for node in sinks)
        places = ((name, self._place(text, None)) for name, text in self.flow.outputs.items())
        return tuple(Output(name, place[0], place[1].name) for name, place in places if place is not None)

    # --- a node ---

    def _read_nodes(self) -> None:
        for node in self.flow.nodes.values():
            kind = self.reader.kind(node.component)
            params: dict[str, Any] = {}
            ports = _NO_PORTS
            if kind is not None:
                params = self.reader.params(node, kind)
                ports = self.reader.ports(node, kind, params)
            if kind is None or ports.faults or kind.flow_ports:
                self.odd = True
            self.kinds.append(kind)
            self.params.append(params)
            self.ports.append(ports)

    def _node(self, order: int, node: Node) -> PlanNode:
        kind, ports, params = self.kinds[order], self.ports[order], self.params[order]
        if kind is None:
            return self._missing(order, node)
        usual = ports is kind.ports
        by_name = kind.by_name if usual else {port.name: port for port in ports.inputs}
        singles, gathers = self._edges(node, by_name) if node.inputs else ((), ())
        for name, value in params.items():
            port = by_name.get(name)
            if port is None or complaint(port, value):
                self.odd = True
        for name in kind.required if usual else [port.name for port in ports.inputs if port.required]:
            if name not in params and not node.inputs.get(name):
                self.odd = True
        bare = kind.bare and not node.options.model_fields_set and SAVE not in node.params
        return PlanNode(
            self.ids[order],
            order,
            node.component,
            kind.call,
            kind.split,
            params,
            singles,
            gathers,
            kind.outputs if usual else tuple(port.name for port in ports.outputs),
            self._opening(node.component),
            only=kind.only if usual else None,
            timeout=node.options.timeout or self.flow.defaults.timeout,
            special=self.plain if bare else self._special(order, node, kind),
        )

    def _missing(self, order: int, node: Node) -> PlanNode:
        """Stands for a node whose component isn't there: good for nothing but being skipped."""
        ports = {name: Port(name, PortType("any"), required=True) for name in node.inputs}
        singles, _ = self._edges(node, ports)
        without = replace(self.plain, disabled=node.options.disabled)
        opening = self._opening(node.component)
        return PlanNode(
            self.ids[order],
            order,
            node.component,
            _missing,
            dict,
            {},
            singles,
            (),
            (),
            opening,
            special=without,
        )

    def _opening(self, component: str) -> dict[str, Any]:
        opening = self._openings.get(component)
        if opening is None:
            opening = self._openings[component] = {"attempt": 1, "component": component}
        return opening

    def _special(self, order: int, node: Node, kind: Kind) -> Special:
        made = special(self.flow, node, kind, self.ports[order], self.params[order])
        if made.on_error == "continue" and "default" not in node.options.model_fields_set:
            self.odd = True
        if made.when is not None and expression.problems(made.when):
            self.odd = True
        if SAVE in node.params:
            self.odd = True  # two nodes may race for the state
        return made

    # --- edges ---

    def _edges(self, node: Node, ports: dict[str, Port]) -> tuple[tuple[Source, ...], tuple[Gather, ...]]:
        singles: list[Source] = []
        gathers: list[Gather] = []
        for name, refs in node.inputs.items():
            port = ports.get(name)
            if port is None:
                self.odd = True
                continue
            texts = [refs] if type(refs) is str else refs
            found = [source for text in texts if (source := self._source(port, text)) is not None]
            if port.many:
                gathers.append(_gather(port, found))
            else:
                singles += found
                if len(texts) > 1:
                    self.odd = True
        return tuple(singles), tuple(gathers)

    def _source(self, port: Port, text: str) -> Source | None:
        place = self._place(text, port.type)
        if place is None:
            return None
        index, output = place
        fit = self._fits.of(output.type, port.type)
        if not fit.ok:
            self.odd = True
        adapter = ADAPTERS[fit.adapter] if fit.adapter else None
        spread = port.many and output.type.item is not None
        return Source(
            port.name, index, output.name, adapter, self._label(index, output), port.required, spread
        )

    def _place(self, text: str, wanted: PortType | None) -> tuple[int, Port] | None:
        """The node and the output that a reference means; a port that takes messages gets them where there are any."""
        index = self.index.get(text)
        if index is not None:
            port = main_output(self.ports[index], wanted)
        else:
            index, port = self._named(text)
        if port is None:
            self.odd = True
            return None
        return index, port

    def _named(self, text: str) -> tuple[int, Port | None]:
        try:
            ref = parse_ref(text)
        except ValueError:
            return -1, None
        index = -1 if ref.is_input else self.index.get(ref.node)
        return (
            (-1, None) if index is None or ref.port is None else (index, self.ports[index].output(ref.port))
        )

    def _label(self, index: int, output: Port) -> str:
        if index < 0:
            return output.name
        node_id = self.ids[index]
        return self.flow.nodes[node_id].title or node_id

    # --- order ---

    def _needs(self) -> list[int]:
        """How many nodes each node waits for; and the other way round, who waits for it, in `targets`."""
        needs: list[int] = []
        targets: list[list[int]] = [[] for _ in self.nodes]
        for order, node in enumerate(self.flow.nodes.values()):
            planned = self.nodes[order]
            sources = {source.place for source in planned.singles}
            for gather in planned.gathers:
                sources.update(source.place for source in gather.sources)
            for name in node.after:
                index = self.index.get(name)
                if index is None:
                    self.odd = True
                else:
                    sources.add(index)
            sources.discard(-1)
            needs.append(len(sources))
            for index in sources:
                targets[index].append(order)
        for planned, waiting in zip(self.nodes, targets, strict=True):
            planned.targets = tuple(waiting)
        return needs

    def unreachable(self) -> set[str]:
        """The nodes that are never run: disabled, or needing one that is."""
        never: set[int] = set()
        for index in topological(self.nodes, self._needs()):
            node = self.nodes[index]
            if (
                node.special.disabled
                or any(single.required and single.place in never for single in node.singles)
                or any(
                    gather.required and all(source.place in never for source in gather.sources)
                    for gather in node.gathers
                )
            ):
                never.add(index)
        return {self.ids[index] for index in never}


def _gather(port: Port, sources: list[Source]) -> Gather:
    plain = all(source.adapter is None and not source.spread for source in sources)
    pairs = tuple((source.place, source.output) for source in sources) if plain else None
    return Gather(port.name, tuple(sources), port.required, pairs)


async def _missing(values: dict[str, Any], ctx: Any) -> Any:
    raise StepFailed("There is no such component.", code="unknown-component", retryable=False)
