"""Models on Amazon Bedrock, through langchain-aws's client for the Converse API.

Its client blocks, and works in a thread: a call that is cancelled goes on there until the server has answered.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from weft.providers import connections
from weft.providers.provider import Account, Built, Provider, missing, unsupported
from weft.providers.redaction import remember

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PROVIDERS = (
    Provider(
        "bedrock",
        "Amazon Bedrock",
        "models on Amazon Bedrock, by their id or inference profile",
        __name__,
        "bedrock",
        "",
        ("AWS_BEARER_TOKEN_BEDROCK",),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME",),
        settings=("temperature", "top_p", "max_tokens", "stop", "reasoning"),
        ambient=True,
    ),
)
LIBRARIES = ("botocore", "boto3", "langchain_aws", "urllib3")
ERRORS = (
    ("botocore.exceptions", "NoCredentialsError", "bad-key"),
    ("botocore.exceptions", "PartialCredentialsError", "bad-key"),
    ("botocore.exceptions", "InvalidEndpointConfigurationError", "bad-url"),
    ("botocore.exceptions", "EndpointConnectionError", "unreachable"),
    ("botocore.exceptions", "ConnectTimeoutError", "unreachable"),
    ("botocore.exceptions", "ReadTimeoutError", "timeout"),
    ("botocore.exceptions", "SSLError", "untrusted-server"),
    ("botocore.exceptions", "ConnectionClosedError", "connection-lost"),
    ("botocore.exceptions", "HTTPClientError", "connection-lost"),
    ("botocore.exceptions", "ResponseStreamingError", "connection-lost"),
    ("botocore.exceptions", "EventStreamError", "server-error"),
    ("botocore.exceptions", "ClientError", "server-error"),
    ("urllib3.exceptions", "ReadTimeoutError", "timeout"),
    ("urllib3.exceptions", "HTTPError", "connection-lost"),
)


def build(account: Account) -> Built:
    """The live model, with a key of Bedrock's own, else with the usual credentials of AWS."""
    try:
        from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]

        from weft.providers.converse import Converse
    except ImportError as exc:
        raise missing(account.provider, account.model, exc) from None
    remember(account.key)
    waits = {"connect_timeout": connections.CONNECT, "read_timeout": connections.patience(account)}
    options: dict[str, Any] = {
        "model": account.model,
        "config": Config(**waits, retries={"total_max_attempts": 1, "mode": "standard"}),
        "disable_streaming": False,
        "metadata": account.metadata(),
    }
    if account.address:
        options["endpoint_url"] = account.address
    if account.key:
        options["bedrock_api_key"] = account.key
    model: Any = Converse(**options)

    async def close() -> None:
        model.client.close()
        model.bedrock_client.close()

    return Built(model, close)


def load() -> None:
    """Import the client."""
    try:
        import langchain_aws  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError as exc:
        raise missing(PROVIDERS[0], "", exc) from None


def settings(given: Mapping[str, Any], model: "BaseChatModel") -> dict[str, Any]:
    if "seed" in given:
        raise unsupported("Bedrock", "seed")
    return {"reasoning_effort" if name == "reasoning" else name: value for name, value in given.items()}


def structured(schema: Mapping[str, Any], model: "BaseChatModel") -> dict[str, Any]:
    """`weft_schema`, for objects with keys: the model has to call a tool that takes them (`converse.py`)."""
    return {"weft_schema": schema} if schema.get("type") == "object" and schema.get("properties") else {}
