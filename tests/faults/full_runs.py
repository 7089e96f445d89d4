"""A disk that is full at every size it can have while runs go on, and has room again: they pause, and lose nothing."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

from tests.faults.filling_disk import ROOM

from weft.catalog import Catalog, component
from weft.engine.services import Services
from weft.model import WeftError
from weft.model.flow import Flow
from weft.runs.driving import room
from weft.runs.service import RunService
from weft.runs.store.database import Database
from weft.runs.store.sqlite import SqliteStore

STEPS = 12


def long(calls: list[str]) -> tuple[Catalog, Flow]:
    @component
    async def grow(name: str, text: str = "") -> str:
        """Give much."""
        calls.append(name)
        await asyncio.sleep(0)
        return f"{name} {text}".ljust(3000, ".")

    nodes: dict[str, Any] = {
        f"n{number}": {
            "component": "grow",
            "params": {"name": f"n{number}"},
            **({"inputs": {"text": f"n{number - 1}"}} if number else {}),
        }
        for number in range(STEPS)
    }
    flow = {"name": "long", "nodes": nodes, "outputs": {"out": f"n{STEPS - 1}"}}
    return Catalog([grow]), Flow.model_validate(flow)


async def filled(folder: Path, pages: int) -> tuple[bool, list[str]]:
    """Run with `pages` more pages of room; once nothing moves any more, with room enough. Whether the disk was full, and
    what went wrong."""
    calls: list[str] = []
    catalog, flow = long(calls)
    database = Database(folder / "weft.db")
    service = RunService(SqliteStore(database), Services(), lambda: catalog)
    await service.runs()
    await database.tx(lambda db: _room(db, None, pages))
    try:
        run_id = await service.start(flow)
    except WeftError as problem:
        await database.close()
        return True, [] if problem.code == "disk-full" else [f"{problem.code}: {problem}"]
    full = await _stands_still(service, run_id)
    await database.tx(lambda db: _room(db, ROOM, 0))
    kinds = [event.kind async for event in service.watch(run_id)]
    ended = await service.get(run_id)
    wrong = [] if ended.status == "succeeded" else [f"{pages} pages: it {ended.status}: {ended.error}"]
    if kinds.count("step-finished") != STEPS or len(calls) != STEPS:
        wrong.append(f"{pages} pages: {len(calls)} calls, {kinds.count('step-finished')} recorded")
    await service.close()
    await database.close()
    return full, wrong


async def _stands_still(service: RunService, run_id: str) -> bool:
    """Whether the run waits for room; False once it is over."""
    live = service._holder.live.get(run_id)  # pyright: ignore[reportPrivateUsage]
    while live is not None and not live.task.done():
        if live.shown.room.waiting:
            return True
        await asyncio.wait({live.task}, timeout=0.002)
    return False


def _room(db: sqlite3.Connection, pages: int | None, more: int) -> None:
    count = db.execute("PRAGMA page_count").fetchone()[0] + more
    db.execute(f"PRAGMA max_page_count={pages or count}").fetchone()


def sweep(root: Path, sizes: range) -> tuple[int, list[str]]:
    """Every size once; at how many the disk was full, and what went wrong."""
    before, room.PAUSES = room.PAUSES, (0.01, 0.02)
    try:
        found = [asyncio.run(filled(root / str(pages), pages)) for pages in sizes]
    finally:
        room.PAUSES = before
    return sum(full for full, _ in found), [one for _, wrong in found for one in wrong]
