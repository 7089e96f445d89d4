"""Each provider's real client against a server on loopback that speaks its protocol, and misbehaves."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from tests.fakes.anthropic_server import FakeAnthropic
from tests.fakes.bedrock_server import FakeBedrock
from tests.fakes.google_server import FakeGoogle
from tests.fakes.misbehaviours import MISBEHAVIOURS, WAYS
from tests.fakes.mistral_server import FakeMistral
from tests.fakes.ollama_server import FakeOllama
from tests.fakes.openai_server import FakeOpenAI, Reply

from weft import providers
from weft.model.errors import StepFailed
from weft.providers import ModelPool

FAKES: dict[str, type[FakeOpenAI]] = {
    "anthropic": FakeAnthropic,
    "bedrock": FakeBedrock,
    "google": FakeGoogle,
    "mistral": FakeMistral,
    "ollama": FakeOllama,
}
HELLO = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello there"}]
NAMES = (
    "bad request", "prompt too long", "key not accepted", "not allowed", "no such model",
    "rate limit with seconds", "server error", "overloaded", "redirect to elsewhere", "bad gateway in HTML",
    "closed without an answer", "cut after two words", "ends without a finish", "finish left out", "no last chunk",
    "error within the stream", "bad JSON", "empty body", "a page of HTML", "endless stream",
    "cut at the length limit", "withheld by the filter", "nothing", "comments between the words",
)  # fmt: skip


class Scope:
    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def record_call(self, call: dict[str, Any], /) -> None:
        self.calls.append(call)


class Asked(NamedTuple):
    name: str
    fake: FakeOpenAI
    pool: ModelPool

    async def ask(self, way: str, scope: Scope | None = None, **more: Any) -> Any:
        """The answer of a model that is bound to a step, judged as `prompt` does."""
        live = providers.bind(await self.pool.live_model(f"{self.name}:some-model"), scope or Scope())
        if way == "whole":
            answer = await live.ainvoke(providers.messages(HELLO), **more)
        else:
            answer = None
            async for chunk in live.astream(providers.messages(HELLO), **more):
                answer = chunk if answer is None else answer + chunk
        assert answer is not None
        providers.ensure_complete(answer)
        return answer


@pytest.fixture(scope="module", params=FAKES)
def served(request: pytest.FixtureRequest) -> Iterator[tuple[str, FakeOpenAI]]:
    with FAKES[request.param]() as fake:
        yield request.param, fake


@pytest.fixture
async def asked(served: tuple[str, FakeOpenAI], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Asked]:
    name, fake = served
    fake.requests.clear()
    for variable, value in fake.env.items():
        monkeypatch.setenv(variable, value)
    pool = ModelPool()
    yield Asked(name, fake, pool)
    await pool.close()


@pytest.mark.parametrize("way", WAYS)
async def test_an_answer_its_reasoning_apart_its_usage_and_why_it_ended(asked: Asked, way: str) -> None:
    asked.fake.will(Reply("Hello to you too.", reasoning="Let me think."))
    scope = Scope()
    answer = await asked.ask(way, scope)
    assert providers.text(answer) == "Hello to you too."
    assert providers.finish(answer) == "stop"
    assert providers.usage(answer) == {"input_tokens": 4, "output_tokens": 4}
    (call,) = scope.calls
    assert (call["model"], call["answer"], call["finish"]) == (
        f"{asked.name}:some-model",
        "Hello to you too.",
        "stop",
    )
    assert call["reasoning"] == "Let me think."
    assert "think" not in asked.fake.requests[0].body  # which a model that can't refuses
    key = "".join(value for value in asked.fake.requests[0].headers.values() if "fake-key-for-tests" in value)
    assert bool(key) is (asked.name != "ollama")


@pytest.mark.parametrize("way", WAYS)
async def test_tokens_that_the_server_had_cached_are_counted(asked: Asked, way: str) -> None:
    told = asked.name in ("anthropic", "google", "bedrock")  # the others' clients don't say
    asked.fake.will(Reply("one two", cached_tokens=2, cache_written=1))
    used = providers.usage(await asked.ask(way))
    assert used.get("cached_tokens") == (2 if told else None)
    assert used.get("cache_write_tokens") == (1 if asked.name in ("anthropic", "bedrock") else None)


async def test_a_stream_arrives_word_by_word(asked: Asked) -> None:
    asked.fake.will(Reply("one two three"))
    live = await asked.pool.live_model(f"{asked.name}:m")
    texts = [providers.text(chunk) async for chunk in live.astream("count")]
    assert [text for text in texts if text] == ["one", " two", " three"]


@pytest.mark.parametrize(("name", "way"), [(name, way) for name in NAMES for way in MISBEHAVIOURS[name].ways])
async def test_it_fails_by_name_or_is_an_answer(
    name: str, way: str, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = MISBEHAVIOURS[name]
    for place in ("failures", "calls", "connections"):
        monkeypatch.setattr(f"weft.providers.{place}.LARGEST", 200_000)
    reply = wrong.reply
    if reply.refused and reply.code == 400 and name == "prompt too long":
        reply = replace(reply, refused={"message": "prompt is too long: 11 tokens > 10 maximum"})
    asked.fake.will(reply)
    scope = Scope()
    code = ELSE.get((asked.name, name, way), wrong.code)
    if not code:
        assert providers.text(await asked.ask(way, scope)) == reply.text
        return
    with pytest.raises(Exception) as raised:  # noqa: PT011 - what it is depends on the client
        await asked.ask(way, scope)
    failure = providers.explain(raised.value)
    assert failure is not None, repr(raised.value)
    assert failure.code == code, (failure.message, repr(raised.value))
    assert failure.hint
    assert len(scope.calls) == len(asked.fake.requests) == 1
    if failure.code != "empty-answer":
        assert scope.calls[0]["error"]["code"] == failure.code


ELSE: dict[tuple[str, str, str], str] = {
    ("google", "empty body", "whole"): "empty-answer",
    ("bedrock", "cut after two words", "whole"): "bad-response",
    ("bedrock", "bad JSON", "streamed"): "stream-cut",
    ("bedrock", "empty body", "streamed"): "stream-cut",
    ("mistral", "error within the stream", "streamed"): "",
}
"""What a client makes of it that isn't what the others do. Mistral's protocol has no errors within a stream."""


async def test_a_refusal_says_what_the_server_said_and_when_to_come_back(asked: Asked) -> None:
    asked.fake.will(Reply.status(429, "slow down please", retry_after=7))
    with pytest.raises(Exception) as raised:  # noqa: PT011
        await asked.ask("whole")
    failure = providers.explain(raised.value)
    assert isinstance(failure, StepFailed)
    assert (failure.code, failure.retryable, failure.retry_after) == ("rate-limited", True, 7)
    assert "slow down please" in failure.message
    assert "the model server" in failure.message.lower()


async def test_a_server_that_is_not_there(asked: Asked) -> None:
    live = await asked.pool.live_model(f"{asked.name}:m", base_url="http://127.0.0.1:1")
    with pytest.raises(Exception) as raised:  # noqa: PT011
        await live.ainvoke("hi")
    failure = providers.explain(raised.value)
    assert failure is not None, repr(raised.value)
    assert (failure.code, failure.retryable) == ("unreachable", True)
