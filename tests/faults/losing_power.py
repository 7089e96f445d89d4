"""A program that edits and records, and the disks it may leave when the power goes."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.faults.recording_vfs import Image, Recording, recorded

from weft.engine.events import Event
from weft.model import Flow, Transaction
from weft.runs import database as runs_database
from weft.runs.database import Database
from weft.runs.record import RunRecord
from weft.runs.rows import broken
from weft.runs.sqlite import SqliteStore
from weft.runs.values import Values
from weft.workspace.journal import Edit, FileMark, Journal

EDITORS, RUNS, EACH = 2, 2, 40
EMPTY = Transaction(changes=())


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
    await store.create(RunRecord(id=name, flow="f", hash="h", document="{}"))
    for seq in range(1, EACH + 1):
        await store.append(name, [Event(seq, "step-output", "a", 0.5, {"text": "x" * (seq * 97 % 3000)})])
        recording.mark((name, seq))


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
    wrong = [f"{said} is lost" for said in image.said if said not in there]
    if db.execute("PRAGMA integrity_check").fetchone() != ("ok",):
        wrong.append("not whole")
    return wrong + [f"a row of {table} isn't what was written" for table, _ in broken(db, Values(folder))]
