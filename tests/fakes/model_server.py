"""A model server on loopback that misbehaves on demand: its connections, whatever protocol is spoken on them.

It runs in a thread with an event loop of its own, so that blocking tests, tests of child processes and tests of
the event loop use it alike. What it answers is put in a queue beforehand; without one it repeats `default`.

    fake.will("first answer", Reply.status(429, retry_after=0), Reply("cut", cut_after=2))
"""

import asyncio
import json
import socket
import struct
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Self

from tests.fakes.replies import Answer, Body, Reply, Request


class ModelServer(ABC):
    """The server. `requests` holds all that came in; `released` ends every hang. Those of the providers differ in
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
        self._thread = threading.Thread(target=self._serve, name="fake model server", daemon=True)
        self._port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    # --- what is sent ---

    @abstractmethod
    def streams(self, request: Request) -> bool: ...

    @abstractmethod
    def refusal(self, reply: Reply) -> tuple[dict[str, str], Body]:
        """Headers and body of a refusal."""

    @abstractmethod
    def whole(self, request: Request, reply: Reply) -> Body: ...

    @abstractmethod
    def first(self, request: Request, reply: Reply) -> Iterator[bytes]:
        """What comes before the words of a stream."""

    @abstractmethod
    def word(self, request: Request, word: str, place: int = 0) -> bytes: ...

    @abstractmethod
    def keepalive(self) -> bytes: ...

    @abstractmethod
    def error(self, error: Body) -> bytes:
        """An error within a stream."""

    @abstractmethod
    def last(self, request: Request, reply: Reply) -> Iterator[bytes]:
        """What comes after the words of a stream."""

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


def _head(code: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {code} Status", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _framed(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _words(text: str) -> list[str]:
    parts = text.split(" ")
    return [part if index == 0 else f" {part}" for index, part in enumerate(parts)] if text else []


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with a reset instead of a goodbye."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
