"""A flow while it is being changed: copies what is written to, once, and remembers how to take it back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from weft.model.changes import Edit, Restore
from weft.model.edits.entries import Entries
from weft.model.errors import ChangeRefused
from weft.model.flow import Flow, FlowInput, Inputs, Node
from weft.model.nearest import nearest
from weft.model.refs import Ref


class NewEdge(NamedTuple):
    """An edge, or an `after`, that a change asked for; `change` is that change's index in its transaction."""

    source: str
    target: str
    change: int


class Draft:
    """The sections of one flow, each copied before the first write to it.

    `referrers` come from an index that is made when first asked for, in one pass, so that a thousand removals cost one
    pass too. It may know of too many nodes, never of too few.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.new_edges: list[NewEdge] = []
        self._written: dict[str, Any] = {}
        self._entries: dict[str, Entries] = {}
        self._layout: dict[str, Any] = {}
        self._undo: list[Edit] = []
        self._referrers: dict[str, set[str]] | None = None
        self._change = 0

    # The transaction as a whole

    def now_at(self, index: int) -> None:
        """The changes that follow are the transaction's `index`-th."""
        self._change = index

    def undo_with(self, change: Edit) -> None:
        """Taking back starts with what was remembered last."""
        self._undo.append(change)

    def inverse(self) -> tuple[Any, ...]:
        """The changes that take everything back."""
        return tuple(reversed(self._undo))

    def done(self) -> Flow:
        """The changed flow; it shares with the old one whatever wasn't written to."""
        written = self._written | {name: entries.done() for name, entries in self._entries.items()}
        if self._layout:
            written["layout"] = self.flow.layout.model_copy(update=self._layout)
        return self.flow.model_copy(update=written) if written else self.flow

    def ask_for_edge(self, source: str, target: str) -> None:
        """Remember an edge that must not be on a cycle in the end."""
        self.new_edges.append(NewEdge(source, target, self._change))

    # Reading

    @property
    def nodes(self) -> dict[str, Node]:
        return self._by_name("nodes")

    @property
    def inputs(self) -> dict[str, FlowInput]:
        return self._by_name("inputs")

    @property
    def outputs(self) -> dict[str, str]:
        return self._by_name("outputs")

    @property
    def positions(self) -> dict[str, tuple[int, int]]:
        return self.drawn("nodes")

    def field(self, name: str) -> Any:
        """A field of the flow as it is by now."""
        return self._written.get(name, getattr(self.flow, name))

    def drawn(self, kind: str) -> dict[str, Any]:
        """`nodes`, `notes` or `frames` of the layout as they are by now."""
        return self._layout.get(kind, getattr(self.flow.layout, kind))

    def node(self, node_id: str) -> Node:
        """The node of that id, or a refusal with the nearest known one."""
        if node_id not in self.nodes:
            close = nearest(node_id, self.nodes)
            hint = f"Did you mean {close!r}?" if close else ""
            raise ChangeRefused(f"there is no node {node_id[:64]!r}.", code="unknown-node", hint=hint)
        return self.nodes[node_id]

    # Writing

    def put_field(self, name: str, value: Any) -> None:
        self._written[name] = value

    def put_node(self, node_id: str, node: Node, index: int | None = None) -> None:
        """Put a node in, or another in its place; a new one at `index`, or at the end."""
        self.section("nodes").put(node_id, node, index)
        if self._referrers is not None:
            for name in _mentions(node):
                self._referrers.setdefault(name, set()).add(node_id)

    def change_node(self, node_id: str, **fields: Any) -> None:
        self.put_node(node_id, self.node(node_id).model_copy(update=fields))

    def put_wired(
        self, node_id: str, port: str, refs: str | list[str] | None, index: int | None = None
    ) -> None:
        """Wire `refs` into a port, or with None nothing; a port that had nothing becomes the `index`-th, or the last."""
        wired: Inputs = dict(self.nodes[node_id].inputs)
        if refs is None:
            wired.pop(port, None)
        else:
            entries = Entries(wired)
            entries.put(port, refs, index)
            wired = entries.done()
        self.change_node(node_id, inputs=wired)

    def section(self, name: str) -> Entries:
        """`nodes`, `inputs` or `outputs`, to be written to. A node is put with `put_node`."""
        if name not in self._entries:
            self._entries[name] = Entries(getattr(self.flow, name))
        return self._entries[name]

    def draw(self, kind: str, name: str, value: Any) -> None:
        """Put something into the layout, or with None take it out."""
        if kind not in self._layout:
            self._layout[kind] = dict(getattr(self.flow.layout, kind))
        if value is None:
            self._layout[kind].pop(name, None)
        else:
            self._layout[kind][name] = value

    # References

    def referrers(self, target: Ref) -> list[str]:
        """The nodes that may refer to a node, or to an input of the flow, in a fixed order."""
        if self._referrers is None:
            self._referrers = {}
            for node_id, node in self.nodes.items():
                for name in _mentions(node):
                    self._referrers.setdefault(name, set()).add(node_id)
        return sorted(node_id for node_id in self._referrers.get(str(target), ()) if node_id in self.nodes)

    def keep_references(self, target: Ref) -> None:
        """Have the inverse put back, at its end, every place that refers to `target` by now, exactly as it is.

        For references that lead nowhere so far: what makes them lead somewhere can't tell them from others later.
        """
        for index, (output, ref) in reversed(list(enumerate(self.section("outputs").items()))):
            if target_of(ref) == target:
                self.undo_with(Restore(path=("outputs", output), value=ref, index=index))
        for node_id in self.referrers(target):
            node = self.nodes[node_id]
            if str(target) in node.after:
                self.undo_with(Restore(path=("nodes", node_id, "after"), value=node.after))
            for index, (port, refs) in reversed(list(enumerate(node.inputs.items()))):
                if any(target_of(ref) == target for ref in node.refs(port)):
                    self.undo_with(Restore(path=("nodes", node_id, "inputs", port), value=refs, index=index))

    def _by_name(self, name: str) -> dict[str, Any]:
        return self._entries[name].by_name if name in self._entries else getattr(self.flow, name)


def target_of(text: str) -> Ref:
    """What a reference, even a malformed one, leads to: a node as a whole, or one input of the flow."""
    head, dot, tail = text.partition(".")
    return Ref("inputs", tail) if dot and head == "inputs" else Ref(head)


def _mentions(node: Node) -> Iterator[str]:
    """What the node refers to, as the texts of `target_of`."""
    for refs in node.inputs.values():
        for text in (refs,) if isinstance(refs, str) else refs:
            head = text.partition(".")[0]
            yield text if head == "inputs" else head
    yield from node.after
