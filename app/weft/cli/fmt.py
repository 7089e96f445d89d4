"""`weft fmt`: rewrite flows in the canonical form, so that a diff shows what was changed and nothing else."""

from pathlib import Path
from typing import Annotated

import typer

from weft.cli import codes, terminal
from weft.cli.options import FlowNames, Folder


def fmt(
    flows: FlowNames = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; list what would change.")] = False,
    folder: Folder = None,
) -> None:
    """Rewrite flows in the canonical form; the paths of those that change are printed.

    Ends with 0; with --check, 1 when a file would change; 2 when one can't be read as a flow or written.
    """
    from weft.cli.refusals import refuse
    from weft.cli.targets import targets
    from weft.model.errors import WeftError
    from weft.workspace.flows.flowfiles import shown

    changed, refused = 0, False
    for _, path in targets(flows, folder):
        try:
            if rewrite(path, check=check):
                changed += 1
                terminal.out(shown(path))
        except WeftError as problem:
            refuse(problem)
            refused = True
    if changed or not refused:
        terminal.note(_summary(changed, check=check))
    raise typer.Exit(codes.BAD_USE if refused else codes.FAILED if check and changed else codes.OK)


def rewrite(path: Path, *, check: bool) -> bool:
    """Write the file at `path` canonically, unless it is so already or `check`; whether it wasn't."""
    from weft.model import DocumentError, dumps, loads
    from weft.workspace import atomic
    from weft.workspace.flows.flowfiles import in_file, read_bytes

    data = read_bytes(path)
    try:
        text = dumps(loads(data))
    except DocumentError as problem:
        raise in_file(problem, path) from None
    if text.encode() == data:
        return False
    if not check:
        atomic.write(path, text, expected=atomic.digest_of(data))
    return True


def _summary(changed: int, *, check: bool) -> str:
    if not changed:
        return "Every flow is in the canonical form." if check else "Nothing to rewrite."
    what = "1 flow" if changed == 1 else f"{changed} flows"
    return f"{what} would be rewritten." if check else f"{what} rewritten."
