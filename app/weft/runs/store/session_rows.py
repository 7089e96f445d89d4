"""Sessions in the database: one row each, with a checksum that is verified when it is read again."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from weft.runs.record import UNFINISHED
from weft.runs.sessions import Session, busy
from weft.runs.store.codec import checksum, damaged, dump

_COLUMNS = "flow, name, run, runs, updated, data"


def refuse_busy(db: sqlite3.Connection, flow: str, name: str | None) -> None:
    """Raises `Conflict` if a run of that session isn't over."""
    if name is None:
        return
    marks = ", ".join("?" for _ in UNFINISHED)
    query = f"SELECT id FROM run WHERE flow = ? AND status IN ({marks}) AND json_extract(options, '$.session') = ?"
    found = db.execute(query, (flow, *UNFINISHED, name)).fetchone()
    if found is not None:
        raise busy(flow, name, found[0])


def write(db: sqlite3.Connection, session: Session) -> None:
    data = dump({"state": session.state, "previous": session.previous})
    row = (session.flow, session.name, session.run, session.runs, session.updated, data)
    db.execute(
        f"INSERT OR REPLACE INTO session ({_COLUMNS}, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*row, _sum(row)),
    )


def read(db: sqlite3.Connection, flow: str, name: str, path: Path) -> Session | None:
    query = f"SELECT {_COLUMNS}, checksum FROM session WHERE flow = ? AND name = ?"
    row = db.execute(query, (flow, name)).fetchone()
    return None if row is None else _session(row, path)


def listed(db: sqlite3.Connection, flow: str | None, path: Path) -> list[Session]:
    """Those of a flow, or all; the last used first."""
    query = f"SELECT {_COLUMNS}, checksum FROM session WHERE ? IS NULL OR flow = ? ORDER BY updated DESC, flow, name"
    return [_session(row, path) for row in db.execute(query, (flow, flow))]


def revise(
    db: sqlite3.Connection, flow: str, name: str, change: Callable[[Session], Session], path: Path
) -> bool:
    refuse_busy(db, flow, name)
    found = read(db, flow, name, path)
    if found is not None:
        write(db, change(found))
    return found is not None


def forget(db: sqlite3.Connection, flow: str, name: str) -> bool:
    refuse_busy(db, flow, name)
    return db.execute("DELETE FROM session WHERE flow = ? AND name = ?", (flow, name)).rowcount > 0


def _session(row: tuple[Any, ...], path: Path) -> Session:
    *columns, total = row
    if _sum(tuple(columns)) != total:
        raise damaged(f"the session {columns[1]!r} of {columns[0]!r}", str(path))
    flow, name, run, runs, updated, data = columns
    kept = json.loads(data)
    return Session(flow, name, kept["state"], kept["previous"], run, runs, updated)


def _sum(row: tuple[Any, ...]) -> int:
    return checksum("\x1f".join(map(str, row)))
