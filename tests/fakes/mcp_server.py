"""A real MCP server, made with the `mcp` package: over standard input and output, or at an address it prints.

python tests/fakes/mcp_server.py stdio
python tests/fakes/mcp_server.py http
"""

import asyncio
import os
import socket
import sys

from mcp.server.mcpserver import Context, MCPServer

server = MCPServer("tests")


@server.tool()
def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


@server.tool(name="Find-City", title="Find a city")
def find(name: str, near: dict[str, float] | None = None) -> str:
    """Find a city by its name."""
    return f"{name} is there"


@server.tool()
def environment() -> list[str]:
    """The names of the variables that this process has."""
    return sorted(os.environ)


@server.tool()
def fail(why: str) -> str:
    """Fail."""
    raise ValueError(why)


@server.tool()
def die() -> str:
    """End this process at once."""
    os._exit(3)


@server.tool()
async def hang() -> str:
    """Never answer."""
    await asyncio.Event().wait()
    return ""


@server.tool()
def long() -> str:
    """Say more than anybody wants to hear."""
    return "x" * 12_000_000


@server.tool()
def process() -> int:
    """The number of this process."""
    return os.getpid()


def one_more() -> str:
    """A tool that wasn't there before."""
    return "more"


@server.tool()
async def grow(ctx: Context) -> str:
    """Have one more tool, and say so to whoever listens."""
    server.add_tool(one_more)
    await ctx.notify_tools_changed()
    return "grown"


@server.resource("note://today")
def today() -> str:
    """No tool, and of no use here."""
    return "a note"


@server.prompt()
def greeting(name: str) -> str:
    """No tool either."""
    return f"Say hello to {name}"


def serve() -> None:
    if sys.argv[1] == "stdio":
        server.run("stdio")
        return
    import uvicorn

    app = server.streamable_http_app()
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}/mcp", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])


if __name__ == "__main__":
    serve()
