"""The journal of edits: every edit of every flow, in the workspace's database, before anyone is told that it is saved.

An edit is a row that is never changed. The flow whole is kept beside them now and then; in between it is made anew by
applying edits to it. A row is verified by its checksum when it is read.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple

from weft.model import Flow, Transaction, dumps, loads
from weft.model.apply import apply
from weft.model.changes import as_json
from weft.model.errors import WeftError
from weft.runs.codec import checksum, damaged
from weft.runs.database import Database
from weft.runs.record import now

Kind = Literal["edit", "undo", "redo", "file"]
EVERY = 200
"""Edits between two copies of the whole flow."""
RECENT = 1_000
"""Edits that are read when a document is opened: for undoing, and for clients that send theirs again."""
_COLUMNS = "flow, rev, op_id, kind, of, tx, inverse, person, time"


class Edit(NamedTuple):
    """One edit as it happened. `of` is the revision that an undo takes back, or a redo brings back."""

    rev: int
    kind: Kind
    of: int | None
    tx: Transaction
    inverse: Transaction
    person: str


class FileMark(NamedTuple):
    """What the flow's file held when it was last read or written, and what was to be written next."""

    rev: int
    digest: str
    next_rev: int
    next_digest: str


@dataclass(frozen=True, slots=True)
class Past:
    """What the journal knows of a flow: its last revision, its file, the latest edits, every `op_id` with its revision."""

    head: int
    mark: FileMark
    edits: tuple[Edit, ...] = ()
    op_ids: dict[str, int] = field(default_factory=dict[str, int])


class Unsaved(NamedTuple):
    """A flow with edits that its file hasn't."""

    slug: str
    edits: int
    since: str


class Journal:
    """The edits of all flows, over the workspace's database. Whatever can't be read or written is a WeftError."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def past(self, slug: str) -> Past | None:
        """None for a flow that was never edited here."""
        return await self._db.read(lambda db: past_of(db, slug, self._db.path))

    async def flow_at(self, slug: str, rev: int) -> Flow:
        """The flow as it was at a revision. `damaged` if the way there can't be gone."""
        return await self._db.read(lambda db: _flow_at(db, slug, rev, self._db.path))

    async def edits(self, slug: str, after: int) -> list[Edit]:
        """The edits past the revision `after`, in order, with none missing."""
        return await self._db.read(lambda db: edits_of(db, slug, after, self._db.path))

    async def add(
        self, slug: str, edits: Sequence[Edit], wholes: Iterable[tuple[int, Flow]], mark: FileMark | None
    ) -> None:
        """The next edits, with the flow whole at some revisions; durable when this returns. `mark`: the file's, if new."""
        when, copies = now(), list(wholes)

        def work(db: sqlite3.Connection) -> None:
            db.executemany(
                f"INSERT INTO edit ({_COLUMNS}, checksum) VALUES ({_marks(10)})",
                [_row(slug, edit, when) for edit in edits],
            )
            for rev, flow in copies:
                _put(db, "edit_snapshot", "flow, rev, text, time", (slug, rev, dumps(flow), when))
            if mark is not None:
                put_mark(db, slug, mark)

        await self._db.tx(work)

    async def intend(self, slug: str, mark: FileMark) -> None:
        """Write down what the file holds, and what it is to hold next; durable when this returns."""
        await self._db.tx(lambda db: put_mark(db, slug, mark))

    async def unsaved(self) -> list[Unsaved]:
        """The flows whose last edits never reached their files, as far as the journal knows."""
        query = """SELECT edit.flow, count(*), min(edit.time) FROM edit JOIN edit_file USING (flow)
            WHERE edit.rev > max(edit_file.rev, edit_file.next_rev) GROUP BY edit.flow ORDER BY edit.flow"""
        return await self._db.read(lambda db: [Unsaved(*row) for row in db.execute(query)])

    async def unfinished(self) -> list[str]:
        """The flows whose files may lack something: the revision that was last meant for them isn't known to be there."""
        query = """SELECT flow FROM edit_file WHERE next_rev > rev
            OR rev < (SELECT coalesce(max(rev), 0) FROM edit WHERE edit.flow = edit_file.flow)"""
        return await self._db.read(lambda db: [flow for (flow,) in db.execute(query)])


def op_key(op_id: str) -> str:
    """An `op_id` as the journal has it: whatever a client sends, it can be stored."""
    return op_id.encode(errors="backslashreplace").decode()


def past_of(db: sqlite3.Connection, slug: str, path: Path) -> Past | None:
    """What the journal in this database knows of a flow."""
    mark = mark_of(db, slug, path)
    if mark is None:
        return None
    (head,) = db.execute("SELECT coalesce(max(rev), 0) FROM edit WHERE flow = ?", (slug,)).fetchone()
    op_ids = db.execute(
        "SELECT op_id, rev FROM edit WHERE flow = ? AND op_id IS NOT NULL", (slug,)
    ).fetchall()
    edits = edits_of(db, slug, max(0, head - RECENT), path)
    return Past(head, mark, tuple(edits), dict(op_ids))


def mark_of(db: sqlite3.Connection, slug: str, path: Path) -> FileMark | None:
    """What the flow's file held, and was to hold; None for a flow that was never edited here."""
    query = "SELECT rev, digest, next_rev, next_digest, checksum FROM edit_file WHERE flow = ?"
    mark = db.execute(query, (slug,)).fetchone()
    if mark is None:
        return None
    if _sum((slug, *mark[:4])) != mark[4]:
        raise damaged(f"what the journal knows of the file of {slug!r}", str(path))
    return FileMark(*mark[:4])


def copies_of(db: sqlite3.Connection, slug: str, rev: int) -> Iterator[tuple[int, str]]:
    """The copies of the whole flow up to a revision that hold, with their revisions, the latest first."""
    copies = db.execute(
        "SELECT rev, text, time, checksum FROM edit_snapshot WHERE flow = ? AND rev <= ? ORDER BY rev DESC",
        (slug, rev),
    )
    return ((at, text) for at, text, when, total in copies if _sum((slug, at, text, when)) == total)


def edits_of(
    db: sqlite3.Connection, slug: str, after: int, path: Path, until: int | None = None
) -> list[Edit]:
    query = f"SELECT {_COLUMNS}, checksum FROM edit WHERE flow = ? AND rev > ? AND rev <= ? ORDER BY rev"
    found = [
        read_edit(row, path) for row in db.execute(query, (slug, after, 2**62 if until is None else until))
    ]
    for before, edit in pairwise([after, *(edit.rev for edit in found)]):
        if edit != before + 1 and before != 0:
            raise damaged(f"the journal of {slug!r}, which lacks revision {before + 1},", str(path))
    return found


def read_edit(row: Sequence[Any], path: Path) -> Edit:
    """The edit of a row with all its columns. WeftError (`damaged`) if it isn't what was written."""
    *columns, total = row
    slug, rev, _, kind, of, tx, inverse, person, _ = columns
    if _sum(columns) != total:
        raise damaged(f"revision {rev} of {slug!r} in the journal", str(path))
    back, forth = (Transaction.model_validate(json.loads(text)) for text in (inverse, tx))
    return Edit(rev, kind, of, forth, back, person)


def _flow_at(db: sqlite3.Connection, slug: str, rev: int, path: Path) -> Flow:
    """From the latest copy that holds, by the edits after it."""
    reason: WeftError | None = None
    for at, text in copies_of(db, slug, rev):
        try:
            flow, edits = loads(text), edits_of(db, slug, at, path, rev)
            if at + len(edits) != rev:
                continue
            for edit in edits:
                flow, _ = apply(flow, edit.tx)
            return flow
        except WeftError as problem:
            reason = reason or problem
    raise reason or damaged(f"the journal of {slug!r} before revision {rev}", str(path))


def _row(slug: str, edit: Edit, when: str) -> tuple[Any, ...]:
    row = (
        *(slug, edit.rev, op_key(edit.tx.op_id) or None, edit.kind, edit.of),
        *(json.dumps(as_json(edit.tx)), json.dumps(as_json(edit.inverse)), op_key(edit.person), when),
    )
    return (*row, _sum(row))


def put_mark(db: sqlite3.Connection, slug: str, mark: FileMark) -> None:
    """What a flow's file holds, and is to hold; part of the caller's transaction."""
    _put(db, "edit_file", "flow, rev, digest, next_rev, next_digest", (slug, *mark))


def _put(db: sqlite3.Connection, table: str, columns: str, row: tuple[Any, ...]) -> None:
    db.execute(
        f"INSERT OR REPLACE INTO {table} ({columns}, checksum) VALUES ({_marks(len(row) + 1)})",
        (*row, _sum(row)),
    )


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _sum(row: Sequence[Any]) -> int:
    return checksum("\x1f".join(map(str, row)))
