"""The tables, and how a database of an earlier version becomes one of this."""

import sqlite3
from pathlib import Path

from weft.model.errors import WeftError
from weft.runs.record import now

_FIRST = (
    "CREATE TABLE weft_schema (version INTEGER PRIMARY KEY, applied TEXT NOT NULL) STRICT",
    "CREATE TABLE document (sum TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT",
    """CREATE TABLE run (
        id TEXT PRIMARY KEY,
        flow TEXT NOT NULL,
        hash TEXT NOT NULL,
        document TEXT NOT NULL REFERENCES document (sum),
        inputs TEXT NOT NULL,
        model TEXT,
        parallel INTEGER NOT NULL,
        owner TEXT NOT NULL,
        options TEXT NOT NULL,
        status TEXT NOT NULL CHECK (
            status IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled')
        ),
        created TEXT NOT NULL,
        finished TEXT,
        usage TEXT NOT NULL,
        error TEXT,
        checksum INTEGER NOT NULL
    ) STRICT""",
    "CREATE INDEX run_of_flow ON run (flow, id)",
    "CREATE INDEX run_by_status ON run (status, id)",
    # `data` is the event's JSON; where that is large, `value` names the file that holds it.
    """CREATE TABLE event (
        run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        seq INTEGER NOT NULL CHECK (seq > 0),
        kind TEXT NOT NULL,
        path TEXT NOT NULL,
        at REAL NOT NULL,
        data TEXT,
        value TEXT,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (run, seq),
        CHECK ((data IS NULL) <> (value IS NULL))
    ) STRICT""",
)
MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST,)
"""Each step's statements; a database that has had the first n is of version n. Steps are only ever added."""


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring the database to this version in one transaction. A newer one, or another program's, is refused untouched."""
    if version(db, path) == len(MIGRATIONS):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        for number, statements in enumerate(MIGRATIONS[version(db, path) :], version(db, path) + 1):
            for statement in statements:
                db.execute(statement)
            db.execute("INSERT INTO weft_schema (version, applied) VALUES (?, ?)", (number, now()))
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def version(db: sqlite3.Connection, path: Path) -> int:
    """The version of the database, 0 for an empty one."""
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if not tables:
        return 0
    if "weft_schema" not in tables:
        raise WeftError(
            f"The database {str(path)!r} belongs to another program: it has the table {min(tables)!r}.",
            code="foreign-database",
            hint="Move it away, and Weft makes its own.",
            retryable=False,
        )
    (found,) = db.execute("SELECT coalesce(max(version), 0) FROM weft_schema").fetchone()
    if found > len(MIGRATIONS):
        raise WeftError(
            f"The database {str(path)!r} was made by a newer Weft: its version is {found}, this one reads up to "
            f"{len(MIGRATIONS)}.",
            code="newer-database",
            hint="Update Weft, or use another workspace. Nothing was changed.",
            retryable=False,
        )
    return int(found)
