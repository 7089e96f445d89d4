"""The revisions of an open flow: those in the journal, with who made them and when, the file on disk, those in git."""

import asyncio
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from weft.model.errors import NotFound, WeftError
from weft.model.flow import Flow
from weft.model.parts import is_flow, names
from weft.model.text import from_json
from weft.workspace.editing.journal import Journal, Kind, read_edit
from weft.workspace.flows.flowfiles import read_flow
from weft.workspace.recording import recorded

if TYPE_CHECKING:
    from weft.workspace.editing.documents import OpenDocument
    from weft.workspace.flows.git import Commit

NOW, FILE, GIT, REV = "now", "file", "git:", "rev:"
"""How a revision is named: the open one, the file's, `git:HEAD`, `rev:12`."""
LISTED = 100
LONGEST = 200
"""Characters of a revision's name."""
_QUERY = """SELECT flow, rev, op_id, kind, of, tx, inverse, person, time, checksum FROM edit
    WHERE flow = ? AND rev <= ? ORDER BY rev DESC LIMIT ?"""


class Revision(NamedTuple):
    """One edit: what it was called, who made it (a browser's tab, `file` for one made outside), and when."""

    rev: int
    kind: Kind
    label: str
    person: str
    time: str


async def revisions(document: "OpenDocument", most: int = LISTED) -> list[Revision]:
    """The latest edits, the newest first, as far as the journal can be read; none where nothing is kept."""
    database = document.workspace.database() if recorded(document.workspace) else None
    if database is None:
        return []
    await document.kept()
    slug, head, path = document.slug, document.rev, database.path

    def work(db: sqlite3.Connection) -> list[Revision]:
        return [*filter(None, (_revision(row, path) for row in db.execute(_QUERY, (slug, head, most))))]

    return await database.read(work)


async def flow_of(document: "OpenDocument", name: str) -> Flow:
    """The flow as a revision has it, by its name. Of a document inside a node, what was in that node then. Raises
    `NotFound` for a revision that isn't there, and what reading it raises."""
    if name == NOW or name == f"{REV}{document.rev}":
        return document.flow
    if len(name) > LONGEST or not name.isprintable():
        raise NotFound(f"The flow has no revision {name[:40]!r}.", code="no-revision")
    return _inside(document, await _whole(document, name), name)


async def _whole(document: "OpenDocument", name: str) -> Flow:
    from weft.workspace.flows.git import at_revision

    if name == FILE:
        return await asyncio.to_thread(read_flow, document.path)
    if name.startswith(GIT):
        revision = name.removeprefix(GIT)
        flow = await asyncio.to_thread(at_revision, document.path, revision)
        if flow is None:
            raise NotFound(
                f"{document.slug}.json isn't in git's revision {revision!r}.",
                code="no-revision",
                hint="It was added later, or isn't committed yet.",
            )
        return flow
    number, database = name.removeprefix(REV), document.workspace.database()
    if not number.isdecimal() or len(number) > 15 or int(number) > document.rev or database is None:
        raise NotFound(f"The flow has no revision {number!r}.", code="no-revision")
    await document.kept()
    return await Journal(database).flow_at(document.slug, int(number))


def committed(document: "OpenDocument") -> bool:
    """Whether git's last commit has the flow's file. Calls git."""
    from weft.workspace.flows.git import at_revision

    try:
        return at_revision(document.path, "HEAD") is not None
    except WeftError:
        return False  # no git, no repository, no commit, or a file that was no flow then


def commits(document: "OpenDocument", most: int = LISTED) -> list["Commit"]:
    """The commits that touched the flow's file, the newest first; none where git knows none. Calls git."""
    from weft.workspace.flows import git

    try:
        return git.commits(document.path, most)
    except WeftError:
        return []


def _inside(document: "OpenDocument", flow: Flow, name: str) -> Flow:
    """What was written in the node that the document is of."""
    outer: OpenDocument | None = getattr(document, "outer", None)
    if outer is None:
        return flow
    around = _inside(outer, flow, name)
    node: str = getattr(document, "node", "")
    value = around.nodes[node].params.get(getattr(document, "port", "")) if node in around.nodes else None
    if not is_flow(value):
        raise NotFound(f"There was no flow in {node!r} then.", code="no-revision")
    return from_json(names(value))


def _revision(row: Any, path: Path) -> Revision | None:
    try:
        edit = read_edit(row, path)
    except WeftError:
        return None  # the journal's health says so; the others can be looked at
    return Revision(edit.rev, edit.kind, edit.tx.label, edit.person, row[8])
