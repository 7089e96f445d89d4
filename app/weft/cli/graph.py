"""`weft graph`: a flow as a picture or as text that becomes one."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from weft.cli import terminal
from weft.cli.options import FlowName, Folder


class Format(StrEnum):
    MERMAID = "mermaid"
    SVG = "svg"


def graph(
    flow: FlowName,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format", "-f", show_default=False, help="[default: svg when --out ends in .svg, else mermaid]"
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", show_default=False, help="Write it there.")
    ] = None,
    folder: Folder = None,
) -> None:
    """Draw a flow: as a Mermaid flowchart, or as an SVG that reads well on light and dark."""
    from weft.workspace import Workspace, atomic
    from weft.workspace.flows.picture import mermaid, svg

    if form is None:
        form = Format.SVG if file is not None and file.suffix == ".svg" else Format.MERMAID
    drawn = (svg if form is Format.SVG else mermaid)(Workspace.of(flow, folder).load(flow))
    if file is None:
        terminal.out(drawn, end="")
    else:
        atomic.write(file, drawn)
        terminal.note(f"Wrote {file}.")
