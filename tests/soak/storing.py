"""The long versions of what is promised about storing: no edit and no acknowledged commit is lost."""

import asyncio
import contextlib
import io
import json
import shutil
import sqlite3
import tempfile
import time
import unittest
from collections.abc import Generator
from itertools import chain, cycle, islice
from pathlib import Path
from typing import Any

from tests.faults.editors import at_random, campaign
from tests.faults.filling_disk import sweep
from tests.faults.losing_power import lost, worked
from tests.loop_lag import PROMISED, LoopLag
from tests.soak.table import Figure, promise

from weft.model import Transaction, WeftError, dumps, loads
from weft.runs.store.sqlite import SqliteStore
from weft.workspace import Workspace
from weft.workspace.editing import keeping
from weft.workspace.editing.documents import Documents, OpenDocument
from weft.workspace.recording import open_library

GOLDEN = Path(__file__).parents[1] / "golden"
LABELS = (
    "before_commit",
    "after_commit_before_ack",
    "before_journal",
    "after_journal",
    "before_file",
    "before_rename",
    "after_rename",
)


@contextlib.contextmanager
def folder() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="weft-soak-") as name:
        yield Path(name)


@promise("P1", "kill -9 anywhere loses no edit shown as saved")
def kills(scale: float) -> Figure:
    wanted, done = round(500 * scale), 0
    kills = acknowledged = 0
    wrong: list[str] = []
    turn = 0
    while kills < wanted:
        turn += 1
        points = [f"{label}@{1 + (turn * 3 + index) % 5}" for index, label in enumerate(LABELS)]
        plan = chain.from_iterable(zip(cycle(points), at_random(turn, 20), strict=False))
        with folder() as home:
            figures = campaign(home / "home", islice(plan, min(40, wanted - kills)))
        kills, acknowledged = kills + figures.kills, acknowledged + figures.acknowledged
        done += figures.resent
        wrong += figures.lost + figures.duplicated + figures.corrupt
    said = (
        f"{kills} kills, {acknowledged:,} edits acknowledged, {done} sent again: {len(wrong)} lost or wrong"
    )
    return Figure(said, not wrong, wrong)


@promise("P4", "losing power loses no acknowledged commit")
def power(scale: float) -> Figure:
    wanted, seen = round(5000 * scale), 0
    wrong: list[str] = []
    turn = 0
    while seen < wanted:
        turn += 1
        with folder() as home:
            recording = worked(home)
            count = min(500, wanted - seen)
            for number, image in enumerate(recording.images(count, turn)):
                wrong += lost(image, home, number)
            seen += count
    return Figure(f"{seen:,} disks of {turn} programs: {len(wrong)} with something lost", not wrong, wrong)


@promise("P7", "a full disk loses no edit; with room again all is kept")
def disk(scale: float) -> Figure:
    sizes = range(0, max(4, round(30 * scale)))
    with folder() as home:
        full, wrong = sweep(home, sizes)
    return Figure(f"{len(sizes)} sizes, full at {full} of them: {len(wrong)} edits lost", not wrong, wrong)


@promise("P8", "editors side by side end with the same flow")
def editors(scale: float) -> Figure:
    from tests.workspace.editing.test_editors import runs

    examples, steps = max(5, round(300 * scale)), 50
    before = keeping.PAUSE, keeping.LONGEST
    keeping.PAUSE = keeping.LONGEST = 1000.0
    out = io.StringIO()
    try:
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(runs(examples, steps))  # type: ignore[arg-type]
        result = unittest.TextTestRunner(out).run(suite)
    finally:
        keeping.PAUSE, keeping.LONGEST = before
    said = f"{examples} histories of up to {steps} steps by 3 editors: {len(result.failures + result.errors)} differ"
    return Figure(said, result.wasSuccessful(), [text for _, text in result.failures + result.errors])


@promise("P13", "databases and flows of every version are read whole; a later one is refused with a sentence")
def upgrades(_: float) -> Figure:
    paths = sorted(GOLDEN.glob("databases/version-*.db"))
    wrong = [path.name for path in paths if asyncio.run(_events_of(path)) != 4]
    flows = [path for path in sorted(GOLDEN.glob("model/format-*.json")) if ".now" not in path.name]
    wrong += [
        path.name
        for path in flows
        if dumps(loads(path.read_bytes())) != path.with_suffix(".now.json").read_text()
    ]
    with folder() as home:
        shutil.copy(paths[-1], home / "weft.db")
        with contextlib.closing(sqlite3.connect(home / "weft.db")) as db, db:
            db.execute("INSERT INTO weft_schema VALUES (1000, '2099-01-01')")
        before = (home / "weft.db").read_bytes()
        said = _refusal(home / "weft.db")
        if "made by a newer Weft" not in said or (home / "weft.db").read_bytes() != before:
            wrong.append(f"a later database: {said or 'taken'}")
    said = f"{len(paths)} versions of the database, {len(flows)} of flows, a later one refused: {len(wrong)} wrong"
    return Figure(said, not wrong, wrong)


def _refusal(database: Path) -> str:
    """What is said of a database that isn't to be opened."""

    async def opened() -> None:
        store = SqliteStore(database)
        try:
            await store.list()
        finally:
            await store.close()

    try:
        asyncio.run(opened())
    except WeftError as problem:
        return problem.message
    return ""


async def _events_of(golden: Path) -> int:
    with folder() as home:
        shutil.copy(golden, home / "weft.db")
        store = SqliteStore(home / "weft.db")
        count = sum([len(await store.events(run.id)) for run in await store.list()])
        await store.close()
        return count


@promise("P14", "the loop is never blocked: p99 of its callbacks below 50 ms")
def typing(scale: float) -> Figure:
    lag = LoopLag()
    lag.install()
    try:
        with folder() as home:
            waits = sorted(asyncio.run(_typed(home, round(600 * scale) + 30)))
    finally:
        lag.remove()
    p99 = lag.quantile(0.99)
    said = (
        f"typing in 1,000 nodes: callbacks p99 {p99 * 1000:.1f} ms, all below {lag.quantile(1.0) * 1000:.0f} ms; an edit "
        f"is saved after {waits[len(waits) // 2] * 1000:.0f} ms, p99 {waits[len(waits) * 99 // 100] * 1000:.0f} ms"
    )
    return Figure(said, p99 < PROMISED, [lag.culprit])


async def _typed(home: Path, edits: int) -> list[float]:
    """Three people type, each letter an edit; the seconds until each was kept."""
    (home / "flows").mkdir()
    node = {
        "component": "prompt",
        "params": {"prompt": "About {{topic}}"},
        "inputs": {"topic": "inputs.topic"},
    }
    flow: dict[str, Any] = {
        "format": 1,
        "inputs": {"topic": {}},
        "nodes": {f"n{number}": node for number in range(1000)},
    }
    (home / "flows" / "large.json").write_text(json.dumps(flow))
    workspace = Workspace(home, env={})
    documents = Documents(workspace, open_library(workspace))
    document = await documents.open("large")
    waits: list[float] = []
    async with asyncio.TaskGroup() as group:
        for who in ("ann", "bob", "cem"):
            group.create_task(_types(document, who, edits // 3, waits))
    await documents.end()
    await workspace.close()
    return waits


async def _types(document: OpenDocument, who: str, edits: int, waits: list[float]) -> None:
    for number in range(edits):
        change = {
            "op": "set-param",
            "node": f"n{number % 1000}",
            "name": "prompt",
            "value": "About {{topic}}" + "x" * number,
        }
        document.submit(Transaction.model_validate({"changes": [change], "op_id": f"{who}-{number}"}), who)
        start = time.monotonic()
        await document.kept()
        waits.append(time.monotonic() - start)
        await asyncio.sleep(0.005)
