"""A program that edits and records, and the disks it may leave when the power goes."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.faults.recording_vfs import Image, Recording, recorded

from weft.engine.events import Event
from weft.model import Flow, Transaction
from weft.runs.record import RunRecord
from weft.runs.store import database as runs_database
from weft.runs.store.database import Database
from weft.runs.store.rows import broken
from weft.runs.store.sqlite import SqliteStore
from weft.runs.store.values import Values
from weft.workspace.editing.journal import Edit, FileMark, Journal

EDITORS, RUNS, EACH = 2, 2, 40
EMPTY = Transaction(changes=())
ENDED: dict[str, Any] = {"status": "succeeded", "outputs": {}, "error": None, "usage": {}, "seconds": 1.0}


def worked(folder: Path, synchronous: str = "FULL") -> Recording:
    """Editors and runs side by side over one database, each saying what it was told is kept."""
    pragmas = runs_database._pragmas

    def other(db: sqlite3.Connection) -> None:
        pragmas(db)
        db.execute(f"PRAGMA synchronous={synchronous}")

    with recorded() as recording, pytest.MonkeyPatch.context() as patch:
        if synchronous != "FULL":
            patch.setattr(runs_database, "_pragmas", other)
        asyncio.run(_work(folder / "weft.db", recording))
    return recording


async def _work(path: Path, recording: Recording) -> None:
    database = Database(path)
    # The log is folded into the database every few commits, so that this is part of it.
    await database.tx(lambda db: db.execute("PRAGMA wal_autocheckpoint=12"))
    async with asyncio.TaskGroup() as group:
        for number in range(EDITORS):
            group.create_task(_edits(Journal(database), f"flow{number}", recording))
        for number in range(RUNS):
            group.create_task(_run(SqliteStore(database), f"run{number}", recording))
    await database.close()


async def _edits(journal: Journal, slug: str, recording: Recording) -> None:
    for rev in range(1, EACH + 1):
        tx = Transaction.model_validate(
            {"changes": [{"op": "set-name", "name": f"{rev}"}], "op_id": f"{rev}"}
        )
        mark = FileMark(0, "", 0, "") if rev == 1 else None
        wholes = [(0, Flow())] if rev == 1 else []
        await journal.add(slug, [Edit(rev, "edit", None, tx, EMPTY, "ann")], wholes, mark)
        recording.mark((slug, rev))


async def _run(store: SqliteStore, name: str, recording: Recording) -> None:
    """One that goes from owner to owner, is asked something by others, and ends."""
    await store.create(RunRecord(id=name, flow="f", hash="h", document="{}", owner="o0"), 1.0)
    recording.mark((name, "epoch", 0))
    epoch = 0
    for seq in range(1, EACH + 1):
        event = Event(seq, "step-output", "a", 0.5, {"text": "x" * (seq * 97 % 3000)})
        await store.append(name, [event], epoch=epoch)
        recording.mark((name, seq))
        if seq % 10 == 5:
            number = await store.claims.ask(name, "answer", {"value": seq})
            recording.mark((name, "asked", number))
            await store.claims.settle(name, number, {})
            recording.mark((name, "settled", number))
        if seq % 10 == 0:
            await store.claims.release(name, epoch, "queued", 0.0)
            epoch = (await store.claims.claim(name, epoch, f"o{seq}", 1.0, progress=seq)).epoch
            recording.mark((name, "epoch", epoch))
    await store.append(name, [Event(EACH + 1, "run-finished", "", 1.0, ENDED)], epoch=epoch)
    recording.mark((name, "over"))


def lost(image: Image, folder: Path, number: int) -> list[str]:
    """What had been acknowledged and isn't there, and whatever else is wrong with that disk."""
    path = image.write(folder, f"image{number}.db")
    if not path.exists():
        return [f"{said} is lost with its database" for said in image.said]
    try:
        with closing(sqlite3.connect(path)) as db:
            if image.said or db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'edit'").fetchone():
                return _missing(db, image, folder)
            return [] if db.execute("PRAGMA integrity_check").fetchone() == ("ok",) else ["not whole"]
    except sqlite3.Error as problem:
        return [f"{problem}"] if image.said else []
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)


def _missing(db: sqlite3.Connection, image: Image, folder: Path) -> list[str]:
    there = set(db.execute("SELECT flow, rev FROM edit")) | {
        (run, seq)
        for run, first, last in db.execute("SELECT run, first, last FROM batch")
        for seq in range(first, last + 1)
    }
    there |= _runs(db)
    wrong = [f"{said} is lost" for said in image.said if said not in there]
    if db.execute("PRAGMA integrity_check").fetchone() != ("ok",):
        wrong.append("not whole")
    return wrong + [f"a row of {table} isn't what was written" for table, _ in broken(db, Values(folder))]


def _runs(db: sqlite3.Connection) -> set[tuple[object, ...]]:
    """What is there of what was said of runs beside their events: epochs up to the one they have, what was asked and
    settled, which are over. Of those that are over nobody keeps claims and requests."""
    over = {run for (run,) in db.execute("SELECT id FROM run WHERE status = 'succeeded'")}
    there: set[tuple[object, ...]] = {(run, "over") for run in over}
    for run, epoch in [*db.execute("SELECT run, epoch FROM claim"), *((run, EACH) for run in over)]:
        there |= {(run, "epoch", number) for number in range(epoch + 1)}
    for run, number, outcome in db.execute("SELECT run, number, outcome FROM request"):
        there.add((run, "asked", number))
        if outcome is not None:
            there.add((run, "settled", number))
    return there
