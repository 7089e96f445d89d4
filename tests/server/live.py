"""A real server on a free port of loopback, in a thread of its own."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from weft.model.errors import WeftError
from weft.server.auth import SCOPES, Auth, Scope
from weft.server.door import Door
from weft.server.guard import Guard, Limits
from weft.server.serve import WeftServer, assemble, configuration, door_folder, listen
from weft.server.state import ServerState
from weft.server.wire import ASGIApp
from weft.workspace import Workspace


@dataclass(frozen=True)
class Live:
    """The address of a running server, the keys to it, and a client of nobody's."""

    port: int
    door: Door
    auth: Auth
    loop: asyncio.AbstractEventLoop
    http: httpx.Client
    state: ServerState | None = None
    app: Any = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def origin(self) -> dict[str, str]:
        return {"Origin": self.base_url}

    def login_url(self, next_path: str = "/") -> str:
        return f"{self.base_url}/login?code={self.auth.new_code()}&next={next_path}"

    def cookies(self) -> dict[str, str]:
        """The session of a browser that has just logged in."""
        session = self.auth.exchange(self.auth.new_code(), peer="test")
        assert session is not None
        return {self.auth.cookie: session}

    def bearer(self, *scopes: Scope) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.auth.new_token('test', scopes or SCOPES)}"}

    def call(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run it on the server's own loop and wait for its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)


@contextlib.contextmanager
def live_server(
    workspace: Workspace, *, ui: bool = False, port: int = 0, limits: Limits | None = None
) -> Iterator[Live]:
    """Weft for a workspace, exactly as `weft serve` puts it together. One with pages is where the last one was, if it
    can be: what a browser keeps of the one's scripts and styles is good for the other."""
    listener = _where_the_last_was() if ui and not port else listen("127.0.0.1", port)
    port = listener.getsockname()[1]
    door, auth = Door(port=port), Auth(door_folder(workspace)[0], port=port)
    app, state = assemble(workspace, door=door, auth=auth, ui=ui)
    guard = Guard(app, door=door, auth=auth, limits=limits)
    config = configuration(guard, door)
    config.loop = "asyncio"  # whose callbacks the tests can watch
    server = WeftServer(config, state, started=lambda: None)
    with _running(server, listener) as loop, _client(port) as http:
        yield Live(port, door, auth, loop, http, state, app)


_last = [0]


def _where_the_last_was() -> socket.socket:
    try:
        listener = listen("127.0.0.1", _last[0])
    except WeftError:  # another has that port now
        listener = listen("127.0.0.1", 0)
    _last[0] = listener.getsockname()[1]
    return listener


@contextlib.contextmanager
def live_app(
    app: ASGIApp,
    folder: Path,
    *,
    limits: Limits | None = None,
    prepare: Callable[[Door], None] = lambda door: None,
    **door: Any,
) -> Iterator[Live]:
    """The guard around any application; `prepare` is called when the port is known."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    stands, auth = Door(port=port, **door), Auth(folder, port=port)
    prepare(stands)
    guard = Guard(app, door=stands, auth=auth, limits=limits)
    with _running(uvicorn.Server(configuration(guard, stands)), listener) as loop, _client(port) as http:
        yield Live(port, stands, auth, loop, http)


def _client(port: int) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)


@contextlib.contextmanager
def _running(server: uvicorn.Server, listener: socket.socket) -> Iterator[asyncio.AbstractEventLoop]:
    ready = threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []
    failures: list[BaseException] = []
    startup = server.startup

    async def startup_and_tell(sockets: list[socket.socket] | None = None) -> None:
        await startup(sockets=sockets)
        loops.append(asyncio.get_running_loop())
        ready.set()

    server.startup = startup_and_tell  # type: ignore[method-assign]

    def run() -> None:
        try:
            server.run(sockets=[listener])
        except BaseException as error:  # noqa: BLE001  # raised again in the test's own thread
            failures.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=run, name="live server")
    thread.start()
    try:
        assert ready.wait(30), "the server did not start"
        if failures:
            raise failures[0]
        yield loops[0]
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive(), "the server did not stop"
    if failures:
        raise failures[0]
