"""The guard, rule by rule, on a real socket: what it refuses, with which status, in which order."""

import contextlib
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.server.live import Live, live_app
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from weft.server.guard import Limits
from weft.server.headers import SECURITY, SECURITY_WITH_FORM

LIMITS = Limits(body=1000, public_body=100, body_seconds=0.5)


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Says what came through: the body's size, the principal, and echoes a socket's messages."""
    if scope["type"] == "lifespan":
        for done in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{done}.complete"})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
    elif scope["path"] == "/api/runs/crash":
        raise RuntimeError("sk-secret in an exception")
    elif scope["path"] == "/api/runs/silence":
        return
    else:
        body = b"" if scope["path"] == "/api/runs/unread" else (await receive())["body"]
        principal = scope["state"]["principal"]
        said = {
            "size": len(body),
            "who": principal and principal.kind,
            "headers": sorted(name.decode() for name, _ in scope["headers"]),
        }
        headers = [(b"access-control-allow-origin", b"*"), (b"referrer-policy", b"unsafe-url")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(said).encode()})


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_app(echo, tmp_path_factory.mktemp("door"), limits=LIMITS) as live:
        yield live


@pytest.fixture
def client(live: Live) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.base_url, cookies=live.cookies()) as client:
        yield client


def said(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost",
        "evil.example:{port}",
        "127.0.0.1:{port}.evil",
        "",
    ],
)
def test_an_unlisted_host_is_misdirected_before_anything_else(
    client: httpx.Client, live: Live, host: str
) -> None:
    headers = {"Host": host.format(port=live.port), "Origin": "https://evil.example"}
    assert said(client.get("/api/flows", headers=headers)) == (421, "unknown-host")
    assert said(client.get("/healthz", headers=headers)) == (421, "unknown-host")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_loopback_names_are_answered_with_their_own_origin(
    client: httpx.Client, live: Live, name: str
) -> None:
    host = f"{name}:{live.port}"
    assert client.get("/api/flows", headers={"Host": host}).status_code == 200
    same = {"Host": host, "Origin": f"http://{host.lower()}"}
    assert client.post("/api/runs", headers=same).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://evil.example",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1",
        "http://localhost:{port}",
        "http://127.0.0.1:{port}/",
        "http://127.0.0.1:{port}.evil.example",
        "http://evil.example@127.0.0.1:{port}",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_only_the_exact_origin_counts(client: httpx.Client, live: Live, origin: str, method: str) -> None:
    headers = {"Origin": origin.format(port=live.port)}
    assert said(client.request(method, "/api/runs", headers=headers)) == (403, "foreign-origin")


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "nonsense"])
def test_an_unsafe_method_from_another_site_is_refused(client: httpx.Client, live: Live, site: str) -> None:
    headers = {"Sec-Fetch-Site": site, **live.origin}
    assert said(client.post("/api/runs", headers=headers)) == (403, "foreign-site")
    assert client.get("/api/runs", headers=headers).status_code == 200


def test_an_unsafe_method_says_where_it_comes_from_or_has_a_token(client: httpx.Client, live: Live) -> None:
    assert said(client.post("/api/runs")) == (403, "no-origin")
    assert client.post("/api/runs", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert httpx.post(f"{live.base_url}/api/runs", headers=live.bearer("run")).json()["who"] == "token"


def test_without_a_login_data_is_refused_and_a_page_leads_to_the_login(live: Live) -> None:
    with httpx.Client(base_url=live.base_url) as client:
        refused = client.get("/api/flows")
        assert said(refused) == (401, "not-logged-in")
        assert refused.headers["www-authenticate"] == "Bearer"
        page = client.get("/flow/essay?a=b&c=//d", headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (
            303,
            "/login?next=/flow/essay%3Fa%3Db%26c%3D//d",
        )
        assert client.get("/", headers={"Sec-Fetch-Mode": "navigate"}).headers["location"] == "/login"
        script = {"Accept": "text/html", "Sec-Fetch-Mode": "cors"}
        assert client.get("/", headers=script).status_code == 401
        assert client.get("/api/flows", headers={"Accept": "text/html"}).status_code == 401


@pytest.mark.parametrize(
    "credentials",
    [
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Authorization": "Bearer ../../etc/passwd"},
        {"Authorization": "Bearer \u00fc"},
        {"Cookie": "weft_session_{port}=wrong"},
        {"Cookie": "weft_session_{port}=../codes/x"},
        {"Cookie": "weft_session_{port}"},
        {"Cookie": ";;=;weft_session_{port}==;"},
        {"Cookie": "session={session}"},
        {"Cookie": "weft_session_1={session}"},
    ],
)
def test_wrong_credentials_are_none(live: Live, credentials: dict[str, str]) -> None:
    (session,) = live.cookies().values()
    headers = {k: v.format(port=live.port, session=session).encode("latin-1") for k, v in credentials.items()}
    assert said(httpx.get(f"{live.base_url}/api/flows", headers=headers)) == (401, "not-logged-in")


def test_a_wrong_token_is_not_saved_by_a_good_cookie(client: httpx.Client) -> None:
    assert client.get("/api/flows", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_a_cookie_among_its_neighbours_is_found(live: Live) -> None:
    ((name, value),) = live.cookies().items()
    headers = {"Cookie": f'other="a;b; {name}x=1; {name}={value}; last=@@'}
    assert httpx.get(f"{live.base_url}/api/flows", headers=headers).json()["who"] == "session"


def test_headers_sent_twice_are_refused(live: Live) -> None:
    (cookie,) = (f"{name}={value}" for name, value in live.cookies().items())
    host = f"127.0.0.1:{live.port}"
    twice = {"Host": host, "Origin": f"http://{host}", "Authorization": live.bearer()["Authorization"]}
    good = [f"Host: {host}", f"Cookie: {cookie}"]
    for name, value in twice.items():
        lines = [line for line in good if not line.startswith(name)] + [f"{name}: {value}"] * 2
        status = raw(live, "GET /api/flows HTTP/1.1", *lines).split()[1]
        assert status in (b"400", b"421", b"403", b"401"), name


def raw(live: Live, *lines: str, body: bytes = b"", finish: bool = True) -> bytes:
    """A request as bytes, for what a well-behaved client would not send."""
    with socket.create_connection(("127.0.0.1", live.port), timeout=10) as sock:
        head = "\r\n".join([*lines, "Connection: close"] if finish else lines)
        answer = b""
        with contextlib.suppress(ConnectionError):  # it hung up before all was said
            sock.sendall(head.encode("latin-1") + b"\r\n\r\n" + body)
            while chunk := sock.recv(65536):
                answer += chunk
    return answer


@pytest.mark.parametrize(
    "lines",
    [
        ["GET /api/flows HTTP/1.0"],
        ["GET http://127.0.0.1:{port}/api/flows HTTP/1.1", "Host: evil.example"],
        ["GET http://evil.example/api/flows HTTP/1.1", "Host: 127.0.0.1:{port}"],
        ["GET /api/flows HTTP/1.1", "Host: 127.0.0.1:{port}", "X: " + "x" * 1_000_000],
        ["GET /api/flows HTTP/1.1", "Host: 127.0.0.1:{port}", *[f"X-{i}: x" for i in range(5000)]],
        ["GET /api/flows HTTP/1.1", "Host: 127.0.0.1:{port}", "Cookie: " + "a=b;" * 10_000],
        [
            "GET /api/flows HTTP/1.1",
            "Host: 127.0.0.1:{port}",
            "Cookie: \xff\xfe=\x80; weft_session_{port}=\xff",
        ],
        ["GET /api/flows HTTP/1.1", "Host: 127.0.0.1:{port}", "Authorization: Bearer \xff\xfe\x80"],
        ["GET /api/flows HTTP/1.1", "Host: 127.0.0.1:{port}", "Origin: \xff"],
        ["GET /api/flows HTTP/1.1", "Host: 127.0.0.1:{port}", "Host : evil"],
        ["GET /api/flows HTTP/1.1", "Host: 127.0.0.1:{port}", " folded: x"],
        ["GET /api/flows%00%ff%2e%2e HTTP/1.1", "Host: 127.0.0.1:{port}"],
        ["GET /" + "a/" * 20_000 + " HTTP/1.1", "Host: 127.0.0.1:{port}"],
        [
            "POST /api/runs HTTP/1.1",
            "Host: 127.0.0.1:{port}",
            "Content-Length: 1",
            "Transfer-Encoding: chunked",
        ],
        ["POST /api/runs HTTP/1.1", "Host: 127.0.0.1:{port}", "Content-Length: 1", "Content-Length: 2"],
        ["POST /api/runs HTTP/1.1", "Host: 127.0.0.1:{port}", "Transfer-Encoding: gzip, chunked"],
        ["GET /_nicegui_ws/ HTTP/1.1", "Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade"],
        ["CONNECT 127.0.0.1:80 HTTP/1.1", "Host: 127.0.0.1:{port}"],
        ["\x16\x03\x01\x02\x00\x01\x00"],
        ["", "", "GET"],
    ],
)
def test_hostile_requests_get_nothing_and_break_nothing(live: Live, lines: list[str]) -> None:
    answer = raw(live, *[line.replace("{port}", str(live.port)) for line in lines])
    assert answer[9:12] in (b"400", b"401", b"403", b"404", b"414", b"421", b"431", b""), answer[:200]
    assert live.http.get("/healthz").status_code == 200


def test_a_declared_body_over_the_limit_is_refused_unread(client: httpx.Client, live: Live) -> None:
    assert client.post("/api/runs", headers=live.origin, content=b"x" * 1000).json()["size"] == 1000
    refused = client.post("/api/runs", headers=live.origin, content=b"x" * 1001)
    assert said(refused) == (413, "too-large")
    assert refused.headers["connection"] == "close"


def test_a_body_that_is_declared_too_large_is_not_waited_for(live: Live) -> None:
    head = ["POST /api/runs HTTP/1.1", f"Host: 127.0.0.1:{live.port}", "Content-Length: 1001"]
    head += [f"Authorization: {live.bearer()['Authorization']}"]
    assert raw(live, *head, finish=False).startswith(b"HTTP/1.1 413")


def test_a_chunked_body_is_counted_while_it_streams(client: httpx.Client, live: Live) -> None:
    def chunks(count: int) -> Iterator[bytes]:
        for _ in range(count):
            yield b"x" * 100

    assert client.post("/api/runs", headers=live.origin, content=chunks(10)).json()["size"] == 1000
    assert said(client.post("/api/runs", headers=live.origin, content=chunks(11))) == (413, "too-large")


def test_a_chunked_body_without_end_is_cut_off(live: Live) -> None:
    head = ["POST /api/runs HTTP/1.1", f"Host: 127.0.0.1:{live.port}", "Transfer-Encoding: chunked"]
    head += [f"Authorization: {live.bearer()['Authorization']}"]
    answer = raw(live, *head, body=b"400\r\n" + b"x" * 1024 + b"\r\n", finish=False)
    assert answer.startswith(b"HTTP/1.1 413")


def test_a_body_that_comes_too_slowly_is_given_up(live: Live) -> None:
    head = ["POST /api/runs HTTP/1.1", f"Host: 127.0.0.1:{live.port}", "Content-Length: 10"]
    head += [f"Authorization: {live.bearer()['Authorization']}"]
    assert raw(live, *head, body=b"x", finish=False).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "999999999999999999999999", "+5", "\u00b2"])
def test_a_strange_content_length_is_refused(live: Live, length: str) -> None:
    answer = raw(
        live,
        "POST /api/runs HTTP/1.1",
        f"Host: 127.0.0.1:{live.port}",
        f"Authorization: {live.bearer()['Authorization']}",
        f"Content-Length: {length}",
    )
    assert answer.split()[1] in (b"400", b"413")


def test_the_login_takes_only_a_small_body(live: Live) -> None:
    url = f"{live.base_url}/login"
    assert said(httpx.post(url, headers=live.origin, content=b"x" * 101)) == (413, "too-large")


def test_who_may_not_come_in_is_told_so_before_the_size_of_the_body(live: Live) -> None:
    url = f"{live.base_url}/api/runs"
    assert said(httpx.post(url, headers=live.origin, content=b"x" * 2000)) == (401, "not-logged-in")
    narrow = live.bearer("read")
    assert said(httpx.post(url, headers=narrow, content=b"x" * 2000)) == (413, "too-large")
    assert said(httpx.post(url, headers=narrow, content=b"x")) == (403, "scope")


def test_public_pages_need_no_login_yet_every_other_check(live: Live) -> None:
    with httpx.Client(base_url=live.base_url) as client:
        assert client.get("/healthz").json()["who"] is None
        assert said(client.post("/login")) == (403, "no-origin")
        assert said(client.post("/login", headers={"Origin": "null"})) == (403, "foreign-origin")
        assert client.get("/healthz/").status_code == 401
        assert client.get("/login/../api/flows").status_code == 401
        assert client.get("/LOGIN").status_code == 401
        assert raw(live, "GET //login HTTP/1.1", f"Host: 127.0.0.1:{live.port}").split()[1] == b"401"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/flows", 200),
        ("HEAD", "/api/flows", 200),
        ("GET", "/healthz", 200),
        ("GET", "/api/flows/none", 200),
        ("GET", "/nothing", 303),
        ("GET", "/api/runs/crash", 500),
        ("GET", "/api/runs/silence", 500),
        ("DELETE", "/api/flows", 403),
    ],
)
def test_every_answer_has_the_headers(live: Live, method: str, path: str, status: int) -> None:
    accept = {"Accept": "text/html"}
    who = {} if path == "/nothing" else live.bearer("read")
    response = httpx.request(method, live.base_url + path, headers={**accept, **who})
    assert response.status_code == status
    have = [(name.lower(), value) for name, value in response.headers.raw]
    assert [pair for pair in SECURITY if have.count(pair) != 1] == []
    assert not [name for name, _ in have if name in (b"access-control-allow-origin", b"server")]


def test_the_login_page_alone_tells_its_own_server_where_it_comes_from(live: Live) -> None:
    have = httpx.get(f"{live.base_url}/login").headers.raw
    assert [pair for pair in SECURITY_WITH_FORM if pair not in [(n.lower(), v) for n, v in have]] == []


def test_refusals_have_the_headers_too(live: Live) -> None:
    answers = [
        httpx.get(live.base_url, headers={"Host": "evil"}),
        httpx.get(live.base_url, headers={"Origin": "null"}),
        httpx.get(live.base_url),
        httpx.post(live.base_url, headers=live.bearer(), content=b"x" * 2000),
    ]
    assert [answer.status_code for answer in answers] == [421, 403, 401, 413]
    for answer in answers:
        assert answer.headers["content-security-policy"].startswith("default-src 'self';")
        assert answer.headers["cache-control"] == "no-store"


def test_an_exceptions_text_stays_inside(live: Live, caplog: pytest.LogCaptureFixture) -> None:
    response = httpx.get(f"{live.base_url}/api/runs/crash", headers=live.bearer())
    error = response.json()["error"]
    assert error["code"] == "internal"
    assert "sk-secret" not in response.text
    (record,) = [record for record in caplog.records if record.name == "weft.server"]
    [error_id] = re.findall(r"error ([0-9a-f]{8}):", record.getMessage())
    assert error_id in error["message"]
    assert "sk-secret" in str(record.exc_info)


def test_forwarded_headers_do_not_reach_the_application(client: httpx.Client) -> None:
    forged = {
        "X-Forwarded-Prefix": "/x",
        "X-Forwarded-Host": "evil",
        "X-Forwarded-Proto": "https",
        "Forwarded": "a",
    }
    headers = client.get("/api/flows", headers=forged).json()["headers"]
    assert not [name for name in headers if "forwarded" in name]


def test_the_next_request_on_a_connection_is_judged_anew(live: Live) -> None:
    with httpx.Client(base_url=live.base_url) as client:
        assert client.get("/api/flows", headers=live.bearer()).status_code == 200
        assert client.get("/api/flows").status_code == 401


# Websockets


def socket_to(live: Live, **headers: str) -> Any:
    return connect(f"ws://127.0.0.1:{live.port}/_nicegui_ws/x", additional_headers=headers, proxy=None)


def cookie_header(live: Live) -> str:
    return "; ".join(f"{name}={value}" for name, value in live.cookies().items())


def test_a_socket_of_our_own_page_opens_and_carries_the_headers(live: Live) -> None:
    with socket_to(live, Cookie=cookie_header(live), Origin=live.base_url) as ws:
        ws.send("hello")
        assert ws.recv(timeout=5) == "hello"
        assert ws.response.headers["x-content-type-options"] == "nosniff"


def test_a_socket_takes_no_more_than_a_megabyte_at_once(live: Live) -> None:
    with socket_to(live, Cookie=cookie_header(live), Origin=live.base_url) as ws:
        with contextlib.suppress(ConnectionClosed):
            ws.send("x" * 1_100_000)
        with pytest.raises(ConnectionClosed) as closed:
            ws.recv(timeout=5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


def test_a_socket_without_origin_needs_a_token_with_every_scope(live: Live) -> None:
    with socket_to(live, **live.bearer()) as ws:
        ws.send("hello")
        assert ws.recv(timeout=5) == "hello"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Cookie": "", "Origin": "https://evil.example"}, 403),
        ({"Cookie": "", "Origin": "null"}, 403),
        ({"Cookie": ""}, 403),
        ({"Origin": ""}, 401),
        ({"Origin": "", "Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"read": ""}, 403),
    ],
)
def test_other_sockets_are_refused_with_an_answer(live: Live, headers: dict[str, str], status: int) -> None:
    full = dict(headers)
    if full.get("Origin") == "":
        full["Origin"] = live.base_url
    if "Cookie" in full:
        full["Cookie"] = cookie_header(live)
    if full.pop("read", None) is not None:
        full |= live.bearer("read")
    with pytest.raises(InvalidStatus) as refused, socket_to(live, **full):
        pass
    response = refused.value.response
    assert response.status_code == status
    assert response.headers["x-content-type-options"] == "nosniff"
    assert json.loads(response.body)["error"]["message"]


def test_a_logout_ends_open_sockets_at_their_next_message(live: Live) -> None:
    cookies = live.cookies()
    ((name, session),) = cookies.items()
    with socket_to(live, Cookie=f"{name}={session}", Origin=live.base_url) as ws:
        ws.send("hello")
        assert ws.recv(timeout=5) == "hello"
        principal = live.auth.session(session)
        assert principal is not None
        live.auth.end(principal)
        ws.send("still there?")
        with pytest.raises(ConnectionClosed) as closed:
            ws.recv(timeout=5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


def test_names_behind_a_proxy_are_https_and_loopback_stays_http(tmp_path: Path) -> None:
    with live_app(echo, tmp_path, allowed_hosts=("weft.example.org",), behind_proxy=True) as live:
        for host, origin, status in [
            ("weft.example.org", "https://weft.example.org", 200),
            ("weft.example.org", "http://weft.example.org", 403),
            ("weft.example.org:8443", "https://weft.example.org:8443", 421),
            (f"127.0.0.1:{live.port}", live.base_url, 200),
        ]:
            headers = {"Host": host, "Origin": origin, **live.bearer()}
            assert httpx.post(f"{live.base_url}/api/runs", headers=headers).status_code == status
