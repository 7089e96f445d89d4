"""Every route is listed here, with what it takes to reach it; one that isn't listed fails the suite."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from nicegui import core
from starlette.routing import Mount, Route
from tests.server.live import Live, live_server

from weft.server.rules import API, PUBLIC
from weft.workspace import Workspace

# Whoever adds a route here says with it that the guard's rules are right for it.
ROUTES: dict[str, set[str]] = {
    **{path: set(methods) for path, methods in API.items()},
    "/api/openapi.json": {"GET", "HEAD"},
    "/api/{path}": {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"},
    "/healthz": {"GET"},
    "/login": {"GET", "POST"},
    "/logout": {"POST"},
    "/": {"GET"},
    "/flows/{slug}": {"GET"},
    "/flows/{slug}/grid": {"GET"},
    "/flows/{slug}/inside/{path}": {"GET"},
    "/settings": {"GET"},
    "/waiting": {"GET"},
    "/static/{digest}": {"MOUNT"},
    "/favicon.ico": {"GET", "HEAD"},
    "/_nicegui_ws": {"MOUNT"},
    "/_nicegui/{version}/static": {"MOUNT"},
    "/_nicegui/{version}/libraries/{key}": {"GET"},
    "/_nicegui/{version}/components/{key}": {"GET"},
    "/_nicegui/{version}/resources/{key}/{path}": {"GET"},
    "/_nicegui/{version}/dynamic_resources/{name}": {"GET"},
    "/_nicegui/{version}/esm/{key}/{path}": {"GET"},
}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    root: Path = tmp_path_factory.mktemp("workspace")
    with live_server(Workspace.open(root), ui=True) as live:
        yield live


def found(live: Live) -> dict[str, set[str]]:
    """Each route of the running server, with what it is mounted below, and its methods."""
    routes: dict[str, set[str]] = {}
    for path, methods in walk(live.app.routes):
        routes.setdefault(plain(path), set()).update(methods)
    return routes


def walk(routes: list[Any], prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    for context in iter_route_contexts(routes):
        route = context.original_route
        path = prefix + (getattr(context, "path", None) or getattr(route, "path", ""))
        if isinstance(route, Mount):
            inner = getattr(route.app, "routes", None)
            if inner is None:
                yield path or "/", {"MOUNT"}
            else:
                yield from walk(inner, path)
        else:
            assert isinstance(route, Route), f"{route!r} is of a kind that no rule is for"
            yield path, set(route.methods or METHODS)


def plain(path: str) -> str:
    """Without what changes from release to release: versions, digests, converters."""
    path = re.sub(r"\{(\w+):\w+\}", r"{\1}", path)
    path = re.sub(r"/_nicegui/[0-9.]+/", "/_nicegui/{version}/", path)
    path = re.sub(r"/static/[0-9a-f]{6,}", "/static/{digest}", path)
    return path.rstrip("/") or "/"


def test_every_route_is_listed_and_every_listed_route_is_there(live: Live) -> None:
    assert found(live) == ROUTES


def addresses() -> list[str]:
    """One address below each listed route."""
    made = [re.sub(r"\{\w+\}", "x", path) for path in ROUTES]
    return [f"{path}/socket.io/" if path == "/_nicegui_ws" else path for path in made]


def ask(live: Live, method: str, path: str, **headers: str) -> httpx.Response:
    return live.http.request(method, path, headers={"Accept": "application/json", **headers})


@pytest.mark.parametrize("path", addresses())
def test_each_route_asks_for_each_thing(live: Live, path: str) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in live.cookies().items())
    own = {"Cookie": cookie, "Origin": live.base_url}
    public = path in PUBLIC
    for method in METHODS:
        assert ask(live, method, path, **own | {"Host": "evil.example"}).status_code == 421
        assert (
            ask(live, method, path, **own | {"Host": f"127.0.0.1.evil.example:{live.port}"}).status_code
            == 421
        )
        assert ask(live, method, path, **own | {"Origin": "https://evil.example"}).status_code == 403
        assert ask(live, method, path, **own | {"Origin": "null"}).status_code == 403
        nobody = ask(live, method, path, Origin=live.base_url)
        assert (nobody.status_code == 401) is not public, (method, nobody.status_code)
        if method not in ("GET", "HEAD", "OPTIONS"):
            assert ask(live, method, path, **own | {"Sec-Fetch-Site": "cross-site"}).status_code == 403
            assert ask(live, method, path, Cookie=cookie).status_code == 403


@pytest.mark.parametrize("path", addresses())
def test_each_route_refuses_a_method_that_it_does_not_have(live: Live, path: str) -> None:
    listed = next(
        ROUTES[one]
        for one in ROUTES
        if re.sub(r"\{\w+\}", "x", one) in (path, path.removesuffix("/socket.io/"))
    )
    if "MOUNT" in listed or path == "/api/x":
        return
    for method in set(METHODS) - listed - {"HEAD"}:
        answer = ask(live, method, path, **live.bearer())
        assert answer.status_code in (404, 405), (method, answer.status_code)
        assert answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", sorted(API))
def test_a_token_without_the_scope_does_not_get_in(live: Live, path: str) -> None:
    for method, scope in API[path].items():
        others = [one for one in ("read", "edit", "run", "approve", "secrets", "admin") if one != scope]
        answer = ask(live, method, path.replace("{", "").replace("}", ""), **live.bearer(*others))
        assert answer.status_code == 403, (method, path)
        assert answer.json()["error"]["code"] == "scope"


@pytest.mark.parametrize(
    "path",
    ["/", "/flows/essay", "/favicon.ico", "/_nicegui_ws/socket.io/?EIO=4&transport=polling", "/nothing"],
)
def test_the_editor_is_for_sessions_and_for_tokens_with_every_scope(live: Live, path: str) -> None:
    assert (
        ask(live, "GET", path, **live.bearer("read", "edit", "run", "approve", "secrets")).status_code == 403
    )
    assert ask(live, "GET", path, **live.bearer()).status_code in (200, 404)


@pytest.mark.parametrize(
    "path",
    ["/static/../../etc/passwd", "/static/x/%2e%2e/%2e%2e/etc/passwd", "/static/{digest}/%2e%2e/%2e%2e/pyproject.toml",
     "/static/{digest}/..%2f..%2fpyproject.toml", "/_nicegui/3.18.0/static/%2e%2e/nicegui.py", "/_nicegui/3.18.0/esm/x/%2e%2e/x",
     "/_nicegui/3.18.0/static/..%5cnicegui.py", "//etc/passwd"],
)  # fmt: skip
def test_no_address_leads_to_another_file(live: Live, path: str) -> None:
    digest = next(
        (m[1] for route, _ in walk(live.app.routes) if (m := re.match(r"/static/([0-9a-f]{6,})", route))), "x"
    )
    answer = ask(live, "GET", path.replace("{digest}", digest), **live.bearer())
    assert answer.status_code in (400, 403, 404)
    assert "root:" not in answer.text
    assert "[project]" not in answer.text


def test_the_framework_and_its_routes_are_the_ones_we_know(live: Live) -> None:
    assert core.app.docs_url is None
    assert core.app.openapi_url is None
