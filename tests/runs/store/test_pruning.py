"""Old runs go, with what only they needed; what anybody still needs stays."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.runs.events import event, finished, outputs, record

from weft.runs.moments import recorded
from weft.runs.store import pruning
from weft.runs.store.codec import LARGE
from weft.runs.store.database import Database
from weft.runs.store.pruning import Freed, Rule, going, prune
from weft.runs.store.sqlite import SqliteStore
from weft.runs.store.values import Values, named

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


CLOCK = [recorded(NOON)]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weft.runs.store.sqlite.now", lambda: CLOCK[0])


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(tmp_path / "weft.db")
    yield made
    await made.close()


async def ran(
    database: Database, name: str, days: float = 0, *, end: bool = True, size: int = 1, **more: object
):
    """A run that began, and ended, so many days before noon, and gave a value of that size."""
    store, began = SqliteStore(database), NOON - timedelta(days=days)
    await store.create(record(name, created=recorded(began), **more))
    await store.append(name, [event(1, "step-finished", "a", value={"output": name[0] * size})])
    if end:
        CLOCK[0] = recorded(began)
        await store.append(name, [finished(2)])


async def ids(database: Database) -> list[str]:
    return [
        name
        for (name,) in await database.read(lambda db: db.execute("SELECT id FROM run ORDER BY id").fetchall())
    ]


async def test_runs_go_by_age_and_by_number_and_the_newest_of_a_flow_never(database: Database) -> None:
    for number in range(6):
        await ran(database, f"a{number}", 60 - 10 * number, flow="tea")
    await ran(database, "b0", 400, flow="old")
    assert await prune(database, Rule(), NOON) == Freed()
    assert [one.id for one in await going(database, Rule(days=35), NOON)] == ["a0", "a1", "a2"]
    assert [one.id for one in await going(database, Rule(count=4), NOON)] == ["a0", "a1"]
    assert [one.id for one in await going(database, Rule(days=55, count=4, flow="old"), NOON)] == []
    assert [one.id for one in await going(database, Rule(days=1e9), NOON)] == []
    done = await prune(database, Rule(days=45, count=5), NOON)
    assert (done.runs, await ids(database)) == (2, ["a2", "a3", "a4", "a5", "b0"])
    assert (await prune(database, Rule(days=0), NOON)).runs == 3
    assert await ids(database) == ["a5", "b0"]


async def test_what_is_not_over_stays_and_what_it_is_done_again_from(database: Database) -> None:
    await ran(database, "r1", 90)
    await ran(database, "r2", 80, end=False)
    await ran(database, "r3", 70)
    await ran(database, "r4", 60, end=False, options={"choice": {"again": "r3"}})
    await ran(database, "r5", 1)
    await prune(database, Rule(days=0.1, count=1), NOON)
    assert await ids(database) == ["r2", "r3", "r4", "r5"]


async def test_with_a_run_go_its_events_document_and_values_unless_others_need_them(
    database: Database,
) -> None:
    for name, document in (("r1", "{}"), ("r2", '{"only": "here"}'), ("r3", "{}")):
        await ran(database, name, 30, document=document, size=LARGE)  # the same value in all
    await ran(database, "x1", 40, size=LARGE, flow="other")
    await ran(database, "x2", 30, size=10, flow="other")
    values = Values(database.path.parent / "values")
    assert len(values.names()) == 2
    done = await prune(database, Rule(days=1), NOON)
    assert (done.runs, done.documents, done.values) == (3, 1, 1)
    assert done.bytes > LARGE
    kept = await database.read(named)
    assert values.names() == kept
    assert len(kept) == 1
    store = SqliteStore(database)
    assert (await store.events("r3"))[0].data["value"]["output"] == "r" * LARGE
    assert (await store.get("r3")) is not None
    assert await store.events("r1") == []
    assert await database.read(lambda db: db.execute("PRAGMA foreign_key_check").fetchall()) == []
    (orphans,) = await database.read(
        lambda db: db.execute("SELECT count(*) FROM batch WHERE run = 'r1'").fetchone()
    )
    assert orphans == 0


async def test_a_long_log_goes_in_parts(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "_BATCHES", 4)
    store = SqliteStore(database)
    await store.create(record("r1", created=recorded(NOON - timedelta(days=9))))
    for first in range(1, 100, 3):
        await store.append("r1", outputs(first, 3))
    await store.append("r1", [finished(100)])
    await ran(database, "r2")
    seen: list[int] = []

    async def looked() -> None:
        while await store.get("r1") is not None:
            seen.append(len(await store.events("r1")))

    done, _ = await asyncio.gather(prune(database, Rule(count=1), NOON), looked())
    assert done.runs == 1
    assert len(set(seen)) > 2
    assert await store.events("r1") == []


async def test_the_disk_gets_back_what_is_empty(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "_SPARE", 8)
    store = SqliteStore(database)
    await store.create(record("r1"))
    for seq in range(1, 30):
        await store.append(
            "r1", [event(seq, "step-output", "a", text=random.Random(seq).randbytes(50_000).hex())]
        )
    await store.append("r1", [finished(30)])
    await ran(database, "r2")

    def pages(db: sqlite3.Connection) -> int:
        return db.execute("PRAGMA page_count").fetchone()[0]

    before = await database.read(pages)
    done = await prune(database, Rule(count=1), NOON)
    assert done.bytes > 2_000_000
    assert await database.read(pages) < before / 10


async def test_a_value_that_is_let_go_in_an_open_transaction_is_not_removed_before_that_is_committed(
    database: Database,
) -> None:
    await ran(database, "r1", size=LARGE)
    values = Values(database.path.parent / "values")
    (name,) = values.names()
    with closing(sqlite3.connect(database.path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM batch")
        assert values.remove(db, [name]) == []
        db.execute("ROLLBACK")
        assert values.holds(name)
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM batch")
        db.execute("COMMIT")
        db.execute("BEGIN IMMEDIATE")
        assert values.remove(db, [name]) == [name]
        db.execute("COMMIT")


async def test_writers_of_the_same_values_lose_none_to_whoever_removes_them(tmp_path: Path) -> None:
    """Two processes' worth of writers put in and let go the same few values all the time."""
    databases = [Database(tmp_path / "weft.db") for _ in range(2)]
    await databases[0].read(lambda _: None)

    async def writes(database: Database, name: str) -> None:
        for number in range(12):
            await ran(database, f"{'ab'[number % 2]}{name}{number:02}", 30, size=LARGE)

    async def prunes(database: Database) -> None:
        for _ in range(15):
            await prune(database, Rule(count=1), NOON)

    await asyncio.gather(writes(databases[0], "x"), writes(databases[1], "y"), *map(prunes, databases))
    values = Values(tmp_path / "values")
    assert await databases[0].read(named) <= {name for name in values.names() if values.holds(name)}
    for database in databases:
        await prune(database, Rule(count=1), NOON)
    assert await databases[0].read(named) == values.names()
    for database in databases:
        await database.close()
