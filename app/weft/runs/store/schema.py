"""The tables, and how a database of an earlier version becomes one of this."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from weft import faults
from weft.model.errors import ReadOnly, WeftError
from weft.runs.record import now
from weft.runs.store.claim_rows import claim_unfinished
from weft.runs.store.codec import checksum
from weft.runs.store.single_events import into_batches

Step = str | Callable[[sqlite3.Connection], None]

_FIRST: tuple[Step, ...] = (
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
        status TEXT NOT NULL CHECK (status IN ('running', 'succeeded', 'failed', 'cancelled')),
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


def _summed_with_options(db: sqlite3.Connection) -> None:
    """Sums over the new column too. A row that was damaged keeps its sum, and so stays known as damaged."""
    columns = "id, flow, hash, document, inputs, model, parallel, owner, options, status, created, finished, usage, error"
    for *row, total in db.execute(f"SELECT {columns}, checksum FROM run").fetchall():
        if checksum("\x1f".join(map(str, row[:8] + row[9:]))) == total:
            db.execute(
                "UPDATE run SET checksum = ? WHERE id = ?", (checksum("\x1f".join(map(str, row))), row[0])
            )


_OPTIONS: tuple[Step, ...] = (
    """CREATE TABLE run_now (
        id TEXT PRIMARY KEY,
        flow TEXT NOT NULL,
        hash TEXT NOT NULL,
        document TEXT NOT NULL REFERENCES document (sum),
        inputs TEXT NOT NULL,
        model TEXT,
        parallel INTEGER NOT NULL,
        owner TEXT NOT NULL,
        options TEXT NOT NULL DEFAULT '{}',
        status TEXT NOT NULL CHECK (
            status IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled')
        ),
        created TEXT NOT NULL,
        finished TEXT,
        usage TEXT NOT NULL,
        error TEXT,
        checksum INTEGER NOT NULL
    ) STRICT""",
    """INSERT INTO run_now (id, flow, hash, document, inputs, model, parallel, owner, status, created, finished,
        usage, error, checksum) SELECT id, flow, hash, document, inputs, model, parallel, owner, status, created,
        finished, usage, error, checksum FROM run""",
    "DROP TABLE run",
    "ALTER TABLE run_now RENAME TO run",
    "CREATE INDEX run_of_flow ON run (flow, id)",
    "CREATE INDEX run_by_status ON run (status, id)",
    _summed_with_options,
)

_EDITS: tuple[Step, ...] = (
    # The journal of edits: never changed, only added to. `kind` says what made the revision; for an undo or redo, `of`
    # is the revision that it takes back or brings back.
    """CREATE TABLE edit (
        flow TEXT NOT NULL,
        rev INTEGER NOT NULL CHECK (rev > 0),
        op_id TEXT,
        kind TEXT NOT NULL CHECK (kind IN ('edit', 'undo', 'redo', 'file')),
        of INTEGER,
        tx TEXT NOT NULL,
        inverse TEXT NOT NULL,
        person TEXT NOT NULL,
        time TEXT NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (flow, rev),
        UNIQUE (flow, op_id)
    ) STRICT""",
    # The flow whole at some revisions, so that few edits have to be applied again.
    """CREATE TABLE edit_snapshot (
        flow TEXT NOT NULL,
        rev INTEGER NOT NULL,
        text TEXT NOT NULL,
        time TEXT NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (flow, rev)
    ) STRICT""",
    # What the flow's file held when it was last read or written (`rev`, `digest`), and what was about to be written.
    """CREATE TABLE edit_file (
        flow TEXT PRIMARY KEY,
        rev INTEGER NOT NULL,
        digest TEXT NOT NULL,
        next_rev INTEGER NOT NULL,
        next_digest TEXT NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT""",
)
_SESSIONS: tuple[Step, ...] = (
    # What the next run of a session begins with: `data` is its state and its previous answers as JSON.
    """CREATE TABLE session (
        flow TEXT NOT NULL,
        name TEXT NOT NULL,
        run TEXT NOT NULL,
        runs INTEGER NOT NULL CHECK (runs > 0),
        updated TEXT NOT NULL,
        data TEXT NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (flow, name)
    ) STRICT""",
)
_BATCHES: tuple[Step, ...] = (
    # Events of a run that follow one another: their heads and their data as JSON (`codec.Batch`). Where the data is
    # large, `value` names the file that holds it.
    """CREATE TABLE batch (
        run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        first INTEGER NOT NULL CHECK (first > 0),
        last INTEGER NOT NULL CHECK (last >= first),
        value TEXT,
        heads TEXT NOT NULL,
        data TEXT,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (run, first),
        CHECK ((data IS NULL) <> (value IS NULL))
    ) STRICT""",
    into_batches,
    "DROP TABLE event",
)
_CLAIMS: tuple[Step, ...] = (
    # Who owns each run that isn't over; "" is nobody, and then `due` says when it goes on by itself (`claims.Claim`).
    """CREATE TABLE claim (
        run TEXT PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
        owner TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        due REAL,
        deaths INTEGER NOT NULL,
        progress INTEGER NOT NULL,
        checksum INTEGER NOT NULL
    ) STRICT""",
    "CREATE INDEX claim_by_owner ON claim (owner, run) WHERE owner <> ''",
    "CREATE INDEX claim_by_due ON claim (due, run) WHERE due IS NOT NULL",
    # Until when an owner is believed to live, on its machine's monotonic clock. Of no use once it is gone.
    "CREATE TABLE lease (owner TEXT PRIMARY KEY, until REAL NOT NULL) STRICT",
    # What others ask of a run's owner; `outcome` is NULL until it has seen to it (`claims.Request`).
    """CREATE TABLE request (
        run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
        number INTEGER NOT NULL CHECK (number > 0),
        kind TEXT NOT NULL CHECK (kind IN ('cancel', 'answer')),
        data TEXT NOT NULL,
        outcome TEXT,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (run, number)
    ) STRICT""",
    claim_unfinished,
)
_NAMED: tuple[Step, ...] = (
    # Who looks whether anybody still names a document or a large value needn't read every row.
    "CREATE INDEX run_by_document ON run (document)",
    "CREATE INDEX batch_by_value ON batch (value) WHERE value IS NOT NULL",
)
MIGRATIONS: tuple[tuple[Step, ...], ...] = (_FIRST, _OPTIONS, _EDITS, _SESSIONS, _BATCHES, _CLAIMS, _NAMED)
"""Each version's steps; a database that has had the first n is of version n. They are only ever added to, and each
has its database in tests/golden/databases."""

VALUE_COLUMNS: tuple[tuple[str, str], ...] = (("batch", "value"),)
"""Every column that names a file of large values: what none of them names may be removed."""


def migrate(db: sqlite3.Connection, path: Path, *, before: Callable[[int], object] | None = None) -> None:
    """Bring the database to this version in one transaction. A newer one, or another program's, is refused untouched.
    `before` is called with the version of one that has any, while nobody else can write."""
    if version(db, path) == len(MIGRATIONS):
        return
    # While it is on, replacing a table would take along whatever refers to its rows.
    db.execute("PRAGMA foreign_keys=OFF")
    db.execute("BEGIN IMMEDIATE")
    try:
        found = version(db, path)
        if before is not None and 0 < found < len(MIGRATIONS):
            before(found)
        for number, steps in enumerate(MIGRATIONS[found:], found + 1):
            for step in steps:
                db.execute(step) if isinstance(step, str) else step(db)
            db.execute("INSERT INTO weft_schema (version, applied) VALUES (?, ?)", (number, now()))
        if found:
            faults.point("during_upgrade")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    finally:
        db.execute("PRAGMA foreign_keys=ON")


def refuse_older(db: sqlite3.Connection, path: Path) -> None:
    """Whoever only reads can't bring an earlier version up to this one."""
    found = version(db, path)
    if found < len(MIGRATIONS):
        raise ReadOnly(
            f"The database {str(path)!r} is of version {found}, and this Weft reads version {len(MIGRATIONS)}.",
            hint="Any command that may write brings it up to date, such as 'weft doctor --repair'.",
        )


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
