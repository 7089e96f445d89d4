"""The database: the contract, and what only a file can go through."""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.runs.events import event, finished, outputs, record
from tests.runs.store.claims_contract import ClaimsContract
from tests.runs.store.store_contract import StoreContract

from weft.model.errors import ReadOnly, WeftError
from weft.runs.store import schema
from weft.runs.store.codec import LARGE
from weft.runs.store.database import Database
from weft.runs.store.sqlite import SqliteStore


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / ".weft" / "weft.db")
    yield store
    await store.close()


class TestSqliteStore(StoreContract, ClaimsContract):
    pass


async def test_what_was_written_is_there_after_reopening(store: SqliteStore) -> None:
    await store.create(record("r1"))
    await store.append("r1", outputs(1, 3))
    await store.close()
    again = SqliteStore(store.path)
    assert await again.events("r1") == outputs(1, 3)
    assert await again.get("r1") == record("r1")
    await again.append("r1", [finished(4)])
    await again.close()


async def test_two_stores_on_one_file_see_each_other(store: SqliteStore) -> None:
    other = SqliteStore(store.path)
    await asyncio.gather(store.create(record("r1")), other.create(record("r2")))
    await asyncio.gather(store.append("r2", outputs(1, 2)), other.append("r1", outputs(1, 1)))
    assert [r.id for r in await store.list()] == [r.id for r in await other.list()] == ["r2", "r1"]
    await other.close()


async def test_the_pragmas_are_those_that_were_promised(tmp_path: Path) -> None:
    database = Database(tmp_path / "weft.db")
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "trusted_schema")

    def pragmas(db: sqlite3.Connection) -> list[Any]:
        return [db.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert await database.tx(pragmas) == ["wal", 2, 1, 5000, 0]
    assert await database.read(pragmas) == ["wal", 2, 1, 5000, 0]
    with pytest.raises(WeftError):
        await database.read(lambda db: db.execute("DELETE FROM run"))
    strict = "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite%' AND NOT strict"
    assert await database.read(lambda db: db.execute(strict).fetchone()[0]) == 0
    await database.close()


async def test_one_write_that_fails_takes_nothing_of_the_others_with_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "weft.db")

    def insert(number: int) -> Callable[[sqlite3.Connection], int]:
        def work(db: sqlite3.Connection) -> int:
            db.execute("INSERT INTO document (sum, text) VALUES (?, 'x')", (str(number),))
            if number % 3 == 0:
                raise KeyError(number)
            return number

        return work

    done = await asyncio.gather(
        *(database.tx(insert(number)) for number in range(30)), return_exceptions=True
    )
    assert [one for one in done if isinstance(one, int)] == [number for number in range(30) if number % 3]
    assert all(isinstance(one, KeyError) for one in done if not isinstance(one, int))
    kept = await database.read(lambda db: {int(row[0]) for row in db.execute("SELECT sum FROM document")})
    assert kept == {number for number in range(30) if number % 3}
    await database.close()


async def test_cancelled_writers_leave_no_open_transaction(tmp_path: Path) -> None:
    """The case that plain begin, insert, commit over aiosqlite fails about every fourth time."""
    database, chance = Database(tmp_path / "weft.db"), random.Random(7)
    for number in range(200):
        task = asyncio.create_task(
            database.tx(
                lambda db, n=number: db.execute("INSERT INTO document (sum, text) VALUES (?, 'x')", (str(n),))
            )
        )
        for _ in range(chance.randrange(12)):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not await database.read(
            lambda db: db.execute("PRAGMA query_only=ON") and db.in_transaction is False
        )
    assert await database.tx(lambda db: db.in_transaction)
    await database.close()


async def test_it_can_be_closed_while_writing_and_keeps_what_was_handed_over(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "weft.db")
    await store.create(record("r1"))
    writing = asyncio.create_task(store.append("r1", outputs(1, 500)))
    await asyncio.sleep(0)
    await store.close()
    await writing
    with pytest.raises(WeftError, match="is closed"):
        await store.append("r1", outputs(501, 1))
    again = SqliteStore(store.path)
    assert len(await again.events("r1")) == 500
    await again.close()
    await again.close()


# --- damage ---


async def test_a_changed_event_is_refused_when_it_is_read(store: SqliteStore) -> None:
    await store.create(record("r1"))
    for first, count in ((1, 1), (2, 1), (3, 4), (7, 1)):
        await store.append("r1", outputs(first, count))
    await store.close()
    _edit(store.path, "UPDATE batch SET data = replace(data, 'word', 'lord') WHERE first IN (2, 3)")
    again = SqliteStore(store.path)
    for after, what in ((0, "event 2 of the run r1"), (2, "events 3 to 6 of the run r1")):
        with pytest.raises(WeftError, match=what) as refused:
            await again.events("r1", after)
        assert refused.value.code == "damaged"
        assert str(store.path) in refused.value.message
    assert [e.seq for e in await again.events("r1", after=6)] == [7]
    assert [e.seq for e in await again.events("r1", limit=1)] == [1]
    await again.close()


@pytest.mark.parametrize(
    ("change", "run"),
    [
        ("last = 4", "r1"),
        ("first = 2", "r1"),
        ("heads = replace(heads, 'step', 'stop')", "r1"),
        ("run = 'r2'", "r2"),
    ],
)
async def test_whatever_of_a_batch_is_changed_is_seen(change: str, run: str, store: SqliteStore) -> None:
    for name in ("r1", "r2"):
        await store.create(record(name))
    await store.append("r1", outputs(1, 3))
    await store.close()
    _edit(store.path, f"UPDATE batch SET {change}")
    again = SqliteStore(store.path)
    with pytest.raises(WeftError, match="damaged: events"):
        await again.events(run)
    await again.close()


async def test_what_is_appended_at_once_lies_in_few_rows_none_of_them_large(store: SqliteStore) -> None:
    await store.create(record("r1"))
    many = outputs(1, 1200, text="x" * 100)
    wide = [event(seq, text="y" * 60_000) for seq in range(1201, 1221)]
    huge = [event(1221, text="z" * 300_000), event(1222, kind="step-ready")]
    for events in (many, [*wide, *huge]):
        await store.append("r1", events)
    found = await store._db.read(
        lambda db: db.execute("SELECT first, last, value, length(data) FROM batch ORDER BY first").fetchall()
    )
    assert [row[:2] for row in found[:3]] == [(1, 512), (513, 1024), (1025, 1200)]
    assert all(size is None or size < LARGE for *_, size in found)
    assert [row[0] for row in found if row[2] is not None] == [1221]
    assert len(found) < 15
    assert await store.events("r1") == [*many, *wide, *huge]
    for after in (0, 511, 512, 1023, 1200, 1220, 1221):
        assert [e.seq for e in await store.events("r1", after, 2)] == [
            seq for seq in (after + 1, after + 2) if seq <= 1222
        ]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ('UPDATE run SET inputs = \'{"topic":"coffee"}\'', "the run r1"),
        ("UPDATE run SET status = 'succeeded'", "the run r1"),
        ("UPDATE document SET text = text || ' '", "the document of the run r1"),
    ],
)
async def test_a_changed_record_is_refused_when_it_is_read(
    change: str, what: str, store: SqliteStore
) -> None:
    await store.create(record("r1", inputs={"topic": "tea"}))
    await store.close()
    _edit(store.path, change)
    again = SqliteStore(store.path)
    with pytest.raises(WeftError, match=what) as refused:
        await again.get("r1")
    assert refused.value.code == "damaged"
    await again.close()


async def test_single_flipped_bits_in_events_are_seen(store: SqliteStore) -> None:
    await store.create(record("r1"))
    await store.append("r1", [event(1, text="a plain word that will be hit somewhere")])
    await store.close()
    (data,) = _edit(store.path, "SELECT data FROM batch")
    chance = random.Random(3)
    for _ in range(25):
        raw = bytearray(data.encode())
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(7)
        _edit(store.path, "UPDATE batch SET data = ?", bytes(raw).decode())
        again = SqliteStore(store.path)
        with pytest.raises(WeftError, match="damaged"):
            await again.events("r1")
        await again.close()


async def test_large_values_are_files_named_by_what_they_hold_and_verified(store: SqliteStore) -> None:
    await store.create(record("r1"))
    large = event(1, text="x" * 300_000)
    await store.append("r1", [large, large._replace(seq=2)])
    (file,) = [path for path in (store.path.parent / "values").rglob("*") if path.is_file()]
    assert await store.events("r1") == [large, large._replace(seq=2)]
    content = file.read_bytes()
    file.write_bytes(content[:-5] + b"y" + content[-4:])
    with pytest.raises(WeftError, match="is damaged: the value"):
        await store.events("r1")
    file.unlink()
    with pytest.raises(WeftError, match="is damaged: the value"):
        await store.events("r1")


@pytest.mark.parametrize(
    "content", [b"no database at all, only text. " * 50, b"SQLite format 3\x00" + b"\xff" * 4096]
)
async def test_a_file_that_is_no_database_is_refused_and_not_touched(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "weft.db"
    path.write_bytes(content)
    store = SqliteStore(path)
    with pytest.raises(WeftError, match="is damaged, or is no database") as refused:
        await store.list()
    assert refused.value.code == "damaged"
    assert path.read_bytes() == content
    await store.close()


# --- versions ---


async def test_a_database_of_a_newer_weft_is_refused_and_not_touched(store: SqliteStore) -> None:
    await store.create(record("r1"))
    await store.close()
    _edit(store.path, "INSERT INTO weft_schema VALUES (99, '2030-01-01')")
    again = SqliteStore(store.path)
    with pytest.raises(
        WeftError,
        match=f"made by a newer Weft: its version is 99, this one reads up to {len(schema.MIGRATIONS)}",
    ) as refused:
        await again.list()
    assert "Update Weft" in refused.value.hint
    assert _edit(store.path, "SELECT count(*) FROM run") == [1]
    await again.close()


async def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weft.db"
    _edit(path, "CREATE TABLE recipes (name TEXT)")
    store = SqliteStore(path)
    with pytest.raises(WeftError, match="belongs to another program: it has the table 'recipes'"):
        await store.list()
    await store.close()


async def test_an_older_database_is_brought_up_to_date(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.create(record("r1"))
    await store.close()
    step = ("ALTER TABLE run ADD COLUMN note TEXT NOT NULL DEFAULT 'old'",)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
    again = SqliteStore(store.path)
    assert await again.get("r1") == record("r1")
    await again.close()
    assert _edit(store.path, "SELECT note FROM run") == ["old"]
    assert _edit(store.path, "SELECT max(version) FROM weft_schema") == [len(schema.MIGRATIONS)]


async def test_a_step_that_fails_leaves_the_older_version_whole(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.create(record("r1"))
    await store.close()
    steps = ("ALTER TABLE run ADD COLUMN note TEXT", "no SQL at all")
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, steps))
    with pytest.raises(WeftError, match="refused"):
        await SqliteStore(store.path).list()
    monkeypatch.undo()
    again = SqliteStore(store.path)
    assert await again.get("r1") == record("r1")
    await again.close()


async def test_several_that_make_the_file_at_once_agree(tmp_path: Path) -> None:
    stores = [SqliteStore(tmp_path / "weft.db") for _ in range(6)]
    await asyncio.gather(*(store.create(record(f"r{number}")) for number, store in enumerate(stores)))
    assert len(await stores[0].list()) == 6
    for store in stores:
        await store.close()


# --- files that can't be used ---


async def test_a_locked_database_is_named_after_the_wait(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weft.runs.store.database.BUSY", 50)
    await store.create(record("r1"))
    holder = sqlite3.connect(store.path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(WeftError, match="is locked by another program") as refused:
        await store.append("r1", outputs(1, 1))
    assert (refused.value.code, refused.value.retryable) == ("database-busy", True)
    assert await store.events("r1") == []  # readers are not held up
    holder.execute("ROLLBACK")
    holder.close()
    await store.append("r1", outputs(1, 1))


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = SqliteStore(tmp_path / "file" / ".weft" / "weft.db")
    with pytest.raises(ReadOnly, match="can't be made: not a directory"):
        await store.list()
    await store.close()


async def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "weft.db").mkdir()
    store = SqliteStore(tmp_path / "weft.db")
    with pytest.raises(ReadOnly, match="can't be opened"):
        await store.list()
    await store.close()


async def test_a_read_only_database_is_named() -> None:
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path: others may not even look into that
        store = SqliteStore(Path(folder) / "weft.db")
        await store.create(record("r1"))
        await store.close()
        os.chmod(folder, 0o555)
        os.chmod(store.path, 0o444)

        async def attempt() -> str:
            other = SqliteStore(store.path)
            try:
                await other.create(record("r2"))
            except WeftError as refused:
                return f"{refused.code}: {refused.message}"
            finally:
                await other.close()
            return "written"

        told = await asyncio.to_thread(_unprivileged, attempt)
        os.chmod(folder, 0o755)
    assert told == f"read-only: The database {str(store.path)!r} can't be written."


async def test_a_full_disk_is_named_and_nothing_half_is_kept(store: SqliteStore) -> None:
    await store.create(record("r1"))
    pages = await store._db.tx(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    await store._db.tx(lambda db: db.execute(f"PRAGMA max_page_count={pages + 2}").fetchone())
    with pytest.raises(WeftError, match="the disk is full") as refused:
        await store.append("r1", outputs(1, 500, text="x" * 200))
    assert refused.value.code == "disk-full"
    assert await store.events("r1") == []
    await store._db.tx(lambda db: db.execute("PRAGMA max_page_count=100000").fetchone())
    await store.append("r1", outputs(1, 500, text="x" * 200))


# --- kill -9 ---

WRITER = textwrap.dedent("""
    import asyncio, sys
    from pathlib import Path
    from weft.engine.events import Event
    from weft.runs.record import RunRecord
    from weft.runs.store.sqlite import SqliteStore

    async def run(store, name):
        await store.create(RunRecord(id=name, flow="f", hash="h", document="{}"))
        print(name, 0, flush=True)
        for seq in range(1, 100000):
            await store.append(name, [Event(seq, "step-output", "a", 0.5, {"text": "x" * (seq % 50)})])
            print(name, seq, flush=True)

    async def main():
        store = SqliteStore(Path(sys.argv[1]))
        await asyncio.gather(*(run(store, f"{sys.argv[2]}-{n}") for n in range(4)))

    asyncio.run(main())
""")


async def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    path, chance, acknowledged = tmp_path / "weft.db", random.Random(11), dict[str, int]()
    for turn in range(4):
        lines = await asyncio.to_thread(_killed_writer, path, f"turn{turn}", chance.randrange(1, 400))
        for line in lines:
            name, seq = line.split()
            acknowledged[name] = max(acknowledged.get(name, 0), int(seq))
    store = SqliteStore(path)
    for name, seq in acknowledged.items():
        there = [e.seq for e in await store.events(name)]
        assert there[:seq] == list(range(1, seq + 1)), f"{name}: {seq} acknowledged, {len(there)} there"
        assert len(there) <= seq + 1
    await store.close()
    assert _edit(path, "PRAGMA integrity_check") == ["ok"]
    assert len(acknowledged) == 16


def _killed_writer(path: Path, name: str, after: int) -> list[str]:
    """The lines of a writer that is killed once it has written `after` of them, those after too."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(after + 4)]
        child.send_signal(signal.SIGKILL)
        return [line for line in [*lines, *child.stdout] if line.endswith("\n")]


def _edit(path: Path, statement: str, *values: Any) -> list[Any]:
    """Change or read the file behind the store's back."""
    with sqlite3.connect(path) as db:
        found = [row[0] for row in db.execute(statement, values)]
    db.close()
    return found


def _unprivileged(attempt: Callable[[], Any]) -> str:
    """What `attempt` says in a child process that may not write everywhere, as root may."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            os.write(into, asyncio.run(attempt()).encode())
        finally:
            os._exit(0)
    os.close(into)
    with open(out, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said
