"""Models of one's own machine, through langchain-ollama's client."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from weft.providers import connections
from weft.providers.provider import Account, Built, Provider, missing
from weft.providers.redaction import remember

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PROVIDERS = (
    Provider(
        "ollama",
        "Ollama",
        "models of one's own, served by Ollama",
        __name__,
        "ollama",
        "http://localhost:11434",
        ("OLLAMA_API_KEY",),
        ("OLLAMA_HOST",),
        keyless=True,
        bare=True,
        takes=("image",),
        models=("llama3.2", "qwen3", "gemma3", "mistral"),
    ),
)
LIBRARIES = ("ollama", "langchain_ollama")
ERRORS = (
    ("ollama", "RequestError", "bad-request"),
    ("ollama", "ResponseError", "server-error"),
)
_RENAMED = {"max_tokens": "num_predict"}


def build(account: Account) -> Built:
    """The live model. A thinking model's reasoning is kept apart from its answer."""
    try:
        from weft.providers.thinking_ollama import ThinkingOllama
    except ImportError as exc:
        raise missing(account.provider, account.model, exc) from None
    remember(account.key)
    connected = connections.options("httpx", account)
    blocking = connections.blocking(connected)
    headers = dict(account.headers) | ({"authorization": f"Bearer {account.key}"} if account.key else {})
    made: Any = ThinkingOllama
    model = made(
        model=account.model,
        base_url=account.address,
        async_client_kwargs={**connected, "headers": headers},
        sync_client_kwargs={**blocking, "headers": headers},
        metadata={**account.metadata(), "weft_streams": True},  # also what is asked for whole
    )
    return Built(model, model._async_client._client.aclose)


def load() -> None:
    """Import the client and read the certificates."""
    connections.load("langchain_ollama", PROVIDERS[0])


def settings(given: Mapping[str, Any], model: "BaseChatModel") -> dict[str, Any]:
    made = {_RENAMED.get(name, name): value for name, value in given.items()}
    more = {"reasoning": made.pop("reasoning")} if "reasoning" in made else {}
    return more | ({"options": made} if made else {})


def structured(schema: Mapping[str, Any], model: "BaseChatModel") -> dict[str, Any]:
    """`format`: the server lets the model write nothing else."""
    return {"format": dict(schema) if schema.get("properties") or schema.get("items") else "json"}
