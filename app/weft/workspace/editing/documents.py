"""The flows that are open: each one authoritative document, whoever edits it.

Every edit is a transaction, applied in one synchronous place, numbered, and told to all who listen. Opening a
document reads its file and checks it; nothing in it is executed.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from weft.catalog import Ports
from weft.engine.check.incremental import Checker
from weft.model import Flow, dumps
from weft.model.changes import Transaction
from weft.model.edits import apply
from weft.model.problems import Problem
from weft.workspace import atomic
from weft.workspace.editing import outside, refusing
from weft.workspace.editing.deliveries import Deliveries
from weft.workspace.editing.told import Applied, Event, ExternalChange, Kept, Kind, Listener, Saved
from weft.workspace.editing.undo import Entry, Stacks, named, rebuilt, step_back
from weft.workspace.folder import Workspace

if TYPE_CHECKING:
    from weft.workspace.editing.journal import Past, Unsaved
    from weft.workspace.editing.keeping import Keeper
    from weft.workspace.editing.library import Library

__all__ = ["FILE", "Applied", "Documents", "Event", "ExternalChange", "Kept", "OpenDocument", "Saved"]
FILE = outside.FILE


class Documents:
    """The open documents of a workspace, one for each slug.

    With a `library` they are kept as they are edited: each edit in its journal, the file soon after, and opened again
    as they were left. Without one they are in memory, and in their files when they are saved.
    """

    def __init__(
        self, workspace: Workspace, library: "Library | None" = None, *, read_only: bool = False
    ) -> None:
        self.workspace = workspace
        self.read_only = read_only
        self._library = library
        self._open: dict[str, OpenDocument] = {}
        self._opening = asyncio.Lock()

    async def open(self, slug: str) -> "OpenDocument":
        """The document of that slug, read from its file unless it is open already."""
        async with self._opening:
            if slug not in self._open:
                kept, read = self._library, OpenDocument.read
                document = await (kept.open(slug) if kept else asyncio.to_thread(read, self.workspace, slug))
                # The first look at a large flow takes a while; what an edit changes is seen at once.
                await asyncio.to_thread(lambda: (document.problems, document.ports))
                document.read_only = self.read_only
                document.subscribe(lambda event: self._heard(document, event))
                self._open[slug] = document
            return self._open[slug]

    async def unsaved(self) -> "list[Unsaved]":
        """The flows with edits that are kept, and not in their files."""
        return await self._library.unsaved() if self._library else []

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

    async def end(self) -> None:
        """Keep what isn't kept yet, and forget them all."""
        for document in self:
            await document.end()
        self._open.clear()


class OpenDocument:
    """One flow that people edit together. `rev` counts its revisions; `saved_rev` is the one in its file, with
    `saved_digest`; every one up to `kept_rev` is in the journal. `outside` is what a person has to decide on."""

    def __init__(
        self, workspace: Workspace, slug: str, flow: Flow, digest: str, *, past: "Past | None" = None
    ) -> None:
        self.workspace = workspace
        self.slug, self.read_only = slug, False
        self.keeper: Keeper | None = None
        self.outside: ExternalChange | None = None
        self.rev = self.kept_rev = past.head if past else 0
        self.saved_rev = past.mark.rev if past else 0
        self.saved_digest = digest
        self.in_file = flow
        self._flow = flow
        self._digest = self._told = digest
        self._meant: tuple[str, int, Flow] | None = None  # what a save that was broken off may have written
        self._stacks: dict[str, Stacks] = rebuilt(past.edits) if past else {}
        # Who made each revision, from this one on.
        self._first = past.edits[0].rev - 1 if past and past.edits else self.rev
        self._touched: list[str] = ["", *(edit.person for edit in past.edits)] if past else [""]
        self._delivered = Deliveries(past)
        self._listeners: list[Listener] = []
        self._saving = asyncio.Lock()
        self._checker = Checker(workspace.catalog)

    @classmethod
    def read(cls, workspace: Workspace, slug: str) -> "OpenDocument":
        """Read the flow's file, without opening it for anyone."""
        digest, flow = outside.found(workspace, slug)
        return cls(workspace, slug, flow, digest)

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
    def safe(self) -> bool:
        """Whether this revision will be there whatever happens to this process: in the journal, or in the file."""
        return self.rev in (self.kept_rev, self.saved_rev)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything wrong with this revision, worked out once."""
        return self._known().problems(self._flow)

    @property
    def ports(self) -> Mapping[str, Ports]:
        """The ports of every node of this revision, worked out once."""
        return self._known().ports(self._flow)

    @property
    def readers(self) -> Mapping[str, set[str]]:
        """Who waits for each node of this revision: see `Checker.readers`."""
        return self._known().readers(self._flow)

    def recheck(self) -> None:
        """Work problems and ports out anew: the catalog, or a flow that this one names, is another."""
        self._checker = Checker(self.workspace.catalog)

    # Edits ----------------------------------------------------------------------------------------------------------

    def submit(self, tx: Transaction, person: str) -> Applied:
        """Apply a person's transaction, and tell everyone. One delivered twice (the same `op_id`) is applied once.

        Raises `ChangeRefused`, the document as before, when it can't be applied.
        """
        refusing.editing(self)
        if before := self._delivered.answer(tx, self.ports, self.problems):
            return before
        flow, inverse = apply(self._flow, tx)
        stacks = self._of(person)
        applied = self._commit(flow, tx, inverse, person)
        stacks.undo.append(
            Entry(named(inverse, inverse.label, person), named(tx, tx.label, person), applied.rev)
        )
        stacks.redo.clear()
        self._delivered.keep(applied)
        return applied

    def undo(self, person: str) -> Applied | None:
        """Take back the person's latest change; None when there is none. Raises `ChangeRefused`, once for each
        change, when it can't be taken back without taking something of another's with it."""
        stacks = self._of(person)
        return self._step(stacks.undo, stacks.redo, person, "undo")

    def redo(self, person: str) -> Applied | None:
        """Do again what `undo` took back; None when there is nothing."""
        stacks = self._of(person)
        return self._step(stacks.redo, stacks.undo, person, "redo")

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

    async def kept(self) -> None:
        """Return once this revision will be there whatever happens. Raises WeftError if that can't be, for now."""
        if self.keeper is not None:
            await self.keeper.settled(self.rev)

    async def save(self, *, overwrite: bool = False) -> Saved:
        """Replace the file with this revision. `Conflict` when it was changed outside, unless `overwrite`, which keeps
        a copy of what was there. Whoever waits for it may be cancelled: it is finished all the same."""
        refusing.writing(self)
        saving = asyncio.create_task(self._save(overwrite), name=f"save {self.slug}")
        saving.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(saving)

    async def _save(self, overwrite: bool) -> Saved:
        async with self._saving:
            flow, rev = self._flow, self.rev
            text = await asyncio.to_thread(dumps, flow)
            digest = atomic.digest_of(text.encode())
            if self.keeper is not None:
                await self.keeper.before_file(rev, digest)
            if overwrite and self.keeper is not None:
                await asyncio.to_thread(outside.put_aside, self.workspace, self.slug, self._digest)
            expected = None if overwrite else self._digest
            self._meant = digest, rev, flow
            await asyncio.to_thread(self.workspace.save, self.slug, flow, expected=expected, text=text)
            saved = self._filed(digest, rev, flow)
            if self.keeper is not None:
                await self.keeper.after_file()
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
            self.tell(ExternalChange(digest))
        return True

    async def reload(self) -> Applied | None:
        """Take what the file holds now as the next revision, undone like any other; None when nothing differs."""
        async with self._saving:
            digest, flow = await asyncio.to_thread(outside.found, self.workspace, self.slug)
            return self.take(flow, digest)

    async def reconcile(self) -> Applied | ExternalChange | None:
        """Go on with what the file holds now: taken, or merged with what was edited here since, as a revision. Where
        both changed the same, or the file is gone or broken, nothing is changed: that is a person's to decide."""
        async with self._saving:
            return await outside.reconcile(self)

    async def end(self) -> None:
        """Keep what isn't kept."""
        if self.keeper is not None:
            await self.keeper.finish()

    # For those who keep it and who reconcile it -----------------------------------------------------------------------

    def take(self, flow: Flow, digest: str, *, merged: Flow | None = None) -> Applied | None:
        """The file holds `flow`: go on with it, or with what it was merged into. None when that is what we have."""
        step = outside.replacement(self._flow, merged or flow)
        self._digest = self._told = digest
        self.in_file, self.outside = flow, None
        if merged is None:
            self.saved_rev, self.saved_digest = self.rev + bool(step), digest
        return self._commit(merged or flow, *step, FILE, "file") if step else None

    def written(self, digest: str) -> bool:
        """Whether the file with that digest is our own doing; noted if a save was broken off before it was."""
        if digest == self._digest:
            return True
        if self._meant is not None and self._meant[0] == digest:
            self._filed(*self._meant)
            return True
        return False

    def ask(self, change: ExternalChange) -> ExternalChange:
        """What a person has to decide, told once."""
        news = self.outside != change
        self.outside, self._told = change, change.digest
        if news:
            self.tell(change)
        return change

    def tell(self, event: Event) -> None:
        """Tell everyone who listens."""
        for listener in list(self._listeners):
            listener(event)

    # ----------------------------------------------------------------------------------------------------------------

    def _filed(self, digest: str, rev: int, flow: Flow) -> Saved:
        self._digest = self._told = self.saved_digest = digest
        self.saved_rev, self.in_file, self.outside, self._meant = rev, flow, None, None
        if self.keeper is not None:
            self.keeper.filed()
        saved = Saved(rev, digest)
        self.tell(saved)
        return saved

    def _step(self, taken: deque[Entry], other: deque[Entry], person: str, kind: Kind) -> Applied | None:
        refusing.editing(self)
        if not taken:
            return None
        entry = taken.pop()
        alone = set(self._touched[max(0, entry.rev + 1 - self._first) :]) <= {person}
        flow, again = step_back(self._flow, entry, alone=alone)
        applied = self._commit(flow, entry.back, again, person, kind, entry.rev)
        other.append(Entry(again, entry.back, applied.rev))
        return applied

    def _commit(
        self,
        flow: Flow,
        tx: Transaction,
        inverse: Transaction,
        person: str,
        kind: Kind = "edit",
        of: int | None = None,
    ) -> Applied:
        self._flow = flow
        self.rev += 1
        self._touched.append(person)
        applied = Applied(self.rev, tx, inverse, self.ports, self.problems, person, kind, of)
        if self.keeper is not None:
            self.keeper.heard(applied, flow)
        self.tell(applied)
        return applied

    def _known(self) -> Checker:
        if self._checker.catalog is not self.workspace.catalog:
            self.recheck()
        return self._checker

    def _of(self, person: str) -> Stacks:
        return self._stacks.setdefault(person, Stacks())
