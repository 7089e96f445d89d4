"""A flow's file that somebody else changed: what is there now, and how an open document goes on with it."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from weft.model import Flow, dumps
from weft.model.changes import Transaction
from weft.model.comparing import Difference, differences
from weft.model.difference import difference
from weft.model.errors import Conflict, DocumentError, NotFound
from weft.model.merging import merge
from weft.workspace import atomic
from weft.workspace.editing.told import Applied, ExternalChange
from weft.workspace.flows.flowfiles import read_flow, shown
from weft.workspace.flows.index import flow_files

if TYPE_CHECKING:
    from weft.workspace.editing.documents import OpenDocument
    from weft.workspace.folder import Workspace

FILE = "file"
ASIDE = "aside"
_SOME = 3  # overlaps that a sentence names


@dataclass(frozen=True, slots=True)
class Disk:
    """What there is: a `flow`, or in its place the `reason` why there is none."""

    digest: str
    flow: Flow | None = None
    reason: DocumentError | None = None


def found(workspace: "Workspace", slug: str) -> tuple[str, Flow]:
    """The flow of that slug with its file's digest. A stock one is saved as the folder's own, which isn't there yet."""
    path = workspace.find(slug)
    return (atomic.digest(path) if path == workspace.path_of(slug) else atomic.ABSENT), read_flow(path)


def on_disk(workspace: "Workspace", slug: str) -> Disk:
    """The workspace's own file. One that is replaced meanwhile is read again: flow and digest belong together."""
    path = workspace.path_of(slug)
    while True:
        digest = atomic.digest(path)
        if digest == atomic.ABSENT:
            return Disk(digest)
        try:
            found = Disk(digest, read_flow(path))
        except DocumentError as reason:
            found = Disk(digest, reason=reason)
        except NotFound:
            continue
        if atomic.digest(path) == digest:
            return found


async def reconcile(document: "OpenDocument") -> Applied | ExternalChange | None:
    """Called with the document's saving locked."""
    disk = await asyncio.to_thread(on_disk, document.workspace, document.slug)
    if document.written(disk.digest):
        document.outside = None
        return None
    if disk.digest == atomic.ABSENT:
        message = await asyncio.to_thread(_gone, document)
        return document.ask(ExternalChange(atomic.ABSENT, "gone", message))
    if disk.flow is None:
        return document.ask(ExternalChange(disk.digest, "broken", str(disk.reason)))
    if not document.dirty:
        return document.take(disk.flow, disk.digest)
    mine = document.flow
    found = await asyncio.to_thread(merge, document.in_file, mine, disk.flow)
    if found.flow is None:
        return document.ask(
            ExternalChange(disk.digest, "changed", _both(document, found.overlaps), found.overlaps)
        )
    if document.flow is not mine:  # edited while the merge was worked out
        return await reconcile(document)
    return document.take(disk.flow, disk.digest, merged=found.flow)


def replacement(old: Flow, new: Flow) -> tuple[Transaction, Transaction] | None:
    """What makes `new` of `old`, and the way back; None when they are one text."""
    tx = difference(old, new, label="Read from the file again", source=FILE)
    if not tx.changes and dumps(new) == dumps(old):
        return None
    return tx, difference(new, old, label="Undo: Read from the file again", source=FILE)


class StaleSave(Conflict):
    """What was to be saved began from another version than the one that is there now, which has this `digest`.
    `differences` lead from that to what was to be saved."""

    def __init__(self, conflict: Conflict, digest: str, found: list[Difference]) -> None:
        said = "; ".join(map(str, found[:_SOME])) + (
            f"; and {len(found) - _SOME} more" if len(found) > _SOME else ""
        )
        what = f" Saving would undo what is there now: it {said}." if found else ""
        super().__init__(conflict.message + what, code=conflict.code, hint=conflict.hint)
        self.digest, self.differences = digest, found


def stale(conflict: Conflict, workspace: "Workspace", slug: str, mine: Flow) -> Conflict:
    """The same refusal, with what differs where that can be said."""
    disk = on_disk(workspace, slug)
    return conflict if disk.flow is None else StaleSave(conflict, disk.digest, differences(disk.flow, mine))


def put_aside(workspace: "Workspace", slug: str, known: str) -> Path | None:
    """Keep a copy of a file that is about to be written over and isn't what was last read or saved (`known`)."""
    path = workspace.path_of(slug)
    try:
        data = path.read_bytes()
    except OSError:
        return None  # nothing there that could be kept
    if atomic.digest_of(data) == known:
        return None
    folder = workspace.root / ".weft" / ASIDE
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    when = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    copy = folder / f"{slug}-{when}.json"
    with copy.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return copy


def _gone(document: "OpenDocument") -> str:
    other = _renamed(document)
    known = f" It seems to have been renamed to {other.name!r}." if other else ""
    return f"{shown(document.path)!r} is gone: it was deleted or renamed.{known}"


def _renamed(document: "OpenDocument") -> Path | None:
    """Another file that holds what ours last held."""
    for path in flow_files(document.path.parent):
        with suppress(OSError):
            if atomic.digest(path) == document.saved_digest:
                return path
    return None


def _both(document: "OpenDocument", overlaps: tuple[str, ...]) -> str:
    some = ", ".join(overlaps[:_SOME]) + (
        f" and {len(overlaps) - _SOME} more" if len(overlaps) > _SOME else ""
    )
    return f"{shown(document.path)!r} was changed by another program where it was changed here too: {some}."
