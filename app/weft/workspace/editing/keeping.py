"""Keeping what is edited: every edit into the journal at once, the file once nobody types for a moment.

An edit is applied and shown first, and kept beside that: nobody who types waits for a disk. What arrives while a commit
is under way goes into the next one. If the disk says no, the edits stay in memory, whoever edits is told, and it is
tried again until it works.
"""

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

from weft import faults
from weft.model import Flow
from weft.model.errors import Conflict, WeftError
from weft.workspace.editing.journal import EVERY, Edit, FileMark, Journal, Past
from weft.workspace.editing.told import Applied, Kept

if TYPE_CHECKING:
    from weft.workspace.editing.documents import OpenDocument

_log = logging.getLogger("weft.workspace")
PAUSE = 0.4
"""Seconds without an edit after which the file is written."""
LONGEST = 3.0
"""Seconds after which it is written though somebody goes on typing."""
PATIENCE = (1.0, 30.0)
"""Seconds before the disk is tried again: at first, and at most."""


class Keeper:
    """Keeps one open document. `attach` it, and `finish` it at the end."""

    def __init__(self, document: "OpenDocument", journal: Journal, past: Past | None) -> None:
        self._document = document
        self._journal = journal
        self._queue: deque[Edit] = deque()
        self._wholes: list[tuple[int, Flow]] = []
        if past is None:
            self._wholes.append((document.rev, document.flow))
        self._marked = past.mark if past else None
        self._attempting: asyncio.Task[None] | None = None
        self._filing: asyncio.Task[None] | None = None
        self._stirred = asyncio.Event()
        self._since = self._last = 0.0  # the first edit that the file lacks, and the latest
        self._wait = PATIENCE[0]
        self.trouble: WeftError | None = None
        self.ended = False

    # --- the journal ---

    def heard(self, applied: Applied, flow: Flow) -> None:
        """The document has made this revision."""
        self._queue.append(
            Edit(applied.rev, applied.kind, applied.of, applied.tx, applied.inverse, applied.person)
        )
        if applied.kind == "file" or applied.rev % EVERY == 0:
            self._wholes.append((applied.rev, flow))
        now = asyncio.get_running_loop().time()
        self._since = self._since or now
        self._last = now
        self.stir()

    async def edits_after(self, rev: int) -> list[Edit]:
        """The edits past a revision, as far as they are in the journal."""
        return await self._journal.edits(self._document.slug, rev)

    async def settled(self, rev: int) -> None:
        """Return once that revision is in the journal. Raises why it can't be, and then it will be tried again."""
        while self._document.kept_rev < rev:
            await asyncio.shield(self._attempt())

    def _attempt(self) -> "asyncio.Task[None]":
        """One at a time, and nobody who waits for it can break it off."""
        if self._attempting is None or self._attempting.done():
            self._attempting = asyncio.create_task(
                self._journalled(), name=f"journal of {self._document.slug}"
            )
            self._attempting.add_done_callback(_seen)
        return self._attempting

    async def _journalled(self) -> None:
        faults.point("before_journal")
        edits, wholes = list(self._queue), list(self._wholes)
        mark = self._mark() if self._marked is None or edits[-1].kind == "file" else None
        try:
            await self._journal.add(self._document.slug, edits, wholes, mark)
        except WeftError as problem:
            self._say(problem)
            raise
        faults.point("after_journal")
        for _ in edits:
            self._queue.popleft()
        del self._wholes[: len(wholes)]
        self._marked = mark or self._marked
        self._document.kept_rev = edits[-1].rev
        self._well()
        self._document.tell(Kept(edits[-1].rev))

    def _mark(self) -> FileMark:
        rev, digest = self._document.saved_rev, self._document.saved_digest
        return FileMark(rev, digest, rev, digest)

    # --- the file ---

    async def before_file(self, rev: int, digest: str) -> None:
        """The journal goes first: all edits, and that the file is about to hold this revision. At the end the file is
        written without it too, if it must be: what is in neither is lost."""
        try:
            await self.settled(rev)
        except WeftError:
            if not self.ended:
                raise
            return
        mark = self._mark()._replace(next_rev=rev, next_digest=digest)
        if self._marked is not None and mark != self._marked:
            await self._journal.intend(self._document.slug, mark)
            self._marked = mark
        faults.point("before_file")

    async def after_file(self) -> None:
        """Put down that the file was written: then another content of it is known to be somebody else's."""
        if self._marked is None or self._marked == self._mark():
            return
        try:
            await self._journal.intend(self._document.slug, self._mark())
            self._marked = self._mark()
        except WeftError as problem:  # what was to be written is down already, which does as well
            _log.info("%s: %s", self._document.slug, problem)

    def filed(self) -> None:
        """The file holds the document's `saved_rev`."""
        self._since = asyncio.get_running_loop().time() if self._document.dirty else 0.0
        self._well()

    def stir(self) -> None:
        """There is something to keep, or another reason to try."""
        self._stirred.set()
        if not self.ended and (self._filing is None or self._filing.done()):
            self._filing = asyncio.create_task(self._go(), name=f"keep {self._document.slug}")
            self._filing.add_done_callback(_seen)

    async def finish(self) -> None:
        """Keep what isn't kept, once and for all; what can't be is said in the log."""
        self.ended = True
        if self._filing is not None:
            self._filing.cancel()
            await asyncio.wait({self._filing})
        try:
            await self.settled(self._document.rev)
        except WeftError as problem:
            _log.warning("%s: the last edits aren't in the journal. %s", self._document.slug, problem)
        try:
            if self._document.dirty and self._document.outside is None:
                await self._filed_or_met()
            if self._document.dirty and self._document.outside is None:
                await self._document.save()  # with what was met
        except WeftError as problem:
            _log.warning("%s: not everything could be saved. %s", self._document.slug, problem)

    async def _go(self) -> None:
        """Until everything is kept, or waits for a person."""
        clock = asyncio.get_running_loop().time
        while True:
            self._stirred.clear()
            try:
                if self._queue:
                    await self.settled(self._queue[-1].rev)
                    continue
                if not self._document.dirty or self._document.outside is not None:
                    return
                due = min(self._last + PAUSE, self._since + LONGEST)
                if clock() < due:
                    await self._rest(due - clock())
                    continue
                await self._filed_or_met()
            except WeftError as problem:
                self._say(problem)
                await self._rest(self._wait)
                self._wait = min(self._wait * 2, PATIENCE[1])

    async def _filed_or_met(self) -> None:
        try:
            await self._document.save()
        except Conflict:
            await self._document.reconcile()

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stirred.wait()
        except TimeoutError:
            return

    # ---

    def _say(self, problem: WeftError) -> None:
        """Once for each trouble, not for each try."""
        news = self.trouble is None or self.trouble.message != problem.message
        self.trouble = problem
        if news:
            _log.warning("%s: %s", self._document.slug, problem)
            self._document.tell(Kept(self._document.kept_rev, problem))

    def _well(self) -> None:
        self._wait = PATIENCE[0]
        if self.trouble is not None and not self._queue:
            self.trouble = None


def _seen(task: "asyncio.Task[None]") -> None:
    fault = None if task.cancelled() else task.exception()
    if fault is not None and not isinstance(fault, WeftError):  # those are told where they happen
        _log.error("%s failed by a fault of Weft's", task.get_name(), exc_info=fault)
