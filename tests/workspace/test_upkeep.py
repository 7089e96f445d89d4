"""What goes on beside serving: files that are changed outside are met, backups are made when they are due."""

import asyncio
import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from weft.runs.record import RunRecord
from weft.runs.store import backups
from weft.runs.store.sqlite import SqliteStore
from weft.runs.store.values import Values
from weft.workspace import Workspace, upkeep
from weft.workspace.editing.documents import Applied, Documents, Event
from weft.workspace.recording import open_library
from weft.workspace.upkeep import Upkeep, back_up

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def written(folder: Path, hours: list[int]) -> Path:
    """A database, and backups of it so many hours before noon."""
    database = folder / "weft.db"
    with closing(sqlite3.connect(database)) as db:
        db.execute("CREATE TABLE one (x)")
    for hour in hours:
        backups.back_up(database, NOON - timedelta(hours=hour))
    return database


def test_when_a_backup_is_due_survives_a_restart(tmp_path: Path) -> None:
    database = written(tmp_path, [])
    assert backups.due(database, NOON) == timedelta(0)
    backups.back_up(database, NOON - timedelta(minutes=20))
    assert backups.due(database, NOON) == timedelta(minutes=40)
    assert backups.due(database, NOON + timedelta(hours=5)) < timedelta(0)
    assert backups.due(database, NOON - timedelta(days=1)) == timedelta(0)  # the clock was set back


def test_backups_of_a_clock_that_was_ahead_neither_put_off_nor_displace_others(tmp_path: Path) -> None:
    database = written(tmp_path, [3, *range(-100, -100 - backups.KEPT, -1)])
    ahead = [path.read_bytes() for _, path in backups.listed(database)]
    backups.put_right(database, NOON)
    found = backups.listed(database)
    assert [path.read_bytes() for _, path in found] == ahead
    assert NOON - timedelta(minutes=1) < found[-1][0] < found[0][0] < NOON
    assert backups.due(database, NOON) > timedelta(minutes=59)
    assert backups.back_up(database, NOON + timedelta(hours=1)) == backups.listed(database)[0][1]
    backups.put_right(database, NOON + timedelta(hours=1))
    assert len(backups.listed(database)) == backups.KEPT


def test_the_latest_twenty_four_are_kept(tmp_path: Path) -> None:
    database = written(tmp_path, list(range(30, 0, -1)))
    kept = backups.listed(database)
    assert len(kept) == backups.KEPT
    assert kept[0][0] == NOON - timedelta(hours=1)
    assert all(backups.is_whole(path) for _, path in kept)


async def test_a_backup_is_made_beside_writers_and_only_when_there_is_something_new(home: Workspace) -> None:
    database = home.database()
    assert database is not None
    store = SqliteStore(database)
    await store.create(RunRecord(id="r1", flow="f", hash="h", document="{}"))
    values = Values(database.path.parent / "values")
    await database.tx(lambda db: values.put("nobody's"))
    path = await back_up(database, NOON)
    assert path is not None
    assert values.names() == set()
    assert await back_up(database, NOON + timedelta(hours=1)) is None
    again = SqliteStore(path)
    assert await again.get("r1") is not None
    await again.close()
    await home.close()


def test_a_backup_of_what_is_damaged_is_refused_and_costs_no_other(tmp_path: Path) -> None:
    database = written(tmp_path, [1])
    database.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    with pytest.raises(Exception, match="is damaged"):
        backups.back_up(database, NOON)
    assert [path.name for path in (tmp_path / "backups").iterdir()] == ["weft-20260504T110000.db"]


async def test_a_server_backs_up_at_its_start_if_one_is_due(home: Workspace) -> None:
    database = home.database()
    assert database is not None
    await SqliteStore(database).create(RunRecord(id="r1", flow="f", hash="h", document="{}"))
    async with Upkeep(Documents(home, open_library(home)), database, now=lambda: NOON), asyncio.timeout(10):
        while not await asyncio.to_thread(backups.listed, database.path):
            pass
    await home.close()


async def test_a_file_that_is_changed_outside_is_met(
    home: Workspace, flow_file, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "GLANCE", 0.01)
    path = flow_file("poem", name="Mine")
    documents = Documents(home, open_library(home))
    document = await documents.open("poem")
    met = asyncio.Event()

    def heard(event: Event) -> None:
        if isinstance(event, Applied) and event.kind == "file":
            met.set()

    document.subscribe(heard)
    async with Upkeep(documents, home.database()), asyncio.timeout(10):
        await asyncio.to_thread(path.write_text, json.dumps({"format": 1, "name": "Theirs"}))
        await met.wait()
    assert document.flow.name == "Theirs"
    await documents.end()
    await home.close()
    assert os.listdir(home.root / "flows") == ["poem.json"]
