"""Embedding models by name: `"provider:model"`, or `words`, which is offline and deterministic.

words                             hashed words and parts of words: finds what is written alike, no meaning
openai:text-embedding-3-small     OpenAI, or any server that speaks its protocol (vllm:..., openrouter:...)
ollama:nomic-embed-text           models of one's own
google:gemini-embedding-001       Google
"""

import hashlib
import math
import os
import re
from collections.abc import Mapping

from langchain_core.embeddings import Embeddings

from weft.model.errors import StepFailed
from weft.providers.accounts import account, environment
from weft.providers.provider import Account, missing
from weft.providers.redaction import remember
from weft.providers.registry import SERVED
from weft.providers.spec import Spec

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


def embeddings(name: str, key: str = "", env: Mapping[str, str] | None = None) -> Embeddings:
    """The model of that name. `key`, else the usual variables of the environment, is what the server knows one by.

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
    asked = account(Spec(provider, model), env, keys=environment(env), api_key=key or None)
    remember(asked.key)
    try:
        return builder(asked)
    except ImportError as error:
        raise missing(served, model, error) from None


def server(name: str, env: Mapping[str, str] | None = None) -> str:
    """The address that a model of that name is asked at, "" for none: what a key must belong to."""
    from weft.providers.accounts import address

    served = SERVED.get(name.strip().partition(":")[0])
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
    )


def _ollama(asked: Account) -> Embeddings:
    from langchain_ollama import OllamaEmbeddings

    return OllamaEmbeddings(model=asked.model, base_url=asked.address)


def _google(asked: Account) -> Embeddings:
    from langchain_google_genai import GoogleGenerativeAIEmbeddings
    from pydantic import SecretStr

    return GoogleGenerativeAIEmbeddings(model=asked.model, api_key=SecretStr(asked.key))


_BUILDERS = {"openai": _openai, "ollama": _ollama, "google": _google}
