"""A database of every version so far is brought to this one, and nothing of it is lost."""

import json
import shutil
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from weft.engine.events import Event
from weft.model.errors import WeftError
from weft.runs.store import schema
from weft.runs.store.codec import LARGE, MOST
from weft.runs.store.sqlite import SqliteStore
from weft.runs.store.values import Values

GOLDEN = Path(__file__).parents[2] / "golden" / "databases"
VERSIONS = range(1, len(schema.MIGRATIONS) + 1)


def shape(path: Path) -> list[tuple[str, str]]:
    """The tables and indexes, but for white space and for the quotes that renaming puts around a name."""
    with closing(sqlite3.connect(path)) as db:
        found = db.execute(
            "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
        ).fetchall()
    return [(name, " ".join(sql.replace('"', "").split())) for name, sql in found]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_database_of_each_version_is_read_whole(version: int, tmp_path: Path) -> None:
    path = tmp_path / "weft.db"
    shutil.copy(GOLDEN / f"version-{version}.db", path)
    store = SqliteStore(path)
    over, left = (await store.get("01golden0001"), await store.get("01golden0002"))
    assert over is not None
    assert left is not None
    assert (over.status, over.inputs, over.options) == ("succeeded", {"topic": "Kräuter 🍵"}, {})
    assert (left.status, left.model, left.owner) == ("running", "demo", "boot/1/1")
    assert [event.kind for event in await store.events(over.id)] == [
        "run-started",
        "step-finished",
        "run-finished",
    ]
    assert len(await store.events(left.id)) == 1
    await store.close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert [row[0] for row in db.execute("SELECT version FROM weft_schema ORDER BY 1")] == list(VERSIONS)


async def test_a_database_that_grew_has_the_shape_of_a_new_one(tmp_path: Path) -> None:
    for name in ("old.db", "new.db"):
        if name == "old.db":
            shutil.copy(GOLDEN / "version-1.db", tmp_path / name)
        store = SqliteStore(tmp_path / name)
        await store.list()
        await store.close()
    assert shape(tmp_path / "old.db") == shape(tmp_path / "new.db")


async def test_what_was_damaged_before_stays_known_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "weft.db"
    shutil.copy(GOLDEN / "version-1.db", path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE run SET model = 'other' WHERE id = '01golden0002'")
    store = SqliteStore(path)
    assert await store.get("01golden0001") is not None
    with pytest.raises(WeftError, match="the run 01golden0002"):
        await store.get("01golden0002")
    await store.close()


SINGLE = "INSERT INTO event (run, seq, kind, path, at, data, value, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


def single(seq: int, data: str, *, value: str | None = None, run: str = "01golden0002") -> tuple[Any, ...]:
    """An event as versions up to the fourth kept it."""
    kind, path, at = "step-output", "tee/kräuter", seq / 7
    total = zlib.crc32(f"{run}\x1f{seq}\x1f{kind}\x1f{path}\x1f{at!r}\x1f{data}".encode())
    return run, seq, kind, path, at, None if value else data, value, total


async def test_events_of_a_row_each_become_batches_and_those_that_were_damaged_stay_so(
    tmp_path: Path,
) -> None:
    path = tmp_path / "weft.db"
    shutil.copy(GOLDEN / "version-4.db", path)
    large = json.dumps({"text": "🍵" * LARGE}, ensure_ascii=False)
    gone = "0" * 64
    rows = [single(seq, '{"text":"é"}') for seq in range(2, 1502)]
    rows += [
        single(1502, large, value=Values(tmp_path / "values").put(large)),
        single(1503, "{}", value=gone),
    ]
    rows += [single(seq, json.dumps({"text": "x" * 100_000})) for seq in range(1504, 1510)]
    rows += [(*single(1510, "{}")[:2], "step-failed", *single(1510, "{}")[3:]), single(1511, "{}")]
    with closing(sqlite3.connect(path)) as db, db:
        db.executemany(SINGLE, rows)
        db.execute(
            "UPDATE event SET data = CAST(x'7b22ff227d' AS TEXT) WHERE seq = 700 AND run = '01golden0002'"
        )
    store = SqliteStore(path)
    for after, upto in ((0, 699), (700, 1502), (1503, 1509), (1510, 1511)):
        found = await store.events("01golden0002", after, upto - after)
        assert [one.seq for one in found] == list(range(after + 1, upto + 1))
    assert found[-1] == Event(1511, "step-output", "tee/kräuter", 1511 / 7, {})
    assert (await store.events("01golden0002", 1501, 1))[0].data == json.loads(large)
    for after, what in ((699, "event 700 of"), (1502, "the value 000000000000"), (1509, "event 1510 of")):
        with pytest.raises(WeftError, match=what) as refused:
            await store.events("01golden0002", after, 1)
        assert refused.value.code == "damaged"
    await store.append("01golden0002", [Event(1512, "step-ready", "a", 300.0, {})])
    await store.close()
    with closing(sqlite3.connect(path)) as db:
        sizes = db.execute(
            "SELECT last - first + 1, length(data) FROM batch WHERE run = '01golden0002'"
        ).fetchall()
    assert len(sizes) < 16
    assert all(count <= MOST and (size or 0) < LARGE for count, size in sizes)


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_has_its_database_and_its_steps_are_never_changed(version: int, tmp_path: Path) -> None:
    path = tmp_path / "made.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for steps in schema.MIGRATIONS[:version]:
            for step in steps:
                db.execute(step) if isinstance(step, str) else step(db)
    assert shape(GOLDEN / f"version-{version}.db") == shape(path)


def test_every_column_that_can_name_a_large_value_is_known_to_whoever_collects_them(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "made.db", isolation_level=None)) as db:
        schema.migrate(db, tmp_path / "made.db")
        found = [
            (table, column)
            for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            for (column,) in db.execute("SELECT name FROM pragma_table_info(?)", (table,))
            if column == "value"
        ]
    assert tuple(found) == schema.VALUE_COLUMNS
