"""Before a flow from elsewhere runs: its sheet is shown, and a person says yes, on the terminal or with `--trust`."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli import codes, terminal

if TYPE_CHECKING:
    from weft.model import Flow
    from weft.workspace import Workspace
    from weft.workspace.trust import Sheet, Use

Trust = Annotated[
    bool,
    typer.Option(
        "--trust",
        help="Let a flow from elsewhere run, now and from now on, as it is. See what it can do first.",
    ),
]
STDIN = Path("-")
LONGEST_CODE = 20_000


def read(workspace: "Workspace", flow: str, given: list[str], *, taped: bool) -> "tuple[Path, Flow, str]":
    """The flow's file, the flow, and the file's text; `-` is standard input, which nothing else can be then."""
    from weft.model import loads
    from weft.model.limits import LIMITS
    from weft.workspace.flows.flowfiles import read_bytes

    if flow != STDIN.name:
        path = workspace.file_of(flow)
        return path, workspace.load(path), read_bytes(path).decode("utf-8", "replace")
    if taped:
        raise typer.BadParameter(
            "a flow on standard input has no cassette beside it: name one with --cassette"
        )
    if any(one.endswith("=@-") for one in given):
        raise typer.BadParameter("standard input holds the flow, so it can't hold an input too")
    data = sys.stdin.buffer.read(LIMITS.size + 1)
    return STDIN, loads(data), data.decode("utf-8", "replace")


def let_run(
    workspace: "Workspace",
    flow: "Flow",
    path: Path,
    inputs: dict[str, Any],
    *,
    model: str | None,
    trusted: bool,
) -> None:
    """Returns if the flow may run. Raises `WeftError` (`untrusted`) if nobody is there to say so; leaves with 2 after a
    no."""
    from weft.workspace.trust.trusted import is_own, untrusted

    own = path != STDIN and is_own(workspace, path)
    slug = path.stem if own else ""
    if workspace.trusted.wanting(flow, workspace.catalog, slug):
        why = f"The flow {slug or str(path)!r}, or one that it runs, was brought here from elsewhere"
    elif own or workspace.trusted.knows(flow):
        return
    else:
        where = "on standard input" if path == STDIN else f"in {str(path)!r}"
        why = f"The flow {where} isn't one of the workspace's own"
    if not trusted:
        show(_sheet(workspace, flow, inputs, model), why)
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise untrusted(why, slug or str(path), told=True)
        if not typer.confirm("Let it run, now and from now on?", default=False, err=True):
            terminal.note("It was not run.")
            raise typer.Exit(codes.BAD_USE)
    workspace.trusted.give(
        flow, workspace.catalog, slug=slug, by="--trust" if trusted else "a person at the terminal"
    )


def show(sheet: "Sheet", why: str) -> None:
    """The sheet, on standard error."""
    terminal.note(f"{why}. This is what it can do:")
    for title, uses in sheet.sections():
        if not uses:
            terminal.note(f"  {title}: none")
            continue
        terminal.note(f"  {title}:")
        for use in uses:
            _show_code(use) if title == "Code" else terminal.note(f"    {_line(use)}")
    terminal.note(f"  Cost: {sheet.cost}")


def _show_code(use: "Use") -> None:
    terminal.note(f"    of {', '.join(use.nodes)}:")
    for line in use.name[:LONGEST_CODE].splitlines():
        terminal.note(f"      {line}")
    if len(use.name) > LONGEST_CODE:
        terminal.note(f"      and {len(use.name) - LONGEST_CODE:,} characters that aren't shown here")


def _line(use: "Use") -> str:
    """One line, whatever is in it: a name with a line break can't make another entry of the sheet."""
    said = f"{use.name} ({use.note})" if use.note else use.name
    line = f"{said}: {', '.join(use.nodes)}" if use.nodes else said
    return " ".join(line.split())


def _sheet(workspace: "Workspace", flow: "Flow", inputs: dict[str, Any], model: str | None) -> "Sheet":
    from weft.workspace.foreseeing.estimate import estimate
    from weft.workspace.trust import sheet

    async def estimated() -> str:
        try:
            return (await estimate(workspace, flow, inputs, model=model)).sentence()
        finally:
            await workspace.close()

    return sheet(flow, workspace.catalog).with_cost(asyncio.run(estimated()))
