"""Events as a server-sent stream (WHATWG HTML, section 9.2): numbered, so that a reader who lost the
connection goes on where it was, and with a sign of life while nothing happens.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from weft.engine.events import Event, event_json

HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b": nothing new\n\n"


async def stream(
    events: AsyncIterator[Event], run_id: str, *, heartbeat: float = HEARTBEAT_SECONDS
) -> AsyncGenerator[bytes, None]:
    """Each event as one message; the stream ends with the events. Leaving it early stops only the watching."""
    following = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            await asyncio.wait({following}, timeout=heartbeat)
            if not following.done():
                yield HEARTBEAT
                continue
            event = following.result()
            if event is None:
                return
            yield message(event, run_id)
            following = asyncio.ensure_future(anext(events, None))
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
        if isinstance(events, AsyncGenerator):
            await events.aclose()


class EventStream(StreamingResponse):
    """Ends the watching with the answer, also when the client is gone in the middle of a message."""

    media_type = "text/event-stream"

    def __init__(self, parts: AsyncGenerator[bytes, None]) -> None:
        # The last header: some proxies would else keep events back until they have many.
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(parts, headers=headers)
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._parts.aclose()


def message(event: Event, run_id: str) -> bytes:
    """`data` is one line: JSON writes newlines inside text as escapes."""
    data = json.dumps(event_json(event, run_id), ensure_ascii=False)
    return f"id: {event.seq}\nevent: {event.kind}\ndata: {data}\n\n".encode()


def last_seen(request: Request, after: int) -> int:
    """The number of the last event a reader has: a reconnecting browser's header, else the query's `after`."""
    said = request.headers.get("last-event-id", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else after
