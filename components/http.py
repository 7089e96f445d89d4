"""A request to a web server, and nothing else on the network.

Who is asked is decided by address, not by name: every address the name stands for must be public, the connection goes
to the very address that was looked at, and each redirect is looked at anew. Only who runs Weft can allow more, in the
environment: `WEFT_HTTP_ALLOW=host:port,...`.
"""

import asyncio
import functools
import ipaddress
import json
import os
import re
import socket
import ssl
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, TypedDict

from weft import Context, Secret, Template, WeftError, component

if TYPE_CHECKING:
    import httpx  # brought in by whoever sends: it takes longer to load than all else here together

LARGEST = 5_000_000
SECONDS = 60.0
MOST_REDIRECTS = 5
OURS = ("host", "content-length", "transfer-encoding", "connection")
HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9]+)?")
HARMLESS = ("accept", "accept-encoding", "user-agent")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Answer(TypedDict):
    text: Annotated[str, "The body as text"]
    status: Annotated[int, "The status, such as 200"]
    data: NotRequired[Annotated[Any, "The body as JSON, when `output` asks for it"]]


def ports(params: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    data = {"data": dict} if params.get("output") == "json" else {}
    return {"outputs": {"text": str, "status": int, **data}}


@component(
    ports=ports,
    ui={
        "title": "HTTP",
        "category": "Tools",
        "icon": "public",
        "color": "#0ea5b7",
        "body": {"multiline": True},
    },
)
async def http(
    url: Annotated[Template, "Where to, such as https://example.org/items/{{id}}"],
    ctx: Context,
    method: Annotated[Literal["GET", "POST"], "GET to read, POST to send"] = "GET",
    body: Annotated[Any, "What to POST: a text as it is, all else as JSON"] = None,
    headers: Annotated[dict[str, Any], "More headers; a value may be a secret"] = {},  # noqa: B006
    token: Annotated[Secret | None, "Sent as a bearer token"] = None,
    output: Annotated[Literal["text", "json"], "How to read the answer"] = "text",
) -> Answer:
    """Ask a web server (GET or POST)."""
    import httpx

    request = _request(url, method, body, headers, token, ctx.idempotency_key)
    again = True if method == "GET" else None  # a POST may have been done: only who made the flow knows
    try:
        async with asyncio.timeout(SECONDS):
            status, text = await _follow(request)
    except TimeoutError:
        raise _failed("timeout", f"{request.url.host} took longer than {SECONDS:g} s", again) from None
    except (httpx.HTTPError, ssl.SSLError) as error:
        unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        why = str(error)[:200] or type(error).__name__
        raise _failed("unreachable", f"{request.url.host} can't be reached: {why}", unsent or again) from None
    answer: Answer = {"text": text, "status": status}
    if output == "json":
        answer["data"] = _json(text)
    return answer


def _request(
    url: str, method: str, body: Any, headers: Mapping[str, Any], token: Secret | None, key: str
) -> "httpx.Request":
    import httpx

    sent = {"accept": "*/*", "accept-encoding": "gzip", "user-agent": "weft"}
    content = None
    if method == "POST":
        sent["idempotency-key"] = key
        sent["content-type"] = "text/plain; charset=utf-8" if isinstance(body, str) else "application/json"
        content = (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()
    for name, value in headers.items():
        sent[name.lower()] = value.reveal(url.strip()) if isinstance(value, Secret) else str(value)
    if token is not None:
        sent["authorization"] = f"Bearer {token.reveal(url.strip())}"
    for name, value in sent.items():
        if name in OURS or not HEADER.fullmatch(name) or CONTROL.search(value):
            raise _failed("bad-request", f"the header {name[:60]!r} can't be sent")
    try:
        return httpx.Request(method, url.strip(), headers=sent, content=content)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise _failed(
            "bad-url", f"{url[:200]!r} is no address of a web page, or a header is no text"
        ) from None


async def _follow(request: "httpx.Request") -> tuple[int, str]:
    """The answer, through at most five redirects. What was sent to one origin is not sent on to another."""
    for _ in range(MOST_REDIRECTS + 1):
        response, raw = await _send(request)
        target = response.headers.get("location")
        if response.status_code not in (301, 302, 303, 307, 308) or not target:
            return _read(response, raw)
        request = _redirected(request, response.status_code, target)
    raise _failed("too-many-redirects", f"{request.url.host} redirects more than {MOST_REDIRECTS} times")


def _redirected(request: "httpx.Request", status: int, target: str) -> "httpx.Request":
    import httpx

    try:
        url = request.url.join(target)
    except (httpx.InvalidURL, ValueError):
        raise _failed(
            "bad-url", f"{request.url.host} redirects to {target[:200]!r}, which is no address"
        ) from None
    keep = request.method if status in (307, 308) else "GET"
    same = (url.scheme, url.host, url.port) == (request.url.scheme, request.url.host, request.url.port)
    if not same and keep == "POST":
        raise _failed("bad-redirect", f"{request.url.host} sends the POST on to {url.host}")
    body = ("content-type", "idempotency-key")
    kept = {
        name: value
        for name, value in request.headers.items()
        if name not in ("host", "content-length")
        and (same or name in HARMLESS)
        and (keep == "POST" or name not in body)
    }
    return httpx.Request(keep, url, headers=kept, content=request.content if keep == "POST" else None)


async def _send(request: "httpx.Request") -> "tuple[httpx.Response, bytes]":
    """One request to one address that was looked at; the body as it came, up to the limit."""
    import httpx

    url = request.url
    address = await _address(url)
    headers = [(name, value) for name, value in request.headers.multi_items() if name != "host"]
    pinned = httpx.Request(
        request.method,
        url.copy_with(host=address),
        headers=[("host", url.netloc.decode("ascii")), *headers],
        content=request.content,
        extensions={"sni_hostname": url.raw_host.decode("ascii"), "timeout": httpx.Timeout(20.0).as_dict()},
    )
    async with httpx.AsyncHTTPTransport(verify=_tls()) as transport:
        response = await transport.handle_async_request(pinned)
        try:
            raw = bytearray()
            async for chunk in response.aiter_raw():
                raw += chunk
                if len(raw) > LARGEST:
                    raise _failed("too-large", f"the answer of {url.host} has more than {LARGEST:,} bytes")
            return response, bytes(raw)
        finally:
            await response.aclose()


@functools.cache
def _tls() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context(trust_env=False)


# --- which addresses may be asked ------------------------------------------------------------------------------------

FORBIDDEN = tuple(
    ipaddress.ip_network(network)
    for network in (
        # IPv4: this network, private, shared, loopback, link-local (metadata services), assignments, documentation,
        # relays, benchmarks, multicast, reserved; the address at which Azure's machines ask their host.
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
        # IPv6: unspecified, loopback and IPv4-compatible, translated, discard, Teredo and other protocol assignments,
        # documentation, 6to4, local NAT64, segment routing, unique local, link-local, site-local, multicast.
        "::/96", "::ffff:0:0:0/96", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
        "64:ff9b:1::/48", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
MAPPED = (ipaddress.IPv6Network("::ffff:0:0/96"), ipaddress.IPv6Network("64:ff9b::/96"))


def forbidden(address: Address) -> bool:
    """Whether an address is anything but public. An IPv4 address inside an IPv6 one counts as itself."""
    if isinstance(address, ipaddress.IPv6Address) and any(address in network for network in MAPPED):
        address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return any(address.version == network.version and address in network for network in FORBIDDEN)


async def _address(url: "httpx.URL") -> str:
    """The address to connect to: the first of the name's, once all of them were looked at."""
    host, port = url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)
    if url.scheme not in ("http", "https") or not HOST.fullmatch(host) or port > 65535:
        raise _failed("bad-url", f"{str(url)[:200]!r} must start with http:// or https:// and name a host")
    if url.userinfo:
        raise _failed(
            "bad-url", f"the address of {url.host} holds a user name; use the port `token` or `headers`"
        )
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _failed("unreachable", f"no address is known for {host!r}", retryable=True) from None
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    allowed = {entry.strip().lower() for entry in os.environ.get("WEFT_HTTP_ALLOW", "").split(",")}
    if f"{host.lower()}:{port}" not in allowed and (not addresses or any(map(forbidden, addresses))):
        raise WeftError(
            f"The host {host!r} is not public, so flows may not ask it.",
            code="forbidden-address",
            hint=f"Who runs Weft can allow it: WEFT_HTTP_ALLOW={host}:{port}",
            retryable=False,
        )
    return str(addresses[0])


# --- reading the answer ----------------------------------------------------------------------------------------------

CHARSETS = (
    "utf-8",
    "us-ascii",
    "iso-8859-1",
    "iso-8859-15",
    "windows-1252",
    "utf-16",
    "shift_jis",
    "euc-jp",
    "gb18030",
)


def _read(response: "httpx.Response", raw: bytes) -> tuple[int, str]:
    named = (response.charset_encoding or "utf-8").lower()
    text = _unpacked(response, raw).decode(named if named in CHARSETS else "utf-8", errors="replace")
    status = response.status_code
    if not 200 <= status < 300:
        after = response.headers.get("retry-after", "")
        raise WeftError(
            f"{response.headers.get('server', 'The server')[:60]} answered {status}: {text[:300].strip() or 'nothing'}",
            code="http-status",
            hint="Look at the address and what was sent."
            if status < 500
            else "The server has trouble; try again later.",
            retryable=status in (408, 425, 429) or status >= 500,
            retry_after=float(after) if after.isascii() and after.isdigit() and len(after) < 6 else None,
        )
    return status, text


def _unpacked(response: "httpx.Response", raw: bytes) -> bytes:
    """The body, unpacked no further than the limit."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        return raw
    if encoding not in ("gzip", "x-gzip"):
        raise _failed("bad-answer", f"the answer is packed as {encoding[:40]!r}, which wasn't asked for")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(raw, LARGEST + 1)
    except zlib.error:
        raise _failed("bad-answer", "the answer can't be unpacked", retryable=True) from None
    if len(body) > LARGEST:
        raise _failed("too-large", f"the answer has more than {LARGEST:,} bytes when unpacked")
    if not unpacker.eof:
        raise _failed("bad-answer", "the answer broke off", retryable=True)
    return body


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _failed("no-json", f"the answer is no JSON ({error})") from None


def _failed(code: str, message: str, retryable: bool | None = False) -> WeftError:
    hints = {
        "bad-request": "Weft sets host, content-length, transfer-encoding and connection; a value has one line.",
        "bad-url": "Write it such as https://example.org/page.",
        "too-large": "Ask for less.",
        "no-json": "Set `output` to text, or ask another address.",
        "unreachable": "Look at the address, and whether the server runs.",
        "timeout": "Try again, or ask for less.",
    }
    return WeftError(
        message[:1].upper() + message[1:] + ".", code=code, hint=hints.get(code, ""), retryable=retryable
    )
