"""Results of steps on disk, `.weft/cache.db`, shared by all processes that run flows of the workspace.

It may be deleted at any time: nothing in it is the only copy of anything. So a commit doesn't wait for the disk, an
entry that doesn't match its checksum is a miss and goes, and a file that is no database of this version is made anew.
What is kept is bounded in bytes; what was used longest ago goes first.

One thread owns the connection. Whoever looks something up waits for it without holding up the loop; what is put is
seen at once by those who ask this object, and written in one transaction with whatever else has come meanwhile.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Final, NamedTuple, TypeVar

from weft.engine.caching import Entry, Note, StepCache
from weft.runs.sizes import size_of

T = TypeVar("T")
_logger = logging.getLogger("weft.cache")
FILE: Final = "cache.db"
MOST_BYTES: Final = 512 * 1024 * 1024
VERSION: Final = 1
_SHARE: Final = 8
"""An entry larger than this part of the whole isn't kept."""
_LEAVE: Final = 0.9
"""What is left of the bound when something has to go, so that not each new entry makes another go."""
MOST_PENDING: Final = 32_000_000
"""Characters of results that may wait to be written."""
_TOUCH: Final = 60.0
"""Seconds after which another use of an entry is noted."""
_MOST_NOTES: Final = 100_000
_TABLES: Final = (
    "CREATE TABLE entry (key TEXT PRIMARY KEY, data BLOB NOT NULL, checksum BLOB NOT NULL, bytes INTEGER NOT NULL,"
    " used REAL NOT NULL) STRICT",
    "CREATE INDEX entry_by_use ON entry (used, bytes)",
    "CREATE TABLE note (flow TEXT NOT NULL, session TEXT NOT NULL, path TEXT NOT NULL, note TEXT NOT NULL,"
    " at REAL NOT NULL, PRIMARY KEY (flow, session, path)) STRICT, WITHOUT ROWID",
    f"PRAGMA user_version = {VERSION}",
)


class Size(NamedTuple):
    """What the cache holds."""

    entries: int
    bytes: int
    most_bytes: int


class StepCacheFile:
    """The file. It opens with its first use; `of` is the cache that runs of one flow and session are given."""

    def __init__(self, path: Path, *, most_bytes: int = MOST_BYTES) -> None:
        self.path = path
        self.most_bytes = most_bytes
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = Lock()
        self._pending: dict[str, Entry] = {}
        self._pending_notes: dict[tuple[str, str, str], Note] = {}
        self._touched: dict[str, float] = {}
        self._characters = 0
        """How many characters the values of `_pending` have."""
        self._asked = False
        """Whether writing what is pending has been asked for."""
        self._thread: Thread | None = None
        self._db: sqlite3.Connection | None = None

    def of(self, flow: str, session: str = "") -> StepCache:
        """The cache as the runs of this flow see it."""
        return _OfFlow(self, flow, session)

    async def get(self, key: str) -> Entry | None:
        if (pending := self._pending.get(key)) is not None:
            return pending
        return await self._ask(lambda db: self._read(db, key), None)

    def put(self, key: str, entry: Entry) -> None:
        size = size_of(dict(entry.value))
        with self._lock:
            if self._characters + size > MOST_PENDING:
                return  # the disk is slow: what can't be written is not kept
            self._pending[key] = entry
            self._characters += size
        self._write_soon()

    def note(self, flow: str, session: str, path: str, note: Note) -> None:
        with self._lock:
            self._pending_notes[flow, session, path] = note
        self._write_soon()

    async def notes(self, flow: str, session: str) -> dict[str, Note]:
        def read(db: sqlite3.Connection) -> dict[str, Note]:
            self._write(db)
            rows = db.execute("SELECT path, note FROM note WHERE flow = ? AND session = ?", (flow, session))
            return {path: Note(*json.loads(text)) for path, text in rows}

        return await self._ask(read, {})

    async def size(self) -> Size:
        def read(db: sqlite3.Connection) -> Size:
            self._write(db)
            return Size(*_count(db), self.most_bytes)

        return await self._ask(read, Size(0, 0, self.most_bytes))

    async def prune(self, most_bytes: int) -> Size:
        """Let go what was used longest ago, until no more than `most_bytes` are left. What is left."""

        def work(db: sqlite3.Connection) -> Size:
            self._write(db)
            with db:
                _evict(db, most_bytes)
            return Size(*_count(db), self.most_bytes)

        return await self._ask(work, Size(0, 0, self.most_bytes))

    async def clear(self) -> Size:
        """Let everything go. What there was."""

        def work(db: sqlite3.Connection) -> Size:
            self._write(db)
            found = Size(*_count(db), self.most_bytes)
            with db:
                db.execute("DELETE FROM entry")
                db.execute("DELETE FROM note")
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return found

        return await self._ask(work, Size(0, 0, self.most_bytes))

    async def close(self) -> None:
        """Write what is pending, and let the file go. It opens again with its next use."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._jobs.put(None)
            await asyncio.to_thread(thread.join)

    # --- the thread ---

    async def _ask(self, job: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """What `job` finds, on the thread; `otherwise` if the file can't be used."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def answer() -> None:
            found = self._guarded(job, otherwise)
            if not loop.is_closed():
                loop.call_soon_threadsafe(_answered, future, found)

        self._start()
        self._jobs.put(answer)
        return await future

    def _write_soon(self) -> None:
        if not self._asked:
            self._asked = True
            self._start()
            self._jobs.put(lambda: self._guarded(self._write, None))

    def _start(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._work, name=f"step cache {self.path.name}", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
        self._guarded(self._write, None)
        if self._db is not None:
            self._db.close()
            self._db = None

    def _guarded(self, job: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """A file that is damaged is made anew, once; where nothing helps there is no cache, and the log says why."""
        for again in (True, False):
            try:
                if self._db is None:
                    self._db = _opened(self.path)
                return job(self._db)
            except (sqlite3.Error, OSError, ValueError) as problem:
                damaged = isinstance(problem, sqlite3.DatabaseError) and not isinstance(
                    problem, sqlite3.OperationalError
                )
                _logger.warning("the cache %s can't be used: %s", self.path, problem)
                if self._db is not None:
                    self._db.close()
                    self._db = None
                if not (again and damaged):
                    break
                remove_file(self.path)
        return otherwise

    def _read(self, db: sqlite3.Connection, key: str) -> Entry | None:
        found = db.execute("SELECT data, checksum, used FROM entry WHERE key = ?", (key,)).fetchone()
        if found is None:
            return None
        data, checksum, used = found
        entry = _decoded(data) if _checksum(key, data) == checksum else None
        if entry is None:
            _logger.warning("a result in the cache %s was damaged, and is made anew", self.path)
            with db:
                db.execute("DELETE FROM entry WHERE key = ?", (key,))
        elif (now := time.time()) - used > _TOUCH:
            with self._lock:
                self._touched[key] = now
            self._write_soon()
        return entry

    def _write(self, db: sqlite3.Connection) -> None:
        with self._lock:
            entries, notes, touched = dict(self._pending), dict(self._pending_notes), self._touched
            self._touched, self._asked = {}, False
        if not entries and not notes and not touched:
            return
        try:
            now = time.time()
            rows = [row for key, entry in entries.items() if (row := self._row(key, entry, now))]
            with db:
                db.executemany(
                    "UPDATE entry SET used = ? WHERE key = ?", ((at, key) for key, at in touched.items())
                )
                db.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?)", rows)
                db.executemany(
                    "INSERT OR REPLACE INTO note VALUES (?, ?, ?, ?, ?)",
                    ((*place, json.dumps(note), now) for place, note in notes.items()),
                )
                if rows and _count(db)[1] > self.most_bytes:
                    _evict(db, int(self.most_bytes * _LEAVE))
        finally:
            with self._lock:
                for pending, done in ((self._pending, entries), (self._pending_notes, notes)):
                    _forget(pending, done)
                self._characters = sum(size_of(dict(entry.value)) for entry in self._pending.values())

    def _row(self, key: str, entry: Entry, now: float) -> tuple[Any, ...] | None:
        data = _encoded(entry)
        if len(data) > self.most_bytes // _SHARE:
            return None
        return key, data, _checksum(key, data), len(data) + len(key), now


class _OfFlow:
    """The cache of one flow and session."""

    def __init__(self, file: StepCacheFile, flow: str, session: str) -> None:
        self._file, self._flow, self._session = file, flow, session
        self.get = file.get
        self.put = file.put

    def note(self, path: str, note: Note) -> None:
        self._file.note(self._flow, self._session, path, note)

    async def notes(self) -> Mapping[str, Note]:
        return await self._file.notes(self._flow, self._session)


def _forget(pending: dict[Any, Any], done: Mapping[Any, Any]) -> None:
    for key, value in done.items():
        if pending.get(key) is value:  # else it was put again meanwhile
            del pending[key]


def _answered(future: asyncio.Future[T], found: T) -> None:
    if not future.done():
        future.set_result(found)


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    db = sqlite3.connect(path, check_same_thread=False)
    try:
        for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=NORMAL", "trusted_schema=OFF"):
            db.execute(f"PRAGMA {pragma}")
        db.execute("BEGIN IMMEDIATE")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version != VERSION:
            for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
                db.execute(f'DROP TABLE "{name}"')
            for statement in _TABLES:
                db.execute(statement)
        db.execute(
            "DELETE FROM note WHERE at < (SELECT at FROM note ORDER BY at DESC LIMIT 1 OFFSET ?)",
            (_MOST_NOTES,),
        )
        db.commit()
    except BaseException:
        db.close()
        raise
    return db


def damaged_entries(db: sqlite3.Connection) -> int:
    """How many results of the file aren't what was put in."""
    rows = db.execute("SELECT key, data, checksum FROM entry")
    return sum(_checksum(key, data) != total for key, data, total in rows)


def remove_file(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def _count(db: sqlite3.Connection) -> tuple[int, int]:
    entries, size = db.execute("SELECT count(*), coalesce(sum(bytes), 0) FROM entry").fetchone()
    return int(entries), int(size)


def _evict(db: sqlite3.Connection, most_bytes: int) -> None:
    _, size = _count(db)
    going: list[tuple[str]] = []
    for key, weight in db.execute("SELECT key, bytes FROM entry ORDER BY used, key"):
        if size <= most_bytes:
            break
        size -= weight
        going.append((key,))
    db.executemany("DELETE FROM entry WHERE key = ?", going)


def _checksum(key: str, data: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + data).digest()[:16]


def _encoded(entry: Entry) -> bytes:
    row = [entry.value, entry.writes, entry.run, entry.usage, entry.cost, entry.seconds, entry.reads]
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _decoded(data: bytes) -> Entry | None:
    try:
        *row, reads = json.loads(data)
        return Entry(*row, reads=tuple(reads))
    except (ValueError, TypeError):
        return None
