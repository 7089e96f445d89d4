"""Opening flows as they were left: the file, and on top of it the edits that it hasn't yet.

A process that dies between journal and file leaves the file behind its journal. Whoever opens the flow next, at the
latest the next server, applies what is missing and writes it, unless the file was changed by somebody else meanwhile:
then both are merged, or a person is asked.
"""

import asyncio
import logging
from dataclasses import replace

from weft.model import Flow
from weft.model.edits import apply
from weft.model.errors import ChangeRefused, WeftError
from weft.workspace import atomic
from weft.workspace.editing.documents import Documents, OpenDocument
from weft.workspace.editing.journal import UNKNOWN, Edit, FileMark, Journal, Past, Unsaved
from weft.workspace.editing.keeping import Keeper
from weft.workspace.editing.outside import Disk, on_disk
from weft.workspace.folder import Workspace

_log = logging.getLogger("weft.workspace")


class Library:
    """Opens documents that are kept in a journal."""

    def __init__(self, workspace: Workspace, journal: Journal) -> None:
        self._workspace, self._journal = workspace, journal

    async def open(self, slug: str) -> OpenDocument:
        """The flow as it was left. `NotFound` if it has no file, and no edits that would be lost with it."""
        self._workspace.path_of(slug)  # refuses what is no slug
        past = await self._journal.past(slug)
        if past is not None and past.damage is not None:
            past = await self._told(slug, past)
        document = await self._as_left(slug, past) if past else None
        goes_on = document is not None
        if document is None:
            document = await asyncio.to_thread(OpenDocument.read, self._workspace, slug)
            if past is not None:
                document = self._anew(document, past)
        whole = goes_on and past is not None and past.damage is None
        document.keeper = Keeper(document, self._journal, past if whole else None)
        if goes_on:
            await document.reconcile()
            document.keeper.stir()
        return document

    async def bring_up(self, documents: Documents) -> None:
        """At the start: open what a process left behind when it died, and with that write the files it hadn't written.

        Raises WeftError when the database itself can't be used."""
        for slug in await self._journal.unfinished():
            try:
                await documents.open(slug)
            except WeftError as problem:
                _log.warning("%s: its last edits are in the journal, and not in its file. %s", slug, problem)

    async def unsaved(self) -> list[Unsaved]:
        return await self._journal.unsaved()

    async def _as_left(self, slug: str, past: Past) -> OpenDocument | None:
        """None when it has to begin anew: its file was deleted with everything in it, or its journal is damaged."""
        disk = await asyncio.to_thread(on_disk, self._workspace, slug)
        at = _revision(disk.digest, past.mark)
        if disk.digest == atomic.ABSENT and past.head <= past.mark.rev:
            return None
        try:
            if at is not None and disk.flow is not None:
                whole = disk.flow
                flow = await self._brought_up(slug, past, whole, at)
            else:
                flow = await self._journal.flow_at(slug, past.head)
                whole = await self._journal.flow_at(slug, past.mark.rev)
        except WeftError as problem:
            return await self._salvaged(slug, past, disk, at, problem)
        rev, digest = (past.mark.rev, past.mark.digest) if at is None else (at, disk.digest)
        past = replace(past, mark=FileMark(rev, digest, rev, digest))
        document = OpenDocument(self._workspace, slug, flow, digest, past=past)
        document.in_file = whole
        return document

    async def _told(self, slug: str, past: Past) -> Past:
        """Say that the journal is damaged. If that is only what it knows of the file, and the file holds one of the
        last revisions, it is known again."""
        _log.error("%s: %s", slug, past.damage)
        if past.mark != UNKNOWN:
            return past
        digest = await asyncio.to_thread(atomic.digest, self._workspace.path_of(slug))
        rev = await self._journal.revision_like(slug, past.head, digest)
        return past if rev is None else replace(past, mark=FileMark(rev, digest, rev, digest))

    async def _salvaged(
        self, slug: str, past: Past, disk: Disk, at: int | None, problem: WeftError
    ) -> OpenDocument | None:
        """The flow as far as a damaged journal can be followed, numbered on. None where the file was also changed by
        somebody else: then it is opened as it is. Raises the problem if there is nothing at all."""
        if at is None and disk.flow is not None:
            _log.error("%s: %s The file is opened as it is; 'weft doctor' says more.", slug, problem)
            return None
        start = (at, disk.flow) if at is not None and disk.flow is not None else None
        found = await self._journal.furthest(slug, past.head, start)
        if found is None:
            raise problem
        reached, flow = found
        lost = (
            f"revisions {reached + 1} to {past.head} are lost" if reached < past.head else "nothing is lost"
        )
        _log.error("%s: %s Opened as it was at revision %d: %s.", slug, problem, reached, lost)
        rev = past.mark.rev if at is None else at
        mark = FileMark(rev, disk.digest, rev, disk.digest)
        left = replace(past, mark=mark, edits=past.edits if reached == past.head else ())
        document = OpenDocument(self._workspace, slug, flow, disk.digest, past=left)
        document.in_file = disk.flow or flow
        return document

    async def _brought_up(self, slug: str, past: Past, flow: Flow, at: int) -> Flow:
        """What the file holds, and the edits that it lacks."""
        if at == past.head:
            return flow
        try:
            edits = await self._journal.edits(slug, at)
            return await asyncio.to_thread(_applied, flow, edits)
        except ChangeRefused:
            return await self._journal.flow_at(slug, past.head)

    def _anew(self, document: OpenDocument, past: Past) -> OpenDocument:
        """What is there now, numbered on; what was done to what was there before can't be undone in it."""
        digest = document.saved_digest
        past = Past(past.head, FileMark(past.head, digest, past.head, digest), (), past.op_ids)
        return OpenDocument(self._workspace, document.slug, document.flow, digest, past=past)


def _applied(flow: Flow, edits: list[Edit]) -> Flow:
    for edit in edits:
        flow, _ = apply(flow, edit.tx)
    return flow


def _revision(digest: str, mark: FileMark) -> int | None:
    """The revision that a file with this digest holds; None for one that isn't ours."""
    if digest == mark.next_digest:
        return mark.next_rev
    return mark.rev if digest == mark.digest else None
