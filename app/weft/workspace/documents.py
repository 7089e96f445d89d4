"""The flows that are open: each one authoritative document, whoever edits it.

Every edit is a transaction, applied in one synchronous place, numbered, and told to all who listen. Opening a
document reads its file and checks it; nothing in it is executed.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from weft.catalog import Catalog, Ports
from weft.engine.check import check, ports_of
from weft.model import Flow, dumps
from weft.model.apply import apply
from weft.model.changes import Transaction
from weft.model.problems import Problem
from weft.workspace import atomic
from weft.workspace.difference import difference
from weft.workspace.flowfiles import read_flow
from weft.workspace.folder import Workspace
from weft.workspace.undo import Entry, Stacks, named, step_back

REMEMBERED = 10_000  # deliveries by op_id, for clients that repeat theirs after a lost connection
FILE = "file"
LAYOUT_OPS = frozenset({"move", "set-note", "set-frame"})


@dataclass(frozen=True, slots=True)
class Applied:
    """A transaction that made revision `rev`. `inverse` takes it back; `ports` and `problems` are those of `rev`."""

    rev: int
    tx: Transaction
    inverse: Transaction
    ports: Mapping[str, Ports]
    problems: tuple[Problem, ...]
    person: str


@dataclass(frozen=True, slots=True)
class Saved:
    """Revision `rev` is on the disk, in the file with this digest."""

    rev: int
    digest: str


@dataclass(frozen=True, slots=True)
class ExternalChange:
    """The file isn't what was last read or saved: `reload`, or `save` over it. `digest` is "" when it is gone."""

    digest: str


Event = Applied | Saved | ExternalChange
Listener = Callable[[Event], None]


class Documents:
    """The open documents of a workspace, one for each slug."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._open: dict[str, OpenDocument] = {}
        self._opening = asyncio.Lock()

    async def open(self, slug: str) -> "OpenDocument":
        """The document of that slug, read from its file unless it is open already."""
        async with self._opening:
            if slug not in self._open:
                document = await asyncio.to_thread(OpenDocument.read, self.workspace, slug)
                document.subscribe(lambda event: self._heard(document, event))
                self._open[slug] = document
            return self._open[slug]

    def __iter__(self) -> "Iterator[OpenDocument]":
        return iter(list(self._open.values()))

    def _heard(self, document: "OpenDocument", event: "Event") -> None:
        if isinstance(event, Saved):
            for other in self:
                if other is not document:
                    other.recheck()  # it may run the flow that was saved

    def close(self, slug: str) -> None:
        """Forget an open document; what it has not saved is lost."""
        self._open.pop(slug, None)


class OpenDocument:
    """One flow that people edit together. `rev` counts its revisions since it was opened."""

    def __init__(self, workspace: Workspace, slug: str, flow: Flow, digest: str) -> None:
        self.workspace = workspace
        self.slug = slug
        self.rev = 0
        self.saved_rev = 0
        self._flow = flow
        self._digest = digest
        self._told = digest
        self._stacks: dict[str, Stacks] = {}
        self._touched: list[str] = [""]  # who made each revision
        self._delivered: OrderedDict[str, Applied] = OrderedDict()
        self._listeners: list[Listener] = []
        self._saving = asyncio.Lock()
        self._checked: tuple[Flow, tuple[Problem, ...]] | None = None
        self._ported: tuple[Flow, Mapping[str, Ports]] | None = None

    @classmethod
    def read(cls, workspace: Workspace, slug: str) -> "OpenDocument":
        """Read the flow's file, without opening it for anyone."""
        path = workspace.find(slug)
        own = workspace.path_of(slug)
        # A stock flow opened elsewhere is saved as the folder's own, which mustn't be there yet.
        digest = atomic.digest(path) if path == own else atomic.ABSENT
        return cls(workspace, slug, read_flow(path), digest)

    # What it is -----------------------------------------------------------------------------------------------------

    @property
    def flow(self) -> Flow:
        return self._flow

    @property
    def path(self) -> Path:
        return self.workspace.path_of(self.slug)

    @property
    def dirty(self) -> bool:
        """Whether the file lacks something of this revision."""
        return self.saved_rev != self.rev

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything wrong with this revision, worked out once."""
        if self._checked is None or self._checked[0] is not self._flow:
            self._checked = self._flow, tuple(check(self._flow, self.workspace.catalog))
        return self._checked[1]

    @property
    def ports(self) -> Mapping[str, Ports]:
        """The ports of every node of this revision, worked out once."""
        if self._ported is None:
            self._ported = self._flow, ports_of(self._flow, self.workspace.catalog)
        elif self._ported[0] is not self._flow:
            self._ported = self._flow, ports_after(*self._ported, self._flow, self.workspace.catalog)
        return self._ported[1]

    def recheck(self) -> None:
        """Work problems and ports out anew: the catalog, or a flow that this one names, is another."""
        self._checked = self._ported = None

    # Edits ----------------------------------------------------------------------------------------------------------

    def submit(self, tx: Transaction, person: str) -> Applied:
        """Apply a person's transaction, and tell everyone. One delivered twice (the same `op_id`) is applied once.

        Raises `ChangeRefused`, the document as before, when it can't be applied.
        """
        if tx.op_id and (before := self._delivered.get(tx.op_id)):
            return before
        flow, inverse = apply(self._flow, tx)
        stacks = self._of(person)
        applied = self._commit(flow, tx, inverse, person)
        stacks.undo.append(
            Entry(named(inverse, inverse.label, person), named(tx, tx.label, person), applied.rev)
        )
        stacks.redo.clear()
        if tx.op_id:
            self._delivered[tx.op_id] = applied
            while len(self._delivered) > REMEMBERED:
                self._delivered.popitem(last=False)
        return applied

    def undo(self, person: str) -> Applied | None:
        """Take back the person's latest change; None when there is none. Raises `ChangeRefused`, once for each
        change, when it can't be taken back without taking something of another's with it."""
        stacks = self._of(person)
        return self._step(stacks.undo, stacks.redo, person)

    def redo(self, person: str) -> Applied | None:
        """Do again what `undo` took back; None when there is nothing."""
        stacks = self._of(person)
        return self._step(stacks.redo, stacks.undo, person)

    def can_undo(self, person: str) -> bool:
        return bool(self._of(person).undo)

    def can_redo(self, person: str) -> bool:
        return bool(self._of(person).redo)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with everything that happens from here on, until what is returned is called."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    # The file -------------------------------------------------------------------------------------------------------

    async def save(self, *, overwrite: bool = False) -> Saved:
        """Replace the file with this revision. `Conflict` when it was changed outside, unless `overwrite`."""
        async with self._saving:
            flow, rev = self._flow, self.rev
            expected = None if overwrite else self._digest
            self._digest = self._told = await asyncio.to_thread(
                self.workspace.save, self.slug, flow, expected=expected
            )
            self.saved_rev = rev
            saved = Saved(rev, self._digest)
            self._tell(saved)
            return saved

    async def look(self) -> bool:
        """Whether the file was changed outside; told to everyone, once for each such change."""
        if self._saving.locked():
            return False
        known = self._digest
        digest = await asyncio.to_thread(atomic.digest, self.path)
        if digest == self._digest or known != self._digest:
            return False
        if digest != self._told:
            self._told = digest
            self._tell(ExternalChange(digest))
        return True

    async def reload(self) -> Applied | None:
        """Take what the file holds now as the next revision, undone like any other; None when nothing differs."""
        async with self._saving:
            digest, flow = await asyncio.to_thread(self._from_disk)
            return self._take(flow, digest)

    # ----------------------------------------------------------------------------------------------------------------

    def _step(self, taken: deque[Entry], other: deque[Entry], person: str) -> Applied | None:
        if not taken:
            return None
        entry = taken.pop()
        alone = set(self._touched[entry.rev + 1 :]) <= {person}
        flow, again = step_back(self._flow, entry, alone=alone)
        applied = self._commit(flow, entry.back, again, person)
        other.append(Entry(again, entry.back, applied.rev))
        return applied

    def _take(self, flow: Flow, digest: str) -> Applied | None:
        self._digest = self._told = digest
        tx = difference(self._flow, flow, label="Read from the file again", source=FILE)
        if not tx.changes and dumps(flow) == dumps(self._flow):
            self.saved_rev = self.rev
            return None
        inverse = difference(flow, self._flow, label="Undo: Read from the file again", source=FILE)
        applied = self._commit(flow, tx, inverse, FILE)
        self.saved_rev = self.rev
        return applied

    def _commit(self, flow: Flow, tx: Transaction, inverse: Transaction, person: str) -> Applied:
        before = self._flow
        self._flow = flow
        self.rev += 1
        self._touched.append(person)
        if self._checked and self._checked[0] is before and all(c.op in LAYOUT_OPS for c in tx.changes):
            self._checked = flow, self._checked[1]  # where things lie has no meaning
        applied = Applied(self.rev, tx, inverse, self.ports, self.problems, person)
        self._tell(applied)
        return applied

    def _from_disk(self) -> tuple[str, Flow]:
        path = self.workspace.find(self.slug)
        return (atomic.digest(path) if path == self.path else atomic.ABSENT), read_flow(path)

    def _of(self, person: str) -> Stacks:
        return self._stacks.setdefault(person, Stacks())

    def _tell(self, event: Event) -> None:
        for listener in list(self._listeners):
            listener(event)


def ports_after(
    before: Flow, ports: Mapping[str, Ports], flow: Flow, catalog: Catalog
) -> Mapping[str, Ports]:
    """The ports of a flow, given those of the revision before it: only what is another node is read again."""
    if flow.defaults != before.defaults:
        return ports_of(flow, catalog)  # a default may be a template, whose names are ports of every prompt
    changed = {name: node for name, node in flow.nodes.items() if before.nodes.get(name) is not node}
    fresh = ports_of(flow.model_copy(update={"nodes": changed}), catalog) if changed else {}
    known = {**ports, **fresh}
    return {name: known[name] for name in flow.nodes if name in (fresh if name in changed else known)}
