"""Where the runs of a workspace are recorded."""

from typing import TYPE_CHECKING

from weft.model.errors import ReadOnly
from weft.workspace import atomic
from weft.workspace.flowfiles import shown

if TYPE_CHECKING:
    from weft.runs.service import RunService
    from weft.workspace.folder import Workspace

STATE, DATABASE = ".weft", "weft.db"


def open_runs(workspace: "Workspace") -> "tuple[RunService, str]":
    """The run service over the workspace's database, made on first use; over memory, and why, if it can't be written."""
    from weft.runs.memory import MemoryStore
    from weft.runs.service import RunService
    from weft.runs.sqlite import SqliteStore

    reason = unwritable(workspace)
    store = MemoryStore() if reason else SqliteStore(workspace.root / STATE / DATABASE)
    return RunService(store, workspace.services(), lambda: workspace.catalog), reason


def recorded(workspace: "Workspace") -> bool:
    """Whether anything was ever recorded here."""
    return (workspace.root / STATE / DATABASE).exists()


def unwritable(workspace: "Workspace") -> str:
    """Why nothing can be recorded in this workspace; "" when it can. Makes the folder `.weft`, which git ignores."""
    folder = workspace.root / STATE
    try:
        if not folder.is_dir():
            atomic.refuse_read_only(folder)
            folder.mkdir(mode=0o700)
            (folder / ".gitignore").write_text("*\n", "utf-8")
        atomic.refuse_read_only(folder / DATABASE)
    except ReadOnly as refused:
        return refused.message
    except OSError as problem:
        return f"{shown(folder)!r} can't be written: {problem.strerror or problem}."
    return ""
