"""Is the workspace well: what `weft doctor` looks at, what it says, and what it can put right without a risk."""

import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from weft.model.errors import WeftError
from weft.runs.store import backups, schema
from weft.runs.store.rows import broken
from weft.runs.store.upgrading import upgrade as bring_up
from weft.runs.store.values import Values, named
from weft.workspace import lock
from weft.workspace.flows.flowfiles import shown
from weft.workspace.health.cache import cache
from weft.workspace.health.finding import Finding, Level, count, opened
from weft.workspace.health.journal import journal
from weft.workspace.health.runs import books
from weft.workspace.recording import DATABASE, STATE
from weft.workspace.settings.contents import FILE

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace

ROOM = 100 * 1024 * 1024
"""Bytes that should be free: less is a warning, a tenth of it an error."""
SQLITE = (3, 37, 0)  # the first with STRICT tables
LEFT_AFTER = 3600.0
"""Seconds after which a temporary file belongs to nobody who lives."""


def examine(workspace: "Workspace") -> Iterator[Finding]:
    """Everything, as it is now. Nothing is changed by looking."""
    folder = workspace.root / STATE
    yield from _versions()
    yield from _room(workspace.root)
    if folder.is_dir():
        yield from _permissions(folder)
        yield from _server(folder)
        yield from cache(folder)
    yield from _left_behind(workspace)
    yield from _settings(workspace)
    yield from _flows(workspace)
    database = folder / DATABASE
    if not database.exists():
        yield Finding("database", "ok", "Nothing was recorded here yet.")
        return
    yield from _database(workspace, database)
    yield from _backups(database)


def _versions() -> Iterator[Finding]:
    found = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < SQLITE:
        wanted = ".".join(map(str, SQLITE))
        yield Finding(
            "SQLite", "error", f"SQLite is {found}, and Weft needs {wanted}.", "Use a Python that is newer."
        )
    else:
        yield Finding("SQLite", "ok", f"SQLite is {found}.")


def _room(root: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(root).free
    said = f"{free / 1e6:,.0f} MB are free on the disk."
    if free < ROOM:
        level: Level = "error" if free < ROOM // 10 else "warning"
        yield Finding("disk", level, said, "Make room: when the disk is full, nothing can be saved.")
    else:
        yield Finding("disk", "ok", said)


def _permissions(folder: Path) -> Iterator[Finding]:
    if os.name == "nt":
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:

        def close() -> str:
            folder.chmod(0o700)
            return f"{shown(folder)!r} is now open to its owner only."

        yield Finding(
            "permissions",
            "warning",
            f"{shown(folder)!r} can be read by others (mode {mode:o}): it holds runs and sessions.",
            "Only its owner should have access.",
            close,
        )
    unwritable = [
        path for path in (folder, folder / DATABASE) if path.exists() and not os.access(path, os.W_OK)
    ]
    for path in unwritable:
        yield Finding("permissions", "error", f"{shown(path)!r} can't be written.", "Change its permissions.")
    if not mode & 0o077 and not unwritable:
        yield Finding("permissions", "ok", f"{shown(folder)!r} belongs to its owner only.")


def _server(folder: Path) -> Iterator[Finding]:
    server = lock.server_of(folder)
    if server is not None:
        yield Finding("server", "note", f"The workspace is being served: {server}.")
    else:
        yield Finding("server", "ok", "Nobody serves the workspace.")


def _left_behind(workspace: "Workspace") -> Iterator[Finding]:
    """Temporary files of processes that died over them."""
    folders = (workspace.root / "flows", workspace.root / STATE / backups.FOLDER)
    old = time.time() - LEFT_AFTER
    left = [
        path
        for folder in folders
        if folder.is_dir()
        for path in folder.glob(".*.tmp")
        if path.is_file() and path.stat().st_mtime < old
    ]
    if not left:
        return

    def remove() -> str:
        for path in left:
            path.unlink(missing_ok=True)
        return f"Removed {count(len(left), 'temporary file')}."

    names = ", ".join(path.name for path in left[:3])
    yield Finding(
        "files", "warning", f"{count(len(left), 'temporary file')} left by processes that died: {names}.",
        "They can be removed.", remove,
    )  # fmt: skip


def _settings(workspace: "Workspace") -> Iterator[Finding]:
    try:
        _ = workspace.settings
    except WeftError as problem:
        yield Finding("settings", "error", problem.message, problem.hint)
    else:
        yield Finding("settings", "ok", f"{FILE} is in order, or isn't there.")


def _flows(workspace: "Workspace") -> Iterator[Finding]:
    entries = [entry for entry in workspace.flows() if entry.origin == "workspace"]
    for entry in entries:
        if entry.error:
            yield Finding("flows", "warning", entry.error, "Correct the file; 'weft check' says more.")
    if not any(entry.error for entry in entries):
        yield Finding("flows", "ok", f"{count(len(entries), 'flow file')} can be read.")


def _database(workspace: "Workspace", database: Path) -> Iterator[Finding]:
    try:
        with closing(opened(database)) as db:
            version = schema.version(db, database)
            yield from _version(version, database)
            problems = [row[0] for row in db.execute("PRAGMA integrity_check(20)")]
            if problems != ["ok"]:
                raise sqlite3.DatabaseError(problems[0])
            yield Finding("database", "ok", f"{shown(database)!r} is whole to SQLite.")
            if version == len(schema.MIGRATIONS):
                yield from _rows(db, database)
                yield from _values(db, database)
                yield from journal(workspace, db, database)
                yield from books(workspace, db, database)
    except sqlite3.Error as problem:
        yield Finding(
            "database",
            "error",
            f"{shown(database)!r} is damaged: {str(problem).splitlines()[0][:200]}.",
            "'weft recover' saves every row that holds into a fresh one; the damaged file is kept.",
        )
    except WeftError as problem:
        yield Finding("database", "error", problem.message, problem.hint)


def _version(version: int, database: Path) -> Iterator[Finding]:
    if version == len(schema.MIGRATIONS):
        yield Finding("database", "ok", f"The database is of version {version}, which is this Weft's.")
        return

    def upgrade() -> str:
        with closing(sqlite3.connect(database, isolation_level=None)) as db:
            db.execute("PRAGMA busy_timeout=5000")
            bring_up(db, database)
        return f"The database is of version {len(schema.MIGRATIONS)} now."

    yield Finding(
        "database", "note", f"The database is of version {version}; this Weft's is {len(schema.MIGRATIONS)}.",
        "The next command that writes brings it up to date.", upgrade,
    )  # fmt: skip


def _rows(db: sqlite3.Connection, database: Path) -> Iterator[Finding]:
    bad = list(broken(db, Values(database.parent / "values")))
    for table, row in bad[:10]:
        yield Finding(
            "checksums", "error", f"A row of the table {table!r} isn't what was written: {row}.",
            "It is refused when it is read. 'weft recover' takes it from a backup, if one has it.",
        )  # fmt: skip
    if len(bad) > 10:
        yield Finding("checksums", "error", f"So are {len(bad) - 10} more rows.")
    lost = db.execute("PRAGMA foreign_key_check").fetchall()
    if lost:
        yield Finding("checksums", "warning", f"{count(len(lost), 'row')} refer to what isn't there.")
    if not bad and not lost:
        yield Finding("checksums", "ok", "Every row is what was written.")


def _values(db: sqlite3.Connection, database: Path) -> Iterator[Finding]:
    values = Values(database.parent / "values")
    wanted = named(db)
    there = values.names()
    orphans, missing = there - wanted, wanted - there
    if missing:
        some = ", ".join(f"{name[:12]}…" for name in sorted(missing)[:3])
        yield Finding(
            "values", "error", f"{count(len(missing), 'large value')} that runs name, and that aren't there: {some}.",
            "What those steps gave is refused when it is read. Put the folder '.weft/values' of a copy back, or let the runs go.",
        )  # fmt: skip
    if orphans:

        def collect() -> str:
            with closing(sqlite3.connect(database, isolation_level=None)) as writer:
                writer.execute("PRAGMA busy_timeout=5000")
                writer.execute("BEGIN IMMEDIATE")  # whoever writes a value holds this lock too
                gone = values.collect(writer, limit=len(orphans))
                writer.execute("COMMIT")
            return f"Removed {count(gone, 'value')} that no run names."

        yield Finding(
            "values", "note", f"{count(len(orphans), 'large value')} that no run names any more.",
            "They only take room.", collect,
        )  # fmt: skip
    elif not missing:
        yield Finding("values", "ok", f"{count(len(wanted), 'large value')}, each named by a run.")


def _backups(database: Path) -> Iterator[Finding]:
    for version, path in backups.of_versions(database):
        size = f"{path.stat().st_size / 1e6:,.1f} MB"
        yield Finding(
            "backups",
            "ok",
            f"{shown(path)!r} is the database as it was at version {version} ({size}): remove it when all is well.",
        )
    found = backups.listed(database)
    if not found:
        yield Finding("backups", "note", "There is no backup yet: 'weft serve' makes one every hour.")
        return
    when, path = found[0]
    age = datetime.now(UTC) - when
    if not backups.is_whole(path):
        yield Finding("backups", "warning", f"The newest backup, {shown(path)!r}, is damaged.", "Remove it.")
    else:
        hours = age.total_seconds() / 3600
        old = f"{hours:.1f} hours old" if hours >= 0 else "by a clock that has been set back since"
        yield Finding("backups", "ok", f"{count(len(found), 'backup')}, the newest {old} and whole.")
