"""The page framework's socket: a page's messages count only from a socket of the session that opened the page."""

import json
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx
import pytest
import socketio
from fastapi import FastAPI
from nicegui import Client, core, ui
from socketio.exceptions import ConnectionError as Refused
from tests.server.live import Live, live_app

from weft.server import errors
from weft.server.sockets import MESSAGES, close_the_gaps

PATH = "/probe-of-the-socket"


@dataclass
class Page:
    """What the probe page heard, and where its button is."""

    client_id: str
    button: int
    listener: str
    clicks: list[str] = field(default_factory=list)


PAGES: dict[str, Page] = {}


def probe() -> None:
    client_id = ui.context.client.id
    button = ui.button("Press", on_click=lambda: PAGES[client_id].clicks.append("click"))
    (listener,) = button._event_listeners
    PAGES[client_id] = Page(client_id, button.id, listener)


def broken() -> None:
    raise RuntimeError("sk-secret in a page")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    core.app.middleware_stack = None
    core.app.user_middleware.clear()
    app = FastAPI()
    errors.install(app)
    ui.page(PATH)(probe)
    ui.page(f"{PATH}/broken")(broken)
    ui.run_with(app, show_welcome_message=False)
    with live_app(
        app, tmp_path_factory.mktemp("door"), prepare=lambda door: close_the_gaps(door.origins.values())
    ) as live:
        yield live
    core.app.remove_route(PATH)
    core.app.remove_route(f"{PATH}/broken")


def opened(live: Live, cookies: dict[str, str]) -> Page:
    assert httpx.get(live.base_url + PATH, cookies=cookies).status_code == 200
    return next(reversed(PAGES.values()))


@asynccontextmanager
async def joined(
    live: Live, cookies: dict[str, str], page: Page | None = None, **headers: str
) -> AsyncIterator[socketio.AsyncClient]:
    """A socket as the page's own script opens it; without a page it has joined none."""
    query = {"client_id": page.client_id, "implicit_handshake": "true", **_identity()} if page else {}
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    sent = {"Cookie": cookie, "Origin": live.base_url} | headers
    url = str(httpx.URL(live.base_url, params=query))
    async with aiohttp.ClientSession() as session:
        client = socketio.AsyncClient(reconnection=False, http_session=session)
        await client.connect(url, sent, transports=["websocket"], socketio_path="/_nicegui_ws/socket.io")
        try:
            yield client
        finally:
            await client.disconnect()


def _identity() -> dict[str, str]:
    return {"tab_id": uuid.uuid4().hex, "document_id": uuid.uuid4().hex, "next_message_id": "0"}


def click(page: Page) -> dict[str, Any]:
    return {
        "id": page.button,
        "client_id": page.client_id,
        "listener_id": page.listener,
        "args": [json.dumps({})],
    }


async def settled(client: socketio.AsyncClient) -> None:
    """Everything sent before has been handled: the server answers in order."""
    await client.call("log", {"client_id": "", "level": "info", "message": ""}, timeout=10)


async def test_a_pages_own_socket_is_heard(live: Live) -> None:
    cookies = live.cookies()
    page = opened(live, cookies)
    async with joined(live, cookies, page) as client:
        await client.emit("event", click(page))
        await settled(client)
    assert page.clicks == ["click"]


async def test_a_socket_of_another_page_is_not_heard(live: Live) -> None:
    """The same session, so the guard lets it in; it knows every id; it has joined its own page."""
    cookies = live.cookies()
    victim, own = opened(live, cookies), opened(live, cookies)
    async with joined(live, cookies, victim), joined(live, cookies, own) as client:
        await client.emit("event", click(victim))
        await client.emit(
            "javascript_response", {"client_id": victim.client_id, "request_id": "x", "result": "y"}
        )
        await client.emit("ack", {"client_id": victim.client_id, "next_message_id": 1_000_000})
        await client.emit("log", {"client_id": victim.client_id, "level": "error", "message": "forged"})
        await client.emit("event", click(own))
        await settled(client)
    assert victim.clicks == []
    assert own.clicks == ["click"]


async def test_a_socket_that_joined_nothing_is_not_heard(live: Live) -> None:
    cookies = live.cookies()
    victim = opened(live, cookies)
    async with joined(live, cookies, victim), joined(live, cookies) as client:
        await client.emit("event", click(victim))
        await settled(client)
    assert victim.clicks == []


async def test_another_session_cannot_join_a_page(live: Live) -> None:
    mine, other = live.cookies(), live.cookies()
    page = opened(live, mine)
    with pytest.raises(Refused):
        async with joined(live, other, page):
            pass
    async with joined(live, other) as client:
        handshake = {"client_id": page.client_id, **_identity()}
        assert await client.call("handshake", handshake, timeout=10) is False
        await client.emit("event", click(page))
        await settled(client)
    with pytest.raises(Refused):
        async with joined(live, {}, page, **live.bearer()):
            pass
    assert page.clicks == []
    assert not Client.instances[page.client_id].has_socket_connection


async def test_the_socket_of_a_foreign_page_is_refused(live: Live) -> None:
    cookies = live.cookies()
    for origin in ("https://evil.example", "null"):
        with pytest.raises(Refused):
            async with joined(live, cookies, opened(live, cookies), Origin=origin):
                pass
    with pytest.raises(Refused):
        async with joined(live, {}):
            pass


@pytest.mark.parametrize(
    "message",
    [None, 1, "x", [], {}, {"client_id": None}, {"client_id": ["x"]}, {"client_id": "{own}"},
     {"client_id": "{own}", "id": "x"}, {"client_id": "{own}", "id": 4, "listener_id": "x", "args": "x"},
     {"client_id": "{own}", "level": "x", "message": 1}, {"client_id": "{own}", "next_message_id": {}}],
)  # fmt: skip
async def test_malformed_messages_harm_nobody(
    live: Live, message: Any, caplog: pytest.LogCaptureFixture
) -> None:
    cookies = live.cookies()
    page = opened(live, cookies)
    sent = json.loads(json.dumps(message).replace("{own}", page.client_id))
    async with joined(live, cookies, page) as client:
        for name in MESSAGES:
            await client.emit(name, sent)
        await client.emit("event", click(page))
        await settled(client)
    assert page.clicks == ["click"]
    assert not [record for record in caplog.records if record.name == "asyncio"]


def test_a_broken_page_shows_an_id_and_no_exception(live: Live, caplog: pytest.LogCaptureFixture) -> None:
    response = httpx.get(
        f"{live.base_url}{PATH}/broken", cookies=live.cookies(), headers={"Accept": "text/html"}
    )
    assert response.status_code == 500
    assert "RuntimeError" not in response.text
    assert "sk-secret" not in response.text
    assert response.headers["content-security-policy"]
    logged = [record for record in caplog.records if record.name.startswith("weft.")]
    assert len(logged) == 1
    [error_id] = re.findall(r"error ([0-9a-f]{8}):", logged[0].getMessage())
    assert error_id in response.text


def test_an_unknown_page_repeats_nothing_of_what_was_asked(live: Live) -> None:
    response = httpx.get(f"{live.base_url}/<script>alert(1)</script>", cookies=live.cookies())
    assert response.status_code == 404
    assert "alert(1)" not in response.text


def test_every_message_the_framework_takes_is_bound(live: Live) -> None:
    handlers = core.sio.handlers["/"]
    assert set(handlers) == {*MESSAGES, "connect", "handshake", "disconnect"}
    assert [
        name for name in handlers if name != "disconnect" and not hasattr(handlers[name], "_bound_by_weft")
    ] == []
