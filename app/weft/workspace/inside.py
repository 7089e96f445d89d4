"""The flow written inside a node, open as a document of its own: edits of it are edits of the flow around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from weft.catalog import Ports
from weft.engine.check.incremental import Checker
from weft.model import Flow, Problem, from_json, to_json
from weft.model.apply import apply
from weft.model.changes import SetParam, Transaction
from weft.model.errors import ChangeRefused, NotFound
from weft.workspace import outside
from weft.workspace.documents import OpenDocument
from weft.workspace.told import Applied, Event, Listener


def inside(document: OpenDocument, path: Sequence[str]) -> OpenDocument:
    """The document of the flow inside these nodes, each inside the one before; `document` itself for none.

    Raises `NotFound` when a node isn't there or has no flow written in it.
    """
    for node in path:
        document = cast(OpenDocument, InnerDocument(document, node))
    return document


class InnerDocument:
    """As an `OpenDocument`, for one tab. What isn't about the flow itself is that of the flow around it: revisions,
    who undoes what, the file. The whole inner flow is one param there; a tab beside it sees what differs."""

    def __init__(self, outer: OpenDocument, node: str) -> None:
        self.outer, self.node = outer, node
        self.port, self._value = _written(outer, node)
        self._flow = from_json(self._value)
        self._checker = Checker(outer.workspace.catalog)
        self._making: tuple[Transaction, Transaction, Flow] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.outer, name)

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """The nodes on the way here, from the outermost: id and title, "" without one."""
        above: list[tuple[str, str]] = getattr(self.outer, "crumbs", [])
        node = self.outer.flow.nodes.get(self.node)
        return [*above, (self.node, node.title if node else "")]

    @property
    def flow(self) -> Flow:
        return self._flow

    @property
    def ports(self) -> Mapping[str, Ports]:
        return self._checker.ports(self._flow)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._checker.problems(self._flow)

    def submit(self, tx: Transaction, person: str) -> Applied:
        """Apply a transaction to the inner flow: one change of the flow around it, under the same name."""
        if self.node not in self.outer.flow.nodes:
            raise ChangeRefused(
                f"the node {self.node!r} is gone.", code="unknown-node", hint="Go back to the flow."
            )
        flow, inverse = apply(self._flow, tx)
        value = to_json(flow)
        whole = SetParam(node=self.node, name=self.port, value=value)
        self._making = tx, inverse, flow
        try:
            done = self.outer.submit(
                Transaction(changes=(whole,), label=tx.label, source=tx.source, op_id=tx.op_id), person
            )
        finally:
            self._making = None
        return self._told(done, tx, inverse)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """As the document around does: what is edited there is told as what it changes here, perhaps nothing."""
        return self.outer.subscribe(lambda event: listener(self._heard(event)))

    def _heard(self, event: Event) -> Event:
        if not isinstance(event, Applied):
            return event
        if self._making is not None:
            tx, inverse, self._flow = self._making
            _, self._value = _written(self.outer, self.node)
            return self._told(event, tx, inverse)
        before = self._flow
        try:
            _, value = _written(self.outer, self.node)
        except NotFound:
            value = self._value  # it was taken away: what was here last stays to be read
        if value is not self._value and value != self._value:
            self._flow = from_json(value)
        self._value = value
        nothing = Transaction(changes=(), label=event.tx.label, source=event.tx.source, op_id=event.tx.op_id)
        tx, inverse = outside.replacement(before, self._flow) or (nothing, nothing)
        return self._told(event, tx.model_copy(update={"op_id": event.tx.op_id}), inverse)

    def _told(self, event: Applied, tx: Transaction, inverse: Transaction) -> Applied:
        return Applied(event.rev, tx, inverse, self.ports, self.problems, event.person, event.kind, event.of)


def _written(outer: OpenDocument, node: str) -> tuple[str, dict[str, Any]]:
    """The port of a node that a flow is written at, and that flow."""
    there = outer.flow.nodes.get(node)
    if there is None:
        raise NotFound(
            f"There is no node {node[:64]!r} in this flow.", hint="It may have been renamed or deleted."
        )
    ports = outer.ports.get(node)
    for port in ports.inputs if ports else ():
        value = there.params.get(port.name)
        if port.type.kind == "flow" and isinstance(value, dict):
            return port.name, cast("dict[str, Any]", value)
    raise NotFound(
        f"No flow is written inside {node[:64]!r}.", hint="Only a flow written in place is edited here."
    )
