"""What the page framework leaves open at its socket, closed.

NiceGUI accepts a socket from any origin, and lets a socket that knows a page's id send that page's events.
Here a page belongs to whoever asked for it: only a socket with the same session joins it, and a message
counts only from a socket that has joined. Its error pages show exceptions; ours show an id.

These are internals of NiceGUI 3.18 (`nicegui.nicegui`: the socket handlers and the exception handlers, one room
for each client); `pyproject.toml` pins it below 3.19, and tests/security/test_sockets.py fails when they move.
"""

import inspect
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any, cast
from urllib.parse import parse_qs

from fastapi import Request
from nicegui import Client, core

from weft.server import errors
from weft.server.errors import new_error_id

log = logging.getLogger("weft.server")

Handler = Callable[..., Any]
MESSAGES = ("event", "javascript_response", "ack", "log")
JOINING = ("connect", "handshake")
_sio = cast("Any", core.sio)  # the socket library has no types


def close_the_gaps(origins: Collection[str]) -> None:
    """Call it after the pages are mounted and before the first request. Calling it again changes the origins."""
    _sio.eio.cors_allowed_origins = sorted(origins)
    handlers = cast("dict[str, Handler]", _sio.handlers["/"])
    unknown = set(handlers) - {*MESSAGES, *JOINING, "disconnect"}
    assert not unknown, f"the page framework takes socket messages we don't know: {sorted(unknown)}"
    for name in MESSAGES:
        handlers[name] = _only_from_its_room(name, handlers[name])
    for name in JOINING:
        handlers[name] = _only_by_its_owner(handlers[name])
    _answer_errors()


def _answer_errors() -> None:
    """The pages' own handlers stay; those of the framework, which show the exception, are replaced."""
    handlers = cast("dict[Any, Handler]", core.app.exception_handlers)
    own = {
        key: handlers[key] for key in (404, Exception) if not handlers[key].__module__.startswith("nicegui")
    }
    errors.install(core.app)
    handlers[404] = own.get(404, handlers[errors.HTTPException])
    if Exception in own:
        handlers[Exception] = _answered(own[Exception])


def _answered(handler: Handler) -> Handler:
    """It logs and answers; the exception is raised past it all the same, and must not be logged twice."""

    async def answer(request: Request, error: Exception) -> object:
        request.state.error_id = "answered"
        return await handler(request, error)

    return answer


def _only_from_its_room(name: str, handler: Handler) -> Handler:
    if getattr(handler, "_bound_by_weft", False):
        return handler

    async def bound(sid: str, message: object = None, *_: object) -> None:
        client_id = _client_id(message)
        if client_id is None or client_id not in _sio.rooms(sid):
            log.warning("a socket sent %r to a page that is not its own", name)
            return
        await _guarded(name, handler, sid, message)

    bound._bound_by_weft = True  # type: ignore[attr-defined]
    return bound


def _only_by_its_owner(handler: Handler) -> Handler:
    """`connect` may carry the handshake in its query; then, as with `handshake`, the page's owner is asked for."""
    if getattr(handler, "_bound_by_weft", False):
        return handler

    async def bound(sid: str, message: object = None, *rest: object) -> object:
        environ: dict[str, Any] = _sio.get_environ(sid) or {}
        wanted = {_client_id(message), *parse_qs(str(environ.get("QUERY_STRING", ""))).get("client_id", [])}
        for client_id in wanted - {None}:
            client = Client.instances.get(cast("str", client_id))
            if client is not None and _owner(client.request.scope) != _owner(environ.get("asgi.scope", {})):
                log.warning("a socket asked for a page that another session opened")
                return False
        return await _guarded("handshake", handler, sid, message, *rest)

    bound._bound_by_weft = True  # type: ignore[attr-defined]
    return bound


async def _guarded(name: str, handler: Handler, *args: object) -> object:
    """A message that makes its handler fail is logged under an id, and harms nobody else."""
    try:
        result = handler(*args)
        return await result if inspect.isawaitable(result) else result
    except (KeyError, TypeError, ValueError, AttributeError):
        log.exception("error %s: a malformed %r message", new_error_id(), name)
        return False


def _client_id(message: object) -> str | None:
    if not isinstance(message, Mapping):
        return None
    client_id = cast("Mapping[str, object]", message).get("client_id")
    return client_id if isinstance(client_id, str) else None


def _owner(scope: Mapping[str, Any]) -> tuple[str, str] | None:
    principal = scope.get("state", {}).get("principal")
    return (principal.kind, principal.id) if principal is not None else None
