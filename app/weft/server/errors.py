"""How the server says no: one JSON shape, and for what nobody foresaw an opaque id instead of its text."""

import json
import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from weft.model.errors import (
    ChangeRefused,
    Conflict,
    DocumentError,
    FlowHasProblems,
    NotFound,
    ReadOnly,
    WeftError,
)
from weft.workspace.editing.outside import StaleSave
from weft.workspace.editing.wire import problems_json

log = logging.getLogger("weft.server")

STATUSES: Mapping[type[WeftError], int] = {
    DocumentError: 422,
    FlowHasProblems: 422,
    ChangeRefused: 409,
    NotFound: 404,
    Conflict: 409,
    ReadOnly: 403,
}
STATUSES_OF_CODES: Mapping[str, int] = {
    "disk-full": 507,
    "disk-error": 507,
    "database-busy": 503,
    "database-gone": 507,
    "bad-input": 422,
    "bad-answer": 422,
    "bad-session": 422,
    "bad-choice": 422,
    "unknown-node": 422,
    "not-available": 409,
    "untrusted": 403,
    "closing": 503,
}


def install(app: FastAPI) -> None:
    """Every error of an application in our shape: foreseen ones as sentences, the others as an id."""
    app.add_exception_handler(WeftError, _foreseen)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, unexpected)


def error_json(code: str, message: str, hint: str = "", **more: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "hint": hint, **more}}


def error_bytes(code: str, message: str, hint: str = "") -> bytes:
    return json.dumps(error_json(code, message, hint)).encode()


def new_error_id() -> str:
    return secrets.token_hex(4)


def internal_error(error_id: str) -> bytes:
    return error_bytes("internal", _INTERNAL.format(error_id), _INTERNAL_HINT)


async def unexpected(request: Request, error: Exception) -> Response:
    """Logs the exception under an id; the client sees the id."""
    error_id = request.state.error_id = new_error_id()
    log.error("error %s: %s %s", error_id, request.method, request.url.path, exc_info=error)
    if wants_page(request):
        return page(500, "Something went wrong", f"{_INTERNAL.format(error_id)} {_INTERNAL_HINT}")
    return Response(internal_error(error_id), status_code=500, media_type="application/json")


def wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def page(status: int, title: str, text: str) -> HTMLResponse:
    """A whole page of our own words: neither argument may hold what a client sent."""
    return HTMLResponse(_PAGE.format(status=status, title=title, text=text), status_code=status)


async def _foreseen(request: Request, error: Exception) -> Response:
    assert isinstance(error, WeftError)
    by_kind = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 400)
    status = STATUSES_OF_CODES.get(error.code, by_kind)
    more: dict[str, Any] = {}
    match error:
        case FlowHasProblems():
            more["problems"] = problems_json(error.problems)
        case DocumentError(place=place, problems=problems):
            more["problems"] = problems_json(problems)
            more |= {"line": place.line, "column": place.column} if place else {}
        case StaleSave(digest=digest, differences=found):
            more["digest"] = digest
            more["differences"] = [
                {"path": one.path, "there": one.before, "yours": one.after} for one in found
            ]
        case _:
            pass
    return JSONResponse(error_json(error.code, error.message, error.hint, **more), status_code=status)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = [_sentence(one) for one in cast("list[dict[str, Any]]", error.errors())]
    body = error_json("bad-request", " ".join(wrong), "The fields are described in /api/openapi.json.")
    return JSONResponse(body, status_code=422)


def _sentence(one: Mapping[str, Any]) -> str:
    """Where and what, never the value: it may be a secret that was pasted into the wrong field."""
    where = ".".join(str(part) for part in one["loc"])
    detail = one.get("ctx", {}).get("error", "") if one["type"] == "json_invalid" else ""
    return f"{where}: {one['msg']}{f' ({detail})' if detail else ''}."


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    if error.status_code == 404 and wants_page(request):
        return page(404, "There is no such page", "The address leads nowhere in this editor.")
    code = phrase.lower().replace(" ", "-")
    message = error.detail if error.detail != phrase else _PHRASES.get(error.status_code, phrase)
    return JSONResponse(error_json(code, message), status_code=error.status_code, headers=error.headers)


_INTERNAL = "Weft met an error it did not expect ({})."
_INTERNAL_HINT = "The log of `weft serve` says more under this id."
_PHRASES = {404: "There is nothing at this address.", 405: "This address does not take that method."}

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><link rel="icon" href="data:,"><style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; font: 15px/1.55 system-ui, sans-serif;
  background: light-dark(#f6f7fb, #0c0f1c); color: light-dark(#1a1d2e, #eef0fb); }}
main {{ width: min(26rem, calc(100vw - 4rem)); }} p {{ color: light-dark(#666c8a, #8b90b0); }}
a {{ color: #5b6cff; }}
</style></head><body><main><h1>{title}</h1><p>{text}</p><p><a href="/">To the flows</a></p></main></body></html>
"""
