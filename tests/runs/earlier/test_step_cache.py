"""The cache on disk: shared, bounded, and never in the way when it is damaged."""

import asyncio
import json
import logging
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import pytest_asyncio

from weft.engine.caching import Entry, Note
from weft.runs.earlier.step_cache import StepCacheFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".weft" / "cache.db"


@pytest_asyncio.fixture
async def cache(path: Path) -> AsyncIterator[StepCacheFile]:
    made = StepCacheFile(path)
    yield made
    await made.close()


def entry(text: str, **more: Any) -> Entry:
    return Entry({"output": text}, run="r1", **more)


async def again(cache: StepCacheFile) -> StepCacheFile:
    """The same file, as another process would open it."""
    await cache.close()
    return StepCacheFile(cache.path, most_bytes=cache.most_bytes)


async def test_what_was_put_is_there_at_once_and_after_closing(cache: StepCacheFile) -> None:
    full = Entry({"a": [1, None]}, {"plan.x": 1}, "r1", {"calls": 1}, 0.25, 1.5, ("state", ""))
    cache.put("k", full)
    assert await cache.get("k") == full
    assert await cache.get("other") is None
    cache = await again(cache)
    assert await cache.get("k") == full
    await cache.close()


async def test_reading_makes_no_file_elsewhere_and_the_file_is_the_owner_s_alone(
    cache: StepCacheFile,
) -> None:
    assert await cache.get("k") is None
    assert cache.path.stat().st_mode & 0o077 == 0


async def test_notes_belong_to_a_flow_and_a_session(cache: StepCacheFile) -> None:
    essay, other = cache.of("essay"), cache.of("essay", "mine")
    essay.note("a", Note("k1", {"port:x": "d"}, "r1"))
    other.note("a", Note("k2", {}, "r2"))
    essay.note("a", Note("k3", {"port:x": "e"}, "r3"))
    assert await essay.notes() == {"a": Note("k3", {"port:x": "e"}, "r3")}
    assert await other.notes() == {"a": Note("k2", {}, "r2")}
    assert await cache.of("nobody").notes() == {}


async def test_what_was_used_longest_ago_goes_first(path: Path) -> None:
    cache = StepCacheFile(path, most_bytes=10_000)
    for number in range(8):
        cache.put(f"k{number}", entry("x" * 1000))
        await cache.size()  # each in a commit of its own
    with sqlite3.connect(path) as db:
        db.execute("UPDATE entry SET used = used - 1000")
    db.close()
    assert await cache.get("k0") is not None  # used again
    for number in range(8, 11):
        cache.put(f"k{number}", entry("x" * 1000))
        await cache.size()
    left = await cache.size()
    assert left.bytes <= 10_000
    assert await cache.get("k0") is not None
    assert await cache.get("k1") is None
    assert await cache.get("k10") is not None
    await cache.close()


async def test_what_is_too_large_to_be_worth_it_is_not_kept(path: Path) -> None:
    cache = StepCacheFile(path, most_bytes=8_000)
    cache.put("small", entry("x"))
    cache.put("large", entry("x" * 2_000))
    assert (await cache.size()).entries == 1
    await cache.close()


async def test_pruning_and_clearing(cache: StepCacheFile) -> None:
    for number in range(10):
        cache.put(f"k{number}", entry("x" * 100))
    cache.of("f").note("a", Note("k", {}, "r"))
    whole = await cache.size()
    assert whole.entries == 10
    half = await cache.prune(whole.bytes // 2)
    assert 0 < half.entries <= 5
    assert (await cache.clear()).entries == half.entries
    assert (await cache.size()).entries == 0
    assert await cache.of("f").notes() == {}


async def test_a_damaged_entry_is_a_miss_is_said_and_goes(
    cache: StepCacheFile, caplog: pytest.LogCaptureFixture
) -> None:
    cache.put("k", entry("right"))
    cache.put("whole", entry("whole"))
    await cache.size()
    with sqlite3.connect(cache.path) as db:
        (data,) = db.execute("SELECT data FROM entry WHERE key = 'k'").fetchone()
        db.execute("UPDATE entry SET data = ? WHERE key = 'k'", (data.replace(b"right", b"wrong"),))
    db.close()
    with caplog.at_level(logging.WARNING, "weft.cache"):
        assert await cache.get("k") is None
    assert "damaged" in caplog.text
    assert await cache.get("whole") is not None
    cache.put("k", entry("right"))
    cache = await again(cache)
    assert await cache.get("k") is not None
    await cache.close()


@pytest.mark.parametrize("content", [b"no database at all" * 400, b""])
async def test_a_file_that_is_no_database_is_made_anew(path: Path, content: bytes) -> None:
    await asyncio.to_thread(_written, path, content)
    cache = StepCacheFile(path)
    assert await cache.get("k") is None
    cache.put("k", entry("x"))
    await cache.close()
    cache = StepCacheFile(path)
    assert await cache.get("k") is not None
    await cache.close()


async def test_a_file_of_another_version_is_made_anew(cache: StepCacheFile) -> None:
    cache.put("k", entry("x"))
    await cache.close()
    with sqlite3.connect(cache.path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    cache = await again(cache)
    assert await cache.get("k") is None
    cache.put("k", entry("y"))
    assert (await cache.size()).entries == 1
    await cache.close()


async def test_where_no_file_can_be_made_there_is_no_cache(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await asyncio.to_thread(_written, tmp_path / "file", b"in the way")
    cache = StepCacheFile(tmp_path / "file" / "cache.db")
    with caplog.at_level(logging.WARNING, "weft.cache"):
        cache.put("k", entry("x"))
        await cache.size()
        assert await cache.get("other") is None
    assert "can't be used" in caplog.text
    await cache.close()


async def test_many_put_and_ask_at_once(path: Path) -> None:
    caches = [StepCacheFile(path) for _ in range(3)]

    async def work(cache: StepCacheFile, who: int) -> None:
        for number in range(60):
            cache.put(f"k{number}", entry(f"{number}"))
            found = await cache.get(f"k{(number * 7 + who) % 60}")
            assert found is None or found.value["output"].isdigit()

    await asyncio.gather(*(work(cache, who) for who, cache in enumerate(caches)))
    for cache in caches:
        assert (await cache.get("k59")) == entry("59")
        await cache.close()
    cache = StepCacheFile(path)
    assert (await cache.size()).entries == 60
    await cache.close()


async def test_another_process_finds_what_this_one_put(cache: StepCacheFile) -> None:
    cache.put("mine", entry("of this process"))
    await cache.size()
    code = """
        import asyncio, json, sys
        from pathlib import Path
        from weft.engine.caching import Entry
        from weft.runs.earlier.step_cache import StepCacheFile

        async def main():
            cache = StepCacheFile(Path(sys.argv[1]))
            found = await cache.get("mine")
            cache.put("theirs", Entry({"output": "of the other"}))
            await cache.close()
            print(json.dumps(found.value))

        asyncio.run(main())
    """
    told = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", textwrap.dedent(code), str(cache.path)],
        capture_output=True,
        check=True,
    )
    assert json.loads(told.stdout) == {"output": "of this process"}
    assert await cache.get("theirs") == Entry({"output": "of the other"})


def _written(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


async def test_what_waits_to_be_written_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weft.runs.earlier.step_cache.MOST_PENDING", 1_000)
    cache, gate = StepCacheFile(path), Event()
    cache.put("first", entry("a"))
    await cache.get("none")
    cache._jobs.put(gate.wait)  # type: ignore[reportPrivateUsage, arg-type]
    for number in range(10):
        cache.put(f"k{number}", entry("x" * 300))
    held = len(cache._pending)  # type: ignore[reportPrivateUsage]
    gate.set()
    assert held == 3
    assert await cache.get("k2") == entry("x" * 300)
    assert await cache.get("k3") is None
    await cache.size()
    cache.put("k4", entry("x" * 300))  # there is room again
    assert await cache.get("k4") is not None
    await cache.close()
