"""kill -9 while old runs are let go leaves every run that stays whole; what is left over goes the next time."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.runs.events import event, finished, record

from weft.runs.store.codec import LARGE
from weft.runs.store.database import Database
from weft.runs.store.pruning import Rule, prune
from weft.runs.store.rows import broken
from weft.runs.store.sqlite import SqliteStore
from weft.runs.store.values import Values, named

PRUNING = ("after_prune", "while_collecting")
RUNS, KEPT = 8, 3


async def filled(path: Path) -> None:
    """Runs with a large value of their own and one that all share."""
    store = SqliteStore(path)
    for number in range(RUNS):
        name = f"r{number}"
        await store.create(record(name, document=f'{{"name": "{number // 2}"}}'))
        texts = (str(number) * LARGE, "shared" * LARGE)
        for seq, text in enumerate(texts, 1):
            await store.append(name, [event(seq, "step-finished", "a", value={"output": text})])
        await store.append(name, [finished(3)])
    await store.close()


async def pruned(path: Path) -> None:
    database = Database(path)
    await prune(database, Rule(count=KEPT))
    await database.close()


@pytest.mark.parametrize(
    "label", [*PRUNING, "before_commit@1", "before_commit@2", "after_commit_before_ack@2"]
)
async def test_what_stays_is_whole_wherever_pruning_dies(label: str, tmp_path: Path) -> None:
    path = tmp_path / "weft.db"
    await filled(path)
    process = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.faults.test_kill_pruning", str(path)],
        env={**os.environ, "WEFT_FAULT": label},
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    assert process.returncode == -9
    values = Values(tmp_path / "values")
    with closing(sqlite3.connect(path)) as db:
        assert named(db) <= {name for name in values.names() if values.holds(name)}
        assert list(broken(db, values)) == []
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    await pruned(path)
    store = SqliteStore(path)
    assert [one.id for one in await store.list()] == ["r7", "r6", "r5"]
    for one in await store.list():
        assert [each.seq for each in await store.events(one.id)] == [1, 2, 3]
        assert await store.get(one.id) is not None
    await store.close()
    assert len(values.names()) == KEPT + 1
    with closing(sqlite3.connect(path)) as db:
        assert named(db) == values.names()
        assert db.execute("SELECT count(*) FROM document").fetchone() == (2,)


if __name__ == "__main__":
    asyncio.run(pruned(Path(sys.argv[1])))
