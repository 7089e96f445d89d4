"""`weft doctor`: is everything well in the workspace."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import codes, terminal
from weft.cli.options import AsJson, Folder

if TYPE_CHECKING:
    from weft.workspace.health.finding import Finding


def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="Put right what can be without a risk.")] = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Look whether the workspace is well: files, database, journal, backups, disk. Nothing is changed by looking.

    Ends with 1 when something is wrong that is still so at the end."""
    from weft.workspace import Workspace
    from weft.workspace.health.whole import examine

    wrong = 0
    for finding in examine(Workspace.open(folder)):
        done = _repaired(finding) if repair else ""
        wrong += finding.level in ("warning", "error") and not done
        _print(finding, done, as_json=as_json)
    if not as_json and wrong:
        what = "1 thing needs" if wrong == 1 else f"{wrong} things need"
        terminal.note(f"{what} your attention.")
    raise typer.Exit(codes.FAILED if wrong else codes.OK)


def _repaired(finding: "Finding") -> str:
    """What was done about it; "" when nothing was."""
    from weft.model.errors import WeftError

    if finding.repair is None:
        return ""
    try:
        return finding.repair()
    except WeftError as problem:
        terminal.warning(problem.message, problem.hint)
    except OSError as problem:
        terminal.warning(f"It can't be repaired: {problem.strerror or problem}.")
    return ""


def _print(finding: "Finding", done: str, *, as_json: bool) -> None:
    if as_json:
        said = {"about": finding.about, "level": finding.level, "message": finding.message}
        more = {"hint": finding.hint, "repairable": finding.repair is not None, "repaired": done}
        terminal.print_line(json.dumps(said | more, ensure_ascii=False))
        return
    terminal.out(f"{finding.level:<8} {finding.about:<12} {finding.message}")
    if done:
        terminal.out(f"{'':21} Repaired: {done}")
    elif finding.hint:
        more = " 'weft doctor --repair' does it." if finding.repair else ""
        terminal.out(f"{'':21} {finding.hint}{more}")
