"""What SQLite and the disk complain of, as sentences."""

import errno
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from weft.model.errors import ReadOnly, WeftError

Identity = tuple[int, int] | None


class _Row(NamedTuple):
    code: str
    says: str
    hint: str
    retryable: bool = False


_DAMAGED = _Row(
    "damaged",
    "is damaged, or is no database",
    "'weft recover' saves every row that holds into a fresh one; 'weft doctor' says more. It was not changed.",
)
_READ_ONLY = _Row(
    "read-only", "can't be written", "Make the folder and the file writable, or use another workspace."
)
_ROWS: Mapping[str, _Row] = {
    "SQLITE_NOTADB": _DAMAGED,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_CANTOPEN": _Row(
        "read-only", "can't be opened", "Check that it is a file, and that the folder may be written."
    ),
    "SQLITE_PERM": _READ_ONLY,
    "SQLITE_BUSY": _Row(
        "database-busy",
        "is locked by another program",
        "Close the program that holds it, then try again.",
        True,
    ),
    "SQLITE_LOCKED": _Row("database-busy", "is locked", "Try again.", True),
    "SQLITE_FULL": _Row("disk-full", "can't grow: the disk is full", "Make room, then try again.", True),
    "SQLITE_IOERR": _Row(
        "disk-error", "can't be read or written: the disk reports an error", "Check the disk.", True
    ),
}


def explain(exc: sqlite3.Error, path: Path) -> WeftError:
    """The sentence for an error of SQLite on this file."""
    name = getattr(exc, "sqlite_errorname", None) or ""
    row = next((row for start, row in _ROWS.items() if name.startswith(start)), None)
    if row is None:
        return WeftError(
            f"The database {str(path)!r} refused: {exc}.",
            code="database-error",
            hint="This is a fault of Weft's; please report it.",
            retryable=False,
        )
    message = f"The database {str(path)!r} {row.says}."
    if row.code == "read-only":
        return ReadOnly(message, hint=row.hint)
    return WeftError(message, code=row.code, hint=row.hint, retryable=row.retryable)


def unusable_folder(exc: OSError, path: Path) -> WeftError:
    return ReadOnly(
        f"The folder {str(path.parent)!r} for the database can't be made: {(exc.strerror or str(exc)).lower()}.",
        hint="Make the folder above it writable, or use another workspace.",
    )


def unwritable(exc: OSError, folder: Path) -> WeftError:
    """A large value that can't be put beside the database."""
    full = exc.errno in (errno.ENOSPC, errno.EDQUOT)
    return WeftError(
        f"A large value can't be written in {str(folder)!r}: {(exc.strerror or str(exc)).lower()}.",
        code="disk-full" if full else "disk-error",
        hint="Make room, then try again." if full else "Check the folder and the disk.",
        retryable=True,
    )


def identity(path: Path) -> Identity:
    """Which file has that name; None if there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def gone(path: Path) -> WeftError:
    """The file was removed, or replaced by another, while it was open."""
    return WeftError(
        f"The database {str(path)!r} isn't there any more: it was removed or replaced while Weft had it open.",
        code="database-gone",
        hint="Put it back, with the '-wal' file beside it. Or stop Weft, take the newest from '.weft/backups', and start it again.",
        retryable=True,
    )
