"""Flows that were deleted: kept whole in `.weft/trash`, to be put back until they are emptied.

Each is a folder named by the moment and the slug, with the flow's file and those that go with it (its cassette, its
cases), and with the mark of one that was brought here from elsewhere. Moving is renaming: a flow is in `flows` or in the
trash, whatever happens meanwhile.
"""

import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from weft.model.errors import Conflict, NotFound, ReadOnly, WeftError
from weft.workspace import atomic
from weft.workspace.flows.flowfiles import is_slug, read_flow, unused

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace

FOLDER = "trash"
DAYS = 30
"""How long what was deleted is kept."""
_FROM = ".from"
"""Where what was brought here and not trusted yet is from."""
_STAMP = "%Y%m%dT%H%M%S%f"
_NAME = re.compile(r"(\d{8}T\d{12})\.(.+)")


@dataclass(frozen=True, slots=True)
class Deleted:
    """A flow in the trash. `id` names it there, `name` is what it was called, `when` when it was deleted (UTC)."""

    id: str
    slug: str
    name: str
    when: datetime


def delete(workspace: "Workspace", slug: str, *, at: datetime | None = None) -> Deleted:
    """Put one of the folder's own flows into the trash, with what goes with it; what has been there too long goes.

    `NotFound` if the folder has no such flow: a template stays."""
    path = workspace.path_of(slug)
    _refuse(workspace, path)
    at = at or datetime.now(UTC)
    if not path.is_file():
        raise NotFound(
            f"There is no flow {slug!r} in this workspace's folder.",
            code="no-flow",
            hint="A template can't be deleted: it isn't one of this workspace's files.",
        )
    name = _name(path)
    place = _folder(workspace) / f"{at.strftime(_STAMP)}.{slug}"
    try:
        place.mkdir(parents=True, mode=0o700)
        if source := workspace.trusted.came_from(slug):
            (place / _FROM).write_text(source, "utf-8")
        for file in reversed(files_of(path)):  # the flow itself last: until then nothing is gone
            file.rename(place / file.name)
        workspace.trusted.forget(slug)
    except OSError as problem:
        raise atomic.unwritable(path, problem) from problem
    let_go(workspace, at)
    return Deleted(place.name, slug, name, at)


def deleted(workspace: "Workspace") -> list[Deleted]:
    """What is in the trash, the last deleted first."""
    found: list[Deleted] = []
    folder = _folder(workspace)
    for place in sorted(folder.iterdir(), reverse=True) if folder.is_dir() else ():
        match = _NAME.fullmatch(place.name)
        if match and is_slug(match[2]) and (place / f"{match[2]}.json").is_file():
            when = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
            found.append(Deleted(place.name, match[2], _name(place / f"{match[2]}.json"), when))
    return found


def restore(workspace: "Workspace", identity: str) -> str:
    """Put a deleted flow back; its slug, which is another one if its own is taken now."""
    one = next((one for one in deleted(workspace) if one.id == identity), None)
    if one is None:
        raise NotFound("It isn't in the trash any more.", code="no-flow", hint="Reload the page.")
    place = _folder(workspace) / one.id
    taken = {entry.slug for entry in workspace.flows() if entry.origin == "workspace"}
    slug = unused(one.slug, taken)
    path = workspace.path_of(slug)
    _refuse(workspace, path)
    workspace.make_folder(path.parent.name)
    mark = place / _FROM
    try:
        if mark.is_file():  # marked first: there is no moment at which it could run
            workspace.trusted.mark(slug, mark.read_text("utf-8", "replace"))
        files = [file for file in place.iterdir() if file != mark]
        for file in sorted(files, key=lambda file: file.name == f"{one.slug}.json"):
            to = path.with_name(slug + file.name.removeprefix(one.slug))
            if to.exists():
                raise Conflict(f"{to.name!r} is there already.", code="conflict", hint="Move it away first.")
            file.rename(to)
        mark.unlink(missing_ok=True)
        place.rmdir()
    except OSError as problem:
        raise atomic.unwritable(path, problem) from problem
    return slug


def empty(workspace: "Workspace", *, before: datetime | None = None) -> int:
    """Remove for good what was deleted before that moment, or all of it; how many."""
    gone = [one for one in deleted(workspace) if before is None or one.when < before]
    for one in gone:
        try:
            shutil.rmtree(_folder(workspace) / one.id)
        except OSError as problem:
            raise atomic.unwritable(_folder(workspace) / one.id, problem) from problem
    return len(gone)


def let_go(workspace: "Workspace", at: datetime) -> int:
    """Remove for good what has been there too long; how many."""
    return empty(workspace, before=at - timedelta(days=DAYS))


def files_of(path: Path) -> list[Path]:
    """A flow's file, then those that go with it: `essay.json`, `essay.cassette.json`, `essay.test.json`."""
    beside = [other for other in path.parent.glob(f"{path.stem}.*.json") if other.is_file()]
    return [path, *sorted(beside)]


def _folder(workspace: "Workspace") -> Path:
    return workspace.root / ".weft" / FOLDER


def _name(path: Path) -> str:
    try:
        return read_flow(path).name or path.stem
    except WeftError:
        return path.stem


def _refuse(workspace: "Workspace", path: Path) -> None:
    if workspace.read_only:
        raise ReadOnly(
            "This workspace is open to be looked at only.", hint="Serve it without --read-only to change it."
        )
    if path.parent.is_dir():
        atomic.refuse_read_only(path)
