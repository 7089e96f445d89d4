"""Bringing a workspace's database to this version: a copy first, then all steps in one transaction, or none."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from weft.model.errors import ReadOnly, WeftError
from weft.runs.store import backups, schema
from weft.runs.store.trouble import explain


def upgrade(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new database; of one of an earlier version, keep a copy and bring it to this one.

    Whatever goes wrong is a WeftError that says that the database is as it was. It has the code of its cause."""
    found = schema.version(db, path)
    if found == len(schema.MIGRATIONS):
        return
    try:
        schema.migrate(
            db, path, before=lambda number: backups.before_version(path, number, datetime.now(UTC))
        )
    except Exception as problem:
        if not found and isinstance(problem, sqlite3.Error):
            raise  # a new one: nobody's data is at stake
        raise _failed(problem, path, found) from problem


def _failed(problem: Exception, path: Path, found: int) -> WeftError:
    if isinstance(problem, sqlite3.Error):
        problem = explain(problem, path)
    cause = problem if isinstance(problem, WeftError) else None
    reason = cause.message if cause else f"{type(problem).__name__}: {problem}"
    message = (
        f"The database {str(path)!r} of version {found} couldn't be brought to version {len(schema.MIGRATIONS)}. It is as it "
        f"was: nothing in it was changed. The reason: {reason}"
    )
    if isinstance(cause, ReadOnly):
        return ReadOnly(message, hint=cause.hint)
    return WeftError(
        message,
        code=cause.code if cause else "upgrade-failed",
        hint=(cause.hint if cause else "")
        or "'weft doctor' says more; the Weft that made it still reads it.",
        retryable=bool(cause and cause.retryable),
    )
