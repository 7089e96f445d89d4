"""`weft mcp`: the MCP servers that `weft.toml` names, and the tools that they have."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import codes, terminal
from weft.cli.options import AsJson, Folder

if TYPE_CHECKING:
    from weft.workspace import Workspace

app = typer.Typer(rich_markup_mode=None)

Servers = Annotated[
    list[str] | None,
    typer.Argument(metavar="SERVER", show_default=False, help="Only these; without it all."),
]


@app.callback(invoke_without_command=True)
def servers(context: typer.Context, as_json: AsJson = False, folder: Folder = None) -> None:
    """List the MCP servers that weft.toml names, and the tools they had when they were asked last. Starts none.

    A server is a table: [mcp.NAME], with a command and its args, or a url.
    """
    if context.invoked_subcommand is None:
        _list(folder, as_json=as_json)


@app.command("list")
def listed(as_json: AsJson = False, folder: Folder = None) -> None:
    """List the servers, how they stand, and the tools they had when they were asked last. Starts none."""
    _list(folder, as_json=as_json)


def _list(folder: str | None, *, as_json: bool) -> None:
    from weft.workspace import Workspace

    found = Workspace.open(folder).mcp.statuses()
    rows: list[list[str]] = []
    for one in found:
        names = [tool.name for tool in one.tools]
        if as_json:
            said = {
                "server": one.name,
                "at": one.where,
                "tools": names,
                "state": one.state,
                "says": one.words,
            }
            terminal.print_line(json.dumps(said))
        words = one.words if one.state != "ready" else ", ".join(names) or "no tools"
        rows.append([one.name, words, one.where])
    if as_json:
        return
    for line in terminal.table(rows, head=["server", "tools", "at"]) if rows else ():
        terminal.print_line(line)
    terminal.note("weft mcp refresh asks them for their tools." if rows else "weft.toml names no MCP server.")


@app.command("check")
def check(
    names: Servers = None,
    folder: Folder = None,
) -> None:
    """Start the servers, or reach them, once, and say whether their tools are those that are kept. Keeps nothing.

    Ends with 1 if one doesn't answer, or has other tools.
    """
    from weft.workspace import Workspace

    workspace = Workspace.open(folder)
    if asyncio.run(_checked(workspace, names or list(workspace.settings.mcp))):
        raise typer.Exit(codes.FAILED)


@app.command("refresh")
def refresh(
    names: Servers = None,
    folder: Folder = None,
) -> None:
    """Start the servers, or reach them, once, and keep the list of their tools. Ends with 1 if one doesn't answer."""
    from weft.workspace import Workspace

    workspace = Workspace.open(folder)
    failed = asyncio.run(_refreshed(workspace, names or list(workspace.settings.mcp)))
    if failed:
        raise typer.Exit(codes.FAILED)


async def _refreshed(workspace: "Workspace", names: list[str]) -> int:
    async def refreshed(name: str) -> bool:
        tools, wrong = await workspace.mcp.refresh(name)
        terminal.print_line(f"{name}: {', '.join(tool.name for tool in tools) or 'no tools'}")
        for line in wrong:
            terminal.note(f"Left out: {line}")
        return True

    return await _each(workspace, names, refreshed)


async def _checked(workspace: "Workspace", names: list[str]) -> int:
    async def checked(name: str) -> bool:
        kept = {tool.name: tool for tool in workspace.mcp.status(name).tools}
        found = {tool.name: tool for tool in (await workspace.mcp.check(name))[0]}
        new = [name for name in found if name not in kept]
        gone = [name for name in kept if name not in found]
        other = [name for name in found if name in kept and found[name] != kept[name]]
        told = [
            f"{word} {', '.join(which)}"
            for word, which in (("new:", new), ("gone:", gone), ("changed:", other))
            if which
        ]
        count = f"{len(found):,} tool{'' if len(found) == 1 else 's'}"
        terminal.print_line(f"{name}: answers, {count}{'; ' + '; '.join(told) if told else ', as kept'}")
        if told:
            terminal.note(f"Keep what it has now: weft mcp refresh {name}")
        return not told

    return await _each(workspace, names, checked)


async def _each(workspace: "Workspace", names: list[str], do: Callable[[str], Awaitable[bool]]) -> int:
    """How many of them failed."""
    from weft.model.errors import NotFound, WeftError

    failed = 0
    try:
        for name in names:
            try:
                failed += not await do(name)
            except NotFound:
                raise
            except WeftError as problem:
                failed += 1
                terminal.note(str(problem))
    finally:
        await workspace.close()
    return failed
