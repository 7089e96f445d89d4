"""Each provider's own form of what all share: reasoning as it comes, JSON by a schema, images and files, endings."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.fakes.anthropic_server import FakeAnthropic
from tests.fakes.bedrock_server import FakeBedrock
from tests.fakes.google_server import FakeGoogle
from tests.fakes.mistral_server import FakeMistral
from tests.fakes.ollama_server import FakeOllama
from tests.fakes.openai_server import FakeOpenAI, Reply

from weft import providers
from weft.model.errors import StepFailed
from weft.providers import ModelPool

KINDS: dict[str, tuple[type[FakeOpenAI], str]] = {
    "openai": (FakeOpenAI, ""),
    "azure": (FakeOpenAI, "AZURE_OPENAI_ENDPOINT"),
    "openrouter": (FakeOpenAI, "OPENROUTER_BASE_URL"),
    "vllm": (FakeOpenAI, "VLLM_BASE_URL"),
    "llamacpp": (FakeOpenAI, "LLAMACPP_BASE_URL"),
    "lmstudio": (FakeOpenAI, "LMSTUDIO_BASE_URL"),
    "anthropic": (FakeAnthropic, ""),
    "google": (FakeGoogle, ""),
    "mistral": (FakeMistral, ""),
    "ollama": (FakeOllama, ""),
    "bedrock": (FakeBedrock, ""),
}
MODELS = {"anthropic": "claude-sonnet-5-5", "bedrock": "anthropic.claude-3-haiku-20240307-v1:0"}
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}
ANSWER = '{"name": "oak tree"}'
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n....").decode()
IMAGE = {"type": "image", "base64": PIXEL, "mime_type": "image/png"}
PDF_BYTES = base64.b64encode(b"%PDF-1.4 of a page").decode()
PDF = {"type": "file", "base64": PDF_BYTES, "mime_type": "application/pdf", "filename": "my.page_1.pdf"}
WAYS = ("whole", "streamed")


class Scope:
    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def record_call(self, call: dict[str, Any], /) -> None:
        self.calls.append(call)


class Asked:
    def __init__(self, name: str, fake: FakeOpenAI, pool: ModelPool) -> None:
        self.name, self.fake, self.pool = name, fake, pool
        self.pieces: list[tuple[str, str]] = []
        self.scope = Scope()

    async def model(self) -> Any:
        live = await self.pool.live_model(f"{self.name}:{MODELS.get(self.name, 'some-model')}")
        return providers.bind(live, self.scope)

    async def ask(self, way: str, content: Any = "Hello", schema: Any = None, **settings: Any) -> Any:
        live = await self.model()
        more = providers.call_options(live, schema=schema, settings=settings)
        sent = providers.messages([{"role": "user", "content": content}])
        if way == "whole":
            answer = await live.ainvoke(sent, **more)
        else:
            answer = None
            async for chunk in live.astream(sent, **more):
                self.pieces.append((providers.reasoning(chunk), providers.text(chunk)))
                answer = chunk if answer is None else answer + chunk
        assert answer is not None
        providers.ensure_complete(answer)
        return answer

    @property
    def body(self) -> dict[str, Any]:
        return self.fake.requests[-1].body


ALIKE = ("azure", "openrouter", "llamacpp", "lmstudio")
"""Those whose client is that of vLLM."""


@pytest.fixture(params=[name for name in KINDS if name not in ALIKE])
async def asked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Asked]:
    kind, address = KINDS[request.param]
    with kind() as fake:
        given = {address: fake.base_url} if address else fake.env
        for variable, value in given.items():
            monkeypatch.setenv(variable, value)
        pool = ModelPool()
        yield Asked(request.param, fake, pool)
        await pool.close()


async def test_what_it_thinks_comes_apart_and_before_what_it_says(asked: Asked) -> None:
    asked.fake.will(Reply("one two", reasoning="Let me think."))
    answer = await asked.ask("streamed")
    assert [piece for piece in asked.pieces if any(piece)] == [
        ("Let me think.", ""),
        ("", "one"),
        ("", " two"),
    ]
    assert (providers.reasoning(answer), providers.text(answer)) == ("Let me think.", "one two")
    assert asked.scope.calls[0]["reasoning"] == "Let me think."


def how_the_schema_was_sent(name: str, body: dict[str, Any]) -> Any:
    match name:
        case "anthropic":
            return body["output_config"]["format"]["schema"]
        case "google":
            return body["generationConfig"]["responseJsonSchema"]
        case "ollama":
            return body["format"]
        case "bedrock":
            assert body["toolConfig"]["toolChoice"] == {"tool": {"name": "answer"}}
            return body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]
        case _:
            return body["response_format"]["json_schema"]["schema"]


@pytest.mark.parametrize("way", WAYS)
async def test_a_schema_is_kept_to_by_the_providers_own_means(asked: Asked, way: str) -> None:
    asked.fake.will(Reply(ANSWER))
    answer = await asked.ask(way, schema=SCHEMA)
    sent = how_the_schema_was_sent(asked.name, asked.body)
    assert (sent["properties"], sent["required"]) == (SCHEMA["properties"], SCHEMA["required"])
    assert json.loads(providers.text(answer)) == {"name": "oak tree"}
    assert (providers.finish(answer), answer.tool_calls) == ("stop", [])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("finish", "code"), [("length", "truncated"), ("content_filter", "content-filter")])
async def test_what_ended_early_is_no_structured_answer(
    asked: Asked, way: str, finish: str, code: str
) -> None:
    asked.fake.will(Reply(ANSWER, finish=finish))
    with pytest.raises(Exception) as raised:  # noqa: PT011 - OpenAI's client has an error of its own for it
        await asked.ask(way, schema=SCHEMA)
    failure = providers.explain(raised.value)
    assert failure is not None
    assert (failure.code, failure.retryable) == (code, False)
    assert [call["error"]["code"] for call in asked.scope.calls] == [code]


@pytest.mark.parametrize("block", [IMAGE, PDF], ids=["image", "pdf"])
async def test_images_and_pdfs_are_sent_or_clearly_refused(asked: Asked, block: Any) -> None:
    content = [{"type": "text", "text": "What is this?"}, block]
    takes_no_pdf = asked.name in ("mistral", "ollama", "vllm", "llamacpp", "lmstudio")
    if block is PDF and takes_no_pdf:
        with pytest.raises(StepFailed, match="takes no PDFs, and this prompt shows one"):
            await asked.ask("streamed", content)
        assert (asked.fake.requests, asked.scope.calls) == ([], [])
        return
    await asked.ask("streamed", content)
    sent = json.dumps(asked.body)
    assert block["base64"] in sent
    assert block["base64"] not in json.dumps(asked.scope.calls)
    if (asked.name, block) == ("bedrock", PDF):
        assert '"name": "my-page-1-pdf"' in sent  # which knows no dots in names


async def test_a_model_that_is_known_to_see_nothing_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "fake-key-for-tests")
    pool, scope = ModelPool(), Scope()
    live = providers.bind(await pool.live_model("mistral:codestral-latest"), scope)
    with pytest.raises(StepFailed) as raised:
        await live.ainvoke(providers.messages([{"role": "user", "content": [IMAGE]}]))
    assert raised.value.message.startswith("The model 'mistral:codestral-latest' takes no images")
    assert (raised.value.code, raised.value.retryable, scope.calls) == ("not-taken", False, [])
    await pool.close()


@pytest.mark.parametrize("way", WAYS)
async def test_a_server_that_refuses_the_format_is_asked_without_it_from_then_on(
    way: str, fake_openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLLM_BASE_URL", fake_openai.base_url)
    pool = ModelPool()
    asked = Asked("vllm", fake_openai, pool)
    fake_openai.will(Reply.status(400, "response_format of type json_schema isn't supported"), ANSWER, ANSWER)
    for _ in range(2):
        assert providers.text(await asked.ask(way, schema=SCHEMA)) == ANSWER
    assert ["response_format" in one.body for one in fake_openai.requests] == [True, False, False]
    fake_openai.will(Reply.status(400, "no such thing"))
    with pytest.raises(Exception, match="no such thing"):
        await asked.ask(way, schema=SCHEMA)
    await pool.close()


async def test_servers_of_ones_own_know_the_limit_by_its_old_name(asked: Asked) -> None:
    await asked.ask("streamed", max_tokens=7)
    plain = asked.name in ("openrouter", "vllm", "llamacpp", "lmstudio", "mistral", "anthropic")
    assert ("max_tokens" in asked.body) is plain
    assert ":7" in json.dumps(asked.body, separators=(",", ":"))


async def test_servers_that_speak_the_protocol_are_asked_alike(
    fake_openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = ModelPool()
    for name in ALIKE:
        monkeypatch.setenv(KINDS[name][1], fake_openai.base_url)
        asked = Asked(name, fake_openai, pool)
        fake_openai.will(Reply(ANSWER, reasoning="Let me think."), Reply(ANSWER, finish="length"))
        answer = await asked.ask("streamed", [{"type": "text", "text": "See"}, IMAGE], SCHEMA, max_tokens=7)
        assert (providers.reasoning(answer), providers.text(answer)) == ("Let me think.", ANSWER)
        assert how_the_schema_was_sent(name, asked.body)["properties"] == SCHEMA["properties"]
        assert ("max_tokens" in asked.body) is (name != "azure")
        assert PIXEL in json.dumps(asked.body)
        with pytest.raises(Exception) as raised:  # noqa: PT011
            await asked.ask("streamed", schema=SCHEMA)
        failure = providers.explain(raised.value)
        assert failure is not None
        assert failure.code == "truncated"
    await pool.close()


async def test_bedrock_is_not_made_to_call_a_tool_where_that_can_not_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with FakeBedrock() as fake:
        for variable, value in fake.env.items():
            monkeypatch.setenv(variable, value)
        pool = ModelPool()
        fake.will(ANSWER, ANSWER)
        live = await pool.live_model("bedrock:some-model")
        more = providers.call_options(live, schema=SCHEMA)
        assert providers.text(await live.ainvoke("Name a tree.", **more)) == ANSWER
        assert "toolConfig" not in fake.requests[-1].body
        await pool.close()


async def test_a_prompt_that_google_blocks_is_said_to_be_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeGoogle() as fake:
        for variable, value in fake.env.items():
            monkeypatch.setenv(variable, value)
        asked = Asked("google", fake, ModelPool())
        fake.will(
            Reply(raw=json.dumps({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "candidates": []}))
        )
        with pytest.raises(StepFailed) as raised:
            await asked.ask("whole")
        assert raised.value.code == "content-filter"
        await asked.pool.close()
