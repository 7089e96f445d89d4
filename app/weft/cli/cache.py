"""`weft cache`: the results of steps that runs use again."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weft.cli import terminal
from weft.cli.options import AsJson, Folder

if TYPE_CHECKING:
    from weft.runs.earlier.step_cache import Size, StepCacheFile

app = typer.Typer(rich_markup_mode=None)
_UNITS = {"": 1, "b": 1, "k": 1000, "kb": 1000, "m": 1000**2, "mb": 1000**2, "g": 1000**3, "gb": 1000**3}


@app.callback(invoke_without_command=True)
def cache(context: typer.Context, as_json: AsJson = False, folder: Folder = None) -> None:
    """Say how much the workspace's cache holds.

    A step whose component is declared pure, and a prompt, is not run again when all that it depends on is the same.
    What was used longest ago goes when the cache is full.
    """
    if context.invoked_subcommand is not None:
        return
    found = _ask(folder, lambda cache: cache.size())
    if as_json:
        terminal.print_line(json.dumps(found._asdict() if found else {"entries": 0, "bytes": 0}))
    elif found is None:
        terminal.note("There is no cache here yet: 'weft run FLOW' makes one.")
    else:
        terminal.out(f"{_results(found)}, of at most {shown(found.most_bytes)}.")


@app.command("prune")
def prune(
    to: Annotated[
        str, typer.Option("--to", metavar="SIZE", help="What is to be left at most: 0, 500k, 20M, 1G.")
    ] = "0",
    folder: Folder = None,
) -> None:
    """Let go what was used longest ago, until no more than SIZE is left."""
    most = _bytes(to)
    found = _ask(folder, lambda cache: cache.prune(most))
    terminal.note(f"{_results(found)} left." if found else "There is no cache here.")


@app.command("clear")
def clear(folder: Folder = None) -> None:
    """Let everything go. The next run makes its results anew; pins and runs stay."""
    found = _ask(folder, lambda cache: cache.clear())
    terminal.note(f"{_results(found)} let go." if found else "There is no cache here.")


def _ask(folder: str | None, question: "Callable[[StepCacheFile], Awaitable[Size]]") -> "Size | None":
    """The answer of the workspace's cache; None when there is none, and none is made then."""
    from weft.runs.earlier.step_cache import FILE
    from weft.workspace import Workspace
    from weft.workspace.naming import STATE

    workspace = Workspace.open(folder)
    if not (workspace.root / STATE / FILE).exists():
        return None

    async def asked() -> Any:
        try:
            cache = workspace.step_cache()
            return await question(cache) if cache is not None else None
        finally:
            await workspace.close()

    return asyncio.run(asked())


def _results(size: "Size") -> str:
    return f"{size.entries:,} {'result' if size.entries == 1 else 'results'}, {shown(size.bytes)}"


def shown(size: int) -> str:
    """Bytes as a person reads them."""
    for unit, factor in (("GB", 1000**3), ("MB", 1000**2), ("kB", 1000)):
        if size >= factor:
            return f"{size / factor:,.1f} {unit}"
    return f"{size} bytes"


def _bytes(text: str) -> int:
    from weft.model.errors import WeftError

    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*", text)
    if found is None or found[2].lower() not in _UNITS:
        raise WeftError(f"{text!r} is no size.", code="bad-size", hint="Write bytes, or 500k, 20M, 1G.")
    return int(float(found[1]) * _UNITS[found[2].lower()])
