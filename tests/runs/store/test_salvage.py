"""From a damaged database every row whose checksum holds is saved, and the damaged file is left as it is."""

import hashlib
import random
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.runs.events import event, finished, outputs, record

from weft.runs.store import backups
from weft.runs.store.carving import carve
from weft.runs.store.codec import encode
from weft.runs.store.salvage import salvage
from weft.runs.store.sqlite import SqliteStore

GOLDEN = Path(__file__).parents[2] / "golden" / "databases"
PAGE = 4096
RUNS, EVENTS, BATCH = 20, 60, 6
BATCHES = RUNS * 12


async def made(path: Path) -> int:
    """Runs of many events, some of which go over several pages; how many pages there are."""
    store = SqliteStore(path)
    for number in range(RUNS):
        name = f"r{number:02}"
        await store.create(record(name, inputs={"topic": "tides " * 20}))
        await store.append(name, [event(1, text="long " * 3000)])
        for first in range(2, EVENTS, BATCH):
            await store.append(name, outputs(first, min(BATCH, EVENTS - first)))
        await store.append(name, [finished(EVENTS)])
    await store.close()
    return pages_of(path)


def pages_of(path: Path) -> int:
    return path.stat().st_size // PAGE


def counts(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as db:
        queries = {
            "run": "SELECT count(*) FROM run",
            "event": "SELECT total(last - first + 1) FROM batch",
            "document": "SELECT count(*) FROM document",
        }
        return {what: int(db.execute(query).fetchone()[0]) for what, query in queries.items()}


def hit(path: Path, page: int, *, byte: int = 0xAA) -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(bytes([byte]) * PAGE)


async def test_of_a_whole_database_everything_is_saved(tmp_path: Path) -> None:
    await made(tmp_path / "weft.db")
    report = salvage(tmp_path / "weft.db", tmp_path / "out.db")
    assert report.whole
    assert counts(tmp_path / "out.db") == {"run": RUNS, "event": RUNS * EVENTS, "document": 1}
    store = SqliteStore(tmp_path / "out.db")
    assert len(await store.events("r07")) == EVENTS
    assert (await store.get("r07")) is not None
    await store.close()


@pytest.mark.parametrize("seed", range(6))
async def test_a_page_that_is_lost_costs_what_was_on_it(seed: int, tmp_path: Path) -> None:
    path, chance = tmp_path / "weft.db", random.Random(seed)
    pages = await made(path)
    lost = {chance.randrange(2, pages + 1) for _ in range(3)}
    for page in lost:
        hit(path, page)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    salvage(path, tmp_path / "out.db")
    found = counts(tmp_path / "out.db")
    # A page holds forty events at most; an overflowing row is one, whichever of its pages is hit.
    assert found["event"] >= RUNS * EVENTS - 45 * len(lost)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    store = SqliteStore(tmp_path / "out.db")
    for one in await store.list():
        for kept in await store.events(one.id):
            assert kept.seq >= 1
    await store.close()


@pytest.mark.parametrize("byte", [0x00, 0xFF])
async def test_without_its_first_page_the_rest_is_found_in_the_raw_pages(byte: int, tmp_path: Path) -> None:
    path = tmp_path / "weft.db"
    await made(path)
    hit(path, 1, byte=byte)
    report = salvage(path, tmp_path / "out.db")
    assert not report.whole
    assert counts(tmp_path / "out.db") == {"run": RUNS, "event": RUNS * EVENTS, "document": 1}
    assert report.carved["batch"] == BATCHES


async def test_a_changed_row_is_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "weft.db"
    await made(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE batch SET data = replace(data, 'word', 'lord') WHERE run = 'r03' AND first = 2")
        db.execute("UPDATE run SET flow = 'other' WHERE id = 'r04'")
    report = salvage(path, tmp_path / "out.db")
    assert report.damaged == {"batch": 1, "run": 1}
    assert counts(tmp_path / "out.db")["event"] == RUNS * EVENTS - BATCH


async def test_what_is_missing_is_taken_from_the_newest_whole_backup(tmp_path: Path) -> None:
    path = tmp_path / "weft.db"
    pages = await made(path)
    backups.back_up(path, datetime(2026, 1, 2, tzinfo=UTC))
    store = SqliteStore(path)
    await store.create(record("later"))
    await store.close()
    for page in range(2, pages - 3):
        hit(path, page)
    report = salvage(path, tmp_path / "out.db")
    assert report.backup is not None
    assert report.from_backup["batch"] > 0
    assert counts(tmp_path / "out.db")["event"] == RUNS * EVENTS


async def test_a_batch_that_was_never_committed_takes_the_place_of_none(tmp_path: Path) -> None:
    path = tmp_path / "weft.db"
    store = SqliteStore(path)
    await store.create(record("r1"))
    await store.append("r1", outputs(1, 4))
    await store.close()
    (left,) = encode("r1", outputs(3, 4, text="never"))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?)", ("r1", *left))
    salvage(path, tmp_path / "out.db")
    store = SqliteStore(tmp_path / "out.db")
    assert await store.events("r1") == outputs(1, 4)
    await store.close()


def test_a_damaged_database_of_an_earlier_version_gives_its_events_too(tmp_path: Path) -> None:
    path = tmp_path / "weft.db"
    shutil.copy(GOLDEN / "version-4.db", path)
    whole = salvage(path, tmp_path / "whole.db")
    assert (whole.whole, whole.read["event"], whole.read["batch"]) == (True, 0, 2)
    hit(path, 1)
    carved = salvage(path, tmp_path / "carved.db")
    assert carved.carved["event"] == 4
    assert (
        counts(tmp_path / "whole.db")
        == counts(tmp_path / "carved.db")
        == {"run": 2, "event": 4, "document": 1}
    )


async def test_old_pages_of_a_database_that_grew_give_no_event_twice(tmp_path: Path) -> None:
    path = tmp_path / "weft.db"
    shutil.copy(GOLDEN / "version-4.db", path)
    store = SqliteStore(path)
    await store.append("01golden0002", outputs(2, 3))
    await store.close()
    hit(path, 1)
    salvage(path, tmp_path / "out.db")
    store = SqliteStore(tmp_path / "out.db")
    for run_id, events in (("01golden0001", 3), ("01golden0002", 4)):
        assert [one.seq for one in await store.events(run_id)] == list(range(1, events + 1))
    await store.close()


def test_rubbish_gives_nothing(tmp_path: Path) -> None:
    chance = random.Random(5)
    for number in range(30):
        path = tmp_path / f"rubbish{number}.db"
        path.write_bytes(bytes([0x0D]) + chance.randbytes(PAGE * 3 - 1))
        for record_ in carve(path):
            assert isinstance(record_, list)
        assert salvage(path, tmp_path / f"out{number}.db").read == {}
