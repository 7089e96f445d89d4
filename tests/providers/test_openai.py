"""The real client against a fake server on loopback: answers, streams, and thirty ways to misbehave."""

import asyncio
import socket
import time
from typing import Any

import pytest
from tests.fakes.openai_server import FakeOpenAI, Reply

from weft import providers
from weft.model.errors import StepFailed

HELLO = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello there"}]


class Scope:
    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def record_call(self, call: dict[str, Any], /) -> None:
        self.calls.append(call)


async def whole(model: Any) -> Any:
    return await model.ainvoke(providers.messages(HELLO))


async def streamed(model: Any) -> Any:
    answer = None
    async for chunk in model.astream(providers.messages(HELLO)):
        answer = chunk if answer is None else answer + chunk
    return answer


async def failure(ask: Any, model: Any) -> StepFailed:
    """What a step that asks this model fails with."""
    with pytest.raises(Exception) as raised:  # noqa: PT011 - what it is depends on the client's version
        providers.ensure_complete(await ask(model))
    explained = providers.explain(raised.value)
    assert explained is not None, repr(raised.value)
    return explained


@pytest.fixture
async def pool():
    pool = providers.ModelPool()
    yield pool
    await pool.close()


@pytest.mark.parametrize("ask", [whole, streamed])
async def test_an_answer_with_its_usage_and_finish_reason(
    ask: Any, fake_openai: FakeOpenAI, pool: Any
) -> None:
    fake_openai.will(Reply("Hello to you too.", cached_tokens=2))
    answer = await ask(pool.chat_model("openai:some-model"))
    providers.ensure_complete(answer)
    assert providers.text(answer) == "Hello to you too."
    assert providers.finish(answer) == "stop"
    assert providers.usage(answer) == {"input_tokens": 4, "output_tokens": 4, "cached_tokens": 2}
    (request,) = fake_openai.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer fake-key-for-tests"
    assert request.body["model"] == "some-model"
    assert request.messages == HELLO


async def test_a_stream_arrives_word_by_word(fake_openai: FakeOpenAI, pool: Any) -> None:
    fake_openai.will(Reply("one two three", keepalives=3))
    chunks = [chunk.content async for chunk in pool.chat_model("openai:m").astream("count")]
    assert [chunk for chunk in chunks if chunk] == ["one", " two", " three"]


async def test_tool_calls_are_an_answer(fake_openai: FakeOpenAI, pool: Any) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    for ask in (whole, streamed):
        fake_openai.will(Reply("", tool_calls=(call,), finish="tool_calls"))
        answer = await ask(pool.chat_model("openai:m"))
        providers.ensure_complete(answer)
        assert [(c["name"], c["args"]) for c in answer.tool_calls] == [("add", {"a": 1})]


R = Reply
STATUSES: list[tuple[Reply, str, bool]] = [
    (R.status(400), "bad-request", False),
    (R.status(400, "maximum context length is 10 tokens"), "context-overflow", False),
    (R.status(401), "bad-key", False),
    (R.status(403), "not-allowed", False),
    (R.status(404), "unknown-model", False),
    (R.status(408), "timeout", True),
    (R.status(409), "conflict", True),
    (R.status(413), "too-large", False),
    (R.status(418), "bad-request", False),
    (R.status(422), "bad-request", False),
    (R.status(425), "conflict", True),
    (R.status(429), "rate-limited", True),
    (R.status(429, code="insufficient_quota"), "no-credit", False),
    (R.status(500), "server-error", True),
    (R(code=502, raw="<html>bad gateway</html>"), "server-error", True),
    (R.status(503), "server-error", True),
    (R.status(504), "timeout", True),
    (R(code=302, raw="", headers={"location": "http://127.0.0.1:1/"}), "http-status", False),
]
BROKEN: list[tuple[Reply, str, bool]] = [
    (R(reset=True), "connection-lost", True),
    (R("one two three", cut_after=2), "connection-lost", True),
    (R("one two three", cut_after=0), "connection-lost", True),
    (R("cut", finish="length"), "truncated", False),
    (R("withheld", finish="content_filter"), "content-filter", False),
    (R(""), "empty-answer", True),
    (R(raw="{not json"), "bad-response", True),
    (R(raw="<html>a page</html>"), "bad-response", True),
    (R(raw=""), "bad-response", True),
    (R(raw="null"), "bad-response", True),
    (R(raw="[1, 2]"), "bad-response", True),
    (R(raw='{"id": "x"}'), "bad-response", True),
    (R(raw='{"choices": null}'), "bad-response", True),
    (R(raw='{"choices": 7}'), "bad-response", True),
    (R(raw='{"choices": [{"message": "x"}]}'), "bad-response", True),
    (R(raw='{"choices": [{"message": {"role": "assistant", "content": 7}}]}'), "bad-response", True),
    (R(raw='{"error": {"message": "no"}}'), "bad-response", True),
    (R(raw=b'{"choices": [{"message": {"content": "\xff\xfe'), "bad-response", True),
    (R(raw="zz", headers={"content-encoding": "gzip"}), "bad-response", True),
]
STREAMED: list[tuple[Reply, str, bool]] = [
    (R("one two three", cut_after=2, cut_cleanly=True), "stream-cut", True),
    (R("one two", finish=None), "stream-cut", True),
    (R("one two", choices=False), "stream-cut", True),
    (R("one two", mid_error={"message": "overloaded", "type": "server_error"}), "server-error", True),
    (R("one two", mid_error={"message": "slow down", "code": "rate_limit_exceeded"}), "rate-limited", True),
    (R("one two", mid_error={"message": "no more", "code": "insufficient_quota"}), "no-credit", False),
    (R(raw="data: {not json\n\n"), "bad-response", True),
    (R(raw="data: 7\n\n"), "bad-response", True),
    (R(raw="data: [1]\n\n"), "bad-response", True),
    (R(raw='data: {"error": "x"}\n\n'), "server-error", True),
    (R(raw='data: {"choices": [{"delta": null, "finish_reason": "stop"}]}\n\n'), "bad-response", True),
    (R(raw=b'data: {"choices": [{"delta": {"content": "\xff"}}]}\n\n'), "bad-response", True),
]
EMPTY = (R(choices=False), "bad-response", True)
MISBEHAVIOURS = [
    *((ask, *case) for ask in (whole, streamed) for case in (*STATUSES, *BROKEN)),
    *((streamed, *case) for case in STREAMED),
    (whole, *EMPTY),
]


def named(value: Any) -> str:
    return getattr(value, "__name__", None) or (str(value) if isinstance(value, str | bool) else "reply")


@pytest.mark.parametrize(("ask", "reply", "code", "retryable"), MISBEHAVIOURS, ids=named)
async def test_misbehaviour_is_a_named_failure_retried_as_tabled(
    ask: Any, reply: Reply, code: str, retryable: bool, fake_openai: FakeOpenAI, pool: Any
) -> None:
    fake_openai.will(reply)
    failed = await failure(ask, pool.chat_model("openai:m"))
    assert (failed.code, failed.retryable) == (code, retryable)
    assert failed.message[0].isupper()
    assert failed.message.endswith(".")
    assert failed.hint
    assert len(fake_openai.requests) == 1  # the client itself never tries again


WAITS = [
    ("7", 7.0),
    ("0.5", 0.5),
    ("-3", 0.0),
    ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
    ("soon", None),
    ("inf", None),
]


@pytest.mark.parametrize(("header", "seconds"), WAITS)
@pytest.mark.parametrize("status", [429, 503])
async def test_the_time_a_server_asks_to_wait_is_passed_on(
    header: str, seconds: float | None, status: int, fake_openai: FakeOpenAI, pool: Any
) -> None:
    fake_openai.will(R.status(status, retry_after=header))
    assert (await failure(streamed, pool.chat_model("openai:m"))).retry_after == seconds


@pytest.mark.parametrize(("ask", "where"), [(whole, "headers"), (streamed, "headers"), (streamed, "chunk")])
async def test_a_server_that_hangs_is_left_after_the_read_timeout(
    ask: Any, where: str, fake_openai: FakeOpenAI, pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weft.providers.connections.READ", 0.1)
    fake_openai.will(R("one two", hang=where))
    failed = await failure(ask, pool.chat_model("openai:m"))
    assert (failed.code, failed.retryable) == ("timeout", True)


async def test_a_server_that_is_not_there_is_named_at_once(pool: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    model = pool.chat_model("openai:m", base_url=f"http://127.0.0.1:{port}/v1", api_key="some-key")
    started = time.monotonic()
    failed = await failure(streamed, model)
    assert (failed.code, failed.retryable) == ("unreachable", True)
    assert failed.message == f"The model server at http://127.0.0.1:{port} can't be reached."
    assert "'weft models' shows it" in failed.hint
    assert time.monotonic() - started < 5


async def test_an_address_that_is_no_address(pool: Any) -> None:
    failed = await failure(
        whole, pool.chat_model("openai:m", base_url="localhost:8000/v1", api_key="some-key")
    )
    assert (failed.code, failed.retryable) == ("bad-url", False)


async def test_cancelling_closes_the_connection_and_records_the_call(
    fake_openai: FakeOpenAI, pool: Any
) -> None:
    scope = Scope()
    fake_openai.will(R("one two three", hang="chunk"))
    model = providers.bind(pool.chat_model("openai:m"), scope)
    asking = asyncio.create_task(streamed(model))
    await asyncio.to_thread(fake_openai.wait_for_requests, 1)
    while not asking.done():  # again and again, as the engine does: `asyncio.wait_for` of 3.11 can lose one
        asking.cancel()
        await asyncio.wait([asking], timeout=1)
    assert asking.cancelled()
    await asyncio.to_thread(fake_openai.wait_until_idle)
    (call,) = scope.calls
    assert call["error"]["code"] == "cancelled"


async def test_closing_the_pool_closes_its_connections(fake_openai: FakeOpenAI) -> None:
    pool = providers.ModelPool()
    await whole(pool.chat_model("openai:m"))
    assert fake_openai.open_connections == 1
    await pool.close()
    await asyncio.to_thread(fake_openai.wait_until_idle)


async def test_calls_are_recorded_as_sent_and_answered(fake_openai: FakeOpenAI, pool: Any) -> None:
    for ask in (whole, streamed):
        scope = Scope()
        await ask(providers.bind(pool.chat_model("openai:some-model"), scope))
        (call,) = scope.calls
        assert call.pop("seconds") > 0
        assert call == {
            "model": "openai:some-model",
            "messages": HELLO,
            "answer": "A plain answer.",
            "usage": {"input_tokens": 4, "output_tokens": 3},
            "finish": "stop",
            "cost": None,
        }


async def test_a_failed_call_is_recorded_with_what_came_before_it(fake_openai: FakeOpenAI, pool: Any) -> None:
    scope = Scope()
    fake_openai.will(R("one two three", cut_after=2))
    await failure(streamed, providers.bind(pool.chat_model("openai:m"), scope))
    (call,) = scope.calls
    assert (call["answer"], call["finish"], call["error"]["code"]) == ("one two", None, "connection-lost")
    assert call["messages"] == HELLO


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
async def test_a_key_that_a_server_repeats_is_never_shown_nor_recorded(
    status: int, fake_openai: FakeOpenAI, pool: Any
) -> None:
    key = "canary1234567890"
    fake_openai.will(
        R.status(status, f"your key {key}, Bearer {key}, also sk-proj-abcdefghijklmnop is wrong")
    )
    scope = Scope()
    failed = await failure(whole, providers.bind(pool.chat_model("openai:m", api_key=key), scope))
    told = f"{failed} {scope.calls}"
    assert key not in told
    assert "abcdefghijklmnop" not in told


async def test_a_copy_with_a_recorder_shares_the_client_and_leaves_the_original_alone(
    fake_openai: FakeOpenAI, pool: Any
) -> None:
    scope, model = Scope(), pool.chat_model("openai:m")
    bound = providers.bind(model, scope)
    await whole(model)
    assert scope.calls == []
    await whole(bound)
    assert len(scope.calls) == 1
    assert fake_openai.open_connections == 1
