"""The login page and what belongs to it: `/login`, `/logout`, `/healthz`, new codes, tokens.

The link's GET changes nothing: it shows a page that posts the code, by itself or through its button, so that
whoever only looks at the link (a preview, a crawler) doesn't spend it. The page needs no other file.
"""

import html
import re
from typing import Annotated, Any
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from weft.server.auth import SESSION_SECONDS, Auth, Principal, Scope, TooManyAttempts
from weft.server.door import DEFAULT_PORT, Door
from weft.server.wire import Claims

EXPLANATION = (
    "Use the link that <code>weft serve</code> printed. A link works once, for a quarter of an hour. "
)
ONCE_MORE = (
    "For another browser, or a fresh link, run <code>{command}</code> again in the same folder: "
    "it prints one and leaves the running server alone."
)
ANEW = (
    "For another browser, or a fresh link, stop the server and start it again: it can't keep anything here."
)


def login_url(base: str, code: str, next_path: str = "/") -> str:
    query = {"code": code} | ({} if next_path == "/" else {"next": next_path})
    return f"{base}/login?{urlencode(query, safe='/')}"


def again(port: int) -> str:
    """The command that finds the server on that port, and prints a new link to it."""
    return "weft serve" if port == DEFAULT_PORT else f"weft serve --port {port}"


def login_router(auth: Auth, door: Door, instance: str, *, forgetful: bool = False) -> APIRouter:
    """`instance` names this server process: whoever reads it in `.weft` can tell that it is the one here. A `forgetful`
    server is written down nowhere, and nobody finds it."""
    router = APIRouter()
    explanation = EXPLANATION + (ANEW if forgetful else ONCE_MORE.format(command=again(door.port)))

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        return {"status": "ok", "instance": instance}

    @router.get("/login", include_in_schema=False)
    async def show(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        code = request.query_params.get("code", "")
        target = safe_path(request.query_params.get("next", "/"))
        if not code and _session(request, auth) is not None:
            return RedirectResponse(target, status_code=303)
        return _page(code, target, explanation)

    @router.post("/login", include_in_schema=False)
    async def enter(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        fields = parse_qs((await request.body()).decode("utf-8", "replace"))
        code, target = fields.get("code", [""])[0], safe_path(fields.get("next", ["/"])[0])
        try:
            session = auth.exchange(code, peer=request.client.host if request.client else "")
        except TooManyAttempts as error:
            wait = {"Retry-After": str(round(error.retry_after or 60))}
            return _page("", target, explanation, problem=str(error), status=429, headers=wait)
        if session is None:
            problem = "This link was used already, or is too old."
            return _page("", target, explanation, problem=problem, status=403)
        former = _session(request, auth)
        if former is not None:
            auth.end(former)
        response = RedirectResponse(target, status_code=303)
        secure = door.origins[request.headers["host"].lower()].startswith("https:")
        response.set_cookie(
            auth.cookie, session, max_age=SESSION_SECONDS, httponly=True, samesite="strict", secure=secure
        )
        return response

    @router.post("/logout", include_in_schema=False)
    async def leave(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        auth.end(request.state.principal)
        response = RedirectResponse("/login", status_code=303)
        response.delete_cookie(auth.cookie, httponly=True, samesite="strict")
        return response

    @router.post("/api/login-codes", status_code=201, tags=["access"])
    async def new_code() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        """A link for one more browser, good once and for a quarter of an hour."""
        return {"url": login_url(door.url, auth.new_code())}

    _add_tokens(router, auth)
    return router


class NewToken(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=80)]
    scopes: Annotated[list[Scope], Field(min_length=1)]
    days: Annotated[float, Field(gt=0, le=3650)] = 90


def _add_tokens(router: APIRouter, auth: Auth) -> None:
    @router.get("/api/tokens", tags=["access"])
    async def tokens() -> list[dict[str, Any]]:  # pyright: ignore[reportUnusedFunction]
        return [dict(token) for token in auth.tokens()]

    @router.post("/api/tokens", status_code=201, tags=["access"])
    async def new_token(wanted: NewToken, request: Request) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        """Makes a bearer token. The answer is the only place where it is ever shown."""
        giver: Principal = request.state.principal
        beyond = frozenset(wanted.scopes) - giver.scopes
        if beyond:
            raise HTTPException(403, f"You can't give away {', '.join(sorted(beyond))}: you don't have it.")
        token = auth.new_token(wanted.name, wanted.scopes, days=wanted.days)
        return JSONResponse({"token": token, "scopes": sorted(set(wanted.scopes))}, status_code=201)

    @router.delete("/api/tokens/{token_id}", status_code=204, tags=["access"])
    async def revoke(token_id: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        auth.revoke_token(token_id)
        return Response(status_code=204)


def safe_path(path: str) -> str:
    """A path on this server, or "/": what a link says may not lead elsewhere, nor back to the login."""
    inside = re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", path) is not None
    return path if inside and not path.startswith("/login") else "/"


def _session(request: Request, auth: Auth) -> Principal | None:
    cookie = Claims(request.scope).cookie(auth.cookie)
    return auth.session(cookie) if cookie else None


def _page(
    code: str,
    target: str,
    explanation: str,
    *,
    problem: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> HTMLResponse:
    if code:
        body = _FORM.format(code=html.escape(code), target=html.escape(target))
    else:
        body = _NO_CODE.format(explanation=explanation, target=html.escape(target))
    alert = f'<p class="problem" role="alert">{html.escape(problem)}</p>' if problem else ""
    page = _PAGE.replace("<!--body-->", alert + body)
    return HTMLResponse(page, status_code=status, headers={"Cache-Control": "no-store", **(headers or {})})


_FORM = """<p>One click opens the editor in this browser.</p>
<form method="post" action="/login">
<input type="hidden" name="code" value="{code}"><input type="hidden" name="next" value="{target}">
<button autofocus>Open Weft</button></form>
<script>document.forms[0].submit()</script>"""

# The cookie is SameSite=Strict: after a link from another site the browser holds it back until the next click.
_NO_CODE = """<p>{explanation}</p><p><a href="{target}">I am logged in already in this browser</a></p>"""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Weft</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --bg: #f6f7fb; --surface: #fff; --text: #1a1d2e; --muted: #666c8a;
  --border: #d8dbe8; --accent: #4a5af0; --link: #3f4fd8; --error: #c82850; }
@media (prefers-color-scheme: dark) { :root { --bg: #0c0f1c; --surface: #1a1c2d; --text: #eef0fb;
  --muted: #8b90b0; --border: #2b2e45; --link: #aab3ff; --error: #ff7a9a; } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--bg);
  color: var(--text); font: 15px/1.55 system-ui, sans-serif; }
main { width: min(26rem, calc(100vw - 4rem)); padding: 2rem; background: var(--surface);
  border: 1px solid var(--border); border-radius: 12px; }
h1 { margin: 0 0 .75rem; font-size: 1.25rem; } p { margin: 0 0 1rem; color: var(--muted); }
p:last-child { margin: 0; } .problem { color: var(--error); } a { color: var(--link); } code { color: var(--text); }
button { width: 100%; padding: .7rem; border: 0; border-radius: 8px; background: var(--accent); color: #fff;
  font: inherit; font-weight: 600; cursor: pointer; }
</style></head><body><main><h1>Weft</h1><!--body--></main></body></html>
"""
