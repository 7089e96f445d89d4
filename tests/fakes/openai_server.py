"""A server on loopback that speaks OpenAI's chat completions protocol, and misbehaves on demand.

It runs in a thread with an event loop of its own, so that blocking tests, tests of child processes and tests of
the event loop use it alike. What it answers is put in a queue beforehand; without one it repeats `default`.

    fake.will("first answer", Reply.status(429, retry_after=0), Reply("cut", cut_after=2))
"""

import asyncio
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Self

Body = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """How one request is answered. `hang`: at "headers" before the first byte, at "body" after the first of a body
    that comes whole, at "thought" before the first word of a stream, at "chunk" after it."""

    text: str = "A plain answer."
    code: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: str | bytes | None = None  # the body as it stands, instead of one in the protocol
    finish: str | None = "stop"
    cut_after: int | None = None  # words of the stream, then the connection ends
    cut_cleanly: bool = False  # ... as if the stream were over, without its last chunks
    reset: bool = False  # the connection is reset before an answer
    hang: str | None = None
    choices: bool = True
    usage: bool = True
    cached_tokens: int = 0
    cache_written: int = 0
    reasoning_tokens: int = 0
    mid_error: Body | None = None  # sent within the stream after the first word
    tool_calls: tuple[Body, ...] = ()
    keepalives: int = 0  # comment lines between the words
    repeat_last: int = 1  # how often the last chunk of a stream is sent
    endless: bool = False  # the words again and again; as a body, spaces
    drip: bool = False  # a byte, or a word, at a time, with a pause after each
    choices_sent: int = 1
    refusal: str | None = None
    leave: bool = False  # the connection is closed without an answer
    refused: Body | None = None  # what the refusal says, which each protocol writes in its own way
    reasoning: str = ""  # what a thinking model thinks before it answers

    @classmethod
    def status(
        cls, number: int, message: str = "", /, *, retry_after: str | float | None = None, **error: Any
    ) -> Self:
        """A refusal, in the protocol's form."""
        refused = {"message": message or f"refused with {number}", "type": "error", **error}
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        return cls(code=number, headers=headers, refused=refused)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: Body

    @property
    def messages(self) -> list[Body]:
        return self.body["messages"]


Answer = str | Reply | Callable[[Request], "str | Reply"]


class FakeOpenAI:
    """The server. `requests` holds all that came in; `released` ends every hang. Those of other providers differ in
    what is written between "what is sent" and "the connection"."""

    stream_type = "text/event-stream"

    def __init__(self) -> None:
        self.default: Answer = Reply()
        self.requests: list[Request] = []
        self.open_connections = 0
        self._queue: deque[Answer] = deque()
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._released = asyncio.Event()
        self._thread = threading.Thread(target=self._serve, name="fake-openai", daemon=True)
        self._port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def env(self) -> dict[str, str]:
        return {"OPENAI_BASE_URL": self.base_url, "OPENAI_API_KEY": "fake-key-for-tests"}

    # --- what is sent ---

    def streams(self, request: Request) -> bool:
        return bool(request.body.get("stream"))

    def refusal(self, reply: Reply) -> tuple[dict[str, str], Body]:
        """Headers and body of a refusal."""
        return {}, {"error": reply.refused}

    def whole(self, request: Request, reply: Reply) -> Body:
        return _completion(request, reply)

    def first(self, request: Request, reply: Reply) -> Iterator[bytes]:
        """What comes before the words of a stream."""
        if reply.reasoning:
            yield sse(_chunk(request, {"role": "assistant", "reasoning_content": reply.reasoning}))

    def word(self, request: Request, word: str, place: int = 0) -> bytes:
        return sse(_chunk(request, {"role": "assistant", "content": word}, place=place))

    def keepalive(self) -> bytes:
        return b": keep-alive\n\n"

    def error(self, error: Body) -> bytes:
        """An error within a stream."""
        return sse({"error": error})

    def last(self, request: Request, reply: Reply) -> Iterator[bytes]:
        """What comes after the words of a stream."""
        yield from map(sse, _last_chunks(request, reply))
        yield b"data: [DONE]\n\n"

    # --- the connection ---

    def will(self, *answers: Answer) -> None:
        """Answer the next requests with these, in order."""
        self._queue.extend(answers)

    def wait_for_requests(self, count: int, timeout: float = 60) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, timeout):
                raise TimeoutError(f"{len(self.requests)} of {count} requests came")

    def wait_until_idle(self, timeout: float = 10) -> None:
        """Until every connection is closed by the client."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.open_connections == 0, timeout):
                raise TimeoutError(f"{self.open_connections} connections are open")

    def release(self) -> None:
        self._loop.call_soon_threadsafe(self._released.set)

    def __enter__(self) -> Self:
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._port != 0, 10)
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._main())

    async def _main(self) -> None:
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        with self._changed:
            self._port = server.sockets[0].getsockname()[1]
            self._changed.notify_all()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._count(1)
        try:
            while (request := await _read(reader)) is not None:
                with self._changed:
                    self.requests.append(request)
                    self._changed.notify_all()
                if not await self._answer(request, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client, or the test, is gone
        finally:
            writer.close()
            self._tasks.discard(task)
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._changed:
            self.open_connections += more
            self._changed.notify_all()

    async def _hang(self, reader: asyncio.StreamReader) -> None:
        """Until released, or until the client has gone."""
        waits = [asyncio.ensure_future(self._released.wait()), asyncio.ensure_future(reader.read(1))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if not self._released.is_set():
                raise ConnectionAbortedError
        finally:
            for wait in waits:
                wait.cancel()

    async def _answer(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Whether the connection lives on."""
        answer = self._queue.popleft() if self._queue else self.default
        if callable(answer):
            answer = answer(request)
        reply = Reply(answer) if isinstance(answer, str) else answer
        if reply.reset:
            _reset(writer)
            return False
        if reply.leave:
            return False
        if reply.hang == "headers":
            await self._hang(reader)
        if reply.refused is not None:
            headers, refusal = self.refusal(reply)
            reply = replace(reply, headers={**headers, **reply.headers}, raw=json.dumps(refusal))
        if reply.raw is not None or reply.code != 200 or not self.streams(request):
            body = reply.raw if reply.raw is not None else json.dumps(self.whole(request, reply))
            return await self._whole(reply, body.encode() if isinstance(body, str) else body, reader, writer)
        return await self._stream(request, reply, reader, writer)

    async def _whole(
        self, reply: Reply, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        headers = {"content-type": "application/json", "content-length": str(len(body)), **reply.headers}
        if reply.endless:
            del headers["content-length"]
        writer.write(_head(reply.code, headers))
        if reply.cut_after is not None:
            writer.write(body[: reply.cut_after])
            await writer.drain()
            return False
        if reply.hang == "body":
            writer.write(body[:1])
            await self._hang(reader)
        while reply.endless:
            writer.write(b" " * 65_536)
            await writer.drain()
        for byte in body if reply.drip else ():
            writer.write(bytes([byte]))
            await self._pause(reader)
        writer.write(b"" if reply.drip else body)
        await writer.drain()
        return True

    async def _pause(self, reader: asyncio.StreamReader) -> None:
        """A little while, or until the client has gone."""
        await asyncio.sleep(0.02)
        if reader.at_eof():
            raise ConnectionAbortedError

    async def _stream(
        self, request: Request, reply: Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        writer.write(_head(200, {"content-type": self.stream_type, "transfer-encoding": "chunked"}))
        await self._begin(request, reply, reader, writer)
        for index, word in enumerate(_words(reply.text)):
            if reply.drip:
                await self._pause(reader)
            if reply.cut_after is not None and index >= reply.cut_after:
                if reply.cut_cleanly:
                    writer.write(b"0\r\n\r\n")
                await writer.drain()
                return False
            for _ in range(reply.keepalives if self.keepalive() else 0):
                writer.write(_framed(self.keepalive()))
            for place in range(reply.choices_sent):
                await _send(writer, self.word(request, word, place))
            if index == 0 and reply.mid_error is not None:
                await _send(writer, self.error(reply.mid_error))
            if index == 0 and reply.hang == "chunk":
                await self._hang(reader)
        for part in self.last(request, reply):
            await _send(writer, part)
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _begin(
        self, request: Request, reply: Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """What comes before the first word, which may never come."""
        for part in self.first(request, reply):
            writer.write(_framed(part))
        if reply.hang == "thought":
            await self._hang(reader)
        while reply.endless:
            await _send(writer, self.word(request, " word" * 2_000))


async def _read(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readline()
    if not head:
        return None
    method, path, _ = head.decode().split(" ", 2)
    headers: dict[str, str] = {}
    while line := (await reader.readline()).decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, json.loads(body) if body else {})


async def _send(writer: asyncio.StreamWriter, part: bytes) -> None:
    writer.write(_framed(part))
    await writer.drain()


def sse(data: Body, event: str = "") -> bytes:
    """One server-sent event."""
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()


def _head(code: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {code} Status", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _framed(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _completion(request: Request, reply: Reply) -> Body:
    message: Body = {"role": "assistant", "content": reply.text}
    if reply.tool_calls:
        message["tool_calls"] = list(reply.tool_calls)
    if reply.refusal:
        message["refusal"] = reply.refusal
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    choice = {"index": 0, "message": message, "finish_reason": reply.finish}
    made: Body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": request.body.get("model"),
    }
    made["choices"] = [{**choice, "index": i} for i in range(reply.choices_sent)] if reply.choices else []
    return made | ({"usage": _usage(request, reply)} if reply.usage else {})


def _chunk(request: Request, delta: Body | None, finish: str | None = None, place: int = 0) -> Body:
    choices = [] if delta is None else [{"index": place, "delta": delta, "finish_reason": finish}]
    name = request.body.get("model")
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": name,
        "choices": choices,
    }


def _last_chunks(request: Request, reply: Reply) -> Iterator[Body]:
    """What follows the words of a stream."""
    for index, call in enumerate(reply.tool_calls):
        yield _chunk(request, {"tool_calls": [{"index": index, **call}]})
    if reply.refusal:
        yield _chunk(request, {"role": "assistant", "refusal": reply.refusal})
    for _ in range(reply.repeat_last if reply.choices else 0):
        yield _chunk(request, {}, reply.finish)
    if reply.usage and (request.body.get("stream_options") or {}).get("include_usage"):
        yield _chunk(request, None) | {"usage": _usage(request, reply)}


def _usage(request: Request, reply: Reply) -> Body:
    sent = sum(len(str(message.get("content")).split()) for message in request.body.get("messages", ()))
    got = len(reply.text.split())
    details = {"cached_tokens": reply.cached_tokens, "cache_write_tokens": reply.cache_written}
    cached = {"prompt_tokens_details": details} if any(details.values()) else {}
    thought = {"completion_tokens_details": {"reasoning_tokens": reply.reasoning_tokens}}
    counted: Body = {"prompt_tokens": sent, "completion_tokens": got, "total_tokens": sent + got, **cached}
    return counted | (thought if reply.reasoning_tokens else {})


def _words(text: str) -> list[str]:
    parts = text.split(" ")
    return [part if index == 0 else f" {part}" for index, part in enumerate(parts)] if text else []


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with a reset instead of a goodbye."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
