"""From a damaged database every row whose checksum holds is saved, and the damaged file is left as it is."""

import hashlib
import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.runs.events import event, finished, outputs, record

from weft.runs import backups
from weft.runs.carving import carve
from weft.runs.salvage import salvage
from weft.runs.sqlite import SqliteStore

PAGE = 4096
RUNS, EVENTS = 20, 60


async def made(path: Path) -> int:
    """Runs of many events, some of which go over several pages; how many pages there are."""
    store = SqliteStore(path)
    for number in range(RUNS):
        name = f"r{number:02}"
        await store.create(record(name, inputs={"topic": "tides " * 20}))
        await store.append(name, [event(1, text="long " * 3000), *outputs(2, EVENTS - 2)])
        await store.append(name, [finished(EVENTS)])
    await store.close()
    return pages_of(path)


def pages_of(path: Path) -> int:
    return path.stat().st_size // PAGE


def counts(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as db:
        return {
            table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("run", "event", "document")
        }


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
    assert report.carved["event"] == RUNS * EVENTS


async def test_a_changed_row_is_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "weft.db"
    await made(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE event SET data = replace(data, 'word', 'lord') WHERE run = 'r03' AND seq = 5")
        db.execute("UPDATE run SET flow = 'other' WHERE id = 'r04'")
    report = salvage(path, tmp_path / "out.db")
    assert report.damaged == {"event": 1, "run": 1}
    assert counts(tmp_path / "out.db")["event"] == RUNS * EVENTS - 1


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
    assert report.from_backup["event"] > 0
    assert counts(tmp_path / "out.db")["event"] == RUNS * EVENTS


def test_rubbish_gives_nothing(tmp_path: Path) -> None:
    chance = random.Random(5)
    for number in range(30):
        path = tmp_path / f"rubbish{number}.db"
        path.write_bytes(bytes([0x0D]) + chance.randbytes(PAGE * 3 - 1))
        for record_ in carve(path):
            assert isinstance(record_, list)
        assert salvage(path, tmp_path / f"out{number}.db").read == {}
