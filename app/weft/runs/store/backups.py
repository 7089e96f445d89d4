"""Copies of the database, an hour apart, the latest 24: whole files that can be put in its place. Another is made
before the database is brought to a later version, and is kept until somebody removes it: `version-5-20260504T110000.db`.

When the next one is due is read off the names of those that are there, so that a restart neither delays nor repeats
one. A copy is written beside its place, synced, and then named.
"""

import os
import re
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from weft import faults
from weft.runs.store.trouble import explain, unusable_folder
from weft.runs.store.values import sync

FOLDER = "backups"
EVERY = timedelta(hours=1)
KEPT = 24
_NAME = re.compile(r"weft-(\d{8}T\d{6})\.db")
_VERSION = re.compile(r"version-(\d+)-(\d{8}T\d{6})\.db")
_WHEN = "%Y%m%dT%H%M%S"


def listed(database: Path) -> list[tuple[datetime, Path]]:
    """The backups of a database, the newest first."""
    folder = database.parent / FOLDER
    found = [(_NAME.fullmatch(path.name), path) for path in folder.glob("weft-*.db")]
    times = [(datetime.strptime(m[1], _WHEN).replace(tzinfo=UTC), path) for m, path in found if m]
    return sorted(times, reverse=True)


def of_versions(database: Path) -> list[tuple[int, Path]]:
    """The copies of the database as it was at earlier versions, with these; the latest first."""
    folder = database.parent / FOLDER
    found = [(_VERSION.fullmatch(path.name), path) for path in folder.glob("version-*.db")]
    named = sorted(((m[2], int(m[1]), path) for m, path in found if m), reverse=True)
    return [(version, path) for _, version, path in named]


def due(database: Path, at: datetime) -> timedelta:
    """How long until the next backup; nothing or less when it is time."""
    newest = next(iter(listed(database)), None)
    # One from the future is by a clock that was set back, and puts nothing off.
    return timedelta(0) if newest is None or newest[0] > at else newest[0] + EVERY - at


def put_right(database: Path, at: datetime) -> None:
    """Backups from the future are by a clock that was set back since: they are named as if they had been made just now,
    in their order. Else those that come would be the oldest, and go first."""
    when = at
    for named, path in listed(database):
        if named <= at:
            return
        when -= timedelta(seconds=1)
        while (place := path.with_name(_named(when))).exists():
            when -= timedelta(seconds=1)
        with suppress(OSError):
            os.utime(path, (when.timestamp(), when.timestamp()))
            path.rename(place)


def changed(database: Path) -> bool:
    """Whether anything was written since the newest backup."""
    newest = next(iter(listed(database)), None)
    if newest is None:
        return database.exists()
    written = 0.0
    for name in (database.name, f"{database.name}-wal"):
        with suppress(OSError):
            written = max(written, (database.parent / name).stat().st_mtime)
    return written > newest[1].stat().st_mtime


def back_up(database: Path, at: datetime) -> Path:
    """Copy the database as it is committed now, beside those who write, and let the oldest copies go."""
    path = _copied(database, _named(at))
    for _, old in listed(database)[KEPT:]:
        old.unlink(missing_ok=True)
    return path


def _named(at: datetime) -> str:
    return f"weft-{at.astimezone(UTC).strftime(_WHEN)}.db"


def before_version(database: Path, version: int, at: datetime) -> Path:
    """Copy the database as it is at this version, before it becomes one of a later."""
    return _copied(database, f"version-{version}-{at.astimezone(UTC).strftime(_WHEN)}.db")


def _copied(database: Path, name: str) -> Path:
    folder = database.parent / FOLDER
    path = folder / name
    temporary = folder / f".{path.name}.{os.getpid()}.tmp"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        for left in folder.glob(".weft-*.tmp"):  # of a process that died over it
            left.unlink(missing_ok=True)
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as db:
            db.execute("PRAGMA trusted_schema=OFF")
            db.execute("VACUUM INTO ?", (str(temporary),))
        _sync_file(temporary)
        faults.point("before_backup")
        temporary.replace(path)
        sync(folder)
    except sqlite3.Error as exc:
        raise explain(exc, database) from exc
    except OSError as exc:
        raise unusable_folder(exc, path) from exc
    finally:
        with suppress(OSError):
            temporary.unlink()
    return path


def newest_whole(database: Path) -> Path | None:
    """The newest backup that is whole, None without one."""
    return next((path for _, path in listed(database) if is_whole(path)), None)


def is_whole(database: Path) -> bool:
    """Whether SQLite finds nothing wrong with the file; the checksums of its rows are another matter."""
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as db:
            return [row[0] for row in db.execute("PRAGMA integrity_check(1)")] == ["ok"]
    except sqlite3.Error:
        return False


def _sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
