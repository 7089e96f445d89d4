"""The edges of a plan: references become places, and everyone learns whom they wait for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, cast

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
        self._joints: dict[int, dict[int, Joint | None]] = {}
        """How main outputs go into a port: by the identity of the port, then of the ports of the source."""

    def edges(self, node: Node, ports: Mapping[str, Port]) -> tuple[tuple[Source, ...], tuple[Gather, ...]]:
        """What is wired into the next node, single ports and list ports."""
        singles: list[Source] = []
        gathers: list[Gather] = []
        before: list[int] = []
        for name, refs in node.inputs.items():
            port = ports.get(name)
            if port is None:
                self.odd = True
                continue
            texts = (refs,) if type(refs) is str else refs
            if port.many:
                found: list[Source] = []
                plain = self._sources(port, texts, found)
                pairs = tuple([(source[1], source[2]) for source in found]) if plain else None
                gathers.append(_new(Gather, (name, tuple(found), port.required, pairs)))
            else:
                found = singles
                self._sources(port, texts, found)
                self.odd = self.odd or len(texts) > 1
            before += [source[1] for source in found]
        if node.after:
            before += self._after(node)
        self._wait_for(before)
        return tuple(singles), tuple(gathers)

    def _sources(self, port: Port, texts: Sequence[str], found: list[Source]) -> bool:
        """Find where the values of a port come from; whether each comes as one item, unchanged."""
        index, parts = self._index, self._ports
        name, required = port.name, port.required
        joints = self._joints.get(id(port))
        if joints is None:
            joints = self._joints[id(port)] = {}
        plain = True
        for text in texts:
            place = index.get(text)
            if place is None:
                place, joint = self._named_joint(text, port)
            else:
                source = parts[place]
                joint = joints.get(id(source), _UNKNOWN)
                if joint is _UNKNOWN:
                    joint = joints[id(source)] = self._joint(main_output(source, port.type), port)
            if joint is None:
                self.odd = True
                continue
            output, adapter, spread = joint
            label = "" if adapter is None else self._label(place, output)
            plain = plain and adapter is None and not spread
            found.append(_new(Source, (name, place, output, adapter, label, required, spread)))
        return plain

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
        needs, targets = self.needs, self.targets
        order = len(needs)
        count = 0
        for place in before if len(before) < 2 else set(before):
            if place >= 0:
                targets[place].append(order)
                count += 1
        needs.append(count)

    def _after(self, node: Node) -> list[int]:
        places = [self._index.get(name) for name in node.after]
        self.odd = self.odd or None in places
        return [place for place in places if place is not None]

    # --- what a reference means ---

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


_UNKNOWN: Final = Joint("", None, False)
_new: Any = cast("Any", tuple).__new__  # half the time of calling the class
