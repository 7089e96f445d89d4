"""The `http` component: methods, ways to be known, queries, parts of JSON, pages, and what may be asked again."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.components.conftest import Alone
from tests.components.test_http import stand_in
from tests.fakes.web import Web

from weft import Secret, WeftError
from weft.catalog import Component
from weft.web import addresses


@pytest.fixture
def http(stock: Callable[[str], Component]) -> Component:
    return stock("http")


async def ask(http: Component, url: str, **more: Any) -> dict[str, Any]:
    return await http.call({"url": url, **more}, Alone())


async def refused(http: Component, url: str, **more: Any) -> WeftError:
    with pytest.raises(WeftError) as failed:
        await ask(http, url, **more)
    return failed.value


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
async def test_what_changes_something_is_sent_with_its_body_and_key(
    http: Component, web: Web, method: str
) -> None:
    web.answer("/", "done")
    await ask(http, web.url, method=method, body={"a": 1})
    [request] = web.requests
    assert (request.method, json.loads(request.body)) == (method, {"a": 1})
    assert request.headers["idempotency-key"] == "the-key"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "DELETE"])
async def test_what_has_no_body_is_sent_without_one(http: Component, web: Web, method: str) -> None:
    web.answers["/"] = b"HTTP/1.1 204 No\r\nx-left: 3\r\nset-cookie: sid=1\r\n\r\n"
    assert await ask(http, web.url, method=method, with_headers=True) == {
        "text": "",
        "status": 204,
        "headers": {"x-left": "3"},
    }
    assert web.requests[0].body == b""
    assert "content-type" not in web.requests[0].headers


async def test_a_head_is_not_unpacked(http: Component, web: Web) -> None:
    web.answers["/"] = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\ncontent-encoding: br\r\n\r\n"
    assert (await ask(http, web.url, method="HEAD"))["text"] == ""


@pytest.mark.parametrize(
    ("how", "name", "header", "sent"),
    [
        ("bearer", "", "authorization", "Bearer pa/55"),
        ("basic", "ann", "authorization", "Basic " + base64.b64encode(b"ann:pa/55").decode()),
        ("header", "", "x-api-key", "pa/55"),
        ("header", "X-Key", "x-key", "pa/55"),
    ],
)
async def test_a_secret_is_sent_as_asked(
    http: Component, web: Web, how: str, name: str, header: str, sent: str
) -> None:
    web.answer("/")
    await ask(http, web.url, token=Secret("KEY", "pa/55"), token_as=how, token_name=name)
    assert web.requests[0].headers[header] == sent


async def test_a_secret_in_the_query_stays_with_its_server(
    http: Component, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Web().serving() as other:
        monkeypatch.setenv("WEFT_HTTP_ALLOW", f"127.0.0.1:{web.port},127.0.0.1:{other.port}")
        web.answer("/?q=1&api_key=pa%2F55", json.dumps({"items": [1], "next": f"{other.url}/two"}))
        other.answer("/two", '{"items": [2]}')
        found = await ask(
            http,
            web.url,
            token=Secret("KEY", "pa/55"),
            token_as="query",
            query={"q": 1},
            headers={"X-Key": Secret("OTHER", "two")},
            pages="link",
            next_at="next",
            pick="items",
        )
    assert found["data"] == [1, 2]
    assert other.requests[0].path == "/two"
    assert "x-key" not in other.requests[0].headers


async def test_a_secret_that_belongs_elsewhere_is_not_sent(http: Component, web: Web) -> None:
    def allow(to: str) -> None:
        raise WeftError(f"not to {to}", code="secret-elsewhere")

    failed = await refused(http, web.url, query={"k": Secret("KEY", "one", allow)})
    assert (failed.code, web.requests) == ("secret-elsewhere", [])


async def test_a_query_is_written_behind_what_is_there(http: Component, web: Web) -> None:
    path = "/find?page=2&q=caf%C3%A9+%26+bar&tag=a&tag=b&all=true"
    web.answer(path, "found")
    query = {"q": "café & bar", "tag": ["a", "b"], "all": True, "page": 7, "none": None}
    assert (await ask(http, f"{web.url}/find?page=2#top", query=query))["text"] == "found"
    assert web.requests[0].path == path


async def test_a_part_of_the_json_is_picked(http: Component, web: Web) -> None:
    web.answer("/", '{"items": [{"title": "a"}, {"title": "b"}]}')
    assert (await ask(http, web.url, pick="items.*.title"))["data"] == ["a", "b"]
    failed = await refused(http, web.url, pick="itms")
    assert failed.code == "missing-value"
    assert failed.message == "There is no 'itms' in the answer: no 'itms' among 'items'."


# --- pages -----------------------------------------------------------------------------------------------------------


async def test_pages_follow_the_link_header(http: Component, web: Web) -> None:
    web.answer("/?n=2", "[1, 2]", link='</p?c=x>; title="a, b"; rel="prev next", </>; rel=first')
    web.answer("/p?c=x&n=2", "[3]")
    found = await ask(http, web.url, pages="link", query={"n": 2})
    assert (found["data"], found["more"]) == ([1, 2, 3], False)


async def test_pages_follow_a_cursor(http: Component, web: Web) -> None:
    web.answer("/list", '{"d": {"rows": [1]}, "next": "a=b"}')
    web.answer("/list?cursor=a%3Db", '{"d": {"rows": [2]}, "next": 17}')
    web.answer("/list?cursor=17", '{"d": {"rows": [3]}, "next": null}')
    more = {"pages": "cursor", "next_at": "next", "pick": "d.rows"}
    assert (await ask(http, f"{web.url}/list", **more))["data"] == [1, 2, 3]
    found = await ask(http, f"{web.url}/list", **more, most_pages=2)
    assert (found["data"], found["more"]) == ([1, 2], True)


async def test_pages_are_counted_until_one_is_empty(http: Component, web: Web) -> None:
    web.answer("/?size=1&p=3", '["c"]')
    web.answer("/?size=1&p=4", '["d"]')
    web.answer("/?size=1&p=5", "[]")
    query = {"size": 1, "p": 3}
    found = await ask(http, web.url, pages="number", page_param="p", query=query)
    assert (found["data"], found["more"]) == (["c", "d"], False)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"rows": [1], "next": "/"}', "bad-answer"),
        ('{"rows": [1], "next": {"a": 1}}', "bad-answer"),
        ('{"rows": [1], "next": "http://169.254.169.254/"}', "forbidden-address"),
        ('{"rows": [1], "next": "file:///etc/passwd"}', "bad-url"),
        ('{"rows": [1], "next": "http://a b/"}', "bad-url"),
        ('{"rows": {"a": 1}}', "no-list"),
        ('{"other": [1]}', "missing-value"),
        ("<html>", "no-json"),
    ],
)
async def test_pages_that_lie_are_refused(http: Component, web: Web, body: str, code: str) -> None:
    web.answer("/", body)
    failed = await refused(http, f"{web.url}/", pages="link", next_at="next", pick="rows")
    assert (failed.code, failed.retryable) == (code, False)
    assert failed.hint


async def test_a_name_is_looked_at_anew_for_each_page(
    http: Component, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that stands for another address a moment later (rebinding) leads nowhere."""
    answers = {"shop.example": ["127.0.0.1"]}
    stand_in(addresses, answers, monkeypatch)
    monkeypatch.setenv("WEFT_HTTP_ALLOW", f"shop.example:{web.port}")
    web.answer("/", '{"rows": [1], "next": "http://shop.example/2"}')
    found = await refused(http, f"http://shop.example:{web.port}/", pages="link", next_at="next", pick="rows")
    assert found.code == "forbidden-address"
    assert len(web.requests) == 1


@pytest.mark.parametrize(
    ("params", "port"),
    [
        ({"pages": "link", "method": "POST"}, "pages"),
        ({"pages": "cursor"}, "next_at"),
        ({"most_pages": 0}, "most_pages"),
        ({"most_pages": 101}, "most_pages"),
    ],
)
def test_what_makes_no_sense_is_told_beforehand(http: Component, params: dict[str, Any], port: str) -> None:
    assert [fault.port for fault in http.ports(params).faults] == [port]


# --- what may be asked again -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "status", "more", "retryable"),
    [
        ("GET", 503, {}, True),
        ("PUT", 503, {}, True),
        ("DELETE", 500, {}, True),
        ("POST", 503, {}, None),
        ("PATCH", 408, {}, None),
        ("POST", 429, {}, True),
        ("POST", 503, {"idempotent": True}, True),
        ("POST", 400, {"idempotent": True}, False),
    ],
)
async def test_it_is_asked_again_only_where_that_does_no_harm(
    http: Component, web: Web, method: str, status: int, more: dict[str, Any], retryable: bool | None
) -> None:
    web.answer("/", "no", status=status)
    assert (await refused(http, web.url, method=method, **more)).retryable is retryable
    web.answers["/"] = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"
    lost = True if more or method in ("GET", "PUT", "DELETE") else None
    assert (await refused(http, web.url, method=method, **more)).retryable is lost


async def test_a_status_of_failure_can_be_an_answer(http: Component, web: Web) -> None:
    web.answer("/", "gone", status=410)
    assert await ask(http, web.url, on_status="give") == {"text": "gone", "status": 410}


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "PUT", "PUT"),
        (303, "PUT", "GET"),
        (302, "HEAD", "HEAD"),
        (303, "HEAD", "HEAD"),
        (307, "DELETE", "DELETE"),
    ],
)
async def test_a_redirect_keeps_the_method_unless_it_says_otherwise(
    http: Component, web: Web, status: int, method: str, then: str
) -> None:
    web.answer("/old", status=status, location="/new")
    web.answer("/new")
    await ask(http, f"{web.url}/old", method=method, body="x")
    assert [request.method for request in web.requests] == [method, then]
    assert (web.requests[1].body == b"x") is (then == method and method != "HEAD")


# --- whom it may ask -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "0300.0250.0.1", "0xc0.0xa8.0.1", "0xA9FEA9FE", "2852039166", "0251.0376.0251.0376", "169.254.43518", "10.1", "0.0",
        "127.000.000.001", "[::ffff:7f00:1]", "[::ffff:169.254.169.254]", "[0:0:0:0:0:ffff:a00:1]", "[::127.0.0.1]",
        "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[64:ff9b::a00:1]",
        "[64:ff9b::169.254.169.254]", "[64:ff9b:1::7f00:1]", "[fd00:ec2::254]", "[fe80::1]", "[::]", "[ff02::1]", "[fec0::1]",
    ],
)  # fmt: skip
async def test_no_way_to_write_an_address_that_is_not_public_gets_past(
    http: Component, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEFT_HTTP_ALLOW", raising=False)
    for url in (f"http://{host}/", f"https://{host}:8443/x"):
        assert (await refused(http, url)).code in ("forbidden-address", "bad-url")
