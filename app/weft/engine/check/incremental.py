"""Checking a flow again and again while it is edited, at the price of what was changed.

`apply` shares every node it doesn't touch between two revisions, so what has changed is seen by identity. A node that
was sound stays so while it is the same node and its sources have the same ports; nodes with problems are asked again
each time, for what they say (a name that is near, a fix that can be applied) depends on the flow as a whole. What is
found is what `check` finds, which a test keeps so over random transactions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from weft.catalog.loader import Catalog
from weft.catalog.ports import Ports
from weft.engine.check import check, edges, flows, interface, nodes, order, state
from weft.engine.check.seen import Seen
from weft.engine.check.state import Touch
from weft.engine.reading import Fits, ports_beside
from weft.model.flow import Flow, Node
from weft.model.problems import Problem
from weft.model.unknown import node_problems, problems_beside_nodes


class Checker:
    """Follows one flow from revision to revision. Make another when the catalog, or a flow it names, is another."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._known: _Known | None = None
        self._problems: tuple[Problem, ...] = ()
        self._asked = False
        self._ports: Mapping[str, Ports] | None = None

    def problems(self, flow: Flow) -> tuple[Problem, ...]:
        """As `check`."""
        known = self._at(flow)
        if not self._asked:
            self._asked = True
            answer = known.problems()
            found = tuple(check(flow, self.catalog) if answer is None else answer)
            if found != self._problems:  # the same tuple as before says that nothing is new
                self._problems = found
        return self._problems

    def ports(self, flow: Flow) -> Mapping[str, Ports]:
        """As `ports_of`."""
        known = self._at(flow)
        if self._ports is None:
            self._ports = ports_beside(flow, known.seen.ports)
        return self._ports

    def readers(self, flow: Flow) -> Mapping[str, set[str]]:
        """Who waits for each node, be it there or not, and under `inputs` who takes an input of the flow. Not to be
        changed, and true until the next question."""
        return self._at(flow).readers

    def _at(self, flow: Flow) -> _Known:
        known = self._known
        if (
            known is None
            or known.seen.flow.defaults != flow.defaults
            or known.seen.flow.origin != flow.origin
        ):
            known = self._known = _Known(flow, self.catalog)
        elif known.seen.flow is not flow:
            known.move(flow)
        else:
            return known
        self._asked, self._ports = False, None
        return known


class _Known:
    """What is known of a flow, node by node, and which nodes are to be asked anew."""

    def __init__(self, flow: Flow, catalog: Catalog) -> None:
        self.seen = Seen(flow, catalog)
        self._fits = Fits()
        self._mentions: dict[str, list[str]] = {}
        """The nodes that each waits for, whether they are there or not."""
        self.readers: dict[str, set[str]] = {}
        """Who waits for a node; for `inputs`, who takes an input of the flow."""
        self._read: Counter[str] = Counter()
        """How many edges come from each input of the flow."""
        self._taken: Counter[str] = Counter()
        """How many edges come from each node."""
        self._touches: dict[str, list[Touch]] = {}
        self._state_sound = False
        self._runs_flows: set[str] = set()
        self._odd = set(flow.nodes)
        """Nodes to be asked anew: not sound when last asked, or changed since, or what they build on has."""
        for node_id in flow.nodes:
            self._learn(node_id)

    # --- from one revision to the next ---

    def move(self, flow: Flow) -> None:
        """Take in what is another in the next revision."""
        seen, before = self.seen, self.seen.flow
        old, new = before.nodes, flow.nodes
        changed = [node_id for node_id, node in new.items() if old.get(node_id) is not node]
        come = [node_id for node_id in changed if node_id not in old]
        gone = [node_id for node_id in old if node_id not in new] if len(old) + len(come) != len(new) else []
        touched = {*changed, *gone, *self._runs_flows}
        ports = {node_id: seen.ports.get(node_id) for node_id in touched}
        mentions = {node_id: self._mentions.get(node_id) for node_id in touched}
        for node_id in touched:
            if node_id in old:
                self._forget(node_id)
        seen.turn_to(flow)
        for node_id in touched.difference(gone):
            seen.read(node_id, new[node_id])
            self._learn(node_id)
        for node_id in touched:
            if node_id in come or node_id in gone or seen.ports.get(node_id) != ports[node_id]:
                self._odd |= self.readers.get(node_id, set())
        if flow.inputs is not before.inputs:
            self._odd |= self.readers.get("inputs", set())
        self._odd = (self._odd | touched).difference(gone)
        moved = any(self._mentions.get(node_id) != mentions[node_id] for node_id in touched)
        if moved or come or gone or (new is not old and list(new) != list(old)):
            self._reorder()
        if flow.state is not before.state:
            self._state_sound = False

    def _reorder(self) -> None:
        """Who runs before whom is to be worked out anew."""
        for name in ("ordering", "order"):
            self.seen.__dict__.pop(name, None)
        self._state_sound = False

    def _learn(self, node_id: str) -> None:
        seen, kind = self.seen, self.seen.kinds.get(node_id)
        self._mentions[node_id] = seen.waits_for(node_id)
        self._count(node_id, 1)
        for name in self._mentions[node_id]:
            self.readers.setdefault(name, set()).add(node_id)
        if touches := list(state.touches_of(seen, node_id)):
            self._touches[node_id] = touches
            self._state_sound = False
        if kind is not None and kind.flow_ports:
            self._runs_flows.add(node_id)

    def _forget(self, node_id: str) -> None:
        seen = self.seen
        self._count(node_id, -1)
        for name in ("inputs", *self._mentions.pop(node_id)):
            self.readers.get(name, set()).discard(node_id)
        for known in (seen.kinds, seen.params, seen.ports, seen.links):
            known.pop(node_id, None)
        if self._touches.pop(node_id, None):
            self._state_sound = False
        self._runs_flows.discard(node_id)

    def _count(self, node_id: str, by: int) -> None:
        for link in self.seen.links_of(node_id):
            if link.ref is None:
                continue
            self._taken[link.ref.node] += by
            if link.ref.is_input and link.ref.port is not None:
                self._read[link.ref.port] += by
                self.readers.setdefault("inputs", set()).add(node_id)

    # --- asking ---

    def problems(self) -> list[Problem] | None:
        """What `check` finds; None if it would have stopped guessing, for then it matters what is asked first."""
        seen, nodes_of = self.seen, self.seen.flow.nodes
        seen.inputs_read, seen.taken = +self._read, +self._taken
        found = [*problems_beside_nodes(seen.flow), *interface.problems(seen)]
        unsound: set[str] = set()
        for node_id in self._odd:
            problems = list(self._of_node(node_id, nodes_of[node_id]))
            if problems:
                unsound.add(node_id)
                found += problems
        for node_id in self._runs_flows:
            found += flows.of_node(seen, node_id, seen.kinds[node_id])
        found += order.problems(seen)
        if self._touches and not self._state_sound:
            touches = [
                touch for node_id in nodes_of if node_id in self._touches for touch in self._touches[node_id]
            ]
            races = list(state.among(seen, touches))
            found += races
            self._state_sound = not races
        if seen.guessed_enough:
            return None
        self._odd = unsound
        if found:
            place: dict[str | None, int] = {node_id: index for index, node_id in enumerate(nodes_of)}
            found.sort(key=lambda problem: place.get(problem.node, -1))
        return found

    def _of_node(self, node_id: str, node: Node) -> Iterator[Problem]:
        yield from node_problems(node_id, node)
        yield from nodes.of_node(self.seen, node_id, node)
        yield from edges.of_node(self.seen, node_id, node, self._fits)
