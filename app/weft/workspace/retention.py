"""How long runs and edits are kept: the section `retention` of `weft.toml`, applied.

Of the journal goes what is older than `edits_days` and that nobody can come back to. What stays, whatever its age: the
latest edits, which are what can be undone and what a client may send again or build on (`RECENT`); all that the flow's
file lacks, or may lack; and before that two copies of the whole flow that hold, with the edits after the first of them,
so that each later revision can be made anew though one copy be damaged.
"""

import logging
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from weft.model.errors import WeftError
from weft.runs.moments import recorded
from weft.runs.store.database import Database
from weft.runs.store.pruning import Freed, Rule, in_turns, prune
from weft.workspace.editing.journal import RECENT, copies_of, mark_of
from weft.workspace.settings.contents import RetentionSettings

_log = logging.getLogger("weft.workspace")
_ROWS = 200
"""Rows of the journal that go at once."""


class Applied(NamedTuple):
    """What went: see `Freed`; and how many edits."""

    freed: Freed
    edits: int


def rule_of(settings: RetentionSettings, flow: str | None = None) -> Rule:
    """What the settings say of runs."""
    return Rule(settings.runs_days, settings.runs_count, flow)


async def apply(database: Database, settings: RetentionSettings, now: datetime) -> Applied:
    """Let go what the settings no longer keep."""
    edits = await trim(database, settings.edits_days, now) if settings.edits_days is not None else 0
    freed = await prune(database, rule_of(settings), now)
    if freed.runs or edits:
        _log.info("let go of %d old runs and %d old edits: %.1f MB", freed.runs, edits, freed.bytes / 1e6)
    return Applied(freed, edits)


async def trim(database: Database, days: float, now: datetime) -> int:
    """Let go of the edits that are older and not needed; how many."""
    before, gone = recorded(now - timedelta(days=days)), 0
    flows = await database.read(lambda db: db.execute("SELECT flow FROM edit_file ORDER BY flow").fetchall())
    for (flow,) in flows:
        try:
            until = await database.read(lambda db, flow=flow: needless(db, flow, before, database.path))
        except WeftError as problem:  # where something is damaged, nothing more is taken away
            _log.warning("%s: its old edits are kept. %s", flow, problem)
            continue
        if until is not None:
            gone += await in_turns(database, lambda db, _, flow=flow, until=until: _remove(db, flow, until))
    return gone


def needless(db: sqlite3.Connection, flow: str, before: str, path: Path) -> int | None:
    """The last revision whose edit, with all before it, nobody needs; None if there is none. Later edits and writings
    of the file only move it on. Raises WeftError (`damaged`) if what would stay isn't what was written."""
    mark = mark_of(db, flow, path)
    if mark is None:
        return None
    head, first = db.execute("SELECT max(rev), min(rev) FROM edit WHERE flow = ?", (flow,)).fetchone()
    if head is None:
        return None
    (young,) = db.execute("SELECT min(rev) FROM edit WHERE flow = ? AND time >= ?", (flow, before)).fetchone()
    floor = min(mark.rev, mark.next_rev, head - RECENT, head if young is None else young - 1)
    holding = (rev for rev, _ in copies_of(db, flow, floor))
    next(holding, None)
    until = next(holding, None)
    return until if until is not None and until >= first else None


def _remove(db: sqlite3.Connection, flow: str, until: int) -> int | None:
    oldest = "SELECT rev FROM edit WHERE flow = ? AND rev <= ? ORDER BY rev LIMIT ?"
    gone = db.execute(
        f"DELETE FROM edit WHERE flow = ? AND rev IN ({oldest})", (flow, flow, until, _ROWS)
    ).rowcount
    if gone < _ROWS:
        db.execute("DELETE FROM edit_snapshot WHERE flow = ? AND rev < ?", (flow, until))
    return gone or None
