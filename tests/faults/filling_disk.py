"""A disk that fills up at every size it can have, while flows are edited, and has room again."""

import asyncio
import json
import sqlite3
from pathlib import Path

from weft.model import Transaction, WeftError
from weft.workspace import Workspace
from weft.workspace.editing import keeping
from weft.workspace.editing.documents import Documents, OpenDocument
from weft.workspace.recording import open_library

EDITS = 12
ROOM = 1_000_000_000


async def filled(root: Path, pages: int) -> tuple[int, list[str]]:
    """Edit with `pages` more pages of room, then with room enough; how often it was refused, and what was lost, or
    said wrongly."""
    (root / "flows").mkdir(parents=True)
    flow = {"format": 1, "nodes": {"a": {"component": "text", "params": {"template": "Hi"}}}}
    (root / "flows" / "tea.json").write_text(json.dumps(flow))
    home = Workspace(root, env={})
    documents = Documents(home, open_library(home))
    document = await documents.open("tea")
    database = home.database()
    assert database is not None
    first = await database.tx(lambda db: _room(db, None))
    await database.tx(lambda db: _room(db, first + pages))
    wrong, refused, kept = await _edited(document)
    if document.safe == bool(refused and document.kept_rev < document.rev):
        wrong.append("what isn't kept is called saved")
    await database.tx(lambda db: _room(db, ROOM))
    assert document.keeper is not None
    document.keeper.stir()
    await document.kept()
    await documents.end()
    await home.close()
    return refused, wrong + await _left(root, kept)


async def _edited(document: OpenDocument) -> tuple[list[str], int, list[str]]:
    wrong: list[str] = []
    refused, kept = 0, list[str]()
    for number in range(EDITS):
        name = f"n{number}"
        node = {"component": "text", "params": {"template": name * 900}}
        changes = [{"op": "add-node", "id": name, "node": node}]
        document.submit(Transaction.model_validate({"changes": changes, "op_id": name}), "ann")
        kept.append(name)  # in memory, if nowhere else
        try:
            await document.kept()
        except WeftError as problem:
            refused += 1
            if problem.code != "disk-full" or not problem.hint:
                wrong.append(f"{problem.code}: {problem}")
    return wrong, refused, kept


async def _left(root: Path, kept: list[str]) -> list[str]:
    """What another process finds."""
    home = Workspace(root, env={})
    documents = Documents(home, open_library(home))
    document = await documents.open("tea")
    lost = [name for name in kept if name not in document.flow.nodes]
    await documents.end()
    await home.close()
    return [f"{name} is lost" for name in lost]


def _room(db: sqlite3.Connection, pages: int | None) -> int:
    if pages is not None:
        db.execute(f"PRAGMA max_page_count={pages}").fetchone()
    return int(db.execute("PRAGMA page_count").fetchone()[0])


def sweep(root: Path, sizes: range) -> tuple[int, list[str]]:
    """Every size once; at how many the disk was full, and what went wrong."""
    before = keeping.PAUSE, keeping.LONGEST, keeping.PATIENCE
    keeping.PAUSE = keeping.LONGEST = 1000.0
    keeping.PATIENCE = (0.01, 0.02)
    try:
        found = [asyncio.run(filled(root / str(pages), pages)) for pages in sizes]
    finally:
        keeping.PAUSE, keeping.LONGEST, keeping.PATIENCE = before
    return sum(refused > 0 for refused, _ in found), [one for _, wrong in found for one in wrong]
