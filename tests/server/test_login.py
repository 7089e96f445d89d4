"""From the printed link to a session: the page, the exchange, where it leads, and out again."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.server.live import Live, live_server

from weft.server.login import safe_path
from weft.workspace import Workspace

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_server(Workspace.open(tmp_path_factory.mktemp("workspace"))) as live:
        yield live


@pytest.fixture
def browser(live: Live) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.base_url, headers=HTML) as browser:
        yield browser


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def enter(browser: httpx.Client, live: Live, link: str) -> httpx.Response:
    """Open the link and press its button."""
    page = browser.get(link)
    assert page.status_code == 200
    return browser.post("/login", data=hidden(page.text), headers=live.origin)


def test_the_link_leads_through_a_button_to_the_page_it_names(browser: httpx.Client, live: Live) -> None:
    entered = enter(browser, live, live.login_url("/flows/essay"))
    assert (entered.status_code, entered.headers["location"]) == (303, "/flows/essay")
    assert browser.get("/api/flows").status_code == 200


def test_the_cookie_is_the_browsers_alone(browser: httpx.Client, live: Live) -> None:
    cookie = enter(browser, live, live.login_url()).headers["set-cookie"]
    assert cookie.startswith(f"weft_session_{live.port}=")
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= parts
    assert "secure" not in parts  # loopback has no TLS; a browser would drop the cookie


def test_looking_at_the_link_spends_nothing(browser: httpx.Client, live: Live) -> None:
    link = live.login_url()
    for _ in range(3):
        assert "set-cookie" not in browser.get(link).headers
        assert browser.head(link).status_code == 405
    assert enter(browser, live, link).status_code == 303


def test_the_page_needs_no_other_file_and_keeps_the_code_to_itself(browser: httpx.Client, live: Live) -> None:
    page = browser.get(live.login_url())
    assert re.findall(r'(?:src|href)="(?!data:)([^"]*)"', page.text) == []
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"


def test_a_code_is_good_once_and_the_page_says_what_to_do(browser: httpx.Client, live: Live) -> None:
    link = live.login_url()
    assert enter(browser, live, link).status_code == 303
    with httpx.Client(base_url=live.base_url) as other:
        again = enter(other, live, link)
        assert again.status_code == 403
        assert "used already" in again.text
        assert f"run <code>weft serve --port {live.door.port}</code> again" in again.text
        assert "set-cookie" not in again.headers


def test_a_new_login_in_the_same_browser_ends_the_session_before(browser: httpx.Client, live: Live) -> None:
    enter(browser, live, live.login_url())
    first = dict(browser.cookies)
    enter(browser, live, live.login_url())
    assert browser.get("/api/flows").status_code == 200
    assert httpx.get(f"{live.base_url}/api/flows", cookies=first).status_code == 401


@pytest.mark.parametrize(
    "next_path",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "/\t/evil.example",
     "/login?next=/login", "", "flows/essay", "/\n/evil", "/ /x"],
)  # fmt: skip
def test_a_link_leads_nowhere_else(browser: httpx.Client, live: Live, next_path: str) -> None:
    link = httpx.URL("/login", params={"code": live.auth.new_code(), "next": next_path})
    assert enter(browser, live, str(link)).headers["location"] == "/"


@pytest.mark.parametrize("path", ["/", "/flows/essay", "/flows/essay?a=b&c=%2F#x", "/a//b", "/ü"])
def test_a_path_of_ours_is_kept(path: str) -> None:
    assert safe_path(path) == path


def test_what_the_link_says_is_shown_as_text(browser: httpx.Client, live: Live) -> None:
    evil = '"><script>alert(1)</script>'
    page = browser.get("/login", params={"code": evil, "next": f"/{evil}"})
    assert "<script>alert" not in page.text
    assert "<script>alert" not in browser.get("/login", params={"next": f"/x{evil}"}).text


def test_without_a_code_the_page_explains_and_who_is_in_goes_on(browser: httpx.Client, live: Live) -> None:
    page = browser.get("/login?next=/flows/essay")
    assert f"run <code>weft serve --port {live.door.port}</code> again" in page.text
    assert 'href="/flows/essay"' in page.text
    enter(browser, live, live.login_url())
    assert browser.get("/login?next=/flows/essay").headers["location"] == "/flows/essay"


@pytest.mark.parametrize(
    "body", [b"", b"code=", b"\xff\xfe", b"code=%ff", b"&" * 4000, b"code=" + b"x" * 4000, b"{}"]
)
def test_a_strange_form_is_a_wrong_code(live: Live, body: bytes) -> None:
    """Each has an address of its own behind a proxy; here they share one, and ten are allowed a minute."""
    headers = {**live.origin, "Content-Type": "application/x-www-form-urlencoded"}
    assert httpx.post(f"{live.base_url}/login", content=body, headers=headers).status_code in (403, 429)


def test_after_many_wrong_codes_there_is_a_pause(tmp_path: Path) -> None:
    with live_server(Workspace.open(tmp_path)) as live, httpx.Client(base_url=live.base_url) as client:
        answers = [client.post("/login", data={"code": "x"}, headers=live.origin) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [403] * 10 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60


def test_a_logout_closes_the_door_behind(browser: httpx.Client, live: Live) -> None:
    enter(browser, live, live.login_url())
    session = dict(browser.cookies)
    left = browser.post("/logout", headers=live.origin)
    assert (left.status_code, left.headers["location"]) == (303, "/login")
    assert not browser.cookies
    assert httpx.get(f"{live.base_url}/api/flows", cookies=session).status_code == 401


def test_a_session_makes_a_link_for_another_browser(browser: httpx.Client, live: Live) -> None:
    enter(browser, live, live.login_url())
    link = browser.post("/api/login-codes", headers=live.origin).json()["url"]
    assert link.startswith(f"{live.base_url}/login?code=")
    with httpx.Client(base_url=live.base_url) as other:
        assert enter(other, live, link).status_code == 303


def test_tokens_are_made_listed_and_revoked(browser: httpx.Client, live: Live) -> None:
    enter(browser, live, live.login_url())
    wanted = {"name": "ci", "scopes": ["read"]}
    made = browser.post("/api/tokens", json=wanted, headers=live.origin)
    assert made.status_code == 201
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    assert httpx.get(f"{live.base_url}/api/flows", headers=bearer).status_code == 200
    assert httpx.post(f"{live.base_url}/api/tokens", json=wanted, headers=bearer).status_code == 403
    (listed,) = browser.get("/api/tokens").json()
    assert (listed["name"], listed["scopes"]) == ("ci", ["read"])
    assert made.json()["token"] not in str(listed)
    assert browser.delete(f"/api/tokens/{listed['id']}", headers=live.origin).status_code == 204
    assert httpx.get(f"{live.base_url}/api/flows", headers=bearer).status_code == 401
    assert browser.delete(f"/api/tokens/{listed['id']}", headers=live.origin).status_code == 404


def test_nobody_gives_away_what_they_do_not_have(live: Live) -> None:
    wanted = {"name": "more", "scopes": ["admin", "run"]}
    refused = httpx.post(f"{live.base_url}/api/tokens", json=wanted, headers=live.bearer("admin"))
    assert refused.status_code == 403
    assert "run" in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    "wanted",
    [{}, {"name": "x"}, {"name": "", "scopes": ["read"]}, {"name": "x", "scopes": []}, {"name": "x", "scopes": ["root"]},
     {"name": "x", "scopes": ["read"], "days": -1}, {"name": "x", "scopes": ["read"], "days": "NaN"}, [], None],
)  # fmt: skip
def test_a_token_that_cannot_be_is_refused_with_the_reason(live: Live, wanted: object) -> None:
    refused = httpx.post(f"{live.base_url}/api/tokens", json=wanted, headers=live.bearer())
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "bad-request"
    assert refused.json()["error"]["message"]


def test_a_restart_keeps_the_browser_logged_in(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    with live_server(workspace) as live:
        session = live.cookies()
    with live_server(workspace, port=live.port) as again:
        assert httpx.get(f"{again.base_url}/api/flows", cookies=session).status_code == 200
