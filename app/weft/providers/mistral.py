"""Mistral's models, through langchain-mistralai's client."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from weft.providers import connections
from weft.providers.openai import json_schema
from weft.providers.provider import Account, Built, Provider, missing, unsupported
from weft.providers.redaction import remember

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PROVIDERS = (
    Provider(
        "mistral",
        "Mistral",
        "Mistral's models",
        __name__,
        "mistral",
        "https://api.mistral.ai/v1",
        ("MISTRAL_API_KEY",),
        ("MISTRAL_BASE_URL",),
        models=("mistral-small-latest", "mistral-medium-latest", "mistral-large-latest"),
        suffix="/v1",
        takes=("image",),
        settings=("temperature", "top_p", "max_tokens", "seed", "stop"),
    ),
)
LIBRARIES = ("langchain_mistralai", "httpx_sse")
ERRORS = (("httpx_sse", "SSEError", "bad-response"),)


def build(account: Account) -> Built:
    """The live model. Its client has no retries of its own, and no error classes: they are httpx's."""
    try:
        import httpx
        from langchain_mistralai import ChatMistralAI
    except ImportError as exc:
        raise missing(account.provider, account.model, exc) from None
    remember(account.key)
    connected = connections.options("httpx", account)
    blocking = connections.blocking(connected)
    headers = {
        "content-type": "application/json",
        "accept": "application/json",
        "authorization": f"Bearer {account.key or 'none'}",
        **connected.pop("headers"),
    }
    blocking.pop("headers")

    async def answered(response: httpx.Response) -> None:
        if response.is_redirect:  # which the client would take for an answer
            raise httpx.HTTPStatusError("redirected", request=response.request, response=response)

    connected["event_hooks"] = {"response": [*connected["event_hooks"]["response"], answered]}
    client = httpx.AsyncClient(base_url=account.address, headers=headers, **connected)
    made: Any = ChatMistralAI
    model = made(
        model=account.model,
        api_key=account.key or "none",
        base_url=account.address,
        async_client=client,
        client=httpx.Client(base_url=account.address, headers=headers, **blocking),
        max_retries=1,  # which it takes for the number of attempts
        metadata=account.metadata(),
    )
    return Built(model, client.aclose)


def load() -> None:
    """Import the client and read the certificates."""
    connections.load("langchain_mistralai", PROVIDERS[0])


def settings(given: Mapping[str, Any], model: "BaseChatModel") -> dict[str, Any]:
    if "reasoning" in given:
        raise unsupported("Mistral", "reasoning")
    return {"random_seed" if name == "seed" else name: value for name, value in given.items()}


def structured(schema: Mapping[str, Any], model: "BaseChatModel") -> dict[str, Any]:
    """`response_format`, for objects with keys."""
    if schema.get("type") != "object" or not schema.get("properties"):
        return {}
    return {"response_format": json_schema(schema)}
