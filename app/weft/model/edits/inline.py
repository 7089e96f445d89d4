"""A node that runs a flow replaced by the nodes of that flow: what `collapse` does, the other way round."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from weft.model.changes import AddNode, Change, RemoveNode, SetOutput, Transaction
from weft.model.edits.meaning import Meaning, free_name, rewired
from weft.model.errors import ChangeRefused
from weft.model.flow import NO_LIMITS, NO_OPTIONS, Flow, Node
from weft.model.refs import RESERVED

_AS_WRITTEN = Meaning()

MOST_EDGES = 1_000
"""Each is a change of its own, and what one costs grows with the edges beside it."""


def inline(
    flow: Flow, node_id: str, inner: Flow, *, outside: Meaning = _AS_WRITTEN, inside: Meaning = _AS_WRITTEN
) -> tuple[Transaction, list[str]]:
    """The transaction that puts the nodes of `inner` in the place of the node that runs it, and their ids.

    They keep their ids where these are free. Raises `ChangeRefused` with the reason where a run would not do the same.
    """
    if node_id not in flow.nodes:
        raise ChangeRefused(f"there is no node {node_id[:64]!r}.", code="unknown-node")
    inlining = _Inlining(flow, node_id, inner, outside, inside)
    inlining.refuse()
    return inlining.transaction(), list(inlining.ids.values())


class _Inlining:
    def __init__(self, flow: Flow, node_id: str, inner: Flow, outside: Meaning, inside: Meaning) -> None:
        self.flow, self.node_id, self.inner = flow, node_id, inner
        self.outside, self.inside = outside, inside
        self.node = flow.nodes[node_id]
        self.ids: dict[str, str] = {}
        for name in inner.nodes:
            self.ids[name] = free_name(name, {*flow.nodes, *self.ids.values(), *RESERVED})

    def refuse(self) -> None:
        node, inner = self.node, self.inner
        own = node.options.model_copy(
            update={
                "timeout": None if self.flow.defaults.timeout else node.options.timeout,
                "retries": node.options.retries or None,
            }
        )
        if own != NO_OPTIONS:
            raise _no(
                "it has options of its own, which hold for it as a whole.",
                "own-options",
                "Take them off first.",
            )
        if node.after or any(self.node_id in other.after for other in self.flow.nodes.values()):
            raise _no(
                "it is ordered before or after another node.", "order-crosses", "Take that order away first."
            )
        used = sum(
            1
            for other in self.flow.nodes.values()
            for port in other.inputs
            for text in other.refs(port)
            if text.partition(".")[0] == self.node_id
        )
        if used > MOST_EDGES:
            raise _no(
                f"{used:,} edges come from it, and {MOST_EDGES:,} are the most that are moved at once.",
                "too-many-edges",
                "Let one node gather what it gives first.",
            )
        if self.inside.state or inner.state or "save" in node.params:
            raise _no(
                "the flow inside has a state of its own.", "uses-state", "Give its values by edges first."
            )
        outer = self.flow.defaults.model_copy(update={"budget": NO_LIMITS})
        if inner.defaults != outer:
            raise _no(
                "its model, instructions or limits are others than this flow's.",
                "other-defaults",
                "Write them at its nodes, or make them equal.",
            )

    def transaction(self) -> Transaction:
        index = list(self.flow.nodes).index(self.node_id)
        changes: list[Change] = [
            AddNode(id=self.ids[name], node=self._moved(name), at=self._place(name), index=index + 1 + i)
            for i, name in enumerate(self.inner.nodes)
        ]
        changes += [*self._consumers(), *self._flow_outputs(), RemoveNode(id=self.node_id)]
        return Transaction(
            changes=tuple(changes), label=f"Put the flow of {self.node.title or self.node_id} in its place"
        )

    def _moved(self, name: str) -> Node:
        node = self.inner.nodes[name]
        inputs: dict[str, str | list[str]] = {}
        params: dict[str, Any] = dict(node.params)
        for port, refs in node.inputs.items():
            if isinstance(refs, list):
                inputs[port] = [text for one in refs if (text := self._listed(one, name, port))]
            elif (input_name := _input(refs)) is None:
                inputs[port] = self._renamed(refs)
            elif (text := self._wired(input_name)) is not None:
                inputs[port] = text
            elif (found := self._value(input_name)) is not None:
                params[port] = found[0]
        after = [self.ids.get(first, first) for first in node.after]
        return node.model_copy(update={"inputs": inputs, "params": params, "after": after})

    def _listed(self, text: str, name: str, port: str) -> str:
        input_name = _input(text)
        if input_name is None:
            return self._renamed(text)
        wired = self._wired(input_name)
        if wired is None and self._value(input_name) is not None:
            raise _no(
                f"the value typed for {input_name!r} goes into a list of {name!r}, and only edges can.",
                "value-in-list",
                "Wire it first.",
            )
        return wired or ""

    def _renamed(self, text: str) -> str:
        head, dot, tail = text.partition(".")
        return f"{self.ids.get(head, head)}{dot}{tail}"

    def _wired(self, name: str) -> str | None:
        """What is wired into an input of the subtask, as any reader would understand it."""
        refs = self.node.refs(name)
        if not refs:
            return None
        if len(refs) > 1 or isinstance(self.node.inputs[name], list):
            raise _no(f"several edges may go into its input {name!r}.", "several-edges", "Join them first.")
        exact = self.outside.exact(refs[0], self.node_id, name)
        given, taken = (
            self.outside.type_of(exact),
            self.inner.inputs[name].type if name in self.inner.inputs else "any",
        )
        if given != taken and "any" not in (given, taken):
            raise _no(
                f"{name!r} takes {taken} and is given {given}, which it converts.",
                "converts",
                "Convert it by a node.",
            )
        return self.outside.sure(exact)

    def _value(self, name: str) -> tuple[Any] | None:
        """What an input that isn't wired has: typed in by hand, or its default."""
        declared = self.inner.inputs.get(name)
        if name in self.node.params:
            value = self.node.params[name]
        elif declared is not None and declared.has_default:
            value = declared.default
        else:
            return None
        if isinstance(value, str) and "{{" in value:
            raise _no(
                f"the value of {name!r} has braces, which a template would fill in.",
                "braces",
                "Wire it first.",
            )
        return (value,)

    def _outputs(self) -> dict[str, str]:
        return dict(self.inner.outputs) or {name: name for name in self.inner.sinks()}

    def _output(self, text: str) -> str | None:
        """What a reference to the subtask becomes; None if it is one to another node."""
        head, _, port = text.partition(".")
        if head != self.node_id:
            return None
        outputs = self._outputs()
        wanted = outputs.get(port) if port else next(iter(outputs.values()), None)
        if wanted is None:
            raise _no(
                f"it has no output {port!r}, which {text!r} means.",
                "unknown-output",
                "Solve that problem first.",
            )
        input_name = _input(wanted)
        if input_name is None:
            return self._renamed(self.inside.sure(self.inside.exact(wanted, "", "")))
        wired = self._wired(input_name)
        if wired is None:
            raise _no(
                f"its output {port or 'of that name'!r} is a value typed in by hand.",
                "value-output",
                "Wire it first.",
            )
        return wired

    def _consumers(self) -> Iterable[Change]:
        for name, node in self.flow.nodes.items():
            for port in node.inputs:
                texts = [self._output(text) for text in node.refs(port)]
                if any(texts):
                    yield from rewired(self.flow, name, port, texts)

    def _flow_outputs(self) -> list[Change]:
        sinks = self.flow.sinks()
        named = self.flow.outputs or ({name: name for name in sinks} if self.node_id in sinks else {})
        return [
            SetOutput(name=name, ref=ref or text)
            for name, text in named.items()
            if (ref := self._output(text)) is not None or not self.flow.outputs
        ]

    def _place(self, name: str) -> tuple[int, int] | None:
        at, places = self.flow.layout.nodes.get(self.node_id), self.inner.layout.nodes
        known = [places[one] for one in self.inner.nodes if one in places]
        if at is None or name not in places:
            return None
        x, y = (sum(place[axis] for place in known) // len(known) for axis in (0, 1))
        return places[name][0] - x + at[0], places[name][1] - y + at[1]


def _input(text: str) -> str | None:
    head, dot, tail = text.partition(".")
    return tail if dot and head == "inputs" else None


def _no(why: str, code: str, hint: str) -> ChangeRefused:
    return ChangeRefused(f"This flow can't be put in its place: {why}", code=code, hint=hint)
