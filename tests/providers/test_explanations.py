"""The table of failures, row by row, for exceptions that no server on loopback can cause."""

import asyncio
import json
import ssl
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from langchain_core import exceptions as langchain
from langchain_openai.chat_models._client_utils import StreamChunkTimeoutError

from weft import providers
from weft.model.errors import StepFailed
from weft.providers import explanations
from weft.providers.explanations import explain
from weft.providers.failures import ROWS

REQUEST = httpx.Request("POST", "https://models.example:8443/v1/chat/completions")


def caused(exc: BaseException, cause: BaseException) -> BaseException:
    exc.__cause__ = cause
    return exc


def status(number: int, **headers: str) -> httpx.HTTPStatusError:
    return httpx.HTTPStatusError("x", request=REQUEST, response=httpx.Response(number, headers=headers))


UNTRUSTED = ssl.SSLCertVerificationError("certificate verify failed")
CONNECTION: Any = openai.APIConnectionError(request=REQUEST)  # type: ignore[arg-type]
CASES: list[tuple[BaseException, str, bool]] = [
    (httpx.ConnectError("no", request=REQUEST), "unreachable", True),
    (httpx.ConnectTimeout("no", request=REQUEST), "unreachable", True),
    (httpx.ProxyError("no", request=REQUEST), "unreachable", True),
    (caused(httpx.ConnectError("no", request=REQUEST), UNTRUSTED), "untrusted-server", False),
    (httpx.UnsupportedProtocol("no", request=REQUEST), "bad-url", False),
    (httpx.InvalidURL("no"), "bad-url", False),
    (httpx.ReadTimeout("no", request=REQUEST), "timeout", True),
    (httpx.PoolTimeout("no", request=REQUEST), "timeout", True),
    (httpx.ReadError("no", request=REQUEST), "connection-lost", True),
    (httpx.RemoteProtocolError("no", request=REQUEST), "connection-lost", True),
    (httpx.TooManyRedirects("no", request=REQUEST), "bad-response", True),
    (httpx.DecodingError("no", request=REQUEST), "bad-response", True),
    (status(404), "unknown-model", False),
    (status(429, **{"retry-after": "3"}), "rate-limited", True),
    (status(502), "server-error", True),
    (CONNECTION, "connection-lost", True),
    (openai.APITimeoutError(request=REQUEST), "timeout", True),  # type: ignore[arg-type]
    (openai.OpenAIError("Missing credentials."), "bad-key", False),
    (StreamChunkTimeoutError(3.0, model_name="m", chunks_received=2), "timeout", True),
    (langchain.ContextOverflowError("no"), "context-overflow", False),
    (langchain.ModelAuthenticationError("no"), "bad-key", False),
    (langchain.ModelPermissionDeniedError("no"), "not-allowed", False),
    (langchain.ModelInvalidRequestError("no"), "bad-request", False),
    (langchain.ModelNotFoundError("no"), "unknown-model", False),
    (langchain.ModelRateLimitError("no"), "rate-limited", True),
    (langchain.ModelAPIError("no"), "server-error", True),
    (langchain.ModelConnectionError("no"), "unreachable", True),
    (langchain.ModelTimeoutError("no"), "timeout", True),
    (openai.ContentFilterFinishReasonError(), "content-filter", False),
]


@pytest.mark.parametrize(("exc", "code", "retryable"), CASES, ids=lambda v: type(v).__name__)
def test_an_exception_is_a_failure_of_the_table(exc: BaseException, code: str, retryable: bool) -> None:
    failure = explain(exc)
    assert failure is not None
    assert (failure.code, failure.retryable) == (code, retryable)
    assert failure.hint == ROWS[code].hint


def test_who_failed_is_named_with_its_address() -> None:
    model, other = explain(CONNECTION), explain(httpx.ConnectError("no", request=REQUEST))
    assert model is not None
    assert other is not None
    assert model.message.startswith(
        "The connection to the model server at https://models.example:8443 was lost"
    )
    assert other.message == "The server at https://models.example:8443 can't be reached."


def test_a_failure_is_its_own_explanation() -> None:
    failure = StepFailed("No.", code="mine")
    assert explain(failure) is failure


def component_error() -> Exception:
    try:
        try:
            raise httpx.ConnectError("no", request=REQUEST)
        except httpx.ConnectError as exc:
            raise ValueError("the component's own words") from exc
    except ValueError as exc:
        return exc


OTHERS = [
    ValueError("x"),
    KeyError("choices"),
    TimeoutError(),
    asyncio.CancelledError(),
    OSError(),
    component_error(),
]


@pytest.mark.parametrize("exc", OTHERS, ids=lambda v: type(v).__name__)
def test_what_is_no_failure_of_a_model_is_left_to_others(exc: BaseException) -> None:
    assert explain(exc) is None


def test_the_same_exceptions_out_of_a_component_and_out_of_a_client_are_told_apart() -> None:
    with pytest.raises(json.JSONDecodeError) as own:
        json.loads("{")
    assert explain(own.value) is None
    with pytest.raises(json.JSONDecodeError) as clients:
        httpx.Response(200, content=b"{", request=REQUEST).json()
    explained = explain(clients.value)
    assert explained is not None
    assert explained.code == "bad-response"


def test_every_row_is_in_the_documented_table_with_its_retry() -> None:
    lines = [line for line in (explanations.__doc__ or "").splitlines() if line.startswith("|")]
    told = {line.split("|")[2].strip().strip("`"): line.split("|")[3].strip() for line in lines[2:]}
    assert set(told) == set(ROWS)
    assert {code: said.startswith("yes") for code, said in told.items()} == {
        code: row.retryable for code, row in ROWS.items()
    }


def test_the_documentation_is_what_the_code_says() -> None:
    from weft.providers import documented

    written = Path(documented.__file__).with_name("README.md").read_text("utf-8")
    assert written == documented.table(), "write it again: python -m weft.providers.documented"


def test_every_code_of_an_incomplete_answer_has_its_case() -> None:
    from langchain_core.messages import AIMessage, AIMessageChunk

    def code(message: Any) -> str:
        with pytest.raises(StepFailed) as refused:
            providers.ensure_complete(message)
        return refused.value.code

    def answer(text: str = "text", **metadata: Any) -> AIMessage:
        return AIMessage(content=text, response_metadata=metadata)

    assert code(answer(finish_reason="length")) == "truncated"
    assert code(answer(stop_reason="max_tokens")) == "truncated"
    assert code(answer(finish_reason="lengthlength")) == "truncated"
    assert (
        code(answer(status="incomplete", incomplete_details={"reason": "max_output_tokens"})) == "truncated"
    )
    assert code(answer(finish_reason="SAFETY")) == "content-filter"
    assert code(answer("", finish_reason="stop")) == "empty-answer"
    assert code(answer(" \n", finish_reason="stop")) == "empty-answer"
    assert code(AIMessageChunk(content="half")) == "stream-cut"
    assert code(AIMessage(content="", additional_kwargs={"refusal": "I won't."})) == "refused"
    for whole in (
        answer(finish_reason="stop"),
        answer(stop_reason="end_turn"),
        answer(status="completed"),
        answer(),
    ):
        providers.ensure_complete(whole)
