"""Claims, leases and requests in the database. A claim is there as long as its run isn't over."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weft.runs.record import OVER, RunRecord, Status
from weft.runs.store.claims import Claim, Kind, Request, first_due, not_owner
from weft.runs.store.codec import checksum, damaged, dump
from weft.runs.store.protocol import missing, over

if TYPE_CHECKING:
    from weft.runs.store.database import Database

_CLAIM = "run, owner, epoch, due, deaths, progress"
_REQUEST = "run, number, kind, data, outcome"


class SqliteClaims:
    """`mark` gives a run another status, `get` is its record."""

    def __init__(
        self,
        database: "Database",
        mark: Callable[[sqlite3.Connection, str, Status], None],
        get: Callable[[sqlite3.Connection, str], RunRecord],
    ) -> None:
        self._db = database
        self._mark = mark
        self._get = get

    async def claim(
        self, run_id: str, epoch: int, owner: str, until: float, *, progress: int = 0
    ) -> RunRecord:
        def work(db: sqlite3.Connection) -> RunRecord:
            found = held(db, run_id, epoch)
            died = bool(found.owner)
            deaths = 0 if progress > found.progress or not died else found.deaths
            write(db, Claim(run_id, owner, epoch + 1, None, deaths + died, max(progress, found.progress)))
            _beat(db, owner, until)
            self._mark(db, run_id, "running")
            return self._get(db, run_id)

        return await self._db.tx(work)

    async def release(self, run_id: str, epoch: int, status: Status, due: float | None) -> None:
        def work(db: sqlite3.Connection) -> None:
            if not _over(db, run_id):
                found = held(db, run_id, epoch)
                write(db, Claim(run_id, "", epoch, due, found.deaths, found.progress))
                self._mark(db, run_id, status)

        await self._db.tx(work)

    async def of(self, run_id: str) -> Claim | None:
        return await self._db.read(lambda db: read(db, run_id))

    async def due(self, now: float, limit: int) -> list[str]:
        query = "SELECT run FROM claim WHERE due IS NOT NULL AND due <= ? ORDER BY due, run LIMIT ?"
        return await self._db.read(lambda db: [run for (run,) in db.execute(query, (now, limit))])

    async def owned(self, owner: str, limit: int) -> list[str]:
        query = "SELECT run FROM claim WHERE owner <> '' AND owner = ? ORDER BY run LIMIT ?"
        return await self._db.read(lambda db: [run for (run,) in db.execute(query, (owner, limit))])

    async def owners(self) -> dict[str, float | None]:
        query = (
            "SELECT mine.owner, lease.until FROM (SELECT DISTINCT owner FROM claim WHERE owner <> '') AS mine"
            " LEFT JOIN lease ON lease.owner = mine.owner"
        )
        return await self._db.read(lambda db: dict(db.execute(query).fetchall()))

    async def beat(self, owner: str, until: float) -> None:
        await self._db.tx(lambda db: _beat(db, owner, until))

    async def leave(self, owner: str) -> None:
        await self._db.tx(lambda db: db.execute("DELETE FROM lease WHERE owner = ?", (owner,)).rowcount)

    async def ask(self, run_id: str, kind: Kind, data: Mapping[str, Any]) -> int:
        def work(db: sqlite3.Connection) -> int:
            if db.execute("SELECT 1 FROM run WHERE id = ?", (run_id,)).fetchone() is None:
                raise missing(run_id)
            query = "SELECT coalesce(max(number), 0) + 1 FROM request WHERE run = ?"
            (number,) = db.execute(query, (run_id,)).fetchone()
            _put(db, Request(run_id, number, kind, data))
            return int(number)

        return await self._db.tx(work)

    async def requests(self, owner: str) -> list[Request]:
        query = (
            f"SELECT {', '.join(f'request.{name}' for name in _REQUEST.split(', '))}, request.checksum FROM request"
            " JOIN claim ON claim.run = request.run WHERE claim.owner = ? AND request.outcome IS NULL"
            " ORDER BY request.run, request.number"
        )
        rows = await self._db.read(lambda db: db.execute(query, (owner,)).fetchall())
        # Nobody acts on one that isn't what was asked: whoever asked is told so.
        return [_request(row[:-1]) for row in rows if _sum(row[:-1]) == row[-1]]

    async def settle(self, run_id: str, number: int, outcome: Mapping[str, Any]) -> None:
        def work(db: sqlite3.Connection) -> None:
            found = _find(db, run_id, number)
            if found is not None:
                _put(db, Request(run_id, number, found.kind, found.data, outcome))

        await self._db.tx(work)

    async def withdraw(self, run_id: str, number: int) -> Request | None:
        def work(db: sqlite3.Connection) -> Request | None:
            found = _find(db, run_id, number)
            db.execute("DELETE FROM request WHERE run = ? AND number = ?", (run_id, number))
            return found

        return await self._db.tx(work)

    async def request(self, run_id: str, number: int) -> Request | None:
        return await self._db.read(lambda db: _find(db, run_id, number))


# --- inside a transaction of the store ---


def begin(db: sqlite3.Connection, record: RunRecord, until: float | None) -> None:
    """The claim that a run begins with."""
    due = first_due(record.status, record.owner)
    write(db, Claim(record.id, record.owner, record.epoch, due))
    if record.owner and until is not None:
        _beat(db, record.owner, until)


def held(db: sqlite3.Connection, run_id: str, epoch: int) -> Claim:
    """The run's claim, if its epoch is this one; raises as `Claims.claim`."""
    if _over(db, run_id):
        raise over(run_id)
    found = read(db, run_id) or Claim(run_id)
    if found.epoch != epoch:
        raise not_owner(run_id)
    return found


def epoch_of(db: sqlite3.Connection, run_id: str) -> int:
    row = db.execute("SELECT epoch FROM claim WHERE run = ?", (run_id,)).fetchone()
    return row[0] if row else 0


def at_once(db: sqlite3.Connection, run_id: str) -> None:
    """The run is nobody's, and goes on as soon as somebody takes it up."""
    found = read(db, run_id) or Claim(run_id)
    write(db, replace(found, owner="", due=0.0))


def let_go(db: sqlite3.Connection, run_id: str) -> None:
    """The run is over."""
    db.execute("DELETE FROM claim WHERE run = ?", (run_id,))


def read(db: sqlite3.Connection, run_id: str) -> Claim | None:
    row = db.execute(f"SELECT {_CLAIM}, checksum FROM claim WHERE run = ?", (run_id,)).fetchone()
    if row is not None and _sum(row[:-1]) != row[-1]:
        raise damaged(f"the claim on the run {run_id}")
    return None if row is None else Claim(*row[:-1])


def write(db: sqlite3.Connection, claim: Claim) -> None:
    row = (claim.run, claim.owner, claim.epoch, claim.due, claim.deaths, claim.progress)
    db.execute(
        f"INSERT OR REPLACE INTO claim ({_CLAIM}, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, _sum(row))
    )


def claim_unfinished(db: sqlite3.Connection) -> None:
    """Runs that aren't over and have no claim, from before there were any or from a damaged database: they belong to
    whoever began them."""
    unfinished = (
        "SELECT id, owner, status FROM run WHERE status IN ('queued', 'running', 'waiting')"
        " AND id NOT IN (SELECT run FROM claim)"
    )
    for run_id, owner, status in db.execute(unfinished).fetchall():
        write(db, Claim(run_id, owner, due=first_due(status, owner)))


def claim_anew(db: sqlite3.Connection, keep: Callable[[tuple[Any, ...]], bool]) -> None:
    """In place of claims that aren't what was written, and for runs without one: claims by which they go on. The epoch
    goes up, so that whoever still holds the old one writes nothing. Claims and requests of runs that are over go."""
    unfinished = "SELECT id FROM run WHERE status IN ('queued', 'running', 'waiting')"
    for table in ("claim", "request"):
        db.execute(f"DELETE FROM {table} WHERE run NOT IN ({unfinished})")
    for row in db.execute(f"SELECT {_CLAIM}, checksum FROM claim").fetchall():
        if not keep(row):
            write(db, Claim(row[0], "", int(row[2]) + 1, due=0.0))
    claim_unfinished(db)


def holds(row: tuple[Any, ...]) -> bool:
    """Whether the row of a claim, with its sum, is what was written."""
    return _sum(row[:-1]) == row[-1]


def _over(db: sqlite3.Connection, run_id: str) -> bool:
    row = db.execute("SELECT status FROM run WHERE id = ?", (run_id,)).fetchone()
    if row is None:
        raise missing(run_id)
    return row[0] in OVER


def _beat(db: sqlite3.Connection, owner: str, until: float) -> None:
    db.execute("INSERT OR REPLACE INTO lease (owner, until) VALUES (?, ?)", (owner, until))


def _put(db: sqlite3.Connection, request: Request) -> None:
    outcome = None if request.outcome is None else dump(dict(request.outcome))
    row = (request.run, request.number, request.kind, dump(dict(request.data)), outcome)
    db.execute(
        f"INSERT OR REPLACE INTO request ({_REQUEST}, checksum) VALUES (?, ?, ?, ?, ?, ?)", (*row, _sum(row))
    )


def _find(db: sqlite3.Connection, run_id: str, number: int) -> Request | None:
    query = f"SELECT {_REQUEST}, checksum FROM request WHERE run = ? AND number = ?"
    row = db.execute(query, (run_id, number)).fetchone()
    if row is not None and _sum(row[:-1]) != row[-1]:
        raise damaged(f"what was asked of the run {run_id}")
    return None if row is None else _request(row[:-1])


def _request(row: tuple[Any, ...]) -> Request:
    run_id, number, kind, data, outcome = row
    return Request(run_id, number, kind, json.loads(data), None if outcome is None else json.loads(outcome))


def _sum(row: tuple[Any, ...]) -> int:
    return checksum("\x1f".join(map(str, row)))
