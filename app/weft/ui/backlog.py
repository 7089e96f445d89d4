"""What a tab hasn't taken yet is bounded: a laptop asleep, or a browser that stopped reading, costs a server no memory.

NiceGUI keeps what it says to a page in three places: messages before there is a connection, the packets of a connection
that doesn't take them, and what was sent and isn't acknowledged, for a page that reconnects. The first two have no bound
but time, the third one counts messages, however large. Here they have one together. Beyond it they are let go, and a
connection that doesn't read is closed; when the tab is back it is told to load the page again, which shows all as it is
by then, with view and selection as they were left.

These are internals of NiceGUI 3.18 (`Outbox`, one room for each client) and of its socket library; `pyproject.toml` pins
it below 3.19, and tests/ui/test_backlog.py fails when they move.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any, cast

from nicegui import Client, core

log = logging.getLogger("weft.ui")

FEW = 20
"""Messages that nobody weighs: about a second of a busy page."""
MOST = 2_000
"""Messages without a connection."""
MOST_BYTES = 8_000_000
_sio = cast("Any", core.sio)  # the socket library has no types


def bound(client: Client) -> None:
    """Keep what waits for this page within bounds, for as long as it lives."""
    Backlog(client)


class Backlog:
    def __init__(self, client: Client) -> None:
        self._client, self._outbox = client, client.outbox
        self._bytes = 0
        self._closing: set[asyncio.Future[None]] = set()
        self._enqueue = client.outbox.enqueue_message
        client.outbox.enqueue_message = self._note  # type: ignore[method-assign]

    def _note(self, message_type: str, data: Any, target_id: str) -> None:
        waiting = len(self._outbox.messages) + len(self._outbox.message_history)
        if waiting <= FEW:
            self._bytes = 0
        else:
            self._bytes += weight(data)
            if self._bytes > MOST_BYTES or len(self._outbox.messages) > MOST:
                self._let_go()
        self._enqueue(message_type, data, target_id)

    def _let_go(self) -> None:
        self._bytes = 0
        self._outbox.message_history.clear()
        unread = [socket for socket in self._sockets() if socket.queue.qsize() > FEW]
        if self._client.has_socket_connection and not unread and len(self._outbox.messages) <= MOST:
            return  # it reads, and only says so seldom: a tab in the background
        self._outbox.messages.clear()
        self._outbox.next_message_id += 1  # so that what the tab has seen is never all there was
        log.warning("a tab took nothing for too long: it is told to load its page again when it is back")
        if (
            self._client.has_socket_connection
        ):  # it is back already, and what told it may be among what was let go
            self._enqueue("run_javascript", {"code": "window.location.reload()"}, self._client.id)
        for socket in unread:
            closing = asyncio.ensure_future(_closed(socket))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def _sockets(self) -> list[Any]:
        joined: Iterable[tuple[str, str]] = _sio.manager.get_participants("/", self._client.id)
        open_ones = cast("Mapping[str, Any]", _sio.eio.sockets)
        return [open_ones[one] for _, one in joined if one in open_ones]


async def _closed(socket: Any) -> None:
    """Its packets are forgotten. Who is at the other end finds the connection broken, and makes another."""
    while not socket.queue.empty():
        socket.queue.get_nowait()
        socket.queue.task_done()
    await socket.close(wait=False, abort=True)
    await asyncio.sleep(0)
    socket.queue.put_nowait(None)  # who writes is told that there is no more


def weight(data: Any) -> int:
    """About how many bytes it takes on the wire."""
    total, left = 0, [data]
    while left:
        one = left.pop()
        if isinstance(one, str):
            total += len(one) + 3
        elif isinstance(one, Mapping):
            items = cast("Mapping[Any, Any]", one)
            left += items.keys()
            left += items.values()
        elif isinstance(one, list | tuple):
            left += cast("list[Any]", one)
        else:
            total += 6
    return total
