"""What does a durable event cost? Grouped commits against one commit for each event.

    python -m benchmarks.store_appends [EVENTS]

Every figure is of events that were acknowledged, that is committed and synced. "one by one" waits for each event
before it appends the next; "together" has many runs appending at the same time, as a busy server does; "batches"
appends as a run does that streams: what came in while the last batch was written.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from weft.engine.events import Event
from weft.runs.record import RunRecord
from weft.runs.store.sqlite import SqliteStore

DATA = {"text": "a piece of text as a model streams it, some sixty characters"}


def events(first: int, count: int) -> list[Event]:
    return [Event(seq, "step-output", "outline", seq / 1000, DATA) for seq in range(first, first + count)]


async def together(store: SqliteStore, count: int, runs: int = 100) -> None:
    async def one(number: int) -> None:
        run_id = f"run{number}"
        await store.create(RunRecord(id=run_id, flow="f", hash="h", document="{}"))
        for seq in range(1, count // runs + 1):
            await store.append(run_id, events(seq, 1))

    await asyncio.gather(*(one(number) for number in range(runs)))


async def one_by_one(store: SqliteStore, count: int) -> None:
    await store.create(RunRecord(id="run", flow="f", hash="h", document="{}"))
    for seq in range(1, count + 1):
        await store.append("run", events(seq, 1))


async def batches(store: SqliteStore, count: int, size: int = 50) -> None:
    await store.create(RunRecord(id="run", flow="f", hash="h", document="{}"))
    for first in range(1, count + 1, size):
        await store.append("run", events(first, size))


def plain_commits(path: Path, count: int) -> float:
    """The floor for one commit an event: sqlite3 alone, same pragmas, no thread, no checks."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE event (run TEXT, seq INTEGER, data TEXT, PRIMARY KEY (run, seq)) STRICT")
    begun = time.perf_counter()
    for seq in range(count):
        db.execute("INSERT INTO event VALUES ('run', ?, ?)", (seq, DATA["text"]))
    spent = time.perf_counter() - begun
    db.close()
    return spent


async def measured(work: Callable[[SqliteStore, int], Awaitable[None]], folder: Path, count: int) -> float:
    store = SqliteStore(folder / f"{work.__name__}.db")
    await store.list()
    begun = time.perf_counter()
    await work(store, count)
    spent = time.perf_counter() - begun
    await store.close()
    return spent


async def main(count: int) -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        fewer = max(200, count // 20)
        rows = [
            ("together, 100 runs", await measured(together, folder, count), count),
            ("batches of 50", await measured(batches, folder, count), count),
            ("one by one", await measured(one_by_one, folder, fewer), fewer),
            ("plain sqlite3, a commit each", plain_commits(folder / "plain.db", fewer), fewer),
        ]
    for label, spent, done in rows:
        print(f"{label:32} {spent / done * 1e6:10.1f} µs/event {done / spent:12,.0f} events/s")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
