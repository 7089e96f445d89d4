"""Events as a server-sent stream (WHATWG HTML, section 9.2): numbered, so that a reader who lost the
connection goes on where it was, and with a sign of life while nothing happens.

Who reads slower than the run goes on holds up nobody: the server sends no faster than the client reads, keeps one page
of events for it and reads the next from the store. One that is far behind is sent a `snapshot` in place of what it
hasn't read; one that reads nothing at all for `STUCK` seconds is let go, and may come back with `Last-Event-ID`.
"""

import asyncio
import contextlib
import json
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable

from fastapi import Request
from fastapi.responses import StreamingResponse
from pydantic_core import to_json
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from weft.engine.events import Event, event_json
from weft.runs.sizes import heavy
from weft.runs.state import RunState
from weft.runs.wire import snapshot_json

_logger = logging.getLogger("weft.server")

_UNESCAPED = re.compile("[\x7f-\x9f\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What JSON leaves as it is, and some readers take for the end of a line, or terminals obey."""

HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b": nothing new\n\n"
BEHIND = 5_000
"""Events that a client may be behind a run that goes on until it is sent a snapshot."""
STUCK = 60.0
"""Seconds for which a client may read nothing while there is something to be read."""
LARGE = 100_000
"""Characters of an event from which on it is made into text on another thread."""


async def stream(
    events: AsyncIterator[Event],
    run_id: str,
    *,
    heartbeat: float = HEARTBEAT_SECONDS,
    catch_up: Callable[[], RunState | None] = lambda: None,
) -> AsyncGenerator[bytes, None]:
    """Each event as one message; the stream ends with the events. Leaving it early stops only the watching. `catch_up`
    gives the state to be sent in place of events that are too many."""
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
            if heavy([event], LARGE):
                yield await asyncio.to_thread(message, event, run_id)
            else:
                yield message(event, run_id)
            if (state := catch_up()) is not None:
                yield snapshot(state, run_id)
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

    def __init__(self, parts: AsyncGenerator[bytes, None], stuck: float = STUCK) -> None:
        # The last header: some proxies would else keep events back until they have many.
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(parts, headers=headers)
        self._parts = parts
        self.stuck = stuck

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_or_leave(message: Message) -> None:
            try:
                async with asyncio.timeout(self.stuck):
                    await send(message)
            except TimeoutError:
                raise OSError("the client reads nothing") from None

        try:
            await super().__call__(scope, receive, send_or_leave)
        except (ClientDisconnect, OSError):
            _logger.info("a client that followed a run is gone, or reads nothing")
        finally:
            await self._parts.aclose()


def message(event: Event, run_id: str) -> bytes:
    """`data` is one line: JSON writes newlines inside text as escapes, and so is what else readers split at."""
    data = _one_line(json.dumps(event_json(event, run_id), ensure_ascii=False))
    return f"id: {event.seq}\nevent: {event.kind}\ndata: {data}\n\n".encode()


def snapshot(state: RunState, run_id: str) -> bytes:
    """All that has happened so far as one message, in the form of an event."""
    head = {"seq": state.seq, "kind": "snapshot", "run": run_id, "path": "", "at": round(state.at, 6)}
    data = to_json({**head, "state": snapshot_json(state)}, serialize_unknown=True)
    return b"id: %d\nevent: snapshot\ndata: %s\n\n" % (state.seq, _one_line(data.decode()).encode())


def _one_line(data: str) -> str:
    return data if data.isascii() else _UNESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", data)


def last_seen(request: Request, after: int) -> int:
    """The number of the last event a reader has: a reconnecting browser's header, else the query's `after`."""
    said = request.headers.get("last-event-id", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else after
