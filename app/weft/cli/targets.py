"""Which files a command is about."""

from collections.abc import Iterator
from pathlib import Path

from weft.model.errors import NotFound
from weft.workspace import Workspace
from weft.workspace.flows.flowfiles import shown
from weft.workspace.flows.index import flow_files


def targets(names: list[str] | None, folder: str | None) -> Iterator[tuple[Workspace, Path]]:
    """Each named flow's file, with the workspace it belongs to; without a name, all files of the workspace."""
    homes: dict[Path, Workspace] = {}
    for name in names or ():
        workspace = Workspace.of(name, folder)
        workspace = homes.setdefault(workspace.root, workspace)
        yield workspace, workspace.file_of(name)
    if not names:
        workspace = Workspace.open(folder)
        paths = flow_files(workspace.root / "flows")
        if not paths:
            raise NotFound(
                f"There are no flows in {shown(workspace.root)!r}.",
                code="no-flows",
                hint="Make one with 'weft new', or name the workspace with --workspace DIR.",
            )
        yield from ((workspace, path) for path in paths)
