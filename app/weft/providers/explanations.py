"""What went wrong with a model call, as a step's failure with a code, a sentence and a way out.

| happened                                             | code               | retried           |
|------------------------------------------------------|--------------------|-------------------|
| no connection, name not found, connection refused    | `unreachable`      | yes               |
| certificate not accepted                             | `untrusted-server` | no                |
| the address is no URL                                | `bad-url`          | no                |
| connection lost before the answer was whole          | `connection-lost`  | yes               |
| no answer in time, or 408, or 504                    | `timeout`          | yes               |
| 400, 422 and other 4xx                               | `bad-request`      | no                |
| ... when the prompt is longer than the model can read| `context-overflow` | no                |
| 401, or no key at all                                | `bad-key`          | no                |
| 403                                                  | `not-allowed`      | no                |
| 404                                                  | `unknown-model`    | no                |
| 409, 425                                             | `conflict`         | yes               |
| 413                                                  | `too-large`        | no                |
| 429                                                  | `rate-limited`     | yes, after Retry-After |
| ... when the account has no credit left              | `no-credit`        | no                |
| 500 and above; an error sent within a stream         | `server-error`     | yes, after Retry-After |
| another status                                       | `http-status`      | no                |
| an answer that isn't the protocol's: bad JSON, wrong types, no choices | `bad-response` | yes |
| the answer hit the length limit                      | `truncated`        | no                |
| the content filter stepped in                        | `content-filter`   | no                |

The exceptions are those of openai, httpx (and httpx2) and langchain-core; none of them is imported here: a
library that isn't loaded can't have raised. Anything else is not a model's failure: `explain` returns None.
"""

import asyncio
import ssl
import sys
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, cast

from weft.model.errors import StepFailed
from weft.providers.redaction import redact


class Row(NamedTuple):
    code: str
    message: str  # {server} is filled in
    hint: str
    retryable: bool


_CHECK_SERVER = "Check that it runs, and the address in OPENAI_BASE_URL; '--model demo' needs no server."
ROWS: Mapping[str, Row] = {
    row.code: row
    for row in (
        Row("unreachable", "The model server at {server} can't be reached.", _CHECK_SERVER, True),
        Row(
            "untrusted-server",
            "The model server at {server} shows a certificate that isn't trusted.",
            "Check the address; a company's own certificate goes into SSL_CERT_FILE.",
            False,
        ),
        Row("bad-url", "The model server's address {server} is no web address.", _CHECK_SERVER, False),
        Row(
            "connection-lost",
            "The connection to the model server at {server} was lost before the answer was whole.",
            "Run it again; if it stays so, look at the server's log.",
            True,
        ),
        Row(
            "timeout",
            "The model server at {server} didn't answer in time.",
            "Run it again later, ask for less, or choose a faster model.",
            True,
        ),
        Row(
            "bad-request",
            "The model server at {server} refused the request.",
            "Check the model's name and the node's options against what this server accepts.",
            False,
        ),
        Row(
            "context-overflow",
            "The prompt is longer than the model can read.",
            "Shorten the inputs or the context, or choose a model with a larger window.",
            False,
        ),
        Row(
            "bad-key",
            "The model server at {server} doesn't accept the key.",
            "Check OPENAI_API_KEY, or run with '--model demo' for now.",
            False,
        ),
        Row(
            "not-allowed",
            "The key isn't allowed to use this model at {server}.",
            "Choose another model, or ask the account's owner for access.",
            False,
        ),
        Row(
            "unknown-model",
            "The model server at {server} has no such model.",
            "Check the model's name, and the address in OPENAI_BASE_URL (it usually ends in /v1).",
            False,
        ),
        Row(
            "conflict",
            "The model server at {server} was busy with a conflicting request.",
            "Run it again.",
            True,
        ),
        Row(
            "too-large",
            "The request is larger than the model server at {server} takes.",
            "Shorten the inputs or the context.",
            False,
        ),
        Row(
            "rate-limited",
            "The model server at {server} asks for fewer requests.",
            "Wait a little, run fewer steps at a time (--parallel), or raise the account's limit.",
            True,
        ),
        Row(
            "no-credit",
            "The account at {server} has no credit left.",
            "Add credit or another key, or run with '--model demo' for now.",
            False,
        ),
        Row(
            "server-error",
            "The model server at {server} failed.",
            "Run it again later; if it stays so, look at the server's status page or log.",
            True,
        ),
        Row(
            "http-status",
            "The model server at {server} answered with an unexpected status.",
            _CHECK_SERVER,
            False,
        ),
        Row(
            "bad-response",
            "The model server at {server} sent something that is no answer in the OpenAI protocol.",
            "Check that the address in OPENAI_BASE_URL is a chat completions server (it usually ends in /v1).",
            True,
        ),
        Row(
            "truncated",
            "The model's answer was cut off at its length limit.",
            "Ask for a shorter answer, raise the limit on tokens, or choose a model with a larger one.",
            False,
        ),
        Row(
            "content-filter",
            "The model server withheld the answer: its content filter stepped in.",
            "Change the prompt, or choose another model.",
            False,
        ),
    )
}
_BY_STATUS = {
    401: "bad-key",
    403: "not-allowed",
    404: "unknown-model",
    408: "timeout",
    409: "conflict",
    413: "too-large",
    425: "conflict",
    429: "rate-limited",
    504: "timeout",
}
_BY_LANGCHAIN = (
    ("ContextOverflowError", "context-overflow"),
    ("ModelAuthenticationError", "bad-key"),
    ("ModelPermissionDeniedError", "not-allowed"),
    ("ModelNotFoundError", "unknown-model"),
    ("ModelRateLimitError", "rate-limited"),
    ("ModelInvalidRequestError", "bad-request"),
    ("ModelTimeoutError", "timeout"),
    ("ModelConnectionError", "unreachable"),
    ("ModelAPIError", "server-error"),
)
_BY_HTTPX = (
    ("ConnectTimeout", "unreachable"),
    ("ConnectError", "unreachable"),
    ("ProxyError", "unreachable"),
    ("UnsupportedProtocol", "bad-url"),
    ("InvalidURL", "bad-url"),
    ("TimeoutException", "timeout"),
    ("DecodingError", "bad-response"),
    ("TooManyRedirects", "bad-response"),
    ("TransportError", "connection-lost"),
)
_OVERFLOW = ("context_length_exceeded", "context window", "maximum context length", "prompt is too long")
# A stand-in's name that no module has, so that "not loaded" needs no special case.
_CLIENTS = ("openai", "langchain_openai", "langchain_core", "httpx", "httpx2")


def explain(exc: BaseException) -> StepFailed | None:
    """The failure that an exception of a model call means, or None if it is not one."""
    if isinstance(exc, StepFailed):
        return exc
    # The context is followed too, for libraries that raise their own error while handling another's.
    chain = list(_causes(exc))
    if overflow := _named(chain, "langchain_core.exceptions", "ContextOverflowError"):
        return _failure("context-overflow", overflow)
    if status := next((e for e in chain if _status(e) is not None), None):
        return _by_status(status)
    if code := _by_type(chain):
        return _failure(code, exc, retry_after=None)
    return _failure("bad-response", exc) if _raised_within_client(exc) else None


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds the server asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110)."""
    try:
        if (milliseconds := headers.get("retry-after-ms")) is not None:
            return max(0.0, float(milliseconds) / 1000)
        if (seconds := headers.get("retry-after")) is None:
            return None
        return _finite(float(seconds))
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(headers["retry-after"])
        return max(0.0, date.timestamp() - (time.time() if now is None else now))
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def _finite(seconds: float) -> float | None:
    return max(0.0, seconds) if seconds < float("inf") else None


def _by_status(exc: BaseException) -> StepFailed:
    status = _status(exc) or 0
    said = _said(exc)
    response: Any = getattr(exc, "response", None)
    wait = retry_after(response.headers) if response is not None else None
    kind = f"{getattr(exc, 'code', '')} {getattr(exc, 'type', '')} {said}".lower()
    if any(mark in kind for mark in _OVERFLOW) and 400 <= status < 500:
        code = "context-overflow"
    elif status == 429 and ("insufficient_quota" in kind or "billing" in kind):
        code = "no-credit"
    elif status in _BY_STATUS:
        code = _BY_STATUS[status]
    elif 400 <= status < 500:
        code = "bad-request"
    else:
        code = "server-error" if status >= 500 else "http-status"
    # Refusals of a key may repeat it in any form: what they say is left out altogether.
    detail = f"{status}" if code in ("bad-key", "not-allowed") or not said else f"{status}: {said}"
    return _failure(code, exc, detail=detail, retry_after=wait)


def _by_type(chain: list[BaseException]) -> str | None:
    """The most telling row for a chain of exceptions without a status: the transport's own word first."""
    if any(isinstance(e, ssl.SSLCertVerificationError) for e in chain):
        return "untrusted-server"
    for name, code in _BY_HTTPX:
        if any(_named(chain, library, name) for library in ("httpx", "httpx2")):
            return code
    if any(isinstance(e, TimeoutError) and _raised_within_client(e) for e in chain):
        return "timeout"
    for name, code in (
        ("LengthFinishReasonError", "truncated"),
        ("ContentFilterFinishReasonError", "content-filter"),
        ("APITimeoutError", "timeout"),
        ("APIConnectionError", "connection-lost"),
        ("APIResponseValidationError", "bad-response"),
        ("APIError", "server-error"),
    ):
        if _named(chain, "openai", name):
            return code
    for name, code in _BY_LANGCHAIN:
        if _named(chain, "langchain_core.exceptions", name):
            return code
    if any("credentials" in str(e) for e in chain if _named([e], "openai", "OpenAIError")):
        return "bad-key"
    return None


def _failure(
    code: str, exc: BaseException, *, detail: str | None = None, retry_after: float | None = None
) -> StepFailed:
    row = ROWS[code]
    message = row.message.format(server=_server(exc))
    said = _said(exc) if detail is None and code in ("server-error", "bad-request") else detail
    if said:
        message = f"{message.removesuffix('.')} ({said})."
    if code == "bad-response":
        message = f"{message.removesuffix('.')} ({type(exc).__name__})."
    return StepFailed(
        message,
        code=code,
        hint=row.hint,
        retryable=row.retryable,
        retry_after=retry_after if row.retryable else None,
    )


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        yield exc
        exc = exc.__cause__ or exc.__context__


def _named(chain: list[BaseException], module: str, name: str) -> BaseException | None:
    kind = getattr(sys.modules.get(module), name, None)
    if not isinstance(kind, type):
        return None
    return next((e for e in chain if isinstance(e, kind)), None)


def _status(exc: BaseException) -> int | None:
    """The HTTP status an exception of openai or httpx carries."""
    if not any(_named([exc], *kind) for kind in _STATUS_ERRORS):
        return None
    status = getattr(exc, "status_code", None)
    if status is None:
        status = getattr(getattr(exc, "response", None), "status_code", None)
    # An answer with a good status that can't be read is a bad response, not a status.
    return status if isinstance(status, int) and status >= 300 else None


_STATUS_ERRORS = (("openai", "APIStatusError"), ("httpx", "HTTPStatusError"), ("httpx2", "HTTPStatusError"))


def _said(exc: BaseException) -> str:
    """The server's own words, cleaned of keys and shortened."""
    body = cast("Any", getattr(exc, "body", None))
    message = cast("dict[str, Any]", body).get("message") if isinstance(body, dict) else None
    if not message and isinstance(body, str) and "<html" not in body.lower():
        message = body
    if not message and _named([exc], "openai", "APIError") and not isinstance(body, str | dict | list):
        message = getattr(exc, "message", "")
    words = " ".join(redact(str(message or "")).split())
    return (words[:197] + "...") if len(words) > 200 else words.rstrip(".")


def _server(exc: BaseException) -> str:
    """Scheme, host and port of the server a failed request went to."""
    for error in _causes(exc):
        try:
            url: Any = cast("Any", error).request.url
            return f"{url.scheme}://{url.netloc.decode()}" if url.host else repr(redact(str(url)))
        except (AttributeError, RuntimeError):  # httpx raises RuntimeError for a request never made
            continue
    return "its address"


def _raised_within_client(exc: BaseException) -> bool:
    """Whether the exception came out of a client library's code and not out of a component's own."""
    if isinstance(exc, asyncio.CancelledError | KeyboardInterrupt | SystemExit | GeneratorExit):
        return False
    trace = exc.__traceback__
    last = ""
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        if module.split(".")[0] not in _NEUTRAL:
            last = module.split(".")[0]
        trace = trace.tb_next
    return last in _CLIENTS


# Where a client's mistake surfaces: what it calls with the server's bytes.
_NEUTRAL = ("json", "jiter", "pydantic", "concurrent", "asyncio", "codecs", "contextlib")
