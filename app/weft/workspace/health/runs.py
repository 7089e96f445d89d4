"""Are the books of the runs well: none that nobody drives, nothing kept that should be gone, a clock that can be right."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from weft.model.errors import WeftError
from weft.runs import owner
from weft.runs.moments import recorded
from weft.runs.store.claim_rows import claim_anew, holds
from weft.runs.store.pruning import going_of
from weft.workspace import lock
from weft.workspace.flows.flowfiles import shown
from weft.workspace.health.finding import Finding, Level, count
from weft.workspace.recording import STATE
from weft.workspace.retention import rule_of

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace

SLACK = timedelta(minutes=5)
"""How far in the future a recorded time may lie: clocks of several machines differ."""
EMPTY = 16 * 1024 * 1024
"""Bytes of empty pages that are worth giving back."""
_UNFINISHED = "status IN ('queued', 'running', 'waiting')"


def books(workspace: "Workspace", db: sqlite3.Connection, database: Path) -> Iterator[Finding]:
    """Everything about runs that isn't whether their rows are as they were written."""
    yield from _undriven(workspace, db, database)
    yield from _due(workspace, db)
    yield from _clock(db)
    yield from _empty(workspace, db, database)


def _undriven(workspace: "Workspace", db: sqlite3.Connection, database: Path) -> Iterator[Finding]:
    served = lock.server_of(workspace.root / STATE) is not None
    leases = dict(db.execute("SELECT owner, until FROM lease").fetchall())
    claims = db.execute(
        f"SELECT id, claim.owner FROM run LEFT JOIN claim ON claim.run = run.id WHERE {_UNFINISHED} ORDER BY id"
    ).fetchall()
    broken = {row[0] for row in db.execute("SELECT * FROM claim") if not holds(row)}
    left = [run for run, by in claims if run not in broken and by and owner.gone(by, leases.get(by))]
    if left:
        level: Level = "note" if served else "warning"
        yield Finding(
            "runs",
            level,
            f"{count(len(left), 'run')} left behind by a process that died: {_some(left)}.",
            "The server goes on with them."
            if served
            else f"'weft resume {left[0]}' goes on with it; so does 'weft serve'.",
        )
    lost = [run for run, by in claims if by is None or run in broken]
    if lost:

        def claim() -> str:
            with closing(sqlite3.connect(database, isolation_level=None)) as writer:
                writer.execute("PRAGMA busy_timeout=5000")
                writer.execute("BEGIN IMMEDIATE")
                claim_anew(writer, holds)
                writer.execute("COMMIT")
            return f"{count(len(lost), 'run')} can be taken up again."

        yield Finding(
            "runs",
            "error",
            f"{count(len(lost), 'run')} that nobody can go on with, for it isn't known whose they are: {_some(lost)}.",
            "They can be put where whoever goes on with runs finds them.",
            claim,
        )
    if not left and not lost:
        yield Finding("runs", "ok", _none_left(len(claims)))


def _none_left(going: int) -> str:
    if not going:
        return "Every run is over."
    return f"Of {count(going, 'run')} that {'is' if going == 1 else 'are'} under way or waiting, none is left behind."


def _due(workspace: "Workspace", db: sqlite3.Connection) -> Iterator[Finding]:
    try:
        settings = workspace.settings.retention
    except WeftError:
        return  # of which its own finding tells
    gone = going_of(db, rule_of(settings), datetime.now(UTC))
    if gone:
        kept = f"{settings.runs_days or 'all'} days, {settings.runs_count or 'all'} of each flow"
        yield Finding(
            "retention",
            "note",
            f"{count(len(gone), 'run')} older or more than weft.toml keeps ({kept}).",
            "A server lets them go within the hour, 'weft runs prune' at once.",
        )
    else:
        yield Finding("retention", "ok", "Nothing is kept longer than weft.toml says.")


def _clock(db: sqlite3.Connection) -> Iterator[Finding]:
    queries = ("SELECT max(created) FROM run", "SELECT max(finished) FROM run", "SELECT max(time) FROM edit")
    newest = max((found for query in queries for (found,) in db.execute(query) if found), default="")
    if newest > recorded(datetime.now(UTC) + SLACK):
        yield Finding(
            "clock",
            "warning",
            f"Something was recorded at {newest}, which is in the future by this machine's clock.",
            "Set the clock right: timers, the order of runs and what is old enough to go depend on it.",
        )
    else:
        yield Finding("clock", "ok", "Nothing was recorded in the future.")


def _empty(workspace: "Workspace", db: sqlite3.Connection, database: Path) -> Iterator[Finding]:
    """Databases made before they could give back pages one by one have to be written anew for it."""
    (kind,), (pages,), (size,) = (
        db.execute(f"PRAGMA {what}").fetchone() for what in ("auto_vacuum", "freelist_count", "page_size")
    )
    if kind == 2 or pages * size < EMPTY:
        return

    def compact() -> str:
        before = database.stat().st_size
        with closing(sqlite3.connect(database, isolation_level=None)) as writer:
            writer.execute("PRAGMA busy_timeout=5000")
            writer.execute("PRAGMA auto_vacuum=INCREMENTAL")
            writer.execute("VACUUM")
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return f"{shown(database)!r} is {(before - database.stat().st_size) / 1e6:,.0f} MB smaller."

    served = lock.server_of(workspace.root / STATE) is not None
    yield Finding(
        "database",
        "note",
        f"{pages * size / 1e6:,.0f} MB of {shown(database)!r} are empty, and used again before it grows.",
        "Written anew, it gives them back: stop the server first."
        if served
        else "Written anew, it gives them back.",
        None if served else compact,
    )


def _some(runs: list[str]) -> str:
    return ", ".join(runs[:5]) + (" …" if len(runs) > 5 else "")
