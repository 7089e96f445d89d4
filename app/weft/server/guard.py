"""The guard: one pure ASGI application around everything, HTTP and websocket alike.

In this order: `Host` listed (421), `Origin` exact (403), `Sec-Fetch-Site` on unsafe methods (403), session
cookie or bearer token (401), body within its limit (413), scope (403). It stands outside every middleware, so
nothing of the application runs for a request that it refuses.
"""

import asyncio
import contextlib
import logging
from dataclasses import dataclass

from weft.server.auth import Auth, Principal
from weft.server.door import Door
from weft.server.errors import new_error_id
from weft.server.rules import needed
from weft.server.wire import (
    ASGIApp,
    ASGIScope,
    Claims,
    ClientLeft,
    Message,
    Receive,
    Refused,
    Replay,
    Reply,
    Send,
    read_body,
    refuse_http,
    refuse_websocket,
    without_forwarded,
)

log = logging.getLogger("weft.server")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Limits:
    """Bytes, and seconds for a whole body to arrive. A flow file has 5 MB at most."""

    body: int = 8 * 1024 * 1024
    public_body: int = 4096
    body_seconds: float = 30.0


class Guard:
    def __init__(self, app: ASGIApp, *, door: Door, auth: Auth, limits: Limits | None = None) -> None:
        self.app = app  # under this name the page framework finds the server that wraps it
        self._door = door
        self._auth = auth
        self._limits = limits or Limits()

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._http(scope, receive, send)
            case "websocket":
                await self._websocket(scope, receive, send)
            case _:
                await self.app(scope, receive, send)

    async def _http(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        reply = Reply(send, form=scope["path"] == "/login")
        request = Claims(scope)
        try:
            principal = self._let_in(request)
            receive = await self._whole_body(request, receive)
            self._check_scope(request, principal)
        except Refused as refused:
            await refuse_http(refused, reply, unread=request.has_body)
            return
        except ClientLeft:
            return
        await self._serve(scope, receive, reply, principal)
        if not reply.started:
            await refuse_http(Refused.unexpected(new_error_id()), reply)

    async def _websocket(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        reply = Reply(send)
        request = Claims(scope)
        try:
            principal = self._let_in(request)
            self._check_scope(request, principal)
        except Refused as refused:
            await refuse_websocket(refused, scope, receive, reply)
            return
        assert principal is not None, "no websocket is public"
        await self._serve(scope, self._while_good(principal, receive, reply), reply, principal)

    async def _serve(
        self, scope: ASGIScope, receive: Receive, reply: Reply, principal: Principal | None
    ) -> None:
        scope["headers"] = without_forwarded(scope["headers"])
        state = scope.setdefault("state", {})
        state["principal"] = principal
        try:
            await self.app(scope, receive, reply)
        except Exception:  # the last handler there is: nothing of an exception's text reaches a client
            if state.get("error_id"):
                return  # logged and answered by the application's own handler, which Starlette raises past
            state["error_id"] = error_id = new_error_id()
            log.exception("error %s: %s %s", error_id, scope.get("method", "websocket"), scope["path"])
            if scope["type"] == "http" and not reply.started:
                await refuse_http(Refused.unexpected(error_id), reply)

    # The checks, in their order

    def _let_in(self, request: Claims) -> Principal | None:
        own_origin = self._check_host(request)
        self._check_origin(request, own_origin)
        self._check_site(request)
        return None if request.public else self._check_credentials(request)

    def _check_host(self, request: Claims) -> str:
        host = request.only(b"host")
        own_origin = self._door.origins.get(host.lower()) if host else None
        if own_origin is None:
            raise Refused(
                421,
                "unknown-host",
                "This server does not answer to that name.",
                hint="Use the address that `weft serve` printed, or start it with --allowed-host NAME.",
            )
        return own_origin

    def _check_origin(self, request: Claims, own_origin: str) -> None:
        origin = request.only(b"origin")
        if origin is not None and origin != own_origin:
            raise Refused(403, "foreign-origin", "The request comes from another site's page.")
        if origin is None and request.websocket and not request.has(b"authorization"):
            raise Refused(
                403,
                "no-origin",
                "A socket without an Origin needs a bearer token.",
                hint="Send the header `Authorization: Bearer <token>`.",
            )

    def _check_site(self, request: Claims) -> None:
        if request.websocket or request.method in SAFE_METHODS:
            return
        site = request.only(b"sec-fetch-site")
        if site is not None and site != "same-origin":
            raise Refused(403, "foreign-site", "The request comes from another site's page.")
        unexplained = site is None and not request.has(b"origin") and not request.has(b"authorization")
        if unexplained:  # a browser says where it comes from; a program has a token
            raise Refused(
                403,
                "no-origin",
                "The request doesn't say which page it comes from.",
                hint="A program sends `Authorization: Bearer <token>`; a page sends Origin by itself.",
            )

    def _check_credentials(self, request: Claims) -> Principal:
        if request.has(b"authorization"):
            kind, _, token = (request.only(b"authorization") or "").partition(" ")
            principal = self._auth.bearer(token.strip()) if kind.lower() == "bearer" else None
        else:
            cookie = request.cookie(self._auth.cookie)
            principal = self._auth.session(cookie) if cookie else None
        if principal is not None:
            return principal
        if request.navigation:
            raise Refused(303, "login", "", headers=[(b"location", request.login.encode())])
        raise Refused(
            401,
            "not-logged-in",
            "This needs a login or a bearer token.",
            hint="Open the link that `weft serve` printed, or send `Authorization: Bearer <token>`.",
            headers=[(b"www-authenticate", b"Bearer")],
        )

    async def _whole_body(self, request: Claims, receive: Receive) -> Receive:
        """The body, read here so that its size and its time are known before the application sees a byte."""
        limit = self._limits.public_body if request.public else self._limits.body
        if not request.has_body:
            return receive
        length = request.only(b"content-length")
        if length is not None and not (length.isascii() and length.isdigit()):
            raise Refused(400, "bad-length", "Content-Length is not a number.")
        if length is not None and (len(length) > 15 or int(length) > limit):
            raise Refused.too_large(limit)
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                body = await read_body(receive, limit)
        except TimeoutError:
            raise Refused(408, "slow-body", "The request's body didn't arrive in time.") from None
        return Replay(body, receive)

    def _check_scope(self, request: Claims, principal: Principal | None) -> None:
        if principal is None:
            return
        missing = needed(request.method, request.path) - principal.scopes
        if missing:
            raise Refused(
                403,
                "scope",
                f"The token {principal.name!r} lacks {', '.join(sorted(missing))}.",
                hint="Make a token with these scopes.",
            )

    def _while_good(self, principal: Principal, receive: Receive, reply: Reply) -> Receive:
        """A logout or a revoked token ends open sockets too, at their next message (they ping)."""

        async def checked() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and not self._auth.still_good(principal):
                with contextlib.suppress(OSError, RuntimeError):  # it may be closing already
                    await reply({"type": "websocket.close", "code": 4401, "reason": "logged out"})
                return {"type": "websocket.disconnect", "code": 4401}
            return message

        return checked
