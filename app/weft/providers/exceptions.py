"""What the exceptions of model clients carry, each in its own way: a status, the server's words, its headers, its address.

Nothing is imported here: a library that isn't loaded can't have raised.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any, cast

from weft.providers.redaction import redact

_WITH_STATUS = (
    ("openai", "APIStatusError"),
    ("anthropic", "APIStatusError"),
    ("ollama", "ResponseError"),
    ("google.genai.errors", "APIError"),
    ("botocore.exceptions", "ClientError"),
    ("httpx", "HTTPStatusError"),
    ("httpx2", "HTTPStatusError"),
)
_WITH_WORDS = (
    ("openai", "APIError"),
    ("anthropic", "APIError"),
    ("ollama", "ResponseError"),
    ("google.genai.errors", "APIError"),
)
_LONGEST = 200


def named(chain: list[BaseException], module: str, name: str) -> BaseException | None:
    """The first of them that is an exception of that name."""
    kind = getattr(sys.modules.get(module), name, None)
    if not isinstance(kind, type):
        return None
    return next((one for one in chain if isinstance(one, kind)), None)


def status(exc: BaseException) -> int | None:
    """The HTTP status that a client's exception carries."""
    if not any(named([exc], *kind) for kind in _WITH_STATUS):
        return None
    known = cast("Any", exc)
    response = getattr(known, "response", None)
    if isinstance(response, dict):  # botocore
        told: Any = cast("dict[str, Any]", response).get("ResponseMetadata", {}).get("HTTPStatusCode")
    else:
        told = getattr(known, "status_code", None) or getattr(response, "status_code", None)
        told = told or getattr(known, "code", None)
    # An answer with a good status that can't be read is a bad response, not a status.
    return told if isinstance(told, int) and told >= 300 else None


def headers(exc: BaseException) -> Mapping[str, str] | None:
    """The headers of the refusal, if the exception has them."""
    response = getattr(exc, "response", None)
    if isinstance(response, dict):
        return cast("dict[str, Any]", response).get("ResponseMetadata", {}).get("HTTPHeaders")
    return getattr(response, "headers", None)


def said(exc: BaseException) -> str:
    """The server's own words, cleaned of keys and shortened."""
    words = " ".join(redact(_words(exc)).split())
    return (words[: _LONGEST - 3] + "...") if len(words) > _LONGEST else words.rstrip(".")


def address(exc: BaseException) -> str:
    """Scheme, host and port of the server that a request went to; "" if the exception has no request."""
    try:
        url: Any = cast("Any", exc).request.url
        return f"{url.scheme}://{url.netloc.decode()}" if url.host else ""
    except (AttributeError, RuntimeError):  # httpx raises RuntimeError for a request never made
        return ""


def _words(exc: BaseException) -> str:
    known = cast("Any", exc)
    response = getattr(known, "response", None)
    if isinstance(response, dict):  # botocore
        return _message(cast("dict[str, Any]", response).get("Error"))
    body = cast("Any", getattr(known, "body", None))
    if message := _message(body):
        return message
    if isinstance(body, str | dict | list):
        return ""
    if any(named([exc], *kind) for kind in _WITH_WORDS):
        return str(getattr(known, "message", "") or getattr(known, "error", "") or "")
    return _message(_read(response))


def _message(body: Any) -> str:
    """`message`, `error.message`, `error` or `detail` of a refusal's body."""
    if isinstance(body, str):
        return "" if "<html" in body.lower() else body
    if not isinstance(body, dict):
        return ""
    found = cast("dict[str, Any]", body)
    for key in ("message", "Message", "error", "detail"):
        if (value := found.get(key)) and (message := _message(value)):
            return message
    return ""


def _read(response: Any) -> Any:
    """The body of a refusal that was read already."""
    try:
        text = response.text
    except Exception:  # noqa: BLE001 - httpx and httpx2 have each their own for a body that wasn't read
        return None
    try:
        return json.loads(text)
    except (ValueError, TypeError):
        return None
