"""Saving what can be saved of a damaged database: every row whose checksum holds goes into a fresh one.

The damaged file is only read, in a copy. First SQLite is asked for the rows, around the places where it gives up; then,
if it gave up anywhere, the raw pages; then the newest whole backup, for what is still missing.
"""

import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from weft.model.errors import WeftError
from weft.runs.store import backups, single_events
from weft.runs.store.carving import carve
from weft.runs.store.claim_rows import claim_anew
from weft.runs.store.claim_rows import holds as claim_holds
from weft.runs.store.rows import holds, tables, verifiable
from weft.runs.store.schema import migrate
from weft.runs.store.values import Values

Columns = list[tuple[str, str]]
_SINGLES = single_events.COLUMNS
"""The table `event` of earlier versions: what holds of it is gathered beside, and put into batches at the end."""


@dataclass
class Salvaged:
    """How many rows of each table were saved, in which way, and how many were there and didn't hold."""

    read: Counter[str] = field(default_factory=Counter[str])
    carved: Counter[str] = field(default_factory=Counter[str])
    from_backup: Counter[str] = field(default_factory=Counter[str])
    damaged: Counter[str] = field(default_factory=Counter[str])
    unreadable: list[str] = field(default_factory=list[str])
    """Tables that SQLite couldn't read to their end."""
    backup: Path | None = None

    def saved(self, table: str) -> int:
        return self.read[table] + self.carved[table] + self.from_backup[table]

    @property
    def whole(self) -> bool:
        return not (self.damaged or self.unreadable)


def salvage(database: Path, out: Path) -> Salvaged:
    """Make `out`, which mustn't be there yet, of what holds in `database`."""
    report, values = Salvaged(), Values(database.parent / "values")
    with tempfile.TemporaryDirectory(prefix="weft-recover-") as folder:
        copy = Path(folder) / database.name
        for suffix in ("", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{database}{suffix}", f"{copy}{suffix}")
        raw = Path(folder) / "raw.db"
        for suffix in ("", "-wal"):  # opening the copy may fold its log into it, or drop it
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{copy}{suffix}", f"{raw}{suffix}")
        with closing(sqlite3.connect(out, isolation_level=None)) as fresh:
            migrate(fresh, out)
            fresh.execute("PRAGMA foreign_keys=OFF")
            fresh.execute(
                f"CREATE TEMP TABLE event ({', '.join(map(' '.join, _SINGLES))}, PRIMARY KEY (run, seq))"
            )
            fresh.execute("BEGIN")
            shapes = {**tables(fresh), "event": list(_SINGLES)}
            _read_all(copy, fresh, shapes, values, report)
            if report.unreadable:
                _carve_all(raw, fresh, shapes, values, report)
            if not report.whole:
                _fill(database, fresh, shapes, values, report)
            _join_singles(fresh)
            claim_anew(fresh, claim_holds)  # raw pages may hold claims of runs that are over
            fresh.execute("COMMIT")
            fresh.execute("PRAGMA journal_mode=WAL")
    return report


def _read_all(
    copy: Path, fresh: sqlite3.Connection, shapes: Mapping[str, Columns], values: Values, report: Salvaged
) -> None:
    with closing(sqlite3.connect(copy, isolation_level=None)) as db:
        with suppress(sqlite3.Error, WeftError):
            migrate(db, copy)  # an earlier version's rows as they are now
        for table, columns in shapes.items():
            if table == "event" and not _has_singles(db):
                continue
            names = ", ".join(name for name, _ in columns)
            for row in _rows(db, table, names, report):
                counted = report.read if _keep(fresh, table, columns, row, values) else report.damaged
                counted[table] += 1


def _rows(db: sqlite3.Connection, table: str, names: str, report: Salvaged) -> Iterator[tuple[Any, ...]]:
    """The rows that can be read; where a page can't, on behind it."""
    at, jump = -1, 1
    while True:
        query = f"SELECT rowid, {names} FROM {table} WHERE rowid >= ? ORDER BY rowid"
        try:
            for number, *row in db.execute(query, (at,)):
                at, jump = number + 1, 1
                yield tuple(row)
            return
        except sqlite3.Error:
            if table not in report.unreadable:
                report.unreadable.append(table)
            at, jump = at + jump, jump * 2
            if at > 2**62:
                return


def _carve_all(
    raw: Path, fresh: sqlite3.Connection, shapes: Mapping[str, Columns], values: Values, report: Salvaged
) -> None:
    by_width: dict[int, list[str]] = {}
    for table, columns in shapes.items():
        if verifiable(table, columns):
            by_width.setdefault(len(columns), []).append(table)
    for record in carve(raw):
        for table in by_width.get(len(record), ()):
            if _keep(fresh, table, shapes[table], record, values):
                report.carved[table] += 1
                break


def _fill(
    database: Path, fresh: sqlite3.Connection, shapes: Mapping[str, Columns], values: Values, report: Salvaged
) -> None:
    report.backup = backups.newest_whole(database)
    if report.backup is None:
        return
    with tempfile.TemporaryDirectory(prefix="weft-recover-") as folder:
        copy = Path(folder) / "backup.db"
        shutil.copyfile(report.backup, copy)
        with closing(sqlite3.connect(copy, isolation_level=None)) as db:
            migrate(db, copy)
            for table in tables(db):
                columns = shapes[table]
                names = ", ".join(name for name, _ in columns)
                for row in db.execute(f"SELECT {names} FROM {table}"):
                    report.from_backup[table] += _keep(fresh, table, columns, row, values)


def _keep(
    fresh: sqlite3.Connection, table: str, columns: Columns, row: Iterable[Any], values: Values
) -> bool:
    """Whether the row holds and was put in; one that is there already is as good as the other, and stays."""
    cells = [_as(kind, value) for (_, kind), value in zip(columns, row, strict=True)]
    try:
        if not holds(table, {name: cell for (name, _), cell in zip(columns, cells, strict=True)}, values):
            return False
        if table == "batch" and _covered(fresh, cells):
            return False
        marks = ", ".join("?" * len(cells))
        done = fresh.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", cells)
    except (sqlite3.Error, TypeError, ValueError, UnicodeError, OverflowError):
        return False
    return done.rowcount > 0


def _covered(fresh: sqlite3.Connection, cells: list[Any]) -> bool:
    """Whether some of the batch's events are there: raw pages may hold a batch that was never committed."""
    query = "SELECT 1 FROM batch WHERE run = ? AND first <= ? AND last >= ?"
    return fresh.execute(query, (cells[0], cells[2], cells[1])).fetchone() is not None


def _has_singles(db: sqlite3.Connection) -> bool:
    """Whether the database is still of a version that kept each event in a row."""
    with suppress(sqlite3.Error):
        return "event" in tables(db)
    return False


def _join_singles(fresh: sqlite3.Connection) -> None:
    """Make batches of those events of earlier versions that are in none: their old pages may still lie about."""
    fresh.execute(
        "DELETE FROM event WHERE EXISTS (SELECT 1 FROM batch WHERE batch.run = event.run AND first <= seq AND last >= seq)"
    )
    single_events.into_batches(fresh)


def _as(kind: str, value: Any) -> Any:
    """A raw value as its column gives it: 1.0 is stored as 1."""
    return float(value) if kind == "REAL" and isinstance(value, int) else value
