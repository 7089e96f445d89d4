"""Where the runs and the edits of a workspace are recorded."""

from functools import partial
from typing import TYPE_CHECKING, Any

from weft.model.errors import ReadOnly
from weft.workspace import atomic
from weft.workspace.flows.flowfiles import shown
from weft.workspace.foreseeing.budgets import run_budget

if TYPE_CHECKING:
    from weft.catalog import Catalog
    from weft.runs.service import RunService
    from weft.runs.store.database import Database
    from weft.workspace.editing.library import Library
    from weft.workspace.folder import Workspace

STATE, DATABASE = ".weft", "weft.db"


def open_database(workspace: "Workspace") -> "tuple[Database | None, str]":
    """The workspace's database, which opens with its first use; None, and why, where there can't be one."""
    from weft.runs.store.database import Database

    if workspace.read_only:
        only = "This workspace is open to be looked at only."
        path = workspace.root / STATE / DATABASE
        return (Database(path, read_only=True), "") if recorded(workspace) else (None, only)
    reason = unwritable(workspace)
    return (None, reason) if reason else (Database(workspace.root / STATE / DATABASE), "")


def open_runs(workspace: "Workspace") -> "RunService":
    """The run service over the workspace's database; over memory, if there can't be one."""
    from weft.runs.service import RunService
    from weft.runs.store.memory import MemoryStore
    from weft.runs.store.sqlite import SqliteStore

    database = workspace.database()
    tape = workspace.tape
    # What is replayed did not happen: it is in no book, and nobody goes on with it by asking real models.
    store = MemoryStore() if database is None or (tape and tape.replays) else SqliteStore(database)
    services = workspace.services()
    reuse = None
    if tape is None and (cache := workspace.step_cache()) is not None:
        from weft.runs.earlier.pins import Pins
        from weft.runs.earlier.reuse import Reuse

        reuse = Reuse(cache, Pins(workspace.root / STATE / "pins"), store, services)
    parts: tuple[Any, ...] = (
        store,
        services,
        lambda: taped(workspace),
        partial(run_budget, workspace),
        lambda: workspace.settings.limits.limits(),
        reuse,
    )
    if workspace.read_only:
        from weft.workspace.looking import OnlyLooking

        return OnlyLooking(*parts)
    service = RunService(*parts)
    service.admit = workspace.trusted.refuse
    if workspace.settings.tracing.enabled:
        service.observe(workspace.tracing())
    return service


def taped(workspace: "Workspace") -> "Catalog":
    """The catalog that runs have: the workspace's, its tools recorded or played where there is a tape."""
    if workspace.tape is None:
        return workspace.catalog
    return workspace.tape.catalog(workspace.catalog, workspace.root / "files")


def open_library(workspace: "Workspace") -> "Library | None":
    """Where edits are kept; None where nothing can be, or is to be, written."""
    from weft.workspace.editing.journal import Journal
    from weft.workspace.editing.library import Library

    database = workspace.database()
    return None if database is None or workspace.read_only else Library(workspace, Journal(database))


def recorded(workspace: "Workspace") -> bool:
    """Whether anything was ever recorded here."""
    return (workspace.root / STATE / DATABASE).exists()


def unwritable(workspace: "Workspace") -> str:
    """Why nothing can be recorded in this workspace; "" when it can. Makes the folder `.weft`, which git ignores."""
    folder = workspace.root / STATE
    if workspace.read_only:
        return "This workspace is open to be looked at only."
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
