"""`weft serve`: puts the pieces together, prints the link, and stops without leaving anything half done."""

import asyncio
import contextlib
import errno
import gc
import importlib
import logging
import os
import socket
import ssl
import tempfile
import webbrowser
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI

from weft.model.errors import WeftError
from weft.providers.redaction import clean_logs
from weft.server.app import create_app
from weft.server.auth import Auth
from weft.server.door import DEFAULT_PORT, Door, checked_door
from weft.server.guard import Guard
from weft.server.instance import Instance
from weft.server.login import again, login_url
from weft.server.patience import PatientProtocol
from weft.server.state import ServerState
from weft.workspace import Workspace, lock
from weft.workspace.recording import STATE, unwritable

CLOSING_SECONDS = 3
SOCKET_BYTES = 1_000_000  # what the page framework's own client keeps to


def serve(
    workspace: Workspace,
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    open_flow: str | None = None,
    open_browser: bool = False,
    allowed_hosts: Iterable[str] = (),
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
    behind_proxy: bool = False,
    ui: bool = True,
    read_only: bool = False,
    say: Callable[[str], None] = print,
) -> int:
    """Serves until SIGINT or SIGTERM and returns the exit code; raises `WeftError` when it can't start.

    Is this workspace served on that port already, it prints a new link to that server, and leaves it alone. On another
    port it is refused, unless it is to be looked at only (`read_only`).
    """
    workspace.read_only = read_only
    door = checked_door(
        port, host, allowed_hosts=allowed_hosts, tls=tls_cert is not None, behind_proxy=behind_proxy
    )
    if open_flow:
        workspace.find(open_flow)
    _check_certificate(tls_cert, tls_key)
    folder, forgetful = door_folder(workspace)
    start = page_of(open_flow) if ui and open_flow else "/"
    try:
        listener = listen(host, port)
    except PortBusy:
        link = _link_to_running(folder, port, start)
        if link is None:
            raise
        say(f"Weft serves this workspace already. Open it with\n\n  {link}\n")
        return 0
    with contextlib.ExitStack() as until_the_end:
        until_the_end.callback(listener.close)
        door = replace(door, port=listener.getsockname()[1])
        if not forgetful:
            until_the_end.enter_context(lock.held(workspace.root / STATE, door.url))
        auth = Auth(folder, port=door.port, environment_token=os.environ.get("WEFT_TOKEN") or None)
        instance = Instance.of(door)
        app, state = assemble(workspace, door=door, auth=auth, ui=ui, instance=instance.id)
        config = configuration(Guard(app, door=door, auth=auth), door, tls_cert=tls_cert, tls_key=tls_key)
        link = login_url(door.url, auth.new_code(), start)

        def announce() -> None:  # once the port answers, so that whoever reads the link can use it
            for line in _announcement(
                workspace, link if ui else f"{door.url}/api", again(door.port), ui=ui, forgetful=forgetful
            ):
                say(line)
            if open_browser:
                webbrowser.open(link)
            _spare_what_stays()

        with instance.noted(folder):
            WeftServer(config, state, started=announce).run(sockets=[listener])
    return 0


def _spare_what_stays() -> None:
    """What was loaded to get here is never looked through again for cycles: a full collection would keep the event loop
    for as long as it takes to visit all of it."""
    gc.collect()
    gc.freeze()


def door_folder(workspace: Workspace) -> tuple[Path, str]:
    """Where sessions are kept: in the workspace, or if that is read-only, with the reason, for this time only."""
    reason = unwritable(workspace)  # which a workspace to be looked at only is, too
    if reason:
        return Path(tempfile.mkdtemp(prefix="weft-door-")), reason
    return workspace.root / ".weft" / "door", ""


def _link_to_running(folder: Path, port: int, start: str) -> str | None:
    """A new link, if whoever has the port serves this workspace. The folder is proof enough: it is ours alone."""
    running = Instance.running(folder, port)
    return login_url(running.url, Auth(folder, port=port).new_code(), start) if running else None


def assemble(
    workspace: Workspace, *, door: Door, auth: Auth, ui: bool, instance: str = ""
) -> tuple[FastAPI, ServerState]:
    """The application, not yet guarded, and what it lives on. The editor is loaded only when it is wanted."""
    state = ServerState(workspace, auth, door)
    app = create_app(state, instance=instance)
    if ui:
        importlib.import_module("weft.ui.app").mount(app, state)
        importlib.import_module("weft.server.sockets").close_the_gaps(door.origins.values())
    return app, state


def page_of(slug: str) -> str:
    """The editor's page for a flow."""
    return f"/flows/{slug}"


class PortBusy(WeftError):
    """Somebody else listens there."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any that is free. Raises `WeftError` with what to do."""
    if not 0 <= port <= 65535:
        raise WeftError(f"There is no port {port}.", code="bad-port", hint="Ports go from 1 to 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise WeftError(
            f"There is no address {host!r} here: {error.strerror}.",
            code="bad-address",
            hint="Leave --host out to stay on 127.0.0.1.",
        ) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise _cannot_listen(host, port, error) from error
    return listener


def _cannot_listen(host: str, port: int, error: OSError) -> WeftError:
    if error.errno == errno.EADDRINUSE:
        hint = f"Stop the program that uses it, or take another port: --port {port + 1}."
        return PortBusy(f"Port {port} on {host} is busy.", code="port-busy", hint=hint)
    hint = "Ports below 1024 need privileges; take another: --port 8700." if port < 1024 else ""
    return WeftError(
        f"Weft can't listen on {host}:{port}: {error.strerror}.", code="cannot-listen", hint=hint
    )


def _check_certificate(cert: Path | None, key: Path | None) -> None:
    if cert is None:
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(cert, key)
    except OSError as error:  # ssl.SSLError is one
        raise WeftError(
            f"The certificate {str(cert)!r} can't be used: {error.strerror or error}.",
            code="bad-certificate",
            hint="Give a PEM certificate with --tls-cert and its key with --tls-key.",
        ) from error


def configuration(
    guard: Guard, door: Door, *, tls_cert: Path | None = None, tls_key: Path | None = None
) -> uvicorn.Config:
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    clean_logs()
    return uvicorn.Config(
        guard,
        http=PatientProtocol,
        log_config=None,  # the terminal is for the link; what goes wrong still reaches it, through logging
        access_log=False,  # a line would hold the login code
        server_header=False,
        proxy_headers=door.behind_proxy,  # else a client would choose its own address
        ws_max_size=SOCKET_BYTES,
        timeout_graceful_shutdown=CLOSING_SECONDS,
        ssl_certfile=tls_cert,
        ssl_keyfile=tls_key,
    )


def _is_news(record: logging.LogRecord) -> bool:
    """uvicorn calls every refused websocket an error, though the refusal was sent."""
    return record.getMessage() != "ASGI callable returned without completing handshake."


class WeftServer(uvicorn.Server):
    """Opens the state before the first request, and drains it before it closes connections.

    Whoever watches a run is let go when its service closes: so the streams are over before the server waits for them.
    After a graceful stop the process exits 0, where uvicorn would raise the signal once more.
    """

    def __init__(self, config: uvicorn.Config, state: ServerState, *, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._state = state
        self._started = started

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        with self.capture_signals():  # from the first moment on: opening the state takes up runs
            async with self._state:
                if not self.should_exit:
                    await super().serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._state.drain()
        await super().shutdown(sockets)
        if (
            self._state.stuck
        ):  # a task that can't be cancelled would keep the process; nothing is lost with it
            logging.shutdown()
            os._exit(0)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Once: stop when the steps that run have ended, or their grace is over. Twice: now."""
        if self.should_exit:
            self._loop.call_soon_threadsafe(self._state.hurry.set)
        super().handle_exit(sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        with super().capture_signals():
            try:
                yield
            finally:
                self._captured_signals.clear()


def _announcement(
    workspace: Workspace, link: str, command: str, *, ui: bool, forgetful: str
) -> Iterator[str]:
    what = "Open it with" if ui else "The API, with a bearer token:"
    yield f"Weft serves {workspace.root}. {what}\n\n  {link}\n"
    yield _who_answers(workspace)
    if forgetful:
        yield f"Nothing is kept when it stops: {forgetful}"
        yield "Ctrl-C stops it. For another browser, stop it and start it again."
    else:
        yield f"Ctrl-C stops it. For another browser, run `{command}` again."


def _who_answers(workspace: Workspace) -> str:
    model = workspace.default_model
    if model == "demo":
        return (
            "No model's key was found: `demo` answers. It is no real model. "
            "Set OPENAI_API_KEY, or `model` in weft.toml, for real answers."
        )
    return f"Where a flow names no model, {model} answers."
