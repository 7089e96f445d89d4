"""Google's models, through langchain-google-genai's client."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from weft.providers import connections
from weft.providers.provider import Account, Built, Provider, missing
from weft.providers.redaction import remember

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PROVIDERS = (
    Provider(
        "google",
        "Google",
        "Google's Gemini models",
        __name__,
        "google",
        "https://generativelanguage.googleapis.com",
        ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        ("GOOGLE_GEMINI_BASE_URL",),
        models=("gemini-3.8-flash", "gemini-3.5-flash-lite", "gemini-3.1-pro-preview"),
    ),
)
LIBRARIES = ("google", "langchain_google_genai")
ERRORS = (
    ("google.genai.errors", "ServerError", "server-error"),
    ("google.genai.errors", "UnknownApiResponseError", "bad-response"),
    ("google.genai.errors", "APIError", "bad-response"),
)


def build(account: Account) -> Built:
    """The live model, with a client that follows no redirect and retries nothing itself."""
    try:
        import httpx
        from google import genai
        from google.genai.types import HttpOptions
        from langchain_google_genai import ChatGoogleGenerativeAI
    except ImportError as exc:
        raise missing(account.provider, account.model, exc) from None
    remember(account.key)
    connected = connections.options("httpx", account)
    blocking = connections.blocking(connected)
    client = httpx.AsyncClient(**connected)
    key = account.key or "none"
    model: Any = ChatGoogleGenerativeAI(
        model=account.model,
        api_key=key,
        base_url=account.address,
        max_retries=0,
        client_args=blocking,
        metadata=account.metadata(),
    )
    options = HttpOptions(
        base_url=account.address, httpx_async_client=client, httpx_client=httpx.Client(**blocking)
    )
    model.client = genai.Client(api_key=key, http_options=options, vertexai=False)
    return Built(model, client.aclose)


def load() -> None:
    """Import the client and read the certificates."""
    connections.load("langchain_google_genai", PROVIDERS[0])


def settings(given: Mapping[str, Any], model: "BaseChatModel") -> dict[str, Any]:
    made = {"max_output_tokens" if name == "max_tokens" else name: value for name, value in given.items()}
    if (effort := made.pop("reasoning", None)) is not None:
        made |= {"thinking_level": effort, "include_thoughts": True}
    return made


def structured(schema: Mapping[str, Any], model: "BaseChatModel") -> dict[str, Any]:
    """`response_json_schema`, or JSON of any kind."""
    if not schema.get("properties") and not schema.get("items"):
        return {"response_mime_type": "application/json"}
    return {"response_mime_type": "application/json", "response_json_schema": dict(schema)}
