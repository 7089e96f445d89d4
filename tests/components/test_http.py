"""The `http` component: what it sends, what it reads, whom it refuses to ask."""

import gzip
import ipaddress
import json
import ssl
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from tests.components.conftest import Alone
from tests.fakes.web import Web

from weft import Secret, WeftError
from weft.catalog import Component
from weft.web import addresses, sending

Stock = Callable[[str], Component]


@pytest.fixture
def http(stock: Stock) -> Component:
    return stock("http")


@pytest.fixture
def module() -> Any:
    """What decides who is asked."""
    return addresses


async def ask(http: Component, url: str, **more: Any) -> dict[str, Any]:
    return await http.call({"url": url, **more}, Alone())


async def refused(http: Component, url: str, **more: Any) -> WeftError:
    with pytest.raises(WeftError) as failed:
        await ask(http, url, **more)
    return failed.value


async def test_a_page_is_read_as_text(http: Component, web: Web) -> None:
    web.answer("/page?x=1", "Grüße")
    assert await ask(http, f"{web.url}/page?x=1") == {"text": "Grüße", "status": 200}
    [request] = web.requests
    assert (request.method, request.path, request.body) == ("GET", "/page?x=1", b"")
    assert request.headers["host"] == f"127.0.0.1:{web.port}"
    assert "idempotency-key" not in request.headers


async def test_an_answer_is_read_as_json(http: Component, web: Web) -> None:
    web.answer("/", '{"a": [1]}')
    assert await ask(http, web.url, output="json") == {
        "text": '{"a": [1]}',
        "status": 200,
        "data": {"a": [1]},
    }
    assert [port.name for port in http.ports({"output": "json"}).outputs] == ["text", "status", "data"]
    assert [port.name for port in http.ports().outputs] == ["text", "status"]


async def test_an_answer_that_is_no_json_fails(http: Component, web: Web) -> None:
    web.answer("/", "<html>")
    failed = await refused(http, web.url, output="json")
    assert (failed.code, failed.retryable) == ("no-json", False)


async def test_a_post_sends_json_or_text_with_a_key_against_doing_it_twice(http: Component, web: Web) -> None:
    web.answer("/")
    await ask(http, web.url, method="POST", body={"é": 1}, headers={"X-More": 3})
    await ask(http, web.url, method="POST", body="plain")
    first, second = web.requests
    assert (first.method, json.loads(first.body), first.headers["content-type"]) == (
        "POST",
        {"é": 1},
        "application/json",
    )
    assert (first.headers["idempotency-key"], first.headers["x-more"]) == ("the-key", "3")
    assert (second.body, second.headers["content-type"]) == (b"plain", "text/plain; charset=utf-8")


async def test_secrets_are_sent_as_a_token_or_in_headers(http: Component, web: Web) -> None:
    web.answer("/")
    await ask(http, web.url, token=Secret("KEY", "one"), headers={"X-Key": Secret("OTHER", "two")})
    assert web.requests[0].headers["authorization"] == "Bearer one"
    assert web.requests[0].headers["x-key"] == "two"


async def test_a_packed_answer_is_unpacked(http: Component, web: Web) -> None:
    web.answer("/", gzip.compress(b"hello", mtime=0), content_encoding="gzip")
    assert (await ask(http, web.url))["text"] == "hello"


async def test_a_charset_is_honoured_and_an_odd_one_is_not(http: Component, web: Web) -> None:
    web.answer("/latin", "é".encode("latin-1"), content_type="text/plain; charset=ISO-8859-1")
    web.answer("/odd", "é", content_type="text/plain; charset=idna")
    web.answer("/broken", b"a\xffb")
    assert (await ask(http, f"{web.url}/latin"))["text"] == "é"
    assert (await ask(http, f"{web.url}/odd"))["text"] == "é"
    assert (await ask(http, f"{web.url}/broken"))["text"] == "a\ufffdb"


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(400, False), (401, False), (404, False), (408, True), (429, True), (500, True), (503, True)],
)
async def test_a_status_of_failure_fails_with_what_was_said(
    http: Component, web: Web, status: int, retryable: bool
) -> None:
    web.answer("/", "No such thing.", status=status, server="Shop", retry_after="7")
    failed = await refused(http, web.url)
    assert (failed.code, failed.retryable, failed.retry_after) == ("http-status", retryable, 7.0)
    assert failed.message == f"Shop answered {status}: No such thing."


# --- limits ----------------------------------------------------------------------------------------------------------


async def test_too_long_an_answer_is_refused_while_it_comes(http: Component, web: Web) -> None:
    web.answer("/", b"x" * 5_000_001)
    failed = await refused(http, web.url)
    assert (failed.code, failed.retryable) == ("too-large", False)


@pytest.mark.parametrize("rounds", [1, 2])
async def test_a_bomb_is_unpacked_no_further_than_the_limit(http: Component, web: Web, rounds: int) -> None:
    bomb = b"\0" * 50_000_000
    for _ in range(rounds):
        bomb = gzip.compress(bomb, mtime=0)
    web.answer("/", bomb, content_encoding=", ".join(["gzip"] * rounds))
    failed = await refused(http, web.url)
    assert failed.code == ("too-large" if rounds == 1 else "bad-answer")


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(zlib.compress(b"x"), "deflate"), (b"x", "br"), (b"x", "zstd"), (b"no gzip", "gzip"), (gzip.compress(b"x" * 999, mtime=0)[:-9], "gzip")],
)  # fmt: skip
async def test_what_cannot_be_unpacked_is_refused(
    http: Component, web: Web, body: bytes, encoding: str
) -> None:
    web.answer("/", body, content_encoding=encoding)
    assert (await refused(http, web.url)).code == "bad-answer"


async def test_an_answer_that_breaks_off_may_be_asked_for_again(http: Component, web: Web) -> None:
    web.answers["/"] = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"
    failed = await refused(http, web.url)
    assert (failed.code, failed.retryable) == ("unreachable", True)
    failed = await refused(http, web.url, method="POST")
    assert (failed.code, failed.retryable) == ("unreachable", None)


async def test_a_server_that_is_not_there_is_named(
    http: Component, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEFT_HTTP_ALLOW", "127.0.0.1:1")
    failed = await refused(http, "http://127.0.0.1:1/", method="POST")
    assert (failed.code, failed.retryable) == ("unreachable", True)
    assert "127.0.0.1 can't be reached" in failed.message


async def test_a_server_that_keeps_silent_is_given_up(
    http: Component, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.05)
    web.silent = True
    failed = await refused(http, web.url)
    assert (failed.code, failed.message, failed.retryable) == (
        "timeout",
        "127.0.0.1 took longer than 0.05 s.",
        True,
    )
    assert (await refused(http, web.url, method="POST")).retryable is None


# --- redirects -------------------------------------------------------------------------------------------------------


async def test_a_redirect_is_followed_and_a_post_becomes_a_get(http: Component, web: Web) -> None:
    web.answer("/old", status=301, location="/new")
    web.answer("/new", "here")
    assert (await ask(http, f"{web.url}/old", method="POST", body="x"))["text"] == "here"
    last = web.requests[-1]
    assert (last.method, last.path, last.body) == ("GET", "/new", b"")
    assert not {"content-type", "idempotency-key"} & last.headers.keys()


async def test_a_redirect_that_keeps_the_method_sends_the_same_again(http: Component, web: Web) -> None:
    web.answer("/old", status=307, location="/new")
    web.answer("/new", "here")
    await ask(http, f"{web.url}/old", method="POST", body="x")
    assert [(request.method, request.body) for request in web.requests] == [("POST", b"x"), ("POST", b"x")]


async def test_secrets_stay_with_their_origin(
    http: Component, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Web().serving() as other:
        monkeypatch.setenv("WEFT_HTTP_ALLOW", f"127.0.0.1:{web.port},127.0.0.1:{other.port}")
        web.answer("/", status=302, location=f"{other.url}/there")
        web.answer("/post", status=308, location=f"{other.url}/there")
        other.answer("/there", "here")
        assert (
            await ask(http, web.url, token=Secret("KEY", "one"), headers={"X-Key": "two", "Cookie": "c"})
        )["text"] == "here"
        assert not {"authorization", "x-key", "cookie"} & other.requests[0].headers.keys()
        failed = await refused(http, f"{web.url}/post", method="POST", body="x")
        assert failed.code == "bad-redirect"
        assert len(other.requests) == 1


async def test_each_redirect_is_looked_at_anew(http: Component, web: Web) -> None:
    for target in (
        "http://127.0.0.1:1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "//localhost/x",
    ):
        web.answer("/", status=302, location=target)
        assert (await refused(http, web.url)).code == "forbidden-address", target
    for target in ("file:///etc/passwd", "ftp://127.0.0.1/x", "http://a b/"):
        web.answer("/", status=302, location=target)
        assert (await refused(http, web.url)).code == "bad-url", target


async def test_a_circle_of_redirects_ends(http: Component, web: Web) -> None:
    web.answer("/", status=302, location="/")
    assert (await refused(http, web.url)).code == "too-many-redirects"
    assert len(web.requests) == 6


# --- whom it may ask -------------------------------------------------------------------------------------------------

FORBIDDEN = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "168.63.129.16",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1", "fc00::1", "fd00:ec2::254",
    "fe80::1", "fec0::1", "ff02::1", "3fff::1", "5f00::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
    "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.167.255.255", "198.17.255.255", "223.255.255.255",
    "2606:4700::1", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2001:200::1",
]  # fmt: skip


@pytest.mark.parametrize("address", FORBIDDEN)
def test_an_address_that_is_not_public_is_forbidden(module: Any, address: str) -> None:
    assert module.forbidden(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_not(module: Any, address: str) -> None:
    assert not module.forbidden(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://LOCALHOST./", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
        "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://0/", "https://127.0.0.1:8443/",
        "http://169.254.169.254/latest/meta-data/", "http://[fe80::1%25lo]/", "http://[64:ff9b::7f00:1]/", "http://192.168.0.1/",
        "http://１２７.0.0.1/", "http://127。0。0。1/",
    ],
)  # fmt: skip
async def test_no_writing_of_an_address_gets_past(
    http: Component, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEFT_HTTP_ALLOW", raising=False)
    failed = await refused(http, url)
    assert failed.code in ("forbidden-address", "bad-url", "unreachable")
    assert "127.0.0.1 can't be reached" not in failed.message


async def test_a_name_counts_by_all_of_its_addresses(
    http: Component, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {
        "rebind.example": ["8.8.8.8", "127.0.0.1"],
        "inside.example": ["10.0.0.5"],
        "nothing.example": [],
    }
    stand_in(module, answers, monkeypatch)
    for host in answers:
        failed = await refused(http, f"http://{host}/")
        assert failed.code == "forbidden-address"
        assert failed.message == f"The host '{host}' is not public, so flows may not ask it."
        assert failed.hint == f"Who runs Weft can allow it: WEFT_HTTP_ALLOW={host}:80"


async def test_the_connection_goes_to_the_very_address_that_was_looked_at(
    http: Component, web: Web, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is resolved once; by whatever it would be resolved later is of no matter."""
    asked = stand_in(module, {"shop.example": ["127.0.0.1"]}, monkeypatch)
    monkeypatch.setenv("WEFT_HTTP_ALLOW", f"shop.example:{web.port}")
    web.answer("/", "here")
    assert (await ask(http, f"http://shop.example:{web.port}/"))["text"] == "here"
    assert web.requests[0].headers["host"] == f"shop.example:{web.port}"
    assert asked == ["shop.example"]


def stand_in(module: Any, answers: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A name server of our own. Addresses are given as they are; any other name is not known."""
    asked: list[str] = []

    async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        if host not in answers:
            raise OSError("unknown")
        return [(0, 0, 0, "", (address, port)) for address in answers[host]]

    class Loop:
        def getaddrinfo(self, *args: Any, **kwargs: Any) -> Any:
            return getaddrinfo(*args, **kwargs)

    class Names:
        def __getattr__(self, name: str) -> Any:
            import asyncio

            return Loop if name == "get_running_loop" else getattr(asyncio, name)

    monkeypatch.setattr(module, "asyncio", Names())
    return asked


async def test_a_certificate_is_held_against_the_name_not_the_address() -> None:
    context = sending.tls()
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname is True


async def test_the_operators_list_is_by_host_and_port(
    http: Component, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.answer("/", "here")
    monkeypatch.setenv("WEFT_HTTP_ALLOW", f"127.0.0.1:{web.port + 1},127.0.0.1,*,127.0.0.1:*")
    assert (await refused(http, web.url)).code == "forbidden-address"
    assert web.requests == []


# --- what is no request ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "more", "code"),
    [
        ("", {}, "bad-url"),
        ("example.org", {}, "bad-url"),
        ("/page", {}, "bad-url"),
        ("file:///etc/passwd", {}, "bad-url"),
        ("gopher://127.0.0.1:6379/x", {}, "bad-url"),
        ("http://", {}, "bad-url"),
        ("http://user:pa55@example.org/", {}, "bad-url"),
        ("http://exa mple.org/", {}, "bad-url"),
        ("http://example.org:99999/", {}, "bad-url"),
        ("http://example.org/\r\nX: y", {}, "bad-url"),
        ("https://example.org/", {"headers": {"Host": "127.0.0.1"}}, "bad-request"),
        ("https://example.org/", {"headers": {"Content-Length": "5"}}, "bad-request"),
        ("https://example.org/", {"headers": {"Transfer-Encoding": "chunked"}}, "bad-request"),
    ],
)
async def test_what_is_no_address_or_no_header_is_refused(
    http: Component, url: str, more: dict[str, Any], code: str
) -> None:
    failed = await refused(http, url, **more)
    assert failed.code == code
    assert failed.retryable is False
    assert "pa55" not in failed.message


async def test_a_header_that_would_begin_another_is_refused(http: Component, web: Web) -> None:
    web.answer("/", "here")
    failed = await refused(http, web.url, headers={"X-A": "b\r\nX-Evil: 1"})
    assert web.requests == []
    assert (failed.code, failed.retryable) == ("bad-request", False)
