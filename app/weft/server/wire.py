"""The ASGI wire: what a request claims, its body counted, the way back, and the refusals."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Self
from urllib.parse import quote

from weft.server.errors import error_bytes, internal_error
from weft.server.headers import Headers, secured
from weft.server.rules import PUBLIC

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIScope = MutableMapping[str, Any]
ASGIApp = Callable[[ASGIScope, Receive, Send], Awaitable[None]]


class Refused(Exception):
    """A request that stops at the guard, with the answer it gets."""

    def __init__(
        self, status: int, code: str, message: str, *, hint: str = "", headers: Headers | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_bytes(code, message, hint) if message else b""
        self.headers = headers or []

    @classmethod
    def too_large(cls, limit: int) -> Self:
        return cls(413, "too-large", f"The request's body is larger than {limit} bytes.")

    @classmethod
    def unexpected(cls, error_id: str) -> Self:
        refused = cls(500, "", "")
        refused.body = internal_error(error_id)
        return refused


class ClientLeft(Exception):
    """The client left while its body was read; there is nobody to answer."""


class Claims:
    """What a request says of itself: claims, until each is checked."""

    def __init__(self, scope: ASGIScope) -> None:
        self.path: str = scope["path"]
        self.websocket = scope["type"] == "websocket"
        self.method: str = "WEBSOCKET" if self.websocket else scope["method"]
        self.public = not self.websocket and self.path in PUBLIC
        self._query: bytes = scope.get("query_string", b"")
        self._headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            self._headers.setdefault(name.lower(), []).append(value)

    def has(self, name: bytes) -> bool:
        return name in self._headers

    def only(self, name: bytes) -> str | None:
        """The header's value; None when absent. Sent twice it is "", which no check lets through."""
        values = self._headers.get(name)
        if values is None:
            return None
        return values[0].decode("latin-1") if len(values) == 1 else ""

    def cookie(self, name: str) -> str | None:
        """Ours have no quoting: their values are URL-safe base64."""
        for header in self._headers.get(b"cookie", []):
            for pair in header.decode("latin-1").split(";"):
                key, _, value = pair.strip().partition("=")
                if key == name:
                    return value
        return None

    @property
    def has_body(self) -> bool:
        """RFC 9112, section 6.3: without either header a request has none."""
        return self.has(b"transfer-encoding") or self.only(b"content-length") not in (None, "0")

    @property
    def navigation(self) -> bool:
        """A person's browser asks for a page, and not a script for data."""
        if self.websocket or self.method != "GET" or self.path.startswith(("/api/", "/_nicegui")):
            return False
        mode = self.only(b"sec-fetch-mode")
        return mode == "navigate" if mode is not None else "text/html" in (self.only(b"accept") or "")

    @property
    def login(self) -> str:
        if self.path == "/":
            return "/login"
        query = f"?{self._query.decode('latin-1')}" if self._query else ""
        return f"/login?next={quote(self.path + query, safe='/')}"


class Reply:
    """The way back: adds the headers, and knows whether an answer has begun."""

    def __init__(self, send: Send, *, form: bool = False) -> None:
        self._send = send
        self._form = form
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] in _WITH_HEADERS:
            self.started = True
            message = {**message, "headers": secured(message.get("headers", ()), form=self._form)}
        await self._send(message)


class Replay:
    """The body that was read, once, then whatever else the server has to say."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


async def read_body(receive: Receive, limit: int) -> bytes:
    """Counted while it streams: a chunked body declares no length, and a declared one may lie."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientLeft
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise Refused.too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


async def refuse_http(refused: Refused, reply: Reply, *, unread: bool = False) -> None:
    headers: Headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(refused.body)).encode()),
        (b"cache-control", b"no-store"),
        *refused.headers,
    ]
    if unread:
        headers.append((b"connection", b"close"))  # nobody will read the rest of the body
    await reply({"type": "http.response.start", "status": refused.status, "headers": headers})
    await reply({"type": "http.response.body", "body": refused.body})


async def refuse_websocket(refused: Refused, scope: ASGIScope, receive: Receive, reply: Reply) -> None:
    """An HTTP answer in place of the handshake (ASGI's "Websocket Denial Response"), else a bare refusal."""
    await receive()  # websocket.connect
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await reply({"type": "websocket.close", "code": 1008})
        return
    headers: Headers = [(b"content-type", b"application/json"), *refused.headers]
    start = {"type": "websocket.http.response.start", "status": refused.status, "headers": headers}
    await reply(start)
    await reply({"type": "websocket.http.response.body", "body": refused.body})


def without_forwarded(headers: Headers) -> Headers:
    """A client writes these as it likes. The proxy's word for the scheme is the operator's `--behind-proxy`."""
    return [
        (name, value)
        for name, value in headers
        if not name.lower().startswith(b"x-forwarded-") and name.lower() != b"forwarded"
    ]


_WITH_HEADERS = frozenset({"http.response.start", "websocket.http.response.start", "websocket.accept"})
