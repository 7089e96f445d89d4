"""A tab that takes nothing costs no memory, and shows all as it is once it is back."""

import asyncio
import json
import socket
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from nicegui import Client, core
from playwright.sync_api import Page, expect
from tests.server.live import Live
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands
from tests.ui.test_editor import FlowFile

from weft.ui import backlog

NODE = {"component": "text", "params": {"template": "Hello"}}


async def client_of(live: Live, old: set[str]) -> Client:
    (new,) = set(Client.instances) - old
    return Client.instances[new]


async def say(client: Client, times: int, length: int = 10) -> None:
    for number in range(times):
        client.run_javascript(f"window.heard = {number}; /*{'x' * length}*/")
        if number % 50 == 0:
            await asyncio.sleep(0)


async def say_until_gone(client: Client) -> int:
    """Streams to a page until its connection is closed; the most bytes that waited for it meanwhile."""
    most = 0
    async with asyncio.timeout(20):
        while client.has_socket_connection:
            await say(client, 4, 200_000)
            await asyncio.sleep(0.01)
            most = max(most, kept(client))
    return most


async def fill(client: Client) -> None:
    """As many messages wait as may."""
    while len(client.outbox.messages) < backlog.MOST:
        client.run_javascript("2")
        await asyncio.sleep(0)  # it is put there in a turn of its own


async def kept_by(client: Client) -> int:
    return kept(client)


def page_of(live: Live, path: str) -> Client:
    old = set(Client.instances)
    assert httpx.get(live.base_url + path, cookies=live.cookies()).status_code == 200
    return live.call(client_of(live, old))


def test_a_tab_that_never_connects_keeps_a_bounded_number(live: Live, flow_file: FlowFile) -> None:
    flow_file("one", nodes={"a": NODE})
    client = page_of(live, "/flows/one")
    live.call(say(client, 3 * backlog.MOST))
    assert len(client.outbox.messages) <= backlog.MOST + 1


def test_a_browser_that_stops_reading_is_let_go(live: Live, flow_file: FlowFile) -> None:
    flow_file("one", nodes={"a": NODE})
    old = set(Client.instances)
    cookies = live.cookies()
    assert httpx.get(live.base_url + "/flows/one", cookies=cookies).status_code == 200
    client = live.call(client_of(live, old))
    with joined(live, client, cookies) as deaf:
        live.call(connected(client))
        most = live.call(say_until_gone(client))
        assert most < 4 * backlog.MOST_BYTES  # as packets, and as what was sent
        live.call(say(client, 3 * backlog.MOST))  # nobody is there
        assert live.call(kept_by(client)) < 2 * backlog.MOST_BYTES
        assert deaf.fileno() >= 0


def missed_much(tabs: Tabs, live: Live, flow_file: FlowFile) -> tuple[Page, Client]:
    """A page that has lost its connection, and more than is kept of what was said to it since."""
    flow_file("one", nodes={"a": NODE})
    old = set(Client.instances)
    page = tabs.editor("one")
    Hands(page).select("a")
    client = live.call(client_of(live, old))
    page.evaluate("() => { window.before = true; window.socket.disconnect(); }")
    live.call(until(lambda: not client.has_socket_connection))
    live.call(say(client, 2 * backlog.MOST))
    return page, client


def comes_back(page: Page) -> None:
    """Connected again, it loads itself anew, as it was left."""
    page.evaluate("() => window.socket.connect()")
    page.wait_for_function("window.before === undefined && window.socket?.connected", timeout=20_000)
    expect(Hands(page).card("a")).to_have_class("weft-card weft-is-idle weft-selected")


def test_a_page_is_loaded_again_when_it_missed_too_much(tabs: Tabs, live: Live, flow_file: FlowFile) -> None:
    page, _ = missed_much(tabs, live, flow_file)
    comes_back(page)


def test_a_page_that_comes_back_while_its_backlog_is_let_go_is_loaded_again(
    tabs: Tabs, live: Live, flow_file: FlowFile
) -> None:
    """The order to load again is the last of what waits: what is said next goes over the bound, and takes it along."""
    page, client = missed_much(tabs, live, flow_file)
    live.call(fill(client))
    client.on_connect(lambda: [client.run_javascript("1") for _ in range(5)])
    comes_back(page)


@pytest.mark.parametrize(
    ("data", "least"), [({"args": ["x" * 1000, {"a": [1, None]}]}, 1000), ("äö" * 50, 100), ([], 0)]
)
def test_weight_is_about_what_goes_over_the_wire(data: Any, least: int) -> None:
    assert least <= backlog.weight(data) <= 2 * len(json.dumps(data)) + 10


# --------------------------------------------------------------------------------------------------------------------


async def connected(client: Client) -> None:
    await client.connected(timeout=20)


async def until(so: Any) -> None:
    async with asyncio.timeout(20):
        while not so():  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.02)


def kept(client: Client) -> int:
    """Bytes that wait for the page, wherever."""
    sio: Any = core.sio
    history = sum(backlog.weight(message) for _, _, message in client.outbox.message_history)
    packets = sum(
        backlog.weight(packet.data)
        for one in sio.eio.sockets.values()
        for packet in list(one.queue._queue)
        if packet
    )
    return history + packets + sum(backlog.weight(message) for message in client.outbox.messages)


def joined(live: Live, client: Client, cookies: dict[str, str]) -> socket.socket:
    """The page's own socket, of a browser that says hello and then reads nothing."""
    query = {
        "client_id": client.id,
        "implicit_handshake": "true",
        "tab_id": "deaf",
        "document_id": "deaf",
        "next_message_id": "0",
        "EIO": "4",
        "transport": "websocket",
    }
    deaf = socket.create_connection(("127.0.0.1", live.port), timeout=20)
    lines = [
        f"GET /_nicegui_ws/socket.io/?{urlencode(query)} HTTP/1.1",
        f"Host: 127.0.0.1:{live.port}",
        f"Origin: {live.base_url}",
        f"Cookie: {'; '.join(f'{name}={value}' for name, value in cookies.items())}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    ]
    deaf.sendall("\r\n".join([*lines, "", ""]).encode())
    answer = deaf.recv(4096)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    deaf.sendall(b"\x81\x82\x00\x00\x00\x0040")  # a masked text frame: join
    return deaf
