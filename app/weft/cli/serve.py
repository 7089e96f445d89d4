"""`weft serve`: the editor and the HTTP API."""

import signal
import socket
from pathlib import Path
from typing import Annotated, Any

import typer

from weft.cli import terminal
from weft.cli.options import Folder, flow_names

DEFAULT_PORT = 8700


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="The port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = DEFAULT_PORT,
    flow: Annotated[
        str | None,
        typer.Option(
            "--open",
            metavar="FLOW",
            autocompletion=flow_names,
            show_default=False,
            help="The flow to open first.",
        ),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser", help="Open the link in the browser.")] = False,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", show_default=False, help="A further name it is reached by."),
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", show_default=False, help="Serve with TLS.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(metavar="FILE", show_default=False, help="The key to it.")
    ] = None,
    behind_proxy: Annotated[bool, typer.Option("--behind-proxy", help="A proxy in front ends TLS.")] = False,
    no_ui: Annotated[bool, typer.Option("--no-ui", help="The HTTP API alone.")] = False,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Look only: nothing is written, and nothing run.")
    ] = False,
    folder: Folder = None,
) -> None:
    """Open the editor, and the HTTP API, on 127.0.0.1; the link with its one-time code is printed.

    Stops cleanly on Ctrl-C: steps that run may end within some seconds ('grace' in weft.toml), runs go on with the
    next server. A second Ctrl-C doesn't wait. Runs that a process left behind when it died are gone on with.
    """
    signal.signal(signal.SIGTERM, _leave)  # until the server itself listens to it

    from weft.model.errors import WeftError
    from weft.server.serve import serve as serve_workspace
    from weft.workspace import Workspace

    workspace = Workspace.of(flow, folder) if flow else Workspace.open(folder)
    options: dict[str, Any] = {
        "host": host,
        "port": port,
        "open_flow": workspace.slug_of(flow) if flow else None,
        "open_browser": browser,
        "allowed_hosts": allowed_host or (),
        "tls_cert": tls_cert,
        "tls_key": tls_key,
        "behind_proxy": behind_proxy,
        "ui": not no_ui,
        "read_only": read_only,
    }
    try:
        code = serve_workspace(workspace, say=_say, **options)
    except WeftError as problem:
        if problem.code == "port-busy" and (free := free_port(host, port + 1)):
            problem.hint = f"Stop what uses it, or take a free one: weft serve --port {free}"
        raise
    raise typer.Exit(code)


def _leave(*_: object) -> None:
    """Told to stop before it serves: there is nothing to put away."""
    raise SystemExit(0)


def _say(text: str) -> None:
    terminal.out(text)
    terminal.flush()


def free_port(host: str, start: int) -> int:
    """The first port from `start` on that is free now, among the next hundred; 0 if none is."""
    for port in range(start, min(start + 100, 65536)):
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind((host, port))
            except OSError:
                continue
            return port
    return 0
