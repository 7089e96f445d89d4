"""Events as versions 1 to 4 of the database kept them, a row each: what the fifth, and recovery, make batches of."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from weft.runs.store.codec import LARGE, MOST, Batch, dump, sum_of, sum_of_one

COLUMNS: tuple[tuple[str, str], ...] = (
    ("run", "TEXT"),
    ("seq", "INTEGER"),
    ("kind", "TEXT"),
    ("path", "TEXT"),
    ("at", "REAL"),
    ("data", "TEXT"),
    ("value", "TEXT"),
    ("checksum", "INTEGER"),
)
_NAMES = ", ".join(name for name, _ in COLUMNS)
_Row = tuple[str, int, str, str, float, str | None, str | None, int]


def into_batches(db: sqlite3.Connection) -> None:
    """Every row into a batch. One that was damaged becomes a batch that is, and so stays known as damaged."""
    texts = db.text_factory
    db.text_factory = partial(str, encoding="utf-8", errors="replace")
    try:
        rows = db.execute(f"SELECT {_NAMES} FROM event ORDER BY run, seq")
        for run_id, batch in _batches(rows):
            db.execute("INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?)", (run_id, *batch))
    finally:
        db.text_factory = texts


def holds(row: Sequence[Any], get: Callable[[str], str]) -> bool:
    """Whether a row is what was written. Raises WeftError if its value is gone."""
    run_id, seq, kind, path, at, data, value, total = row
    text = data if value is None else get(value)
    return (data is None) != (value is None) and sum_of_one(run_id, seq, kind, path, at, text) == total


def as_batch(row: Sequence[Any]) -> Batch:
    """One that holds, as the batch of one event."""
    run_id, seq, kind, path, at, data, value, total = row
    heads = dump([[kind, path, at]])
    if value is not None:
        return Batch(seq, seq, value, heads, None, total)  # the sum of such a batch is that of the row
    return Batch(seq, seq, None, heads, f"[{data}]", sum_of(run_id, seq, seq, heads, f"[{data}]"))


def _batches(rows: Iterator[_Row]) -> Iterator[tuple[str, Batch]]:
    gathered: list[_Row] = []
    size = 0
    for row in rows:
        run_id, seq, kind, path, at, data, value, total = row
        alone = value is not None or data is None or sum_of_one(run_id, seq, kind, path, at, data) != total
        more = len(data or "")
        if gathered and (
            alone
            or (gathered[-1][0], gathered[-1][1] + 1) != (run_id, seq)
            or len(gathered) == MOST
            or size + more >= LARGE
        ):
            yield _together(gathered)
            gathered, size = [], 0
        if not alone:
            gathered.append(row)
            size += more + 1
        elif value is not None:
            yield run_id, as_batch(row)
        else:
            batch = as_batch(row)
            yield run_id, batch._replace(checksum=batch.checksum ^ 1)
    if gathered:
        yield _together(gathered)


def _together(rows: Sequence[_Row]) -> tuple[str, Batch]:
    """Rows that hold and are numbered in a row, as one batch."""
    run_id, first, last = rows[0][0], rows[0][1], rows[-1][1]
    heads = dump([row[2:5] for row in rows])
    data = f"[{','.join(str(row[5]) for row in rows)}]"
    return run_id, Batch(first, last, None, heads, data, sum_of(run_id, first, last, heads, data))
