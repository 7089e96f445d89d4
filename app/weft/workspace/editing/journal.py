"""The journal of edits: every edit of every flow, in the workspace's database, before anyone is told that it is saved.

An edit is a row that is never changed. The flow whole is kept beside them now and then; in between it is made anew by
applying edits to it. A row is verified by its checksum when it is read.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple

from weft.model import Flow, Transaction, dumps, loads
from weft.model.changes import as_json
from weft.model.edits import apply
from weft.model.errors import WeftError
from weft.runs.record import now
from weft.runs.store.codec import checksum, damaged
from weft.runs.store.database import Database
from weft.workspace import atomic

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
    """What the journal knows of a flow: its last revision, its file, the latest edits, every `op_id` with its revision.

    `damage` is what isn't what was written; the edits are those after it then, and a mark that was damaged is `UNKNOWN`."""

    head: int
    mark: FileMark
    edits: tuple[Edit, ...] = ()
    op_ids: dict[str, int] = field(default_factory=dict[str, int])
    damage: WeftError | None = None


UNKNOWN = FileMark(0, "damaged", 0, "damaged")
"""The mark of a flow whose own can't be read: no file is like it."""


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

    async def furthest(self, slug: str, head: int, start: tuple[int, Flow] | None) -> tuple[int, Flow] | None:
        """The last revision that can be made anew, of a journal that is damaged: see `furthest_of`."""
        return await self._db.read(lambda db: furthest_of(db, slug, head, start, self._db.path))

    async def revision_like(self, slug: str, head: int, digest: str) -> int | None:
        """Which of the last revisions a file with that digest holds; None if it is none of them."""
        return await self._db.read(lambda db: _revision_like(db, slug, head, digest, self._db.path))

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
    """What the journal in this database knows of a flow; of a damaged one, what can still be known."""
    damage: WeftError | None = None
    try:
        mark = mark_of(db, slug, path)
    except WeftError as problem:
        mark, damage = UNKNOWN, problem
    if mark is None:
        return None
    (head,) = db.execute("SELECT coalesce(max(rev), 0) FROM edit WHERE flow = ?", (slug,)).fetchone()
    op_ids = db.execute(
        "SELECT op_id, rev FROM edit WHERE flow = ? AND op_id IS NOT NULL", (slug,)
    ).fetchall()
    edits, wrong = _latest_of(db, slug, max(0, head - RECENT), path)
    return Past(head, mark, tuple(edits), dict(op_ids), damage or wrong)


def furthest_of(
    db: sqlite3.Connection, slug: str, head: int, start: tuple[int, Flow] | None, path: Path
) -> tuple[int, Flow] | None:
    """The last revision that can be made anew, and the flow as it was then: from `start` (what the file holds), or from
    a copy, by the edits after it up to the first that isn't what was written."""
    best = start
    for at, flow in _starts(db, slug, head, start):
        reached = at
        try:
            for edit in _held(db, slug, at, path):
                flow, _ = apply(flow, edit.tx)
                reached = edit.rev
        except WeftError:
            pass  # so far, and no further
        if best is None or reached > best[0]:
            best = reached, flow
        if reached == head:
            break
    return best


def _revision_like(db: sqlite3.Connection, slug: str, head: int, digest: str, path: Path) -> int | None:
    rev = max(0, head - EVERY)
    try:
        flow = _flow_at(db, slug, rev, path)
        edits = edits_of(db, slug, rev, path)
    except WeftError:
        return None
    like = rev if _digest(flow) == digest else None
    for edit in edits:
        flow, _ = apply(flow, edit.tx)
        like = edit.rev if _digest(flow) == digest else like
    return like


def _digest(flow: Flow) -> str:
    return atomic.digest_of(dumps(flow).encode())


def _starts(
    db: sqlite3.Connection, slug: str, head: int, start: tuple[int, Flow] | None
) -> Iterator[tuple[int, Flow]]:
    if start is not None:
        yield start
    for at, text in copies_of(db, slug, head):
        with suppress(WeftError):
            yield at, loads(text)


def _held(db: sqlite3.Connection, slug: str, after: int, path: Path) -> Iterator[Edit]:
    """The edits past `after` that follow one another; WeftError (`damaged`) at the first that isn't what was written."""
    query = f"SELECT {_COLUMNS}, checksum FROM edit WHERE flow = ? AND rev > ? ORDER BY rev"
    for number, row in enumerate(db.execute(query, (slug, after)), after + 1):
        if row[1] != number:
            raise damaged(f"the journal of {slug!r}, which lacks revision {number},", str(path))
        yield read_edit(row, path)


def _latest_of(
    db: sqlite3.Connection, slug: str, after: int, path: Path
) -> tuple[list[Edit], WeftError | None]:
    """The edits past `after`, or past the last of them that isn't what was written, and what is wrong with that one."""
    found: list[Edit] = []
    wrong: WeftError | None = None
    query = f"SELECT {_COLUMNS}, checksum FROM edit WHERE flow = ? AND rev > ? ORDER BY rev"
    for row in db.execute(query, (slug, after)):
        try:
            edit = read_edit(row, path)
        except WeftError as problem:
            found, wrong = [], problem
            continue
        if found and edit.rev != found[-1].rev + 1:
            wrong = damaged(f"the journal of {slug!r}, which lacks revision {found[-1].rev + 1},", str(path))
            found = []
        found.append(edit)
    return found, wrong


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
    try:
        back, forth = (Transaction.model_validate(json.loads(text)) for text in (inverse, tx))
    except ValueError:  # what an earlier version never wrote, under a sum that holds
        raise damaged(f"revision {rev} of {slug!r} in the journal", str(path)) from None
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
