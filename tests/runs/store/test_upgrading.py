"""A database of an earlier version: copied before it is brought to this one, and as it was if that fails."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from weft.model.errors import WeftError
from weft.runs.store import backups, schema
from weft.runs.store.sqlite import SqliteStore

GOLDEN = Path(__file__).parents[2] / "golden" / "databases"
NEWEST = len(schema.MIGRATIONS)
UPGRADING = ("during_upgrade",)


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return schema.version(db, path)


def placed(folder: Path, version: int) -> Path:
    path = folder / "weft.db"
    shutil.copy(GOLDEN / f"version-{version}.db", path)
    return path


async def opened(path: Path) -> None:
    store = SqliteStore(path)
    try:
        await store.list()
    finally:
        await store.close()


async def test_a_copy_of_the_earlier_version_is_kept_with_its_number(tmp_path: Path) -> None:
    path = placed(tmp_path, 3)
    await opened(path)
    assert version_of(path) == NEWEST
    ((version, kept),) = backups.of_versions(path)
    assert (version, version_of(kept)) == (3, 3)
    assert kept.name.startswith("version-3-")
    with closing(sqlite3.connect(kept)) as db:
        assert db.execute("SELECT count(*) FROM event").fetchone() == (4,)
    assert backups.listed(path) == []  # it is none of the hourly ones, and doesn't go with them
    await opened(path)
    assert len(backups.of_versions(path)) == 1


async def test_a_new_database_is_copied_nowhere(tmp_path: Path) -> None:
    await opened(tmp_path / "weft.db")
    assert not (tmp_path / "backups").exists()


async def test_an_upgrade_that_fails_half_way_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = placed(tmp_path, 4)
    wrong = (*schema.MIGRATIONS[:-1], ("CREATE TABLE half (x) STRICT", "DROP TABLE nothing"))
    monkeypatch.setattr(schema, "MIGRATIONS", wrong)
    with pytest.raises(WeftError, match="It is as it was: nothing in it was changed") as refused:
        await opened(path)
    assert f"of version 4 couldn't be brought to version {NEWEST}" in refused.value.message
    assert version_of(path) == 4
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM event").fetchone() == (4,)
        assert db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'half'").fetchone() is None
    monkeypatch.undo()
    await opened(path)
    assert version_of(path) == NEWEST


async def test_without_a_copy_nothing_is_upgraded(tmp_path: Path) -> None:
    path = placed(tmp_path, 2)
    (tmp_path / "backups").write_text("in the way")
    with pytest.raises(WeftError, match="as it was"):
        await opened(path)
    assert version_of(path) == 2


@pytest.mark.parametrize("label", UPGRADING)
async def test_a_process_that_dies_over_it_leaves_the_database_as_it_was(label: str, tmp_path: Path) -> None:
    path = placed(tmp_path, 5)
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.runs.store.test_upgrading", str(path)],
        env={**os.environ, "WEFT_FAULT": label},
        cwd=Path(__file__).parents[3],
        timeout=60,
    )
    assert done.returncode == -9
    assert version_of(path) == 5
    await opened(path)
    assert version_of(path) == NEWEST


async def test_two_who_open_it_at_once_upgrade_it_once(tmp_path: Path) -> None:
    path = placed(tmp_path, 1)
    await asyncio.gather(opened(path), opened(path), opened(path))
    assert version_of(path) == NEWEST
    assert all(version_of(kept) == number == 1 for number, kept in backups.of_versions(path))


async def test_a_newer_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = placed(tmp_path, NEWEST)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT INTO weft_schema VALUES (?, 'later')", (NEWEST + 1,))
    before = path.read_bytes()
    with pytest.raises(WeftError, match="made by a newer Weft") as refused:
        await opened(path)
    assert "Update Weft" in refused.value.hint
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert len(path.read_bytes()) == len(before)
    assert not (tmp_path / "backups").exists()


if __name__ == "__main__":
    asyncio.run(opened(Path(sys.argv[1])))
