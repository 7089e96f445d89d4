"""What a server does beside serving: it sees when files are changed outside, keeps backups, and lets go what the
workspace's settings no longer keep."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from weft.model.errors import WeftError
from weft.runs.store import backups
from weft.runs.store.database import Database
from weft.runs.store.values import Values
from weft.workspace import retention
from weft.workspace.editing.documents import Documents, OpenDocument
from weft.workspace.flows import trash

_log = logging.getLogger("weft.workspace")

Stamp = tuple[int, int, int]
GLANCE = 1.0
"""Seconds between two looks at the files of open flows."""
LONGEST_NAP = 300.0
"""Seconds after which the time of the next backup is worked out anew: a machine may have slept."""

SETTLED, HOURLY = 60.0, 3600.0
"""Seconds after the start, and then from time to time, when what is old is let go."""


class Upkeep:
    """Owns its tasks: `async with Upkeep(documents, database)`."""

    def __init__(
        self,
        documents: Documents,
        database: Database | None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._documents = documents
        self._database = database
        self._now = now
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        jobs: list[Coroutine[Any, Any, None]] = [self._watch()]
        if self._database is not None and not self._database.read_only:
            jobs.append(self._back_up(self._database))
            jobs.append(self._let_go(self._database))
        if not self._documents.workspace.read_only:
            jobs.append(self._empty_trash())
        self._tasks = [asyncio.create_task(job, name=f"upkeep {job.__name__}") for job in jobs]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    async def end(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _watch(self) -> None:
        """Reading a file is worth it only when its stamp is another."""
        known: dict[Path, Stamp | None] = {}
        while True:
            documents = list(self._documents)
            stamps = await asyncio.to_thread(_stamps, [one.path for one in documents])
            for document, stamp in zip(documents, stamps, strict=True):
                if document.path not in known or known[document.path] != stamp:
                    await _met(document)
                known[document.path] = stamp
            await asyncio.sleep(GLANCE)

    async def _back_up(self, database: Database) -> None:
        while True:
            await asyncio.to_thread(backups.put_right, database.path, self._now())
            wait = backups.due(database.path, self._now()).total_seconds()
            if wait > 0:
                await asyncio.sleep(min(wait, LONGEST_NAP))
                continue
            try:
                await back_up(database, self._now())
            except WeftError as problem:
                _log.warning("no backup was made: %s", problem)
            await asyncio.sleep(
                LONGEST_NAP
            )  # before the next try, if this one failed or there was nothing new

    async def _let_go(self, database: Database) -> None:
        """A little after the start, and then hourly."""
        await asyncio.sleep(SETTLED)
        while True:
            try:
                await retention.apply(database, self._documents.workspace.settings.retention, self._now())
            except WeftError as problem:
                _log.warning("nothing old was let go: %s", problem)
            await asyncio.sleep(HOURLY)

    async def _empty_trash(self) -> None:
        """As `_let_go`, of the flows that were deleted."""
        await asyncio.sleep(SETTLED)
        while True:
            try:
                if gone := await asyncio.to_thread(trash.let_go, self._documents.workspace, self._now()):
                    _log.info("emptied the trash of %d flows deleted long ago", gone)
            except WeftError as problem:
                _log.warning("the trash was not emptied: %s", problem)
            await asyncio.sleep(HOURLY)


async def back_up(database: Database, at: datetime) -> Path | None:
    """A backup, unless nothing was written since the last; and values that nothing names are let go."""
    if not await asyncio.to_thread(backups.changed, database.path):
        return None
    path = await asyncio.to_thread(backups.back_up, database.path, at)
    values = Values(database.path.parent / "values")

    def collect(db: sqlite3.Connection) -> int:
        return values.collect(db)

    while await database.tx(collect):
        pass
    return path


async def _met(document: OpenDocument) -> None:
    try:
        await document.reconcile()
    except WeftError as problem:
        _log.warning("%s: what was changed outside can't be taken. %s", document.slug, problem)


def _stamps(paths: list[Path]) -> list[Stamp | None]:
    return [_stamp(path) for path in paths]


def _stamp(path: Path) -> Stamp | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
