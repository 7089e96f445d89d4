"""Embedding models by name: `"provider:model"`, or `words`, which is offline and deterministic.

words                             hashed words and parts of words: finds what is written alike, no meaning
openai:text-embedding-3-small     OpenAI, or any server that speaks its protocol (vllm:..., openrouter:...)
ollama:nomic-embed-text           models of one's own
google:gemini-embedding-001       Google
"""

import asyncio
import hashlib
import math
import os
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from langchain_core.embeddings import Embeddings

from weft.model.errors import StepFailed
from weft.providers import connections
from weft.providers.accounts import account, environment
from weft.providers.calls import UNBILLED
from weft.providers.connections import patience
from weft.providers.estimating import about_tokens
from weft.providers.explanations import explain
from weft.providers.provider import Account, missing
from weft.providers.redaction import remember
from weft.providers.registry import SERVED
from weft.providers.spec import Spec

T = TypeVar("T")
WORDS = "words"
SIZE = 256
_WORD = re.compile(r"\w+")


class Words(Embeddings):
    """Each word, and each three letters of it, count at a place that their digest says."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        vector = [0.0] * SIZE
        for word in _WORD.findall(text.casefold()):
            _add(vector, word, 1.0)
            padded = f"<{word}>"
            for start in range(len(padded) - 2):
                _add(vector, padded[start : start + 3], 0.4)
        length = math.sqrt(sum(one * one for one in vector)) or 1.0
        return [round(one / length, 6) for one in vector]


def _add(vector: list[float], piece: str, weight: float) -> None:
    digest = int.from_bytes(hashlib.blake2b(piece.encode("utf-8", "replace"), digest_size=8).digest(), "big")
    vector[digest % SIZE] += weight if digest >> 63 else -weight


def embeddings(
    name: str, key: str = "", env: Mapping[str, str] | None = None, *, here: Any = None
) -> Embeddings:
    """The model of that name. `key`, else what the workspace of the step (`here`) has for its server, else the usual
    variables of the environment, is what the server knows one by.

    Raises `StepFailed`: `unknown-model`, `no-key`, `no-package`."""
    provider, _, model = name.strip().partition(":")
    if provider == WORDS and not model:
        return Words()
    served = SERVED.get(provider)
    builder = _BUILDERS.get(served.module.rpartition(".")[2]) if served else None
    if served is None or builder is None or not model:
        raise StepFailed(
            f"{name[:80]!r} is no embedding model.",
            code="unknown-model",
            hint="Write 'words' (offline), 'openai:text-embedding-3-small', 'ollama:nomic-embed-text' or 'google:...'.",
            retryable=False,
        )
    env = os.environ if env is None else env
    spec = Spec(provider, model)
    if here is not None:
        asked = here.account(spec, key or None)
    else:
        asked = account(spec, env, keys=environment(env), api_key=key or None)
    remember(asked.key)
    try:
        return builder(asked)
    except ImportError as error:
        raise missing(served, model, error) from None


async def close(model: Embeddings) -> None:
    """Let its connections go."""
    held: Any = model
    match type(model).__name__:
        case "OpenAIEmbeddings":
            await held.async_client._client.close()
            held.client._client.close()
        case "OllamaEmbeddings":
            await held._async_client._client.aclose()
            held._client._client.close()
        case "GoogleGenerativeAIEmbeddings":
            inner = held.client._api_client
            await inner._async_httpx_client.aclose()
            inner._httpx_client.close()
            await held.client.aio.aclose()
            held.client.close()
        case _:
            pass


async def counted(name: str, texts: Sequence[str], ctx: Any, ask: Callable[[], Awaitable[T]]) -> T:
    """What `ask` gives, which embeds these texts: a call of the step, with its tokens (about; servers' clients don't
    say) and its cost. The step's budget may refuse it (`budget-exceeded`, `unknown-price`)."""
    if name.strip() == WORDS or getattr(ctx, "open_call", None) is None:
        return await ask()
    usage = {"input_tokens": sum(map(about_tokens, texts)), "output_tokens": 0}
    here, tokens, began = getattr(ctx, "here", None), usage["input_tokens"], time.monotonic()
    cost = here.cost(name.strip(), usage) if here is not None else None
    hold = await ctx.open_call(lambda: (tokens, cost), asyncio.current_task())
    call: dict[str, Any] = {
        "model": name.strip(),
        "messages": [],
        "answer": "",
        "usage": usage,
        "estimated": True,
    }
    try:
        given = await ask()
    except BaseException as error:
        failure = explain(error) if isinstance(error, Exception) else None
        code, message = (failure.code, failure.message) if failure else ("error", type(error).__name__)
        call |= {"usage": {}, "error": {"code": code, "message": message}}
        tokens, cost = 0, 0.0 if code in UNBILLED else None
        raise
    finally:
        if hold is not None:
            hold.settle(tokens, cost)
        seconds = round(time.monotonic() - began, 6)
        ctx.record_call({**call, "cost": cost, "seconds": seconds, "finish": None})
    return given


def server(name: str, env: Mapping[str, str] | None = None, *, here: Any = None) -> str:
    """The address that a model of that name is asked at, "" for none: what a key must belong to."""
    from weft.providers.accounts import address

    served = SERVED.get(name.strip().partition(":")[0])
    if served is not None and here is not None:
        return here.server(served.name)
    return address(served, os.environ if env is None else env) if served else ""


def _openai(asked: Account) -> Embeddings:
    from langchain_openai import OpenAIEmbeddings
    from pydantic import SecretStr

    return OpenAIEmbeddings(
        model=asked.model,
        api_key=SecretStr(asked.key or "none"),
        base_url=asked.address,
        check_embedding_ctx_length=False,  # else texts are sent as numbers of a vocabulary that is fetched
        max_retries=0,  # Weft retries
        timeout=patience(asked),
        default_headers=dict(asked.headers),
    )


def _ollama(asked: Account) -> Embeddings:
    from langchain_ollama import OllamaEmbeddings

    headers = dict(asked.headers) | ({"authorization": f"Bearer {asked.key}"} if asked.key else {})
    more: dict[str, Any] = {"client_kwargs": {"headers": headers, "timeout": patience(asked)}}
    return OllamaEmbeddings(model=asked.model, base_url=asked.address, **more)


def _google(asked: Account) -> Embeddings:
    import httpx
    from google import genai
    from google.genai.types import HttpOptions
    from langchain_google_genai import GoogleGenerativeAIEmbeddings
    from pydantic import SecretStr

    connected = connections.options("httpx", asked)
    blocking = {key: value for key, value in connected.items() if key != "event_hooks"}
    key = asked.key or "none"
    made: Any = GoogleGenerativeAIEmbeddings(
        model=asked.model, api_key=SecretStr(key), base_url=asked.address
    )
    options = HttpOptions(
        base_url=asked.address,
        httpx_async_client=httpx.AsyncClient(**connected),
        httpx_client=httpx.Client(**blocking),
    )
    made.client.close()
    made.client = genai.Client(api_key=key, http_options=options, vertexai=False)
    return made


_BUILDERS = {"openai": _openai, "ollama": _ollama, "google": _google}
