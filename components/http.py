"""A request to a web server, or several for the pages of one list; nothing else on the network.

Who may be asked is decided in `weft.web`: public addresses, and those that who runs Weft allows in the environment:
`WEFT_HTTP_ALLOW=host:port,...`.

Pages: the items at `pick` of each page are put together, until a page leads nowhere or `most_pages` were read (`more`
says that there would have been another). The next page is found
    link     in the Link header (rel="next"), or at the JSON path `next_at`
    cursor   by sending what is at the JSON path `next_at` as the query's `page_param`
    number   by counting the query's `page_param` up, until a page has no items
What is sent along to the first page's origin goes to no other.
"""
# What is inside JSON isn't known before it is looked at.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, TypedDict
from urllib.parse import urlencode

from weft import Context, Secret, Template, WeftError, component, web
from weft.picking import pick as part_at

if TYPE_CHECKING:
    from weft.web.sending import Reply

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")
MOST_PAGES = 100
LARGEST = 20_000_000  # characters of all pages together
AS_WRITTEN = ("set-cookie", "set-cookie2", "www-authenticate", "proxy-authenticate")
PAGED = {"pages": ["link", "cursor", "number"]}


class Answer(TypedDict):
    text: Annotated[str, "The body as text; of pages, the last one's"]
    status: Annotated[int, "The status, such as 200"]
    data: NotRequired[Annotated[Any, "The body as JSON, or the part at `pick`; of pages, all items"]]
    headers: NotRequired[Annotated[dict[str, Any], "The answer's headers, in small letters"]]
    more: NotRequired[Annotated[bool, "Whether there are more pages than were read"]]


def ports(params: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    outputs: dict[str, Any] = {
        "text": Annotated[str, "The body as text; of pages, the last one's"],
        "status": Annotated[int, "The status, such as 200"],
    }
    pages, problems = params.get("pages", "none"), dict[str, str]()
    if params.get("output") == "json" or params.get("pick") or pages != "none":
        kind: Any = list if pages != "none" else Any if params.get("pick") else dict
        outputs["data"] = Annotated[kind, "The body as JSON, or the part at `pick`; of pages, all items"]
    if params.get("with_headers") is True:
        outputs["headers"] = Annotated[dict[str, Any], "The answer's headers, in small letters"]
    if pages != "none":
        outputs["more"] = Annotated[bool, "Whether there are more pages than were read"]
        if params.get("method", "GET") != "GET":
            problems["pages"] = "Only a GET has pages: set `method` to GET, or `pages` to none."
    if pages == "cursor" and params.get("next_at", "") == "":
        problems["next_at"] = "Say where in a page its cursor is, such as meta.next_cursor."
    most = params.get("most_pages", 10)
    if type(most) is int and not 1 <= most <= MOST_PAGES:
        problems["most_pages"] = f"It is a number from 1 to {MOST_PAGES}, not {most}."
    return {"outputs": outputs, "problems": problems}


@component(
    ports=ports,
    ui={
        "title": "HTTP",
        "category": "Tools",
        "icon": "public",
        "color": "#0ea5b7",
        "body": {"multiline": True, "if": {"method": ["POST", "PUT", "PATCH", "DELETE"]}},
        "idempotent": {"if": {"method": ["POST", "PATCH"]}},
        "token_name": {"if": {"token_as": ["basic", "header", "query"]}},
        "next_at": {"if": {"pages": ["link", "cursor"]}},
        "page_param": {"if": {"pages": ["cursor", "number"]}},
        "most_pages": {"if": PAGED},
    },
    reach={"url": "host"},
)
async def http(
    url: Annotated[Template, "Where to, such as https://example.org/items/{{id}}"],
    ctx: Context,
    method: Annotated[Method, "GET to read; the others send, change or remove"] = "GET",
    query: Annotated[
        dict[str, Any], "What goes behind the ?: a list is sent once for each, a value may be a secret"
    ] = {},  # noqa: B006
    body: Annotated[Any, "What to send: a text as it is, all else as JSON"] = None,
    headers: Annotated[dict[str, Any], "More headers; a value may be a secret"] = {},  # noqa: B006
    token: Annotated[Secret | None, "What the server knows you by"] = None,
    token_as: Annotated[
        Literal["bearer", "basic", "header", "query"],
        "How it is sent: as a bearer token, as a password, in a header, or in the query",
    ] = "bearer",
    token_name: Annotated[
        str, "The user's name (basic), the header's or the query's (x-api-key, api_key)"
    ] = "",
    output: Annotated[Literal["text", "json"], "How to read the answer"] = "text",
    pick: Annotated[str, "The part of the JSON to give, such as items or items.*.title"] = "",
    pages: Annotated[
        Literal["none", "link", "cursor", "number"], "How a list goes on over pages, if it does"
    ] = "none",
    next_at: Annotated[
        str, "Where the next page's link or cursor is in a page; empty: in its Link header"
    ] = "",
    page_param: Annotated[str, "The query's name for the cursor or the page's number"] = "",
    most_pages: Annotated[int, "How many pages are read at most"] = 10,
    on_status: Annotated[
        Literal["fail", "give"], "When the status is no success: fail, or give the answer all the same"
    ] = "fail",
    idempotent: Annotated[
        bool, "Whether the server heeds the Idempotency-Key, so that asking again is safe"
    ] = False,
    with_headers: Annotated[bool, "Whether to give the answer's headers too"] = False,
) -> Answer:
    """Ask a web server, or send something to it."""
    repeatable = idempotent or method in web.REPEATABLE
    asking = _Asking(
        method, body, query, headers, token, token_as, token_name, ctx.idempotency_key, url.strip()
    )
    if pages != "none":
        how = _Pages(pages, next_at, page_param or ("cursor" if pages == "cursor" else "page"), pick)
        return await _all_pages(asking, how, max(1, min(most_pages, MOST_PAGES)), with_headers, ctx)
    reply = await _ask(asking, url.strip(), {}, repeatable=repeatable, give=on_status == "give")
    answer: Answer = {"text": reply.text, "status": reply.status}
    if output == "json" or pick:
        answer["data"] = _picked(_json(reply.text), pick)
    return _with_headers(answer, reply) if with_headers else answer


@dataclass(frozen=True, slots=True)
class _Asking:
    """What is sent, whatever the page."""

    method: str
    body: Any
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    token: Secret | None
    token_as: str
    token_name: str
    key: str
    origin: str

    def sent(self, url: str) -> dict[str, str]:
        """The headers for that address: to another origin than the first goes nothing that was given here."""
        if not web.same_origin(self.origin, url):
            return {}
        sent: dict[str, str] = {}
        if self.method in ("POST", "PUT", "PATCH", "DELETE"):
            sent["idempotency-key"] = self.key
        if self.content() is not None:
            text = isinstance(self.body, str)
            sent["content-type"] = "text/plain; charset=utf-8" if text else "application/json"
        sent |= {name.lower(): _revealed(value, url) for name, value in self.headers.items()}
        if self.token is None:
            return sent
        secret = self.token.reveal(url)
        match self.token_as:
            case "basic":
                pair = base64.b64encode(f"{self.token_name}:{secret}".encode()).decode()
                sent["authorization"] = f"Basic {pair}"
            case "header":
                sent[(self.token_name or "x-api-key").lower()] = secret
            case "query":
                pass
            case _:
                sent["authorization"] = f"Bearer {secret}"
        return sent

    def content(self) -> bytes | None:
        if self.method not in WITH_BODY or (self.body is None and self.method != "POST"):
            return None
        text = self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)
        return text.encode()

    def address(self, url: str, more: Mapping[str, str]) -> str:
        """The address with its query. One that already names a parameter keeps what it says, but for `more`."""
        plain, _, anchor = url.partition("#")
        head, mark, written = plain.partition("?")
        named = {part.partition("=")[0] for part in written.split("&")}
        given = {name: value for name, value in self.query.items() if name not in more}
        if not web.same_origin(self.origin, url):
            given = {}
        elif self.token is not None and self.token_as == "query":
            given[self.token_name or "api_key"] = self.token
        kept = [part for part in written.split("&") if part and part.partition("=")[0] not in more]
        added = [
            (name, _revealed(one, url))
            for name, value in given.items()
            if name not in named and value is not None
            for one in (value if isinstance(value, list) else [value])
        ]
        whole = "&".join([*kept, *([urlencode([*added, *more.items()])] if added or more else [])])
        mark = "?" if whole else mark
        return f"{head}{mark}{whole}" + (f"#{anchor}" if anchor else "")


async def _ask(
    asking: _Asking, url: str, more: Mapping[str, str], *, repeatable: bool, give: bool = False
) -> "Reply":
    web.request("GET", url, {})  # no secret is looked at for what is no address
    request = web.request(asking.method, asking.address(url, more), asking.sent(url), asking.content())
    reply = await web.fetch(request, repeatable=repeatable)
    if not reply.ok() and not give:
        raise web.status_failed(reply, repeatable=repeatable)
    return reply


@dataclass(frozen=True, slots=True)
class _Pages:
    how: str
    next_at: str
    param: str
    pick: str

    def items(self, data: Any) -> list[Any]:
        found = _picked(data, self.pick)
        if not isinstance(found, list):
            raise WeftError(
                f"A page has no list {f'at {self.pick!r}' if self.pick else 'as its whole'}.",
                code="no-list",
                hint="Say in `pick` where a page's items are, such as results or data.items.",
                retryable=False,
            )
        return found

    def after(self, reply: "Reply", url: str, data: Any, number: int) -> tuple[str, dict[str, str]] | None:
        """Where the next page is: its address, and what its query gets. None after the last."""
        if self.how == "number":
            return url, {self.param: str(number + 1)}
        found = _link(reply.headers.get("link", "")) if not self.next_at else _at(data, self.next_at)
        if found in (None, "", False):
            return None
        if isinstance(found, bool) or not isinstance(found, str | int | float):
            raise web.failed(
                "bad-answer", f"at {self.next_at!r} is no link or cursor but {str(found)[:60]!r}"
            )
        return (
            (url, {self.param: str(found)})
            if self.how == "cursor"
            else (web.joined(reply.url, str(found)), {})
        )


async def _all_pages(asking: _Asking, how: _Pages, most: int, with_headers: bool, ctx: Context) -> Answer:
    at, number, size = asking.origin, _first(asking.query.get(how.param)), 0
    more: dict[str, str] = {how.param: str(number)} if how.how == "number" else {}
    items: list[Any] = []
    seen: set[str] = set()
    for done in range(most):
        seen.add(f"{at} {sorted(more.items())}")
        reply = await _ask(asking, at, more, repeatable=True)
        size += len(reply.text)
        if size > LARGEST:
            raise web.failed("too-large", f"the pages have more than {LARGEST:,} characters together")
        data = _json(reply.text)
        page = how.items(data)
        items += page
        ctx.progress(done + 1, most)
        after = how.after(reply, at, data, number + done) if page or how.how != "number" else None
        if after is None or done + 1 == most:
            answer: Answer = {
                "text": reply.text,
                "status": reply.status,
                "data": items,
                "more": after is not None,
            }
            return _with_headers(answer, reply) if with_headers else answer
        at, more = after
        if f"{at} {sorted(more.items())}" in seen:
            raise web.failed("bad-answer", "a page leads back to one that was read: the pages go in a circle")
    raise AssertionError("at least one page is read, and the last one is given")


def _first(given: Any) -> int:
    text = str(given if given is not None else 1)
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 1


def _link(header: str) -> str | None:
    """The next page in a Link header (RFC 8288): `<https://...>; rel="next"`."""
    for target, params in re.findall(r"<([^<>]{1,4000})>([^<]*)", header[:20_000]):
        if re.search(r';\s*rel\s*=\s*("[^"]*\bnext\b[^"]*"|next\b)', params, re.IGNORECASE):
            return target
    return None


def _at(data: Any, path: str) -> Any:
    try:
        return part_at(data, path)
    except LookupError:
        return None


def _picked(data: Any, path: str) -> Any:
    try:
        return part_at(data, path)
    except LookupError as missing:
        raise WeftError(
            f"There is no {path[:200]!r} in the answer: {missing.args[0]}.",
            code="missing-value",
            hint="Look at what the server answers, and correct `pick`.",
            retryable=False,
        ) from None


def _revealed(value: Any, url: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.reveal(url) if isinstance(value, Secret) else str(value)


def _with_headers(answer: Answer, reply: "Reply") -> Answer:
    answer["headers"] = {name: value for name, value in reply.headers.items() if name not in AS_WRITTEN}
    return answer


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise web.failed("no-json", f"the answer is no JSON ({error})") from None
