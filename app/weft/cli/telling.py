"""How a run is told while it happens, and where its outputs go."""

import sys
from typing import TYPE_CHECKING

from weft.cli import terminal

if TYPE_CHECKING:
    from pathlib import Path

    from weft.cli.following import Reporter, Told


def reporter(*, as_json: bool) -> "Reporter":
    """JSON lines if asked for, a live table on a terminal, plain lines elsewhere."""
    if as_json:
        from weft.cli.following import Json

        return Json()
    if sys.stderr.isatty():
        from weft.cli.live import Live

        return Live()
    from weft.cli.lines import Lines

    return Lines()


def give(told: "Told", file: "Path | None", *, as_json: bool) -> None:
    """The outputs, where they were asked for."""
    from weft.cli.outputs import as_text, for_file
    from weft.workspace import atomic

    if file is not None:
        atomic.write(file, for_file(told.outputs, file))
        terminal.note(f"Wrote {file}.")
    elif not as_json:
        terminal.out(as_text(told.outputs))
