"""OpenAI, and every server that speaks its chat completions protocol, through langchain-openai's client."""

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from weft.model.errors import StepFailed
from weft.providers.failures import LARGEST, failed
from weft.providers.redaction import remember

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

OFFICIAL = "https://api.openai.com/v1"
# Seconds. A server that isn't there fails three attempts within 20; one that thinks long is given its time.
CONNECT, READ, WRITE, POOL = 5.0, 120.0, 30.0, 30.0


def openai_model(name: str, *, base_url: str | None, api_key: str | None) -> "tuple[BaseChatModel, Any]":
    """The model and the HTTP client it uses, which its owner closes."""
    openai, chat_openai = _packages(name)
    if not api_key:
        api_key = _no_key(name, base_url)
    remember(api_key)
    timeout = openai.Timeout(connect=CONNECT, read=READ, write=WRITE, pool=POOL)
    # A redirect could lead prompts and key to another server.
    client = openai.DefaultAsyncHttpxClient(
        timeout=timeout, follow_redirects=False, verify=_trusted(), event_hooks={"response": [_bounded]}
    )
    options: dict[str, Any] = {
        "model": name,
        "api_key": api_key,
        "base_url": base_url or OFFICIAL,
        "timeout": timeout,
        "max_retries": 0,  # the engine retries, where it is seen and counted
        "stream_usage": True,
        "stream_chunk_timeout": READ,
        "http_async_client": client,
        "metadata": {"weft_model": f"openai:{name}"},
    }
    if base_url and not base_url.startswith("https://api.openai.com"):
        options["use_responses_api"] = False  # compatible servers speak chat completions only
        options["metadata"]["weft_elsewhere"] = (
            True  # what OpenAI asks for the model says nothing about this one
        )
    if "http_socket_options" in chat_openai.model_fields:
        options["http_socket_options"] = ()  # ours is the only client, and it honours the proxy variables
    return chat_openai(**options), client


async def _bounded(response: Any) -> None:
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


def load() -> None:
    """Import the client and read the certificates: 2 seconds that belong into a thread."""
    _packages("")
    _trusted()


def _packages(name: str) -> tuple[Any, Any]:
    try:
        import openai
        from langchain_openai import ChatOpenAI
    except ImportError as exc:
        raise StepFailed(
            f"The model 'openai:{name}' needs a package that isn't installed ({exc.name}).",
            code="missing-package",
            hint='Install it with: pip install "weft[openai]"',
            retryable=False,
        ) from None
    return openai, ChatOpenAI


@cache
def _trusted() -> Any:
    """The trusted certificates, read once for all clients, by the HTTP library that this openai package uses."""
    import openai

    for kind in openai.DefaultAsyncHttpxClient.__mro__:
        library = sys.modules.get(kind.__module__.split(".")[0])
        if (read := getattr(library, "create_ssl_context", None)) is not None:
            return read()
    return True


def _no_key(name: str, base_url: str | None) -> str:
    """Servers of one's own mostly want no key, but the protocol has a place for it."""
    if base_url and not base_url.startswith("https://api.openai.com"):
        return "none"
    raise StepFailed(
        f"The model 'openai:{name}' needs a key, and OPENAI_API_KEY isn't set.",
        code="no-key",
        hint="Set it with: export OPENAI_API_KEY=... or run with '--model demo', which needs none.",
        retryable=False,
    )
