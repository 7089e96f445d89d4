"""Anthropic's models, through langchain-anthropic's client."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from weft.providers import connections
from weft.providers.provider import Account, Built, Provider, missing, unsupported
from weft.providers.redaction import remember

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PROVIDERS = (
    Provider(
        "anthropic",
        "Anthropic",
        "Anthropic's models",
        __name__,
        "anthropic",
        "https://api.anthropic.com",
        ("ANTHROPIC_API_KEY",),
        ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_URL"),
        settings=("temperature", "top_p", "max_tokens", "stop", "reasoning"),
        models=("claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5-5"),
    ),
)
LIBRARIES = ("anthropic", "langchain_anthropic")
ERRORS = (
    ("anthropic", "APITimeoutError", "timeout"),
    ("anthropic", "APIConnectionError", "connection-lost"),
    ("anthropic", "APIResponseValidationError", "bad-response"),
    ("anthropic", "APIError", "server-error"),
)


def build(account: Account) -> Built:
    """The live model. Its clients are made here: those it would make itself follow redirects, with the key."""
    anthropic, chat_anthropic = _packages(account)
    remember(account.key)
    library = connections.library_of(anthropic.DefaultAsyncHttpxClient)
    client = anthropic.DefaultAsyncHttpxClient(**connections.options(library, account))
    model = chat_anthropic(
        model=account.model,
        api_key=account.key or "none",
        base_url=account.address,
        default_request_timeout=connections.patience(account),
        max_retries=0,
        metadata=account.metadata(),
    )
    given: dict[str, Any] = {**model._client_params, "timeout": connections.timeout(library, account)}
    blocking = connections.blocking(connections.options(library, account))
    model.__dict__["_async_client"] = anthropic.AsyncAnthropic(**given, http_client=client)
    model.__dict__["_client"] = anthropic.Anthropic(
        **given, http_client=anthropic.DefaultHttpxClient(**blocking)
    )
    return Built(model, client.aclose)


def load() -> None:
    """Import the client and read the certificates."""
    anthropic, _ = _packages(Account(PROVIDERS[0], "", "", ""))
    connections.trusted(connections.library_of(anthropic.DefaultAsyncHttpxClient))


def settings(given: Mapping[str, Any], model: "BaseChatModel") -> dict[str, Any]:
    made = dict(given)
    if "seed" in made:
        raise unsupported("Anthropic", "seed")
    if (effort := made.pop("reasoning", None)) is not None:
        made["output_config"] = {"effort": effort}
        made["thinking"] = {"type": "adaptive", "display": "summarized"}
    return made


def structured(schema: Mapping[str, Any], model: "BaseChatModel") -> dict[str, Any]:
    """`output_config`, where the model is known to take it and the schema is one it takes: objects without more."""
    known = cast("Mapping[str, Any]", model.profile or {})
    if not known.get("structured_output") or not closed(schema):
        return {}
    return {"output_config": {"format": {"type": "json_schema", "schema": dict(schema)}}}


def closed(schema: Any) -> bool:
    """Whether every object of the schema says which keys it has, and no others."""
    if isinstance(schema, list):
        return all(map(closed, cast("list[Any]", schema)))
    if not isinstance(schema, dict):
        return True
    part = cast("dict[str, Any]", schema)
    if part.get("type") == "object" and (
        part.get("additionalProperties") is not False or "properties" not in part
    ):
        return False
    return all(map(closed, part.values()))


def _packages(account: Account) -> tuple[Any, Any]:
    try:
        import anthropic
        from langchain_anthropic import ChatAnthropic
    except ImportError as exc:
        raise missing(account.provider, account.model, exc) from None
    return anthropic, ChatAnthropic
