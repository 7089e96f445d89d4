"""Putting a fresh database in the place of a damaged one, which is kept."""

import os
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from weft.model.errors import Conflict
from weft.runs import backups
from weft.runs.rows import broken
from weft.runs.salvage import Salvaged, salvage
from weft.runs.values import Values, sync
from weft.workspace import lock
from weft.workspace.recording import DATABASE, STATE

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace


def recover(workspace: "Workspace", out: Path | None) -> tuple[Salvaged | None, Path, Path | None]:
    """What was saved, into which file, and where the damaged one is kept; no report when nothing is damaged.

    With `out` only that is written. Raises WeftError if it is there already, or a server uses the database."""
    folder = workspace.root / STATE
    database = folder / DATABASE
    if out is None and is_sound(database):
        return None, database, None
    if out is not None:
        if out.exists():
            raise Conflict(f"{str(out)!r} is there already.", code="exists", hint="Name a file that isn't.")
        return salvage(database, out), out, None
    with lock.held(folder, "weft recover"):
        when = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        fresh, kept = folder / f"recovered-{when}.db", folder / f"damaged-{when}"
        with suppress(FileNotFoundError):
            fresh.unlink()
        report = salvage(database, fresh)
        _swap(database, fresh, kept)
    return report, database, kept


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
