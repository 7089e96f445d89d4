"""Where the runs of a workspace are recorded."""

from typing import TYPE_CHECKING

from weft.workspace.flowfiles import shown

if TYPE_CHECKING:
    from weft.runs.service import RunService
    from weft.workspace.folder import Workspace

STATE, DATABASE = ".weft", "weft.db"


def open_runs(workspace: "Workspace") -> "tuple[RunService, str]":
    """The run service over the workspace's database, made on first use; over memory, with the reason, if that fails."""
    from weft.runs.service import RunService
    from weft.runs.store import MemoryStore

    reason = unwritable(workspace)
    if reason:
        return RunService(MemoryStore(), workspace.services(), workspace.catalog), reason
    from weft.runs.sqlite import SqliteStore

    store = SqliteStore(workspace.root / STATE / DATABASE)
    return RunService(store, workspace.services(), workspace.catalog), ""


def unwritable(workspace: "Workspace") -> str:
    """Why nothing can be recorded in this workspace; "" when it can. Makes the folder `.weft`, which git ignores."""
    from weft.workspace import atomic

    folder = workspace.root / STATE
    try:
        if not folder.exists():
            atomic.refuse_read_only(folder)
            folder.mkdir(mode=0o700)
            (folder / ".gitignore").write_text("*\n", "utf-8")
        atomic.refuse_read_only(folder / DATABASE)
    except atomic.ReadOnly as refused:
        return f"{refused.message}"
    except OSError as problem:
        return f"{shown(folder)!r} can't be written: {problem.strerror or problem}."
    return ""
