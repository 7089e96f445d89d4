"""How every client of a model server is connected: bounded in time and size, no redirects, certificates read once."""

import importlib
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from weft.providers.failures import LARGEST, failed
from weft.providers.provider import Account, Provider, missing

# Seconds. A server that isn't there fails three attempts within 20; one that thinks long is given its time.
CONNECT, READ, WRITE, POOL = 5.0, 120.0, 30.0, 30.0


def patience(account: Account) -> float:
    """Seconds until the next piece of an answer has to be there."""
    return account.timeout or READ


def timeout(library: str, account: Account) -> Any:
    """The limits of time, as `httpx` or `httpx2` writes them."""
    limits = {"connect": CONNECT, "read": patience(account), "write": WRITE, "pool": POOL}
    return importlib.import_module(library).Timeout(**limits)


def options(library: str, account: Account) -> dict[str, Any]:
    """What each client is made with. A redirect could lead prompts and key to another server: none is followed."""
    return {
        "timeout": timeout(library, account),
        "headers": dict(account.headers),
        "follow_redirects": False,
        "verify": trusted(library),
        "event_hooks": {"response": [bounded]},
    }


def blocking(options: Mapping[str, Any]) -> dict[str, Any]:
    """The same for the client without a loop, which takes no hooks that are awaited."""
    return {key: value for key, value in options.items() if key != "event_hooks"}


def load(package: str, provider: Provider) -> None:
    """Import a client that is built upon httpx, and read the certificates."""
    try:
        importlib.import_module(package)
    except ImportError as exc:
        raise missing(provider, "", exc) from None
    trusted("httpx")


def library_of(kind: type) -> str:
    """The HTTP library that a client class is of."""
    names = (base.__module__.split(".")[0] for base in kind.__mro__)
    return next(name for name in names if name in ("httpx", "httpx2"))


async def bounded(response: Any) -> None:
    """Let no more of a body be read than an answer can be; a stream is bounded by what is in it."""
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        stream: Any = response.stream
        response.stream = _bounded_stream(type(stream).__module__.split(".")[0])(stream)


@cache
def _bounded_stream(library: str) -> Any:
    """A stream of bytes with an end, of the HTTP library that the client uses."""
    base: Any = sys.modules[library].AsyncByteStream

    class Bounded(base):
        def __init__(self, inner: Any) -> None:
            self._inner = inner

        async def __aiter__(self) -> Any:
            size = 0
            async for part in self._inner:
                size += len(part)
                if size > LARGEST:
                    raise failed("answer-too-large")
                yield part

        async def aclose(self) -> None:
            await self._inner.aclose()

    return Bounded


@cache
def trusted(library: str) -> Any:
    """The trusted certificates, read once for all clients."""
    return importlib.import_module(library).create_ssl_context()
