"""Every cell of every table: changed by whatever it be, it is found, and refused by whoever reads it."""

import asyncio
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.runs.events import event, finished, record

from weft.model import Flow, Transaction
from weft.model.errors import WeftError
from weft.runs.sessions import Session
from weft.runs.store.codec import LARGE
from weft.runs.store.database import Database
from weft.runs.store.rows import broken, tables
from weft.runs.store.sqlite import SqliteStore
from weft.runs.store.values import Values
from weft.workspace.editing.journal import Edit, FileMark, Journal, mark_of

KEYS = {
    "document": {"sum"},
    "run": {"id"},
    "batch": {"run", "first", "last"},
    "session": {"flow", "name"},
    "edit": {"flow", "rev"},
    "edit_snapshot": {"flow", "rev"},
    "edit_file": {"flow"},
    "claim": {"run"},
    "request": {"run", "number"},
}
"""The columns by which a row is looked for: with another key it isn't found. Whoever looks at all rows finds it."""
WITHOUT = {"lease"}
"""Who is alive, of no use to anybody later."""


async def filled(path: Path) -> None:
    database = Database(path)
    store, journal = SqliteStore(database), Journal(database)
    await store.create(record("r1", owner="boot/1/1/1", options={"session": "ann"}))
    large = event(2, "step-finished", "a", value={"output": "x" * LARGE})
    await store.append("r1", [event(1, "run-started", "", flow="f"), large])
    await store.append("r1", [finished(3)], Session("essay", "ann", {"a": 1}, {}, "r1", 1, "2026"))
    await store.create(record("r2", owner="boot/1/1/1"))
    await store.append("r2", [event(1, "run-started", "", flow="f")])
    await store.claims.ask("r2", "cancel", {})
    await store.claims.beat("boot/1/1/1", 5.0)
    tx = Transaction.model_validate({"changes": [{"op": "set-name", "name": "b"}], "op_id": "1"})
    await journal.add("poem", [Edit(1, "edit", None, tx, tx, "ann")], [(0, Flow())], FileMark(1, "d", 1, "d"))
    await database.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    asyncio.run(filled(folder / "weft.db"))
    with closing(sqlite3.connect(folder / "weft.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


def columns(path: Path) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(path)) as db:
        return [(table, name, kind) for table, found in tables(db).items() for name, kind in found]


def other(value: Any, kind: str) -> Any:
    """The value with a bit of it flipped; of nothing, something."""
    if value is None:
        return {"TEXT": "x", "INTEGER": 7, "REAL": 7.5}[kind]
    if isinstance(value, str):
        return value[:-1] + chr(ord(value[-1]) ^ 1) if value else "x"
    return value + 64


def changes(path: Path) -> Iterator[tuple[str, str]]:
    """Each cell of each row changed, one at a time, and taken back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA ignore_check_constraints=ON")
        for table, name, kind in columns(path):
            for number, value in db.execute(f"SELECT rowid, {name} FROM {table}").fetchall():
                db.execute(f"UPDATE {table} SET {name} = ? WHERE rowid = ?", (other(value, kind), number))
                yield table, name
                db.execute(f"UPDATE {table} SET {name} = ? WHERE rowid = ?", (value, number))


def test_every_table_is_among_them_and_has_a_row(whole: Path) -> None:
    with closing(sqlite3.connect(whole / "weft.db")) as db:
        assert set(tables(db)) == KEYS.keys() | WITHOUT
        for table in tables(db):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] > 0, table
        assert list(broken(db, Values(whole / "values"))) == []


def test_a_changed_cell_is_found_in_every_column(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "copy")
    path = tmp_path / "copy" / "weft.db"
    seen: set[tuple[str, str]] = set()
    for table, name in changes(path):
        if table in WITHOUT:
            continue
        seen.add((table, name))
        with closing(sqlite3.connect(path)) as db:
            found = {one for one, _ in broken(db, Values(path.parent / "values"))}
        assert table in found, (table, name)
    assert len(seen) == sum(table not in WITHOUT for table, _, _ in columns(path))


async def test_whoever_reads_a_changed_row_is_refused(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "copy")
    path = tmp_path / "copy" / "weft.db"
    database = Database(path)
    store, journal = SqliteStore(database), Journal(database)
    reads = {
        "document": lambda: _each(store.get),
        "run": lambda: _each(store.get),
        "batch": lambda: _each(store.events),
        "session": lambda: store.session("essay", "ann"),
        "edit": lambda: journal.edits("poem", 0),
        "edit_snapshot": lambda: journal.flow_at("poem", 0),
        "edit_file": lambda: database.read(lambda db: mark_of(db, "poem", path)),
        "claim": lambda: store.claims.of("r2"),
        "request": lambda: store.claims.request("r2", 1),
    }
    for read in reads.values():
        await read()
    refused = 0
    for table, name in changes(path):
        if table in WITHOUT or name in KEYS[table]:
            continue
        with pytest.raises(WeftError) as problem:
            await reads[table]()
        assert problem.value.code == "damaged", (table, name)
        assert "weft recover" in problem.value.hint
        refused += 1
    assert refused > 40
    assert await store.claims.requests("boot/1/1/1") != []
    await database.close()


async def _each(read: Callable[[str], Awaitable[object]]) -> None:
    for run in ("r1", "r2"):
        await read(run)


async def test_a_changed_request_is_not_acted_on(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy" / "weft.db")) as db, db:
        db.execute("UPDATE request SET kind = 'answer'")
    store = SqliteStore(tmp_path / "copy" / "weft.db")
    assert await store.claims.requests("boot/1/1/1") == []
    await store.close()


async def test_a_changed_large_value_is_refused(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "copy")
    (file,) = _values(tmp_path / "copy")
    _flip(file)
    store = SqliteStore(tmp_path / "copy" / "weft.db")
    with pytest.raises(WeftError, match="the value") as problem:
        await store.events("r1")
    assert problem.value.code == "damaged"
    await store.close()


def _values(folder: Path) -> list[Path]:
    return [path for path in (folder / "values").glob("*/*") if path.is_file()]


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
