"""`weft diff`, `weft merge`, `weft git`: flows compared and merged by what they mean, not by lines."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import codes, terminal
from weft.cli.options import AsJson, Folder, flow_names

if TYPE_CHECKING:
    from weft.model.flow import Flow


def diff(
    flow: Annotated[
        str | None,
        typer.Argument(
            metavar="FLOW",
            autocompletion=flow_names,
            show_default=False,
            help="A flow by slug or path; without one, all of the workspace.",
        ),
    ] = None,
    other: Annotated[
        str | None,
        typer.Argument(
            metavar="OTHER",
            autocompletion=flow_names,
            show_default=False,
            help="Another flow by slug or path: what leads from the first to it.",
        ),
    ] = None,
    revision: Annotated[
        str, typer.Option("--rev", metavar="REV", help="The revision in git to compare with.")
    ] = "HEAD",
    layout: Annotated[
        bool, typer.Option("--layout", help="List what moved on the canvas too, which changes no meaning.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 if anything that means something differs.")
    ] = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Show what changed in flows: node by node, field by field.

    Compares with what is committed in git, or two flows with each other. Nodes that got another name are known again.
    """
    from weft.cli.differing import lines, plain
    from weft.model.comparing import compare
    from weft.model.flow import Flow

    differ = False
    for heading, old, new in _pairs(flow, other, revision, folder):
        found = compare(old or Flow(), new or Flow())
        means = (old is None) != (new is None) or bool(found.meant or found.renamed or found.reordered)
        differ = differ or means
        if as_json:
            terminal.out(json.dumps(plain(heading, old, new, found), ensure_ascii=False))
        elif means or (found.places and (flow is not None or layout)):  # of one that was named, this is news
            for line in lines(heading, old, new, found, layout=layout):
                terminal.print_line(line)
    if not differ and not as_json:
        terminal.note("Nothing differs.")
    raise typer.Exit(codes.FAILED if exit_code and differ else codes.OK)


def git_diff(
    arguments: Annotated[list[str], typer.Argument(metavar="PATH OLD HEX MODE NEW HEX MODE")],
) -> None:
    """Compare for git, which calls it with these arguments once 'weft git' was run."""
    from weft.cli.differing import lines
    from weft.model.comparing import compare
    from weft.model.flow import Flow

    if len(arguments) < 7:
        raise typer.BadParameter("git calls this with seven arguments; use 'weft diff' yourself")
    name, before, after = arguments[0], arguments[1], arguments[4]
    old, new = _read(before), _read(after)
    for line in lines(name, old, new, compare(old or Flow(), new or Flow()), layout=True):
        terminal.print_line(line)


def merge(
    base: Annotated[Path, typer.Argument(metavar="BASE", help="What both began from.")],
    mine: Annotated[Path, typer.Argument(metavar="MINE", help="One side; without --out it is written over.")],
    theirs: Annotated[Path, typer.Argument(metavar="THEIRS", help="The other side.")],
    file: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", show_default=False, help="Write it there.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--path", metavar="NAME", show_default=False, help="How to call the flow.")
    ] = None,
) -> None:
    """Put two versions of a flow together that come from one.

    Where both changed the same part to something else, a person has to decide: it says where, writes the text with
    git's marks, and ends with 1.
    """
    from weft.model import dumps
    from weft.model.merging import merge as put_together
    from weft.workspace import atomic
    from weft.workspace.flows.flowfiles import read_flow
    from weft.workspace.flows.git import merged_by_line

    made = put_together(*(_read(path) or read_flow(path) for path in (base, mine, theirs)))
    called, goal = name or str(mine), file or mine
    if made.flow is not None:
        atomic.write(goal, dumps(made.flow))
        terminal.note(f"Merged {called}.")
        return
    atomic.write(goal, merged_by_line(mine, base, theirs).decode())
    terminal.error(
        f"{called}: both sides changed {', '.join(made.overlaps)}.", "Decide there, then run 'weft check'."
    )
    raise typer.Exit(codes.FAILED)


def git(folder: Folder = None) -> None:
    """Make git compare and merge the flows of this repository by node and field.

    Adds a line to .gitattributes, to be committed, and settings to this clone: run it once in each.
    """
    from weft.workspace import Workspace
    from weft.workspace.flows.flowfiles import shown
    from weft.workspace.flows.git import LINE, set_up

    file, changed = set_up(Workspace.open(folder).root)
    terminal.note(f"Added to {shown(file)}: {LINE}" if changed else f"{shown(file)} has the line already.")
    terminal.note(
        "git diff and git merge now show and merge flows by node. To see lines: git diff --no-ext-diff"
    )


def _pairs(
    flow: str | None, other: str | None, revision: str, folder: str | None
) -> "Iterator[tuple[str, Flow | None, Flow | None]]":
    from weft.cli.targets import targets
    from weft.workspace import Workspace
    from weft.workspace.flows.flowfiles import read_flow, shown
    from weft.workspace.flows.git import at_revision

    # Each with its heading, how it was and how it is; None where there was or is none.
    if flow is not None and other is not None:
        one, two = (Workspace.of(name, folder).file_of(name) for name in (flow, other))
        yield f"{shown(one)} to {shown(two)}", read_flow(one), read_flow(two)
        return
    for _, path in targets([flow] if flow else None, folder):
        yield f"{shown(path)} since {revision}", at_revision(path, revision), read_flow(path)


def _read(path: "str | Path") -> "Flow | None":
    """The flow in that file, whatever it is called; None for one that isn't there, which git calls /dev/null."""
    from weft.model.errors import DocumentError
    from weft.model.text import loads
    from weft.workspace.flows.flowfiles import in_file, read_bytes

    data = read_bytes(Path(path))
    try:
        return loads(data) if data else None
    except DocumentError as problem:
        raise in_file(problem, Path(path)) from None
