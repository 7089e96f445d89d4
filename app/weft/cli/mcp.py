"""`weft mcp`: the MCP servers that `weft.toml` names, and the tools that they have."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from weft.cli import codes, terminal
from weft.cli.options import AsJson, Folder

if TYPE_CHECKING:
    from weft.workspace import Workspace

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def servers(context: typer.Context, as_json: AsJson = False, folder: Folder = None) -> None:
    """List the MCP servers that weft.toml names, and the tools they had when they were asked last. Starts none.

    A server is a table: [mcp.NAME], with a command and its args, or a url.
    """
    if context.invoked_subcommand is not None:
        return
    from weft.workspace import Workspace

    workspace = Workspace.open(folder)
    rows: list[list[str]] = []
    for name, settings in workspace.settings.mcp.items():
        try:
            tools, state = [tool.name for tool in workspace.mcp.kept(name)], ""
        except ValueError as error:
            tools, state = [], f"its kept list can't be read ({error})"
        where = settings.url or " ".join([settings.command or "", *settings.args])
        if as_json:
            terminal.print_line(json.dumps({"server": name, "at": where, "tools": tools}))
        rows.append([name, state or (", ".join(tools) if tools else "-"), where])
    if as_json:
        return
    for line in terminal.table(rows, head=["server", "tools", "at"]) if rows else ():
        terminal.print_line(line)
    terminal.note("weft mcp refresh asks them for their tools." if rows else "weft.toml names no MCP server.")


@app.command("refresh")
def refresh(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="SERVER", show_default=False, help="Only these; without it all."),
    ] = None,
    folder: Folder = None,
) -> None:
    """Start the servers, or reach them, once, and keep the list of their tools. Ends with 1 if one doesn't answer."""
    from weft.workspace import Workspace

    workspace = Workspace.open(folder)
    failed = asyncio.run(_refreshed(workspace, names or list(workspace.settings.mcp)))
    if failed:
        raise typer.Exit(codes.FAILED)


async def _refreshed(workspace: "Workspace", names: list[str]) -> int:
    from weft.model.errors import NotFound, WeftError

    failed = 0
    try:
        for name in names:
            try:
                tools, wrong = await workspace.mcp.refresh(name)
            except NotFound:
                raise
            except WeftError as problem:
                failed += 1
                terminal.note(str(problem))
                continue
            terminal.print_line(f"{name}: {', '.join(tool.name for tool in tools) or 'no tools'}")
            for line in wrong:
                terminal.note(f"Left out: {line}")
    finally:
        await workspace.close()
    return failed
