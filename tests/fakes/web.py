"""A web server on loopback for the `http` component, and the fixture `web` that lets flows ask it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Web:
    """A web server on loopback that answers with what a test says, byte for byte."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)
    silent: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, body: bytes | str = b"", status: int = 200, **headers: str) -> None:
        raw = body.encode() if isinstance(body, str) else body
        named = {"content-type": "text/plain; charset=utf-8"} | {
            key.replace("_", "-"): value for key, value in headers.items()
        }
        lines = [f"HTTP/1.1 {status} Whatever", *(f"{key}: {value}" for key, value in named.items())]
        self.answers[path] = "\r\n".join([*lines, f"content-length: {len(raw)}", "", ""]).encode() + raw

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Web"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self
            self.over.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ", 2)
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.requests.append(Request(method, path, headers, body))
            if self.silent:
                await self.over.wait()
            writer.write(self.answers.get(path, b"HTTP/1.1 404 No\r\ncontent-length: 7\r\n\r\nnothing"))
            await writer.drain()
            writer.close()
            await writer.wait_closed()


@pytest.fixture
async def web(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Web]:
    """A server that flows may ask, as its operator allowed it."""
    async with Web().serving() as serving:
        monkeypatch.setenv("WEFT_HTTP_ALLOW", f"127.0.0.1:{serving.port}, other.example:1")
        yield serving
