"""Letting runs go that are old, or too many, and with them what only they needed: documents and large values.

Everything goes in transactions of some milliseconds, so that whoever records a run next to it hardly waits; breaking it
off, or dying over it, leaves something for the next time and harms nothing. A run goes with its row; of a log that is
long, the end goes first. A large value is removed in a transaction of its own, and only if no row names it: neither in
what is committed, which is what stays if that transaction fails, nor in what whoever holds the writer is about to
commit.

A run that isn't over stays, whatever its age, and so does one that such a run is done again from. The newest run of
each flow stays too: what "from here" takes as given comes from it. Nothing else needs an old run: a session keeps its
state itself, and a result that was taken "from run X" was copied when it was taken.
"""

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from weft import faults
from weft.runs.moments import recorded
from weft.runs.record import OVER, UNFINISHED
from weft.runs.store.database import Database
from weft.runs.store.values import Values

HOLD = 0.02
"""Seconds after which a transaction takes up nothing more."""
_BATCHES, _DOCUMENTS, _VALUES, _PAGES = 64, 50, 50, 256
"""How much of each goes at once."""
_SPARE = 1024
"""Empty pages that stay in the file for what comes next."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What stays: runs that ended no longer than `days` ago, and of each flow the newest `count`. What is None lets
    nothing go. With `flow`, only its runs are looked at."""

    days: float | None = None
    count: int | None = None
    flow: str | None = None

    def __bool__(self) -> bool:
        return self.days is not None or self.count is not None


class Freed(NamedTuple):
    """How much went. `bytes` are those of the values, and of the database's pages that are empty now or gone."""

    runs: int = 0
    documents: int = 0
    values: int = 0
    bytes: int = 0


class Going(NamedTuple):
    """A run that a rule lets go."""

    id: str
    flow: str
    status: str
    created: str


async def going(database: Database, rule: Rule, now: datetime) -> list[Going]:
    """The runs that the rule lets go, the oldest first."""
    return await database.read(lambda db: going_of(db, rule, now))


async def prune(database: Database, rule: Rule, now: datetime | None = None) -> Freed:
    """Let go what the rule says, and whatever nothing refers to."""
    ids = deque(one.id for one in await going(database, rule, now or datetime.now(UTC)))
    used = await database.read(_used)
    runs = await in_turns(database, lambda db, until: _remove(db, ids, until))
    faults.point("after_prune")
    documents = await in_turns(database, _remove_documents)
    values, size = await collect(database)
    empty = used - await database.read(_used)
    await in_turns(database, _give_back)
    return Freed(runs, documents, values, max(0, empty) + size)


async def collect(database: Database) -> tuple[int, int]:
    """Remove the large values that no row names: how many, and their bytes."""
    values = Values(database.path.parent / "values")
    names = deque(sorted(await database.read(values.orphans)))
    sizes = await asyncio.to_thread(values.sizes, names)
    gone: list[str] = []

    def work(db: sqlite3.Connection, _: float) -> int | None:
        some = [names.popleft() for _ in range(min(_VALUES, len(names)))]
        removed = values.remove(db, some)
        gone.extend(removed)
        return len(removed) if some else None

    count = await in_turns(database, work)
    await database.tx(lambda _: values.sweep())
    return count, sum(sizes.get(name, 0) for name in gone)


async def in_turns(database: Database, work: Callable[[sqlite3.Connection, float], int | None]) -> int:
    """Call `work` in one transaction after the other until it gives None; the sum of what it gave. It is told when, on
    the monotonic clock, to take up nothing more. Between two turns whoever else writes has the database."""
    total = 0
    while (done := await database.tx(lambda db: work(db, time.monotonic() + HOLD))) is not None:
        total += done
        await asyncio.sleep(HOLD)
    return total


def going_of(db: sqlite3.Connection, rule: Rule, now: datetime) -> list[Going]:
    if not rule:
        return []
    tests: list[str] = []
    given: dict[str, Any] = {"flow": rule.flow}
    if rule.days is not None:
        tests.append("finished < :before")
        given["before"] = _before(now, rule.days)
    if rule.count is not None:
        tests.append("place > :count")
        given["count"] = rule.count
    query = f"""SELECT id, flow, status, created FROM (
            SELECT id, flow, status, created, finished, row_number() OVER (PARTITION BY flow ORDER BY id DESC) AS place
            FROM run WHERE :flow IS NULL OR flow = :flow)
        WHERE place > 1 AND status IN {_listed(OVER)} AND ({" OR ".join(tests)}) ORDER BY id"""
    needed = _needed(db)
    return [Going(*row) for row in db.execute(query, given) if row[0] not in needed]


def _before(now: datetime, days: float) -> str:
    try:
        return recorded(now - timedelta(days=days))
    except OverflowError:
        return ""  # before all times


def _needed(db: sqlite3.Connection) -> set[str]:
    """The runs that those which aren't over are done again from."""
    query = f"SELECT json_extract(options, '$.choice.again') FROM run WHERE status IN {_listed(UNFINISHED)}"
    return {run for (run,) in db.execute(query) if run}


def _remove(db: sqlite3.Connection, ids: deque[str], until: float) -> int | None:
    """How many runs are gone; None when none is left to go."""
    if not ids:
        return None
    gone, needed = 0, _needed(db)
    part = "SELECT first FROM batch WHERE run = ? ORDER BY first DESC LIMIT ?"
    while ids and (not gone or time.monotonic() < until):
        run = ids[0]
        if run not in needed:
            log = db.execute(f"DELETE FROM batch WHERE run = ? AND first IN ({part})", (run, run, _BATCHES))
            if log.rowcount == _BATCHES:
                break  # there may be more, in the next turn
            row = db.execute(f"DELETE FROM run WHERE id = ? AND status IN {_listed(OVER)}", (run,))
            gone += row.rowcount
        ids.popleft()
    return gone


def _remove_documents(db: sqlite3.Connection, _: float) -> int | None:
    unnamed = "SELECT sum FROM document WHERE NOT EXISTS (SELECT 1 FROM run WHERE run.document = document.sum) LIMIT ?"
    gone = db.execute(f"DELETE FROM document WHERE sum IN ({unnamed})", (_DOCUMENTS,)).rowcount
    return gone or None


def _give_back(db: sqlite3.Connection, until: float) -> int | None:
    """Empty pages to the file system, where the database is of the kind that can: see `Database`."""
    (kind,), (empty,) = db.execute("PRAGMA auto_vacuum").fetchone(), _empty(db)
    if kind != 2 or empty <= _SPARE:
        return None
    while empty > _SPARE and time.monotonic() < until:
        db.execute(f"PRAGMA incremental_vacuum({min(_PAGES, empty - _SPARE)})").fetchall()
        (empty,) = _empty(db)
    return 0


def _empty(db: sqlite3.Connection) -> tuple[int]:
    return db.execute("PRAGMA freelist_count").fetchone()


def _used(db: sqlite3.Connection) -> int:
    (count,), (size,) = db.execute("PRAGMA page_count").fetchone(), db.execute("PRAGMA page_size").fetchone()
    return (count - _empty(db)[0]) * size


def _listed(statuses: Iterable[str]) -> str:
    return "(" + ", ".join(f"'{status}'" for status in statuses) + ")"
