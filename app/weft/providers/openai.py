"""OpenAI, and every server that speaks its chat completions protocol, through langchain-openai's client."""

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from weft.providers import connections
from weft.providers.provider import Account, Built, Provider, missing
from weft.providers.redaction import remember

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MODULE = __name__
PROVIDERS = (
    Provider(
        "openai",
        "OpenAI",
        "OpenAI, or a server that speaks its protocol",
        MODULE,
        "openai",
        "https://api.openai.com/v1",
        ("OPENAI_API_KEY",),
        ("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        models=("gpt-4.1-mini", "gpt-5-mini", "gpt-5.4-mini", "gpt-5.6", "gpt-4.1"),
    ),
    Provider(
        "azure",
        "Azure OpenAI",
        "OpenAI's models on Azure, by the name of the deployment",
        MODULE,
        "openai",
        "",
        ("AZURE_OPENAI_API_KEY",),
        ("AZURE_OPENAI_ENDPOINT",),
        suffix="/openai/v1",
    ),
    Provider(
        "openrouter",
        "OpenRouter",
        "many makers' models through OpenRouter",
        MODULE,
        "openai",
        "https://openrouter.ai/api/v1",
        ("OPENROUTER_API_KEY",),
        ("OPENROUTER_BASE_URL",),
    ),
    Provider(
        "vllm",
        "vLLM",
        "models of one's own, served by vLLM",
        MODULE,
        "openai",
        "http://localhost:8000/v1",
        ("VLLM_API_KEY",),
        ("VLLM_BASE_URL",),
        keyless=True,
        suffix="/v1",
        takes=("image",),
    ),
    Provider(
        "llamacpp",
        "llama.cpp",
        "a model of one's own, served by llama-server",
        MODULE,
        "openai",
        "http://localhost:8080/v1",
        ("LLAMACPP_API_KEY",),
        ("LLAMACPP_BASE_URL",),
        keyless=True,
        suffix="/v1",
        takes=("image",),
    ),
    Provider(
        "lmstudio",
        "LM Studio",
        "models of one's own, served by LM Studio",
        MODULE,
        "openai",
        "http://localhost:1234/v1",
        ("LMSTUDIO_API_KEY",),
        ("LMSTUDIO_BASE_URL",),
        keyless=True,
        suffix="/v1",
        takes=("image",),
    ),
)
OPENAI = PROVIDERS[0]
_PLAIN = ("openrouter", "vllm", "llamacpp", "lmstudio")
"""Those that know `max_tokens` by that name."""
LIBRARIES = ("openai", "langchain_openai")
ERRORS = (
    ("openai", "LengthFinishReasonError", "truncated"),
    ("openai", "ContentFilterFinishReasonError", "content-filter"),
    ("openai", "APITimeoutError", "timeout"),
    ("openai", "APIConnectionError", "connection-lost"),
    ("openai", "APIResponseValidationError", "bad-response"),
    ("openai", "APIError", "server-error"),
)


def build(account: Account) -> Built:
    """The live model. It asks chat completions, but OpenAI itself what the model wants."""
    openai, ours = _packages(account)
    compatible = account.elsewhere or account.provider is not OPENAI
    kind = ours.Compatible if compatible else ours.Prepared
    remember(account.key)
    library = connections.library_of(openai.DefaultAsyncHttpxClient)
    client = openai.DefaultAsyncHttpxClient(**connections.options(library, account))
    options: dict[str, Any] = {
        "model": account.model,
        "api_key": account.key
        or "none",  # servers of one's own want none, but the protocol has a place for it
        "base_url": account.address,
        "timeout": connections.timeout(library, account),
        "max_retries": 0,  # the engine retries, where it is seen and counted
        "stream_usage": True,
        "stream_chunk_timeout": connections.patience(account),
        "http_async_client": client,
        "metadata": account.metadata(),
    }
    if compatible:
        options["use_responses_api"] = False  # compatible servers speak chat completions only
        options["plain_limit"] = account.provider.name in _PLAIN
    if "http_socket_options" in kind.model_fields:
        options["http_socket_options"] = ()  # ours is the only client, and it honours the proxy variables
    return Built(kind(**options), client.aclose)


def load() -> None:
    """Import the client and read the certificates: 2 seconds that belong into a thread."""
    openai, _ = _packages(Account(OPENAI, "", "", ""))
    connections.trusted(connections.library_of(openai.DefaultAsyncHttpxClient))


def settings(given: Mapping[str, Any], model: "BaseChatModel") -> dict[str, Any]:
    renamed = {"reasoning": "reasoning_effort"}
    return {renamed.get(name, name): value for name, value in given.items()}


def structured(schema: Mapping[str, Any], model: "BaseChatModel") -> dict[str, Any]:
    """`response_format`, for objects with keys. Of the servers that only speak the protocol some refuse it, and are asked
    again without (`compatible.py`), and some ignore it."""
    if schema.get("type") != "object" or not schema.get("properties"):
        return {}
    return {"response_format": json_schema(schema)}


def json_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema as this protocol, and Mistral's, take it. Not `strict`, which allows only a part of JSON Schema."""
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": dict(schema), "strict": False}}


def _packages(account: Account) -> tuple[Any, Any]:
    try:
        openai = importlib.import_module("openai")
        importlib.import_module("langchain_openai")
    except ImportError as exc:
        raise missing(account.provider, account.model, exc) from None
    from weft.providers import compatible

    return openai, compatible
