"""`weft recover`: a fresh database of what holds in a damaged one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import terminal
from weft.cli.options import Folder

if TYPE_CHECKING:
    from weft.runs.store.salvage import Salvaged


def recover(
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", show_default=False, help="Write the fresh database there, change nothing here."
        ),
    ] = None,
    folder: Folder = None,
) -> None:
    """Save every row whose checksum holds from a damaged database into a fresh one, and say what was lost.

    Without --out the fresh one takes the damaged one's place, which is kept beside it."""
    from weft.model.errors import NotFound
    from weft.workspace import Workspace
    from weft.workspace.health.recovering import recover as recover_workspace
    from weft.workspace.recording import DATABASE, STATE

    workspace = Workspace.open(folder)
    database = workspace.root / STATE / DATABASE
    if not database.exists():
        raise NotFound(
            f"There is no database in {str(workspace.root)!r}.",
            code="no-database",
            hint="Name the workspace with --workspace. Copies may lie in its .weft/backups.",
        )
    report, fresh, kept = recover_workspace(workspace, out)
    if report is None:
        terminal.out("The database is whole, and every row in it holds: there is nothing to recover.")
        return
    _tell(report)
    terminal.out(
        f"The fresh database is {str(fresh)!r}."
        + (f" The damaged one is kept in {str(kept)!r}." if kept else "")
    )


def _tell(report: "Salvaged") -> None:
    tables = dict.fromkeys(
        [*report.read, *report.carved, *report.from_backup, *report.damaged, *report.unreadable]
    )
    rows = [
        [
            table,
            str(report.saved(table)),
            str(report.carved[table]),
            str(report.from_backup[table]),
            str(report.damaged[table]),
            "not to its end" if table in report.unreadable else "",
        ]
        for table in tables
    ]
    head = ["table", "rows saved", "from raw pages", "from the backup", "not as written", "readable"]
    for line in terminal.table(rows, head=head):
        terminal.print_line(line)
    if report.backup is not None:
        terminal.out(f"What was missing was looked for in the backup {report.backup.name}.")
    if report.unreadable:
        terminal.warning(
            f"Rows of {', '.join(report.unreadable)} may be lost: how many can't be known.",
            "What was written since the last backup, on pages that can't be read, is gone.",
        )
