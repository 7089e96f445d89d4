"""`weft import`: a flow made of another program's graph."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import codes, terminal
from weft.cli.options import Folder

if TYPE_CHECKING:
    from weft.model import Flow
    from weft.model.errors import DocumentError
    from weft.workspace.importing import Imported

MOST_LINES = 20
"""Remarks of one kind that are printed; of a large graph, nobody reads the rest."""


def import_graph(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", show_default=False, help="The graph's file; - reads standard input."),
    ],
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FLOW",
            show_default=False,
            help="The flow to make, by slug or path; - writes it to standard output. [default: by its name]",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", show_default=False, help="What to call it. [default: as the file]"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the flow that is there.")] = False,
    folder: Folder = None,
) -> None:
    """Make a flow of a graph of another program: AgentKit's, as its generate_graph.py saves it.

    Says what was read, what had to be changed, and what the flow still needs. Before the flow runs for the first time,
    'weft run' shows what it can do, and asks. Ends with 2 when the file is no such
    graph, or has mistakes: each is listed with its line.
    """
    from weft.model.errors import DocumentError
    from weft.workspace.importing import read_foreign

    data = _read(file)
    title = (name or "").strip() or _title(file)
    try:
        imported = read_foreign(data, name=title)
    except DocumentError as refused:
        _refuse(refused, file, data)
        raise typer.Exit(codes.BAD_USE) from None
    slug = _write(imported.flow, out, title, folder, file, force=force)
    _report(imported, file)
    if slug:
        terminal.note(f"Run it with 'weft run {slug}', or open it with 'weft serve --open {slug}'.")


def _read(file: str) -> bytes:
    from weft.model.limits import LIMITS
    from weft.workspace.flows.flowfiles import read_bytes

    return sys.stdin.buffer.read(LIMITS.size + 1) if file == "-" else read_bytes(Path(file))


def _title(file: str) -> str:
    stem = "" if file == "-" else Path(file).stem.replace("_", " ").replace("-", " ").strip()
    return stem[:1].upper() + stem[1:] if stem else "Imported flow"


def _refuse(refused: "DocumentError", file: str, data: bytes) -> None:
    """All of its problems, each with its line; a file that isn't JSON has one, placed already."""
    from weft.cli.problems import print_problems
    from weft.model.problems import Problem
    from weft.model.syntax import decoded
    from weft.workspace.flows.flowfiles import shown

    where = "standard input" if file == "-" else shown(Path(file))
    if refused.problems:
        print_problems(refused.problems, file=where, text=decoded(data))
        return
    place = refused.place
    said = refused.message.removeprefix(f"{str(place).capitalize()}: ") if place else refused.message
    at = f"{where}:{place.line}:{place.column}" if place else where
    print_problems([Problem(refused.code, said, hint=refused.hint)], file=at)


def _write(flow: "Flow", out: str | None, title: str, folder: str | None, source: str, *, force: bool) -> str:
    """Put the flow where it was asked for; its slug if it went into the workspace. Prints the path, or the flow."""
    from weft.model import dumps
    from weft.model.errors import Conflict
    from weft.workspace import Workspace, atomic
    from weft.workspace.flows.flowfiles import shown, slug_of
    from weft.workspace.folder import is_path

    if out == "-":
        terminal.out(dumps(flow), end="")
        return ""
    expected = None if force else atomic.ABSENT
    to_path = out is not None and is_path(out)
    slug = "" if to_path else out or slug_of(title)
    workspace = None if to_path else Workspace.open(folder)
    path = Path(out or "") if workspace is None else workspace.path_of(slug)
    try:
        if workspace is None:
            atomic.write(path, dumps(flow), expected=expected)
        else:
            workspace.save(slug, flow, expected=expected)
            workspace.trusted.mark(slug, "standard input" if source == "-" else Path(source).name)
    except Conflict:
        raise Conflict(
            f"There is a file {shown(path)!r} already.", hint="Name another with --out, or add --force."
        ) from None
    terminal.out(shown(path))
    return slug


def _report(imported: "Imported", file: str) -> None:
    from weft.workspace.flows.flowfiles import shown

    where = "standard input" if file == "-" else shown(Path(file))
    terminal.note(f"Read {where}: {imported.read}.")
    for kind in ("changed", "needs", "lost"):
        told = [remark.message for remark in imported.remarks if remark.kind == kind]
        for message in told[:MOST_LINES]:
            terminal.note(f"{kind}: {message}")
        if len(told) > MOST_LINES:
            terminal.note(f"{kind}: ... and {len(told) - MOST_LINES:,} more")
