"""The flow written inside a node, open as a document of its own: edits of it are edits of the flow around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from weft.catalog import Ports
from weft.engine.check.incremental import Checker
from weft.model import Flow, Problem, from_json, to_json
from weft.model.changes import RenameNode, Restore, Transaction, Within
from weft.model.edits import apply
from weft.model.errors import ChangeRefused, NotFound
from weft.model.parts import alike
from weft.workspace.editing import outside
from weft.workspace.editing.documents import OpenDocument
from weft.workspace.editing.told import Applied, Event, Listener


def inside(document: OpenDocument, path: Sequence[str]) -> OpenDocument:
    """The document of the flow inside these nodes, each inside the one before; `document` itself for none.

    Raises `NotFound` when a node isn't there or has no flow written in it.
    """
    for node in path:
        document = cast(OpenDocument, InnerDocument(document, node))
    return document


class InnerDocument:
    """As an `OpenDocument`, for one tab. What isn't about the flow itself is that of the flow around it: revisions,
    who undoes what, the file. What is edited here is told there as changes `within` the node, one by one, so that
    others may edit the same flow meanwhile."""

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
    def readers(self) -> Mapping[str, set[str]]:
        return self._checker.readers(self._flow)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._checker.problems(self._flow)

    @property
    def whole(self) -> OpenDocument:
        """The flow of the workspace that all of this is written in."""
        return whole(self.outer)

    @property
    def place(self) -> tuple[str, ...]:
        """The nodes on the way here, from the outermost, as they are called now."""
        return (*place(self.outer), self.node)

    @property
    def gone(self) -> bool:
        """Whether the flow isn't there any more: its node was deleted, or runs another flow now."""
        try:
            _written(self.outer, self.node)
        except NotFound:
            return True
        return bool(getattr(self.outer, "gone", False))

    def submit(self, tx: Transaction, person: str) -> Applied:
        """Apply a transaction to the inner flow: one change of the flow around it, under the same name."""
        if self.gone:
            raise ChangeRefused(
                f"there is no flow in the node {self.node!r} any more.",
                code="no-inner-flow",
                hint="Go back to the flow around it.",
            )
        flow, inverse = apply(self._flow, tx)
        within = Within(node=self.node, port=self.port, changes=tx.changes)
        self._making = tx, inverse, flow
        try:
            done = self.outer.submit(tx.model_copy(update={"changes": (within,)}), person)
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
        self._follow_name(event.tx)
        try:
            _, value = _written(self.outer, self.node)
        except NotFound:
            value = self._value  # it was taken away: what was here last stays to be read
        before, known, self._value = self._flow, self._value, value
        tx, inverse = self._here(event.tx) if value is not known else _nothing(event.tx)
        if tx is None or inverse is None:
            self._flow = from_json(value)
            tx, inverse = outside.replacement(before, self._flow) or _nothing(event.tx)
        named = {"label": event.tx.label, "source": event.tx.source, "op_id": event.tx.op_id}
        return self._told(event, tx.model_copy(update=named), inverse)

    def _here(self, tx: Transaction) -> tuple[Transaction, Transaction] | tuple[None, None]:
        """The changes that were made within this flow, made here too; None where that isn't all that became of it."""
        mine = [change for change in tx.changes if isinstance(change, Within) and change.node == self.node]
        here = tx.model_copy(update={"changes": tuple(one for change in mine for one in change.changes)})
        try:
            flow, inverse = apply(self._flow, here)
        except ChangeRefused:
            return None, None
        if not alike(to_json(flow), to_json(from_json(self._value))):
            return None, None
        self._flow = flow
        return here, inverse

    def _follow_name(self, tx: Transaction) -> None:
        for change in tx.changes:
            if isinstance(change, RenameNode) and change.id == self.node:
                self.node = change.to
            elif isinstance(change, Restore) and change.path == ("nodes", self.node, "id"):
                self.node = str(change.value)

    def _told(self, event: Applied, tx: Transaction, inverse: Transaction) -> Applied:
        return Applied(event.rev, tx, inverse, self.ports, self.problems, event.person, event.kind, event.of)


def whole(document: OpenDocument) -> OpenDocument:
    """The flow of the workspace that a document is, or is written in."""
    return document.whole if isinstance(document, InnerDocument) else document  # pyright: ignore[reportUnnecessaryIsInstance]


def place(document: OpenDocument) -> tuple[str, ...]:
    """The nodes on the way to the flow of a document: none for a flow of the workspace itself."""
    return document.place if isinstance(document, InnerDocument) else ()  # pyright: ignore[reportUnnecessaryIsInstance]


def _nothing(tx: Transaction) -> tuple[Transaction, Transaction]:
    nothing = tx.model_copy(update={"changes": ()})
    return nothing, nothing


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
