"""One request, through its redirects, and the answer within its bounds."""

import asyncio
import functools
import re
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weft.model.errors import WeftError
from weft.web import addresses
from weft.web.refusals import failed

if TYPE_CHECKING:
    import httpx  # it takes longer to load than all else here together

LARGEST = 5_000_000
"""Bytes of an answer, as it comes and unpacked."""
SECONDS = 60.0
MOST_REDIRECTS = 5
OURS = ("host", "content-length", "transfer-encoding", "connection")
HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
HARMLESS = ("accept", "accept-encoding", "user-agent")
"""Headers that go to whomever a server sends on to."""
SAFE = ("GET", "HEAD", "OPTIONS")
REPEATABLE = (*SAFE, "PUT", "DELETE")
"""Done twice, they have done the same as once (RFC 9110, 9.2.2)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered, whatever its status; `url` is where the last redirect led."""

    status: int
    text: str
    headers: Mapping[str, str]
    url: str

    def ok(self) -> bool:
        return 200 <= self.status < 300


def request(
    method: str, url: str, headers: Mapping[str, str], content: bytes | None = None
) -> "httpx.Request":
    """A request to be fetched. Raises `WeftError` (`bad-url`, `bad-request`)."""
    import httpx

    sent = {"accept": "*/*", "accept-encoding": "gzip", "user-agent": "weft"}
    sent |= {name.lower(): value for name, value in headers.items()}
    for name, value in sent.items():
        if name in OURS or not HEADER.fullmatch(name) or CONTROL.search(value):
            raise failed("bad-request", f"the header {name[:60]!r} can't be sent")
    try:
        return httpx.Request(method, url.strip(), headers=sent, content=content)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise failed(
            "bad-url", f"{url[:200]!r} is no address of a web page, or a header is no text"
        ) from None


def joined(url: str, target: str) -> str:
    """Where `target` leads from the page `url`. Raises `WeftError` (`bad-url`)."""
    import httpx

    try:
        return str(httpx.URL(url).join(target))
    except (httpx.InvalidURL, ValueError):
        raise failed("bad-url", f"{target[:200]!r}, to which the server leads on, is no address") from None


def same_origin(one: str, other: str) -> bool:
    """Whether what is sent to one may be sent to the other."""
    import httpx

    a, b = httpx.URL(one), httpx.URL(other)
    return (a.scheme, a.host, _port(a)) == (b.scheme, b.host, _port(b))


def _port(url: "httpx.URL") -> int:
    return url.port or (443 if url.scheme == "https" else 80)


async def fetch(
    request: "httpx.Request", *, repeatable: bool | None = None, seconds: float | None = None
) -> Reply:
    """Ask, and follow at most five redirects. `repeatable`: asking twice is as asking once; None: that its method
    says. Raises `WeftError` (`unreachable`, `timeout`, `too-large`, `forbidden-address`, ...)."""
    import httpx

    again = True if repeatable or (repeatable is None and request.method in REPEATABLE) else None
    host, limit = request.url.host, SECONDS if seconds is None else seconds
    try:
        async with asyncio.timeout(limit):
            return await _follow(request)
    except TimeoutError:
        raise failed("timeout", f"{host} took longer than {limit:g} s", again) from None
    except (httpx.HTTPError, ssl.SSLError) as error:
        unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        why = str(error)[:200] or type(error).__name__
        raise failed("unreachable", f"{host} can't be reached: {why}", unsent or again) from None


async def _follow(request: "httpx.Request") -> Reply:
    """The answer, through redirects. What was sent to one origin is not sent on to another."""
    for _ in range(MOST_REDIRECTS + 1):
        response, raw = await _send(request)
        target = response.headers.get("location")
        if response.status_code not in (301, 302, 303, 307, 308) or not target:
            return _read(request, response, raw)
        request = _redirected(request, response.status_code, target)
    raise failed("too-many-redirects", f"{request.url.host} redirects more than {MOST_REDIRECTS} times")


def _redirected(request: "httpx.Request", status: int, target: str) -> "httpx.Request":
    import httpx

    url = httpx.URL(joined(str(request.url), target))
    method = request.method
    if status == 303 or (status in (301, 302) and method == "POST"):
        method = "HEAD" if method == "HEAD" else "GET"
    same = same_origin(str(request.url), str(url))
    if not same and method not in SAFE:
        raise failed("bad-redirect", f"{request.url.host} sends the {method} on to {url.host}")
    whole = method == request.method
    kept = {
        name: value
        for name, value in request.headers.items()
        if name not in ("host", "content-length")
        and (same or name in HARMLESS)
        and (whole or name not in ("content-type", "idempotency-key"))
    }
    body = request.content if whole and same and request.content else None
    return httpx.Request(method, url, headers=kept, content=body)


async def _send(request: "httpx.Request") -> "tuple[httpx.Response, bytes]":
    """One request to one address that was looked at; the body as it came, up to the limit."""
    import httpx

    url = request.url
    address = await addresses.address_of(url)
    headers = [(name, value) for name, value in request.headers.multi_items() if name != "host"]
    pinned = httpx.Request(
        request.method,
        url.copy_with(host=address),
        headers=[("host", url.netloc.decode("ascii")), *headers],
        content=request.content,
        extensions={"sni_hostname": url.raw_host.decode("ascii"), "timeout": httpx.Timeout(20.0).as_dict()},
    )
    async with httpx.AsyncHTTPTransport(verify=tls()) as transport:
        response = await transport.handle_async_request(pinned)
        try:
            raw = bytearray()
            async for chunk in response.aiter_raw():
                raw += chunk
                if len(raw) > LARGEST:
                    raise failed("too-large", f"the answer of {url.host} has more than {LARGEST:,} bytes")
            return response, bytes(raw)
        finally:
            await response.aclose()


@functools.cache
def tls() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context(trust_env=False)


# --- reading the answer ----------------------------------------------------------------------------------------------

CHARSETS = (
    "utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "utf-16", "shift_jis", "euc-jp", "gb18030",
)  # fmt: skip


def _read(request: "httpx.Request", response: "httpx.Response", raw: bytes) -> Reply:
    named = (response.charset_encoding or "utf-8").lower()
    body = b"" if request.method == "HEAD" else _unpacked(response, raw)
    text = body.decode(named if named in CHARSETS else "utf-8", errors="replace")
    return Reply(response.status_code, text, dict(response.headers.items()), str(request.url))


def status_failed(reply: Reply, *, repeatable: bool) -> WeftError:
    """What is said of a status that is no success. `repeatable`: asking twice is as asking once."""
    status, after = reply.status, reply.headers.get("retry-after", "")
    who = reply.headers.get("server", "The server")[:60]
    hint = (
        "The server has trouble; try again later."
        if status >= 500
        else "Look at the secret that is sent, and what it may do."
        if status in (401, 403)
        else "Look at the address and what was sent."
    )
    passing = status in (408, 425, 429) or status >= 500
    undone = status in (425, 429)  # refused before anything was done
    return WeftError(
        f"{who} answered {status}: {reply.text[:300].strip() or 'nothing'}",
        code="http-status",
        hint=hint,
        retryable=(True if repeatable or undone else None) if passing else False,
        retry_after=float(after) if after.isascii() and after.isdigit() and len(after) < 6 else None,
    )


def _unpacked(response: "httpx.Response", raw: bytes) -> bytes:
    """The body, unpacked no further than the limit."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", "") or not raw:
        return raw
    if encoding not in ("gzip", "x-gzip"):
        raise failed("bad-answer", f"the answer is packed as {encoding[:40]!r}, which wasn't asked for")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(raw, LARGEST + 1)
    except zlib.error:
        raise failed("bad-answer", "the answer can't be unpacked", retryable=True) from None
    if len(body) > LARGEST:
        raise failed("too-large", f"the answer has more than {LARGEST:,} bytes when unpacked")
    if not unpacker.eof:
        raise failed("bad-answer", "the answer broke off", retryable=True)
    return body
