"""Runs in the workspace's database, `.weft/weft.db`, with large values as files beside it."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

from weft.engine.events import Event
from weft.runs.earlier.durations import durations_of
from weft.runs.record import OVER, RunRecord, Status, now
from weft.runs.sessions import Session
from weft.runs.store import claim_rows, session_rows
from weft.runs.store.claim_rows import SqliteClaims
from weft.runs.store.codec import MOST, Batch, checksum, damaged, decode, dump, encode
from weft.runs.store.database import Database
from weft.runs.store.listing import Filters, Wanted
from weft.runs.store.protocol import check_epoch, check_next, follows, missing, no_event, taken
from weft.runs.store.values import Values

_COLUMNS = "id, flow, hash, document, inputs, model, parallel, owner, options, status, created, finished, usage, error"
_ROW = f"SELECT {_COLUMNS}, checksum FROM run WHERE id = ?"
_CLAIMED = (
    f"SELECT {', '.join(f'run.{name}' for name in _COLUMNS.split(', '))}, run.checksum, claim.owner, claim.epoch"
    " FROM run LEFT JOIN claim ON claim.run = run.id"
)
_PAGE = 1000
_PAGE_CHARACTERS = 1_000_000
_INSERT = "INSERT INTO batch (run, first, last, value, heads, data, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)"


class SqliteStore:
    """A `RunStore` in one file. It opens with its first use, and belongs to the event loop of that.

    A database that was handed over is its owner's to close."""

    def __init__(self, database: Database | Path | str) -> None:
        self._owned = not isinstance(database, Database)
        self._db = database if isinstance(database, Database) else Database(Path(database))
        self.path = self._db.path
        self._values = Values(self.path.parent / "values")
        self.claims = SqliteClaims(self._db, self._mark, self._get)

    async def create(self, record: RunRecord, until: float | None = None) -> None:
        def work(db: sqlite3.Connection) -> None:
            _create(db, record)
            claim_rows.begin(db, record, until)

        await self._db.tx(work)

    async def append(
        self,
        run_id: str,
        events: Sequence[Event],
        session: Session | None = None,
        *,
        epoch: int | None = None,
        then: Status | None = None,
    ) -> None:
        if not events:
            return
        outcome = events[-1].data if events[-1].kind == "run-finished" else None

        def work(db: sqlite3.Connection) -> None:
            last, status = _last(db, run_id)
            if epoch is not None and status not in OVER:
                check_epoch(run_id, claim_rows.epoch_of(db, run_id), epoch)
            check_next(run_id, last, status in OVER, events)
            # Made into text here, on the database's thread, and not on the event loop.
            for batch in encode(run_id, events, self._values.put):
                db.execute(_INSERT, (run_id, *batch))
            if outcome is not None:
                _update(db, _row_of(db, run_id, self.path).ended(outcome, now()))
                claim_rows.let_go(db, run_id)
            elif (next_status := then or follows(status)) is not None:
                self._mark(db, run_id, next_status)
                if next_status == "queued":
                    claim_rows.at_once(db, run_id)
            if session is not None:
                session_rows.write(db, session)

        await self._db.tx(work)

    async def mark(self, run_id: str, status: Status, *, epoch: int | None = None) -> None:
        def work(db: sqlite3.Connection) -> None:
            _, before = _last(db, run_id)
            if before not in OVER:
                check_epoch(run_id, claim_rows.epoch_of(db, run_id), epoch)
                self._mark(db, run_id, status)

        await self._db.tx(work)

    def _mark(self, db: sqlite3.Connection, run_id: str, status: Status) -> None:
        _update(db, _row_of(db, run_id, self.path).model_copy(update={"status": status}))

    def _get(self, db: sqlite3.Connection, run_id: str) -> RunRecord:
        return _get(db, run_id, self.path)

    async def session(self, flow: str, name: str) -> Session | None:
        return await self._db.read(lambda db: session_rows.read(db, flow, name, self.path))

    async def sessions(self, flow: str | None = None) -> list[Session]:
        return await self._db.read(lambda db: session_rows.listed(db, flow, self.path))

    async def revise(self, flow: str, name: str, change: Callable[[Session], Session]) -> bool:
        return await self._db.tx(lambda db: session_rows.revise(db, flow, name, change, self.path))

    async def forget(self, flow: str, name: str) -> bool:
        return await self._db.tx(lambda db: session_rows.forget(db, flow, name))

    async def events(self, run_id: str, after: int = 0, limit: int | None = None) -> list[Event]:
        found: list[Event] = []
        while limit is None or len(found) < limit:
            size = _PAGE if limit is None else min(_PAGE, limit - len(found))
            start = found[-1].seq if found else after
            page = await self._db.read(lambda db, start=start, size=size: self._page(db, run_id, start, size))
            found += page
            if not page or (limit is not None and len(page) < size):
                break
        return found[:limit]

    def peek(self, run_id: str, seq: int) -> Event:
        found = self._db.look(lambda db: self._page(db, run_id, seq - 1, 1))
        if not found or found[0].seq != seq:
            raise no_event(run_id, seq)
        return found[0]

    def _page(self, db: sqlite3.Connection, run_id: str, after: int, size: int) -> list[Event]:
        """The events past `after`: whole batches, until there are `size` of them or more, or so many characters."""
        query = (
            "SELECT first, last, value, heads, data, checksum FROM batch"
            " WHERE run = ? AND first > ? AND last > ? ORDER BY first"
        )
        page: list[Event] = []
        characters = 0
        for row in db.execute(query, (run_id, after - MOST, after)):
            batch = Batch(*row)
            text = batch.data if batch.value is None else self._values.get(batch.value)
            page += decode(run_id, batch, text, after, str(self.path))
            characters += len(text or "")
            if len(page) >= size or characters > _PAGE_CHARACTERS:
                break
        return page

    async def get(self, run_id: str) -> RunRecord | None:
        def work(db: sqlite3.Connection) -> RunRecord | None:
            known = db.execute("SELECT 1 FROM run WHERE id = ?", (run_id,)).fetchone()
            return _get(db, run_id, self.path) if known else None

        return await self._db.read(work)

    async def list(self, *, limit: int = 50, **wanted: Unpack[Filters]) -> list[RunRecord]:
        where, given = Wanted(**wanted).condition()
        query = f"{_CLAIMED} WHERE {where} ORDER BY id DESC LIMIT ?"

        def work(db: sqlite3.Connection) -> list[RunRecord]:
            found = db.execute(query, (*given, limit)).fetchall()
            return [_claimed(row, self.path).model_copy(update={"document": ""}) for row in found]

        return await self._db.read(work)

    async def durations(self, flow: str, runs: int) -> Sequence[Mapping[str, float]]:
        return await self._db.read(lambda db: _durations(db, flow, runs))

    async def close(self) -> None:
        if self._owned:
            await self._db.close()


def _durations(db: sqlite3.Connection, flow: str, runs: int) -> list[dict[str, float]]:
    newest = "SELECT id FROM run WHERE flow = ? AND status = 'succeeded' ORDER BY id DESC LIMIT ?"
    heads = "SELECT heads FROM batch WHERE run = ? ORDER BY first"
    found = db.execute(newest, (flow, runs)).fetchall()
    return [
        durations_of(
            (path, kind, at) for (text,) in db.execute(heads, run) for kind, path, at in json.loads(text)
        )
        for run in found
    ]


def _create(db: sqlite3.Connection, record: RunRecord) -> None:
    session_rows.refuse_busy(db, record.flow, record.options.get("session"))
    total = hashlib.sha256(record.document.encode()).hexdigest()
    db.execute("INSERT OR IGNORE INTO document (sum, text) VALUES (?, ?)", (total, record.document))
    row = _row(record, total)
    marks = ", ".join("?" for _ in range(len(row)))
    try:
        db.execute(f"INSERT INTO run ({_COLUMNS}, checksum) VALUES ({marks})", row)
    except sqlite3.IntegrityError as exc:
        if "run.id" in str(exc):
            raise taken(record.id) from None
        raise


def _update(db: sqlite3.Connection, record: RunRecord) -> None:
    """Change what of a run changes; its `document` is the checksum of the text."""
    row = _row(record, record.document)
    status, _, finished, usage, error, total = row[9:]
    db.execute(
        "UPDATE run SET status = ?, finished = ?, usage = ?, error = ?, checksum = ? WHERE id = ?",
        (status, finished, usage, error, total, record.id),
    )


def _last(db: sqlite3.Connection, run_id: str) -> tuple[int, Status]:
    """The number of the run's last event, and the run's status."""
    run = db.execute("SELECT status FROM run WHERE id = ?", (run_id,)).fetchone()
    if run is None:
        raise missing(run_id)
    last = db.execute(
        "SELECT last FROM batch WHERE run = ? ORDER BY first DESC LIMIT 1", (run_id,)
    ).fetchone()
    return last[0] if last else 0, run[0]


def _get(db: sqlite3.Connection, run_id: str, path: Path) -> RunRecord:
    """The run with its document, which is verified too."""
    record = _claimed(db.execute(f"{_CLAIMED} WHERE id = ?", (run_id,)).fetchone(), path)
    found = db.execute("SELECT text FROM document WHERE sum = ?", (record.document,)).fetchone()
    if found is None or hashlib.sha256(found[0].encode()).hexdigest() != record.document:
        raise damaged(f"the document of the run {run_id}", str(path))
    return record.model_copy(update={"document": found[0]})


def _claimed(row: tuple[Any, ...], path: Path) -> RunRecord:
    """The record of a row of `_CLAIMED`: one that isn't over belongs to whoever holds its claim."""
    *columns, owner, epoch = row
    record = _record(tuple(columns), path)
    return record if epoch is None else record.model_copy(update={"owner": owner, "epoch": epoch})


def _row_of(db: sqlite3.Connection, run_id: str, path: Path) -> RunRecord:
    return _record(db.execute(_ROW, (run_id,)).fetchone(), path)


def _row(record: RunRecord, document: str) -> tuple[Any, ...]:
    error = None if record.error is None else dump(record.error)
    row = (
        *(record.id, record.flow, record.hash, document, dump(record.inputs), record.model, record.parallel),
        *(record.owner, dump(record.options), record.status, record.created, record.finished),
        *(dump(_spent(record)), error),
    )
    return (*row, checksum("\x1f".join(map(str, row))))


def _record(row: tuple[Any, ...], path: Path) -> RunRecord:
    """The record of a row; its `document` is the checksum of the text yet to be fetched."""
    *columns, total = row
    if checksum("\x1f".join(map(str, columns))) != total:
        raise damaged(f"the run {columns[0]}", str(path))
    found = dict(zip(_COLUMNS.split(", "), columns, strict=True))
    for name in ("inputs", "options", "usage", "error"):
        found[name] = None if found[name] is None else json.loads(found[name])
    usage = found["usage"]
    more = {name: usage.pop(name) for name in _MONEY if name in usage}
    return RunRecord.model_validate(found | more)


_MONEY = ("cost", "unpriced_calls")
"""What a run used is one column, its cost with it; one recorded before there were costs has none."""


def _spent(record: RunRecord) -> dict[str, Any]:
    money = {name: value for name in _MONEY if (value := getattr(record, name))}
    return {**record.usage, **money} | ({"cost": 0.0} if record.cost == 0 else {})
