"""A database of every version so far is brought to this one, and nothing of it is lost."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from weft.model.errors import WeftError
from weft.runs import schema
from weft.runs.sqlite import SqliteStore

GOLDEN = Path(__file__).parents[1] / "golden" / "databases"
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
