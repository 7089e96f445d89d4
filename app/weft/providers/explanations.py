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

The exceptions are those of the providers' clients (`registry.py`), httpx (and httpx2) and langchain-core; none of them
is imported here: a library that isn't loaded can't have raised. Anything else is not a model's failure: `explain`
returns None.
"""

import asyncio
import ssl
from collections.abc import Iterator

from weft.model.errors import StepFailed
from weft.providers.exceptions import address, headers, named, said, status
from weft.providers.failures import ROWS
from weft.providers.registry import LIBRARIES, errors
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
_WORDS = (
    (
        (
            "context_length_exceeded",
            "context window",
            "context length",
            "maximum context",
            "prompt is too long",
            "input is too long",
            "input token count",
        ),
        "context-overflow",
    ),
    (("insufficient_quota", "billing_hard_limit", "credit balance is too low"), "no-credit"),
    (("rate_limit", "throttlingexception"), "rate-limited"),
)
_NO_KEY = ("api key not valid", "api_key_invalid")  # Google says it with 400
_MODELS = ("langchain_core", *LIBRARIES)
_CLIENTS = (*_MODELS, "httpx", "httpx2")


def explain(exc: BaseException) -> StepFailed | None:
    """The failure that an exception of a model call means, or None if it is not one."""
    if isinstance(exc, StepFailed):
        return exc
    if not (_is_client_error(exc) or _raised_within_client(exc)):
        return None  # a component's own exception, even when a client's is its cause
    chain = list(_causes(exc))
    if overflow := named(chain, "langchain_core.exceptions", "ContextOverflowError"):
        return _failure("context-overflow", overflow)
    if told := next((one for one in chain if isinstance(one, StepFailed)), None):
        return told  # what was said within the client, as of an answer without end
    if any(status(one) is not None for one in chain):
        return _by_status(exc, chain)
    return _failure(_by_type(chain) or "bad-response", exc)


def _by_status(exc: BaseException, chain: list[BaseException]) -> StepFailed:
    number = next(found for one in chain if (found := status(one)) is not None)
    words = next((found for one in chain if (found := said(one))), "")
    told = _by_words(chain)
    if told and number in (400, 413, 422, 429):
        code = told
    elif number == 400 and any(mark in words.lower() for mark in _NO_KEY):
        code = "bad-key"
    elif number in _BY_STATUS:
        code = _BY_STATUS[number]
    elif 400 <= number < 500:
        code = "bad-request"
    else:
        code = "server-error" if number >= 500 else "http-status"
    # Refusals of a key may repeat it in any form: what they say is left out altogether.
    detail = f"{number}" if code in ("bad-key", "not-allowed") or not words else f"{number}: {words}"
    wait = next((retry_after(found) for one in chain if (found := headers(one))), None)
    return _failure(code, exc, detail=detail, retry_after=wait)


def _by_words(chain: list[BaseException]) -> str | None:
    """What the server's own code and words say beyond the status, or without one, within a stream."""
    told = " ".join(f"{getattr(e, 'code', '')} {getattr(e, 'type', '')} {said(e)}" for e in chain).lower()
    return next((code for words, code in _WORDS if any(word in told for word in words)), None)


def _by_type(chain: list[BaseException]) -> str | None:
    """The most telling row for a chain of exceptions without a status: the transport's own word first."""
    if told := _peculiar(chain):
        return told
    for name, code in _BY_HTTPX:
        if any(named(chain, library, name) for library in ("httpx", "httpx2")):
            return code
    if any(isinstance(e, TimeoutError) and (_is_client_error(e) or _raised_within_client(e)) for e in chain):
        return "timeout"
    for module, name, code in errors():
        if named(chain, module, name):
            return _by_words(chain) or code
    for name, code in _BY_LANGCHAIN:
        if named(chain, "langchain_core.exceptions", name):
            return code
    if any("credentials" in str(e) for e in chain if named([e], "openai", "OpenAIError")):
        return "bad-key"
    return None


def _peculiar(chain: list[BaseException]) -> str | None:
    """What only one client, or Python itself, says in that way."""
    if any(isinstance(e, ssl.SSLCertVerificationError) for e in chain):
        return "untrusted-server"
    if named(chain, "httpx_sse", "SSEError"):  # which calls itself a fault of the transport
        return "bad-response"
    bare = [e for e in chain if type(e) is ConnectionError]
    if any(_raised_within_client(e, "ollama") for e in bare):
        return "unreachable"
    return "stream-cut" if any(_raised_within_client(e, "langchain_aws") for e in bare) else None


def _failure(
    code: str, exc: BaseException, *, detail: str | None = None, retry_after: float | None = None
) -> StepFailed:
    row = ROWS[code]
    message = row.message.format(server=_server(exc))
    message = message[0].upper() + message[1:]
    words = said(exc) if detail is None and code in ("server-error", "bad-request") else detail
    if words:
        message = f"{message.removesuffix('.')} ({words})."
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


def _server(exc: BaseException) -> str:
    """Who failed: a model server, or another one a component talked to; with scheme, host and port if known."""
    modelled = any(_is_client_error(e, *_MODELS) for e in _causes(exc))
    who = "the model server" if modelled or _raised_within_client(exc, *LIBRARIES) else "the server"
    where = next((found for one in _causes(exc) if (found := address(one))), "")
    return f"{who} at {where}" if where else who


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
