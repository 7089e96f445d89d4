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
| more than an answer can be: a stream without end, a huge body | `answer-too-large` | no       |
| the answer hit the length limit                      | `truncated`        | no                |
| the stream ended, and the answer hadn't              | `stream-cut`       | yes               |
| the content filter stepped in                        | `content-filter`   | no                |
| the model says that it won't answer                  | `refused`          | no                |
| an answer without a text and without a tool call     | `empty-answer`     | yes               |

The exceptions are those of openai, httpx (and httpx2) and langchain-core; none of them is imported here: a
library that isn't loaded can't have raised. Anything else is not a model's failure: `explain` returns None.
"""

import asyncio
import ssl
import sys
from collections.abc import Iterator
from typing import Any, cast

from weft.model.errors import StepFailed
from weft.providers.failures import ROWS
from weft.providers.redaction import redact
from weft.providers.retry_after import retry_after

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
_NO_CREDIT = ("insufficient_quota", "billing_hard_limit")
_OVERFLOW = ("context_length_exceeded", "context window", "maximum context length", "prompt is too long")
_CLIENTS = ("openai", "langchain_openai", "langchain_core", "httpx", "httpx2")


def explain(exc: BaseException) -> StepFailed | None:
    """The failure that an exception of a model call means, or None if it is not one."""
    if isinstance(exc, StepFailed):
        return exc
    if not (_is_client_error(exc) or _raised_within_client(exc)):
        return None  # a component's own exception, even when a client's is its cause
    chain = list(_causes(exc))
    if overflow := _named(chain, "langchain_core.exceptions", "ContextOverflowError"):
        return _failure("context-overflow", overflow)
    if refused := next((e for e in chain if _status(e) is not None), None):
        return _by_status(refused)
    return _failure(_by_type(chain) or "bad-response", exc)


def _by_status(exc: BaseException) -> StepFailed:
    status = _status(exc) or 0
    said = _said(exc)
    response: Any = getattr(exc, "response", None)
    wait = retry_after(response.headers) if response is not None else None
    if (told := _by_words(exc)) and status in (400, 413, 422, 429):
        code = told
    elif status in _BY_STATUS:
        code = _BY_STATUS[status]
    elif 400 <= status < 500:
        code = "bad-request"
    else:
        code = "server-error" if status >= 500 else "http-status"
    # Refusals of a key may repeat it in any form: what they say is left out altogether.
    detail = f"{status}" if code in ("bad-key", "not-allowed") or not said else f"{status}: {said}"
    return _failure(code, exc, detail=detail, retry_after=wait)


def _by_words(exc: BaseException) -> str | None:
    """What the server's own code and words say beyond the status, or without one, within a stream."""
    said = f"{getattr(exc, 'code', '')} {getattr(exc, 'type', '')} {_said(exc)}".lower()
    marks = ((_OVERFLOW, "context-overflow"), (_NO_CREDIT, "no-credit"), (("rate_limit",), "rate-limited"))
    return next((code for words, code in marks if any(word in said for word in words)), None)


def _by_type(chain: list[BaseException]) -> str | None:
    """The most telling row for a chain of exceptions without a status: the transport's own word first."""
    if any(isinstance(e, ssl.SSLCertVerificationError) for e in chain):
        return "untrusted-server"
    for name, code in _BY_HTTPX:
        if any(_named(chain, library, name) for library in ("httpx", "httpx2")):
            return code
    if any(isinstance(e, TimeoutError) and (_is_client_error(e) or _raised_within_client(e)) for e in chain):
        return "timeout"
    for name, code in (
        ("LengthFinishReasonError", "truncated"),
        ("ContentFilterFinishReasonError", "content-filter"),
        ("APITimeoutError", "timeout"),
        ("APIConnectionError", "connection-lost"),
        ("APIResponseValidationError", "bad-response"),
        ("APIError", "server-error"),
    ):
        if error := _named(chain, "openai", name):
            return _by_words(error) or code
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
    message = message[0].upper() + message[1:]
    said = _said(exc) if detail is None and code in ("server-error", "bad-request") else detail
    if said:
        message = f"{message.removesuffix('.')} ({said})."
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
    """Who failed: a model server, or another one a component talked to; with scheme, host and port if known."""
    modelled = any(_is_client_error(e, "openai", "langchain_core") for e in _causes(exc))
    who = (
        "the model server"
        if modelled or _raised_within_client(exc, "openai", "langchain_openai")
        else "the server"
    )
    for error in _causes(exc):
        try:
            url: Any = cast("Any", error).request.url
            return f"{who} at {url.scheme}://{url.netloc.decode()}" if url.host else who
        except (AttributeError, RuntimeError):  # httpx raises RuntimeError for a request never made
            continue
    return who


def _is_client_error(exc: BaseException, *libraries: str) -> bool:
    return any(kind.__module__.split(".")[0] in (libraries or _CLIENTS) for kind in type(exc).__mro__)


def _raised_within_client(exc: BaseException, *libraries: str) -> bool:
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
    # What langchain raises for an empty stream is told to callbacks before it is raised, so it has no trace yet.
    if not last and isinstance(exc, ValueError) and str(exc) == "No generation chunks were returned":
        return True
    return last in (libraries or _CLIENTS)


# Where a client's mistake surfaces: what it calls with the server's bytes.
_NEUTRAL = ("json", "jiter", "pydantic", "concurrent", "asyncio", "codecs", "contextlib")
