"""One SQLite database, one writer task, one way to write: `tx(fn)`.

`fn` is called whole on the database's own thread, inside a transaction, and whoever waits for it may be cancelled
without touching it: cancelling between begin, insert and commit is how transactions are left open. Callables that
arrive while a commit is under way share the next one: a lone write waits for nothing, and the more there are, the more
share a sync to the disk. (Holding commits back for a few milliseconds to gather more was measured to be slower.)
"""

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar, cast

import aiosqlite

from weft import faults
from weft.model.errors import ReadOnly, WeftError
from weft.runs.store.schema import refuse_older
from weft.runs.store.trouble import Identity, explain, gone, identity, unusable_folder
from weft.runs.store.upgrading import upgrade

T = TypeVar("T")
GROUP = 512  # callables in one commit at most
BUSY = 5000  # milliseconds to wait for another process that is writing
_Job = tuple[Callable[[sqlite3.Connection], Any], "asyncio.Future[Any]"]


class Database:
    """Opened by the first `tx` or `read`. Both raise WeftError with a sentence when the file can't be used.

    One that is `read_only` has no writer, and changes nothing: not even its version."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.read_only = read_only
        self._jobs: deque[_Job] = deque()
        self._wake = asyncio.Event()
        self._opening = asyncio.Lock()
        self._writer: aiosqlite.Connection | None = None
        self._reader: aiosqlite.Connection | None = None
        self._writing: asyncio.Task[None] | None = None
        self._closed = False
        self._identity: Identity = None

    async def tx(self, fn: Callable[[sqlite3.Connection], T]) -> T:
        """What `fn` returns, once it is committed. If `fn` raises, nothing of it is kept, and others are not touched."""
        if self.read_only:
            raise ReadOnly("Nothing is written here: this workspace is open to be looked at only.")
        await self._open()
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        # A caller that was cancelled doesn't take the exception: it counts as seen.
        future.add_done_callback(_seen)
        self._jobs.append((fn, future))
        self._wake.set()
        return await asyncio.shield(future)

    async def read(self, fn: Callable[[sqlite3.Connection], T]) -> T:
        """What `fn` finds, in one consistent view of what is committed, on a connection that can't write."""
        await self._open()
        if self._reader is None:
            raise self._is_closed()
        reading = _on_thread(self._reader, partial(_viewed, fn))
        reading.add_done_callback(_seen)
        try:
            return await asyncio.shield(reading)
        except sqlite3.Error as exc:
            raise explain(exc, self.path) from exc

    def look(self, fn: Callable[[sqlite3.Connection], T]) -> T:
        """As `read`, at once and on the caller's thread, with a connection of its own."""
        try:
            with closing(sqlite3.connect(_address(self.path, True), uri=True, isolation_level=None)) as db:
                _prepare_reader(db, self.path)
                return _viewed(fn, db)
        except sqlite3.Error as exc:
            raise explain(exc, self.path) from exc

    async def close(self) -> None:
        """Commit what is waiting, then let the file go."""
        async with self._opening:
            self._closed = True
            self._wake.set()
            if self._writing is not None:
                await asyncio.shield(self._writing)
            for connection in (self._reader, self._writer):
                if connection is not None:
                    await connection.close()
            self._reader = self._writer = self._writing = None

    # --- the writer ---

    async def _write(self) -> None:
        """Take what is waiting, commit it together, tell everyone; until closed and nothing is left."""
        while True:
            while not self._jobs:
                if self._closed:
                    return
                self._wake.clear()
                await self._wake.wait()
            await asyncio.sleep(0)  # whoever was woken by the last commit comes along
            await self._commit([self._jobs.popleft() for _ in range(min(len(self._jobs), GROUP))])

    async def _commit(self, group: list[_Job]) -> None:
        assert self._writer is not None
        try:
            outcomes = await _on_thread(self._writer, partial(self._committed, [fn for fn, _ in group]))
        except (sqlite3.Error, WeftError) as exc:
            outcomes: list[Any] = [exc] * len(group)
        for (_, future), outcome in zip(group, outcomes, strict=True):
            if future.done():
                continue
            if isinstance(outcome, sqlite3.Error):
                future.set_exception(explain(outcome, self.path))
            elif isinstance(outcome, BaseException):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    def _committed(self, fns: list[Callable[[sqlite3.Connection], Any]], db: sqlite3.Connection) -> list[Any]:
        """On the database's thread. A file that was taken away would take every commit, and nobody would find it."""
        if identity(self.path) != self._identity:
            raise gone(self.path)
        return _committed(fns, db)

    # --- opening ---

    async def _open(self) -> None:
        if self._reader is not None and not self._closed:
            return
        async with self._opening:
            if self._closed:
                raise self._is_closed()
            if self._reader is None:
                await self._connect()

    async def _connect(self) -> None:
        reader: aiosqlite.Connection | None = None
        try:
            if not self.read_only:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._writer = await _connected(self.path)
                await _on_thread(self._writer, partial(_prepare, path=self.path))
                self._identity = identity(self.path)
            reader = await _connected(self.path, read_only=self.read_only)
            await _on_thread(reader, partial(_prepare_reader, path=self.path))
        except (sqlite3.Error, OSError, WeftError, asyncio.CancelledError) as exc:
            for connection in (reader, self._writer):
                if connection is not None:
                    await connection.close()
            self._writer = None
            if isinstance(exc, sqlite3.Error):
                raise explain(exc, self.path) from exc
            if isinstance(exc, OSError):
                raise unusable_folder(exc, self.path) from exc
            raise
        self._reader = reader
        if self._writer is not None:
            self._writing = asyncio.create_task(self._write(), name=f"writer of {self.path.name}")

    def _is_closed(self) -> WeftError:
        return WeftError(
            f"The database {str(self.path)!r} is closed.", code="database-closed", retryable=False
        )


def _committed(fns: list[Callable[[sqlite3.Connection], Any]], db: sqlite3.Connection) -> list[Any]:
    """What each returned, or what it raised; committed together. One that raises takes back only its own doing."""
    outcomes: list[Any] = []
    db.execute("BEGIN IMMEDIATE")
    try:
        for fn in fns:
            db.execute("SAVEPOINT one")
            try:
                outcomes.append(fn(db))
            except Exception as exc:
                if not db.in_transaction:
                    raise  # SQLite itself took everything back (disk full, an error of the disk): nobody's is kept
                db.execute("ROLLBACK TO one")
                outcomes.append(exc)
            db.execute("RELEASE one")
        faults.point("before_commit")
        db.execute("COMMIT")
        faults.point("after_commit_before_ack")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return outcomes


def _viewed(fn: Callable[[sqlite3.Connection], T], db: sqlite3.Connection) -> T:
    db.execute("BEGIN")
    try:
        return fn(db)
    finally:
        db.execute("ROLLBACK")


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    db.execute(f"PRAGMA busy_timeout={BUSY}")
    # Of a new file only: what is let go can be given back to the disk.
    db.execute("PRAGMA auto_vacuum=INCREMENTAL")
    # Two processes that make the file at once: the change of the journal's mode doesn't wait for a lock by itself.
    give_up = time.monotonic() + BUSY / 1000
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > give_up:
                raise
            time.sleep(0.02)  # on the database's thread
    _pragmas(db)
    upgrade(db, path)


def _prepare_reader(db: sqlite3.Connection, path: Path) -> None:
    db.execute(f"PRAGMA busy_timeout={BUSY}")
    _pragmas(db)
    db.execute("PRAGMA query_only=ON")
    refuse_older(db, path)


def _pragmas(db: sqlite3.Connection) -> None:
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
        db.execute(f"PRAGMA {pragma}")


async def _connected(path: Path, *, read_only: bool = False) -> aiosqlite.Connection:
    connection = aiosqlite.connect(_address(path, read_only), isolation_level=None, uri=True)
    thread: Thread = cast("Any", connection)._thread
    # A program that forgot to close must still be able to end; what is committed is safe.
    thread.daemon = True
    try:
        return await connection
    except BaseException:
        # aiosqlite has told its thread to stop but doesn't wait for it, and the thread's last word goes to this loop.
        await asyncio.shield(asyncio.to_thread(thread.join))
        raise


def _address(path: Path, read_only: bool) -> str:
    return f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"


def _seen(future: "asyncio.Future[Any]") -> None:
    if not future.cancelled():
        future.exception()


def _on_thread(
    connection: aiosqlite.Connection, fn: Callable[[sqlite3.Connection], T]
) -> "asyncio.Future[T]":
    """Call `fn` on the connection's thread, in one piece. aiosqlite has no public way to do so."""
    inner = cast("Any", connection)
    return asyncio.ensure_future(inner._execute(fn, inner._conn))
