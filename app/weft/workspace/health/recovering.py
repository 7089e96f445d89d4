"""Putting a fresh database in the place of a damaged one, which is kept."""

import os
import sqlite3
import sys
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from weft.model.errors import Conflict
from weft.runs.store import backups
from weft.runs.store.rows import broken
from weft.runs.store.salvage import Salvaged, salvage
from weft.runs.store.values import Values, sync
from weft.workspace import lock
from weft.workspace.recording import DATABASE, STATE

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace

_IN_USE = 128
"""The byte of the index that is locked by whoever has the database open."""


def recover(workspace: "Workspace", out: Path | None) -> tuple[Salvaged | None, Path, Path | None]:
    """What was saved, into which file, and where the damaged one is kept; no report when nothing is damaged.

    With `out` only that is written, from a copy: whoever uses the database may go on. Raises WeftError if `out` is
    there already; without it, if a server or another process uses the database."""
    folder = workspace.root / STATE
    database = folder / DATABASE
    if out is None and is_sound(database):
        return None, database, None
    if out is not None:
        if out.exists():
            raise Conflict(f"{str(out)!r} is there already.", code="exists", hint="Name a file that isn't.")
        return salvage(database, out), out, None
    with lock.held(folder, "weft recover"):
        refuse_in_use(database)
        when = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        fresh, kept = folder / f"recovered-{when}.db", folder / f"damaged-{when}"
        with suppress(FileNotFoundError):
            fresh.unlink()
        report = salvage(database, fresh)
        refuse_in_use(database)  # whoever has come meanwhile would go on writing into the damaged one
        _swap(database, fresh, kept)
    return report, database, kept


def refuse_in_use(database: Path) -> None:
    """Raises `Conflict` if another process has the database open, such as 'weft run': it would go on writing into the
    file that was moved away.

    Whoever has a database with a write-ahead log open holds a shared lock on one byte of its index, `-shm`: see "WAL
    locks" in https://www.sqlite.org/walformat.html. Where the system can't tell, nobody is refused."""
    index = Path(f"{database}-shm")
    if sys.platform == "win32" or not index.exists():
        return
    import fcntl

    with index.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _IN_USE)
        except (BlockingIOError, PermissionError):
            raise Conflict(
                f"Another process uses the database {str(database)!r}.",
                code="database-busy",
                hint="Wait for its run to end, or stop it. With --out a copy is recovered beside it.",
            ) from None
        except OSError:
            return  # a file system without locks


def is_sound(database: Path) -> bool:
    """Whether SQLite finds nothing wrong, and every row holds."""
    if not backups.is_whole(database):
        return False
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as db:
            return next(broken(db, Values(database.parent / "values")), None) is None
    except sqlite3.Error:
        return False


def _swap(database: Path, fresh: Path, kept: Path) -> None:
    """The damaged file first moves away with its log, so that at no time the log of one lies beside the other."""
    kept.mkdir(mode=0o700)
    with fresh.open("rb+") as file:
        os.fsync(file.fileno())
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(f"{database}{suffix}").rename(kept / f"{database.name}{suffix}")
    fresh.rename(database)
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(f"{fresh}{suffix}").unlink()
    sync(kept)
    sync(database.parent)
