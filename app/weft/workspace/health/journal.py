"""Is the journal of edits well: every row as it was written, and the flows' files not behind it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from weft.model import dumps
from weft.model.edits import apply
from weft.model.errors import WeftError
from weft.workspace import atomic, lock
from weft.workspace.editing.journal import FileMark, Past, edits_of, furthest_of, past_of, put_mark
from weft.workspace.editing.outside import on_disk
from weft.workspace.flows.flowfiles import shown
from weft.workspace.health.finding import Finding, count, opened
from weft.workspace.recording import STATE

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace


def journal(workspace: "Workspace", db: sqlite3.Connection, database: Path) -> Iterator[Finding]:
    flows = [flow for (flow,) in db.execute("SELECT flow FROM edit_file ORDER BY flow")]
    behind = 0
    for slug in flows:
        past = past_of(db, slug, database)
        if past is None:
            continue
        if past.damage is not None:
            behind += 1
            yield Finding(
                "journal", "error", past.damage.message, _left_of(workspace, db, slug, past, database)
            )
            continue
        try:
            if said := _unlike(workspace, slug, past, database):
                behind += 1
                yield said
        except WeftError as problem:
            behind += 1
            yield Finding("journal", "error", problem.message, problem.hint)
    if not behind:
        yield Finding("journal", "ok", f"The journals of {count(len(flows), 'flow')} agree with their files.")


def _left_of(workspace: "Workspace", db: sqlite3.Connection, slug: str, past: Past, database: Path) -> str:
    """What opening a flow makes of it whose journal is damaged: the same as `Library` does."""
    disk = on_disk(workspace, slug)
    at = {past.mark.next_digest: past.mark.next_rev, past.mark.digest: past.mark.rev}.get(disk.digest)
    start = (at, disk.flow) if at is not None and disk.flow is not None else None
    found = furthest_of(db, slug, past.head, start, database)
    if found is not None and found[0] == past.head:
        undo = f"it goes back to revision {past.edits[0].rev}" if past.edits else "that begins anew"
        return f"Nothing is lost but undoing: {undo}. Opening the flow goes on with the rest."
    if at is None and disk.flow is not None:
        return "The flow's file is opened as it is, and its undo begins anew."
    if found is None:
        return "The flow can't be opened. 'weft recover' takes it from a backup, if one has it."
    lost = f"revisions {found[0] + 1} to {past.head} are lost"
    return f"Opening the flow brings it to revision {found[0]}: {lost}."


def _unlike(workspace: "Workspace", slug: str, past: Past, database: Path) -> Finding | None:
    """What the file of a flow lacks of its journal."""
    disk = on_disk(workspace, slug)
    held = {past.mark.next_digest: past.mark.next_rev, past.mark.digest: past.mark.rev}.get(disk.digest)
    if held is None:
        missing = past.head - past.mark.rev
        if not missing:
            return None  # changed by somebody else while nothing was open: taken when it is opened next
        hint = f"Open the flow in the editor: it merges both, or asks. ({count(missing, 'edit')} kept)"
        return Finding(
            "journal", "warning", f"The file of {slug!r} was changed or removed, and lacks edits.", hint
        )
    if held == past.head:
        return None

    def write() -> str:
        if lock.server_of(workspace.root / STATE) is not None:
            raise WeftError("The server writes the file itself.", hint="Leave it to the server.")
        flow = disk.flow
        assert flow is not None
        with closing(opened(database)) as db:
            for edit in edits_of(db, slug, held, database):
                flow, _ = apply(flow, edit.tx)
        text = dumps(flow)
        mark = FileMark(held, disk.digest, past.head, atomic.digest_of(text.encode()))
        with closing(sqlite3.connect(database)) as writer, writer:
            writer.execute("PRAGMA synchronous=FULL")
            put_mark(writer, slug, mark)
        workspace.save(slug, flow, expected=disk.digest, text=text)
        return f"{shown(workspace.path_of(slug))!r} has every edit now."

    edits = count(past.head - held, "edit")
    return Finding(
        "journal", "warning", f"The file of {slug!r} lacks {edits} that the journal has.",
        "It is written when the flow is opened, or the workspace served.", write,
    )  # fmt: skip
