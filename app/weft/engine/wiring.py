"""The edges of a plan: references become places, and everyone learns whom they wait for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from weft.catalog.fits import ADAPTERS, Adapter
from weft.catalog.ports import Port, Ports
from weft.engine.planned import Gather, Source
from weft.engine.reading import Fits, main_output
from weft.model.flow import Flow, Node
from weft.model.refs import parse_ref


class Joint(NamedTuple):
    """How an output goes into a port."""

    output: str
    adapter: Adapter | None
    spread: bool


class Wiring:
    """Made node by node, in the order of the plan. `ports` are those of the nodes by place, and at the end, in place
    -1, the inputs of the flow as outputs."""

    def __init__(self, flow: Flow, ports: list[Ports]) -> None:
        self.odd = False
        """Whether an edge was seen that the check has to look at; it is left out."""
        self.needs: list[int] = []
        """How many nodes each node waits for."""
        self.targets: list[list[int]] = [[] for _ in flow.nodes]
        """Who waits for it."""
        self._flow = flow
        self._ids = list(flow.nodes)
        self._index = {node_id: place for place, node_id in enumerate(self._ids)}
        self._ports = ports
        self._fits = Fits()
        self._joints: dict[tuple[int, int], Joint | None] = {}

    def edges(self, node: Node, ports: Mapping[str, Port]) -> tuple[tuple[Source, ...], tuple[Gather, ...]]:
        """What is wired into the next node, single ports and list ports."""
        singles: list[Source] = []
        gathers: list[Gather] = []
        before: list[int] = []
        index, joints, parts = self._index, self._joints, self._ports
        for name, refs in node.inputs.items():
            port = ports.get(name)
            if port is None:
                self.odd = True
                continue
            many = port.many
            texts = (refs,) if type(refs) is str else refs
            found: list[Source] = [] if many else singles
            plain = many
            if len(texts) > 1 and not many:
                self.odd = True
            for text in texts:
                place = index.get(text)
                if place is None:
                    place, joint = self._named_joint(text, port)
                else:
                    source = parts[place]
                    key = (id(source), id(port))
                    joint = joints[key] if key in joints else self._main_joint(key, source, port)
                if joint is None:
                    self.odd = True
                    continue
                output, adapter, spread = joint
                label = ""
                if adapter is not None:
                    label, plain = self._label(place, output), False
                elif spread:
                    plain = False
                found.append(_new(Source, (name, place, output, adapter, label, port.required, spread)))
                before.append(place)
            if many:
                pairs = tuple([(source[1], source[2]) for source in found]) if plain else None
                gathers.append(_new(Gather, (name, tuple(found), port.required, pairs)))
        for name in node.after:
            place = index.get(name)
            if place is None:
                self.odd = True
            else:
                before.append(place)
        self._wait_for(before)
        return tuple(singles), tuple(gathers)

    def output(self, text: str) -> tuple[int, str] | None:
        """The place and the output that a reference means; None if there is none."""
        place = self._index.get(text)
        port = main_output(self._ports[place], None) if place is not None else None
        if place is None:
            place, port = self._named(text)
        if port is None:
            self.odd = True
            return None
        return place, port.name

    def waits(self) -> list[int]:
        """How many nodes each node waits for, counted anew: running changes nothing of a plan, but ranking does."""
        counts = [0] * len(self.targets)
        for targets in self.targets:
            for target in targets:
                counts[target] += 1
        return counts

    def _wait_for(self, before: list[int]) -> None:
        order = len(self.needs)
        places = set(before) if len(before) > 1 else before
        count = 0
        for place in places:
            if place >= 0:
                self.targets[place].append(order)
                count += 1
        self.needs.append(count)

    # --- what a reference means ---

    def _main_joint(self, key: tuple[int, int], source: Ports, port: Port) -> Joint | None:
        """From the main output, or the one with messages; worked out once for each pair of ports."""
        joint = self._joints[key] = self._joint(main_output(source, port.type), port)
        return joint

    def _named_joint(self, text: str, port: Port) -> tuple[int, Joint | None]:
        place, output = self._named(text)
        return place, self._joint(output, port)

    def _named(self, text: str) -> tuple[int, Port | None]:
        try:
            ref = parse_ref(text)
        except ValueError:
            return -1, None
        place = -1 if ref.is_input else self._index.get(ref.node)
        if place is None or ref.port is None:
            return -1, None
        return place, self._ports[place].output(ref.port)

    def _joint(self, output: Port | None, port: Port) -> Joint | None:
        if output is None:
            return None
        fit = self._fits.of(output.type, port.type)
        if not fit.ok:
            return None
        adapter = ADAPTERS[fit.adapter] if fit.adapter else None
        return Joint(output.name, adapter, port.many and output.type.item is not None)

    def _label(self, place: int, output: str) -> str:
        if place < 0:
            return output
        node_id = self._ids[place]
        return self._flow.nodes[node_id].title or node_id


_new: Any = cast("Any", tuple).__new__  # half the time of calling the class
