"""Whether a row of the database is what was written: by its checksum, whichever table it is of.

Where nothing else is said, a table's `checksum` is over all its other columns, in their order.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from weft.model.errors import WeftError
from weft.runs.store import single_events
from weft.runs.store.codec import Batch, checksum, decode
from weft.runs.store.values import Values

Named = Mapping[str, Any]


def tables(db: sqlite3.Connection) -> dict[str, list[tuple[str, str]]]:
    """The columns of every table, each with its type, but for those of SQLite and of the version."""
    names = [
        name
        for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")
        if not name.startswith("sqlite_") and name != "weft_schema"
    ]
    return {
        name: [(column[1], column[2]) for column in db.execute(f"PRAGMA table_info({name})")]
        for name in names
    }


def holds(table: str, row: Named, values: Values) -> bool:
    """Whether the row is what was written; one of a table without checksums is believed."""
    check = _OTHERS.get(table)
    if check is not None:
        return check(row, values)
    return "checksum" not in row or _sum(list(row.values())[:-1]) == row["checksum"]


def verifiable(table: str, columns: list[tuple[str, str]]) -> bool:
    """Whether a row of this table can be told from anything else by what is in it."""
    return table in _OTHERS or columns[-1][0] == "checksum"


def broken(db: sqlite3.Connection, values: Values) -> Iterator[tuple[str, str]]:
    """Each row that isn't what was written: its table, and what is known of it."""
    for table, columns in tables(db).items():
        names = [name for name, _ in columns]
        for row in db.execute(f"SELECT {', '.join(names)} FROM {table}"):
            named = dict(zip(names, row, strict=True))
            if not holds(table, named, values):
                told = list(named.items())[: _TOLD.get(table, 2)]
                yield table, ", ".join(f"{name} {value!r}"[:60] for name, value in told)


_TOLD: Mapping[str, int] = {"batch": 3}
"""Columns that name a row, where they aren't two."""


def _document(row: Named, values: Values) -> bool:
    return hashlib.sha256(str(row["text"]).encode("utf-8", "surrogatepass")).hexdigest() == row["sum"]


def _batch(row: Named, values: Values) -> bool:
    run_id, *columns = row.values()
    batch = Batch(*columns)
    try:
        decode(run_id, batch, batch.data if batch.value is None else values.get(batch.value))
    except (WeftError, TypeError, ValueError):
        return False
    return True


def _single_event(row: Named, values: Values) -> bool:
    try:
        return single_events.holds(list(row.values()), values.get)
    except (WeftError, TypeError, ValueError):
        return False


_OTHERS: Mapping[str, Callable[[Named, Values], bool]] = {
    "document": _document,
    "event": _single_event,
    "batch": _batch,
}


def _sum(columns: Sequence[Any]) -> int:
    return checksum("\x1f".join(map(str, columns)))
