"""Nodes of a flow made one node that runs them as a flow of its own, with its interface worked out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from weft.model.changes import AddNode, Change, RemoveNode, SetOutput, Transaction
from weft.model.cycles import sources
from weft.model.edits.meaning import Meaning, free_name, rewired
from weft.model.errors import ChangeRefused
from weft.model.flow import NO_LIMITS, NO_OPTIONS, Flow, FlowInput, Layout, Node
from weft.model.refs import RESERVED, parse_ref
from weft.model.text import to_json

_AS_WRITTEN = Meaning()
TAKEN = frozenset({*RESERVED, "flow", "save", "ctx"})
"""Names that an input of a subtask can't have: the component has a use of its own for them."""


def collapse(
    flow: Flow,
    nodes: Collection[str],
    *,
    meaning: Meaning = _AS_WRITTEN,
    component: str = "subtask",
    title: str = "",
) -> tuple[Transaction, str]:
    """The transaction that puts a subtask in the place of `nodes`, and the id of the subtask.

    Whatever comes to them from outside is an input of it, whatever of theirs is used outside an output; their ids,
    params and options stay as they are. Raises `ChangeRefused` with the reason where a run would not do the same.
    A value that doesn't come at all (a way that a branch didn't take) concerns the subtask as a whole.
    """
    inside = [name for name in flow.nodes if name in set(nodes)]
    _refuse(flow, nodes, inside, meaning)
    collapsing = _Collapsing(flow, inside, meaning, free_name(title or component, {*flow.nodes, *RESERVED}))
    return collapsing.transaction(component, title), collapsing.sub


def _refuse(flow: Flow, nodes: Collection[str], inside: list[str], meaning: Meaning) -> None:
    if not inside:
        raise ChangeRefused("Select the nodes that a subtask should run.", code="nothing-selected")
    if unknown := [name for name in nodes if name not in flow.nodes]:
        raise ChangeRefused(f"there is no node {unknown[0][:64]!r}.", code="unknown-node")
    if touching := [name for name in inside if name in meaning.state]:
        raise ChangeRefused(
            f"{touching[0]!r} reads or writes the flow's state, and a subtask has a state of its own.",
            code="uses-state",
            hint="Leave it outside, or give the value by an edge.",
        )
    if path := _around(flow, set(inside)):
        raise ChangeRefused(
            f"a cycle would arise: {' → '.join(path)} leaves what is selected and comes back.",
            code="cycle",
            hint=f"Select {path[1]!r} too.",
        )
    for name, node in flow.nodes.items():
        for first in node.after:
            if (name in inside) != (first in inside) and first in flow.nodes:
                raise ChangeRefused(
                    f"{name!r} comes after {first!r}, and only one of them would be inside.",
                    code="order-crosses",
                    hint="Select both, or take that order away first.",
                )


def _around(flow: Flow, inside: set[str]) -> list[str]:
    """A way from a node inside through one outside to one inside again; empty if there is none."""
    below: dict[str, list[str]] = {}
    for name, node in flow.nodes.items():
        for source in sources(node):
            below.setdefault(source, []).append(name)
    came: dict[str, str] = {}
    for name in inside:
        for reader in below.get(name, ()):
            if reader not in inside:
                came.setdefault(reader, name)
    queue = list(came)
    for name in queue:
        for reader in below.get(name, ()):
            if reader in inside:
                path = [reader, name]
                while path[-1] not in inside:
                    path.append(came[path[-1]])
                return path[::-1]
            if reader not in came:
                came[reader] = name
                queue.append(reader)
    return []


class _Collapsing:
    """One use of `collapse`: the interface grows as references are met."""

    def __init__(self, flow: Flow, inside: list[str], meaning: Meaning, sub: str) -> None:
        self.flow, self.inside, self.meaning, self.sub = flow, inside, meaning, sub
        self.inputs: dict[str, str] = {}  # name of the input, by the exact reference it is wired to
        self.outputs: dict[str, str] = {}  # name of the output, by the exact reference inside

    def transaction(self, component: str, title: str) -> Transaction:
        nodes = {name: self._moved(name) for name in self.inside}
        outer = [*self._consumers(), *self._flow_outputs()]
        inner = self._inner(nodes, title)
        index = list(self.flow.nodes).index(self.inside[0])
        place, _ = self._places()
        made = AddNode(id=self.sub, node=self._node(component, title, inner), at=place, index=index)
        gone = [RemoveNode(id=name) for name in self.inside]
        what = title or (f"{len(self.inside)} nodes" if len(self.inside) > 1 else self.inside[0])
        return Transaction(changes=(made, *outer, *gone), label=f"Collapse {what} into a subtask")

    # Inside

    def _moved(self, name: str) -> Node:
        """The node as it stands inside: what came from outside comes from an input."""
        node = self.flow.nodes[name]
        inputs = {
            port: self._from(refs, name, port)
            if isinstance(refs, str)
            else [self._from(text, name, port) for text in refs]
            for port, refs in node.inputs.items()
        }
        return node.model_copy(update={"inputs": inputs})

    def _from(self, text: str, node: str, port: str) -> str:
        if _source(text) in self.inside:
            return text
        exact = self.meaning.exact(text, node, port)
        if exact not in self.inputs:
            self.inputs[exact] = free_name(_name(text, exact), {*self.inputs.values(), *TAKEN})
        return f"inputs.{self.inputs[exact]}"

    def _inner(self, nodes: Mapping[str, Node], title: str) -> Flow:
        _, places = self._places()
        return Flow(
            name=title,
            inputs={name: FlowInput(type=self.meaning.type_of(exact)) for exact, name in self.inputs.items()},
            outputs={name: self.meaning.sure(exact) for exact, name in self.outputs.items()},
            defaults=self.flow.defaults.model_copy(update={"budget": NO_LIMITS}),
            nodes=dict(nodes),
            layout=Layout(nodes=places),
        )

    def _node(self, component: str, title: str, inner: Flow) -> Node:
        """Deadlines and retries of the flow hold for each node inside; the subtask itself is not to add its own."""
        defaults = self.flow.defaults
        options = NO_OPTIONS.model_copy(
            update={
                "timeout": _longest(inner) if defaults.timeout else None,
                "retries": 0 if defaults.retries else None,
            }
        )
        return Node(
            component=component,
            title=title,
            params={"flow": to_json(inner)},
            inputs={name: self.meaning.sure(exact) for exact, name in self.inputs.items()},
            options=options,
        )

    # Outside

    def _consumers(self) -> Iterable[Change]:
        for name, node in self.flow.nodes.items():
            if name in self.inside:
                continue
            for port in node.inputs:
                texts = [self._output(text, name, port) for text in node.refs(port)]
                if any(texts):
                    yield from rewired(self.flow, name, port, texts)

    def _flow_outputs(self) -> list[Change]:
        """Without outputs of its own a flow gives what its last nodes give: then they are named from now on."""
        sinks = self.flow.sinks()
        named = self.flow.outputs or ({name: name for name in sinks} if set(sinks) & set(self.inside) else {})
        changes: list[Change] = []
        for name, text in named.items():
            ref = self._output(text, "", "")
            if ref is not None or not self.flow.outputs:
                changes.append(SetOutput(name=name, ref=ref or text))
        return changes

    def _output(self, text: str, node: str, port: str) -> str | None:
        """The reference to the subtask that means what `text` means; None if that is not inside."""
        if _source(text) not in self.inside:
            return None
        exact = self.meaning.exact(text, node, port)
        if exact not in self.outputs:
            self.outputs[exact] = free_name(_name(text, exact), {*self.outputs.values(), *TAKEN})
        first = next(iter(self.outputs)) == exact
        return self.sub if first else f"{self.sub}.{self.outputs[exact]}"

    def _places(self) -> tuple[tuple[int, int] | None, dict[str, tuple[int, int]]]:
        """Where the subtask stands, and the nodes inside it: as they stood to each other."""
        known = self.flow.layout.nodes
        places = {name: known[name] for name in self.inside if name in known}
        if not places:
            return None, {}
        x, y = (min(place[axis] for place in places.values()) for axis in (0, 1))
        middle = sum(place[0] for place in places.values()) // len(places)
        level = sum(place[1] for place in places.values()) // len(places)
        moved = {name: (at[0] - x + 320, at[1] - y) for name, at in places.items()}
        return (middle, level), moved


def _longest(inner: Flow) -> float:
    """Seconds that the nodes of a flow may take one after the other, every attempt of each."""
    flow = inner.defaults
    return sum(
        (node.options.timeout or flow.timeout or 0)
        * (1 + (flow.retries or 0 if node.options.retries is None else node.options.retries))
        for node in inner.nodes.values()
    )


def _source(text: str) -> str:
    return text.partition(".")[0]


def _name(text: str, exact: str) -> str:
    """What to call a value: as the input of the flow, or after its node, and its port if that isn't the main one."""
    try:
        ref = parse_ref(exact if text != exact and "." in text else text)
    except ValueError:
        return text
    if ref.is_input:
        return ref.port or ""
    return ref.node if ref.port is None else f"{ref.node}_{ref.port}"
