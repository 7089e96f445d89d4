"""What `weft doctor` finds in the books of runs, in the cache and in the clock; `weft recover` beside those who write."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.cli.conftest import Weft
from tests.cli.test_doctor import findings  # pyright: ignore[reportUnknownVariableType]
from tests.runs.events import event, finished, record

from weft.runs.moments import recorded
from weft.runs.store import backups
from weft.runs.store.codec import LARGE
from weft.runs.store.database import Database
from weft.runs.store.sqlite import SqliteStore

HOLDS = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("SELECT * FROM run").fetchall()
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def kept(here: Path) -> Path:
    """Three runs that are over, one with a large value, and one left behind by a process of another boot."""
    (here / ".weft").mkdir(mode=0o700)
    asyncio.run(_filled(here / ".weft" / "weft.db"))
    return here


async def _filled(path: Path) -> None:
    store = SqliteStore(path)
    for number in range(3):
        await store.create(record(f"r{number}", created=recorded(datetime.now(UTC))))
        size = LARGE if number == 0 else 1
        await store.append(f"r{number}", [event(1, "step-finished", "a", value={"output": "x" * size})])
        await store.append(f"r{number}", [finished(2)])
    await store.create(record("r9", owner="boot/1/1/1", created=recorded(datetime.now(UTC))))
    await store.close()


def changed(here: Path, change: str) -> None:
    with closing(sqlite3.connect(here / ".weft" / "weft.db")) as db, db:
        assert db.execute(change).rowcount > 0


def test_a_run_left_behind_is_named_with_what_goes_on_with_it(weft: Weft, kept: Path) -> None:
    ((one,),) = [findings(weft)["runs"]]
    assert (one["level"], one["message"]) == ("warning", "1 run left behind by a process that died: r9.")
    assert "'weft resume r9' goes on with it" in one["hint"]


def test_a_run_whose_claim_is_damaged_or_gone_can_be_taken_up_again(weft: Weft, kept: Path) -> None:
    changed(kept, "UPDATE claim SET owner = 'boot/2/2/2'")
    (one,) = findings(weft)["runs"]
    assert (one["level"], one["repairable"]) == ("error", True)
    weft("doctor", "--repair")
    assert "runs" not in findings(weft)
    changed(kept, "DELETE FROM claim")
    weft("doctor", "--repair")
    assert [one["level"] for one in findings(weft)["runs"]] == ["warning"]


def test_a_value_that_is_gone_is_an_error_and_one_nobody_names_a_note(weft: Weft, kept: Path) -> None:
    (value,) = [path for path in (kept / ".weft" / "values").glob("*/*") if path.is_file()]
    value.unlink()
    ((one,),) = [findings(weft)["values"]]
    assert one["level"] == "error"
    assert f"1 large value that runs name, and that aren't there: {value.name[:12]}" in one["message"]


def test_what_is_kept_too_long_is_a_note(weft: Weft, kept: Path) -> None:
    assert "retention" not in findings(weft)
    (kept / "weft.toml").write_text("[retention]\nruns_count = 2\n")
    (one,) = findings(weft)["retention"]
    assert one["level"] == "note"
    assert one["message"].startswith("2 runs older or more than weft.toml keeps")
    assert "weft runs prune" in one["hint"]
    (kept / "weft.toml").write_text("[retention]\nruns_count = -2\n")
    found = findings(weft)
    assert found["settings"][0]["message"].startswith("weft.toml:2 setting 'retention.runs_count'")
    assert not found.keys() & {"database", "retention"}


def test_a_clock_that_was_set_back_is_said(weft: Weft, kept: Path) -> None:
    asyncio.run(_created(kept / ".weft" / "weft.db", "2199-01-01T00:00:00.000Z"))
    (one,) = findings(weft)["clock"]
    assert (one["level"], "2199-01-01" in one["message"]) == ("warning", True)


async def _created(path: Path, when: str) -> None:
    store = SqliteStore(path)
    await store.create(record("rx", created=when))
    await store.close()


def test_a_damaged_cache_is_removed_and_nothing_is_lost(weft: Weft, kept: Path) -> None:
    cache = kept / ".weft" / "cache.db"
    cache.write_bytes(b"rubbish" * 1000)
    (one,) = findings(weft)["cache"]
    assert (one["level"], one["repairable"]) == ("warning", True)
    weft("doctor", "--repair")
    assert not cache.exists()
    assert "cache" not in findings(weft)


def test_a_copy_of_an_earlier_version_is_known(weft: Weft, kept: Path) -> None:
    path = backups.before_version(kept / ".weft" / "weft.db", 5, datetime.now(UTC))
    said = weft("doctor").stdout
    assert path.name in said
    assert "as it was at version 5" in said


def test_a_database_that_cannot_give_back_pages_is_written_anew(
    weft: Weft, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weft.workspace.health.runs.EMPTY", 0)
    path = kept / ".weft" / "weft.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA auto_vacuum=NONE")
        db.execute("VACUUM")
    (one,) = [one for one in findings(weft)["database"] if "empty" in one["message"]]
    assert one["repairable"]
    weft("doctor", "--repair")
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert db.execute("PRAGMA freelist_count").fetchone() == (0,)


def test_recovering_under_another_process_is_refused_and_a_copy_is_not(
    weft: Weft, kept: Path, no_run_is_nobodys: list[str]
) -> None:
    path = kept / ".weft" / "weft.db"
    asyncio.run(_opened(path))
    changed(kept, "UPDATE run SET flow = 'other' WHERE id = 'r1'")
    words = [sys.executable, "-c", HOLDS, str(path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        refused = weft("recover")
        assert refused.exit_code == 2
        assert "Another process uses the database" in refused.stderr
        assert "--out" in refused.stderr
        assert list((kept / ".weft").glob("damaged-*")) == []
        assert weft("recover", "--out", "out.db").exit_code == 0
    assert weft("recover").exit_code == 0
    assert len(list((kept / ".weft").glob("damaged-*"))) == 1
    listed = [json.loads(line) for line in weft("runs", "--json").stdout.splitlines()]
    assert [one["id"] for one in listed] == ["r9", "r2", "r0"]
    no_run_is_nobodys.clear()  # the books have one of a process that died


async def _opened(path: Path) -> None:
    database = Database(path)
    await database.read(lambda _: None)
    await database.close()
