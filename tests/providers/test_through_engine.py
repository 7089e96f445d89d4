"""A `prompt` node, the real client and the fake server together: what a run makes of a model's behaviour."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from tests.fakes.openai_server import FakeOpenAI, Reply

from weft import providers
from weft.catalog import Catalog, load_folder, stock_root
from weft.engine.events import Event
from weft.engine.run import RunResult, start
from weft.engine.services import Services
from weft.model.flow import Flow
from weft.providers import ModelPool


@pytest_asyncio.fixture
async def services(fake_openai: FakeOpenAI) -> AsyncIterator[Services]:
    pool = ModelPool()

    async def model(spec: str | None, scope: Any) -> Any:
        return providers.bind(await pool.live_model(spec or scope.model or "demo"), scope)

    yield Services(resolvers={"model": model}, explain=providers.explain)
    await pool.close()


def flow(
    prompt: str = "Write about {{topic}}.", options: dict[str, Any] | None = None, **params: Any
) -> Flow:
    node = {"component": "prompt", "params": {"prompt": prompt, **params}, "options": options or {}}
    if "{{topic}}" in prompt:
        node["inputs"] = {"topic": "inputs.topic"}
    inputs = {"topic": {"type": "text", "default": "tea"}}
    return Flow.model_validate({"inputs": inputs, "nodes": {"write": node}, "outputs": {"essay": "write"}})


async def run(made: Flow, services: Services, model: str = "openai:m") -> tuple[RunResult, list[Event]]:
    components, errors = load_folder(stock_root() / "components", "stock")
    assert not errors
    async with start(made, Catalog(components), services=services, model=model) as running:
        events = [event async for event in running]
        return await running.finished(), events


def of(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event.kind == kind]


async def test_an_answer_streams_through_to_the_output_with_its_call_and_usage(
    fake_openai: FakeOpenAI, services: Services
) -> None:
    fake_openai.will("Tea is a drink.")
    result, events = await run(flow(), services)
    assert result["essay"] == "Tea is a drink."
    assert [event.data["text"] for event in of(events, "step-output")] == ["Tea", " is", " a", " drink."]
    (finished,) = of(events, "step-finished")
    assert finished.data["usage"] == {"calls": 1, "input_tokens": 8, "output_tokens": 4}
    (call,) = finished.data["calls"]
    assert (call["model"], call["answer"], call["finish"]) == ("openai:m", "Tea is a drink.", "stop")
    system = {"role": "system", "content": "You are a helpful assistant."}
    assert call["messages"] == [system, {"role": "user", "content": "Write about tea."}]
    assert fake_openai.requests[0].messages == call["messages"]


async def test_trouble_that_passes_is_retried_and_every_call_is_kept(
    fake_openai: FakeOpenAI, services: Services
) -> None:
    fake_openai.will(
        Reply.status(503, retry_after=0.6), Reply("half an answer", cut_after=2), "A whole answer."
    )
    result, events = await run(flow(), services)
    assert result["essay"] == "A whole answer."
    assert [event.data["code"] for event in of(events, "step-retried")] == ["server-error", "connection-lost"]
    assert of(events, "step-retried")[0].data["delay"] >= 0.6
    (finished,) = of(events, "step-finished")
    assert [call.get("error", {}).get("code") for call in finished.data["calls"]] == [
        "server-error",
        "connection-lost",
        None,
    ]
    assert finished.data["usage"]["calls"] == 3


async def test_trouble_that_stays_fails_the_run_after_three_attempts(
    fake_openai: FakeOpenAI, services: Services
) -> None:
    fake_openai.default = Reply.status(500, retry_after=0)
    result, events = await run(flow(), services)
    assert (result.status, result.error and result.error["code"]) == ("failed", "server-error")
    assert len(fake_openai.requests) == 3
    (failed,) = of(events, "step-failed")
    assert (failed.data["attempts"], len(failed.data["calls"])) == (3, 3)


async def test_what_no_retry_mends_is_not_retried(fake_openai: FakeOpenAI, services: Services) -> None:
    for reply, code in (
        (Reply.status(401), "bad-key"),
        (Reply("cut short", finish="length"), "truncated"),
        (Reply("no", finish="content_filter"), "content-filter"),
    ):
        fake_openai.requests.clear()
        fake_openai.will(reply)
        result, _ = await run(flow(), services)
        assert (result.status, result.error and result.error["code"]) == ("failed", code)
        assert len(fake_openai.requests) == 1


async def test_a_server_that_is_not_there_fails_the_run_within_a_minute(
    services: Services, monkeypatch: Any
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{free.getsockname()[1]}/v1")
    begun = time.monotonic()
    result, events = await run(flow(), services)
    assert time.monotonic() - begun < 20
    assert (result.status, result.error and result.error["code"]) == ("failed", "unreachable")
    assert len(of(events, "step-retried")) == 2


async def test_a_missing_key_and_an_unknown_provider_fail_with_a_sentence(
    services: Services, monkeypatch: Any
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name)
    result, _ = await run(flow(), services)
    assert result.error is not None
    assert "OPENAI_API_KEY isn't set" in result.error["message"]
    result, _ = await run(flow(), services, model="opnai:m")
    assert result.error is not None
    assert result.error["code"] == "unknown-provider"


async def test_the_node_timeout_ends_a_server_that_hangs(fake_openai: FakeOpenAI, services: Services) -> None:
    fake_openai.will(Reply("one two", hang="chunk"))
    result, _ = await run(flow(options={"timeout": 0.3, "retries": 0}), services)
    assert (result.status, result.error and result.error["code"]) == ("failed", "timeout")
    await asyncio.to_thread(fake_openai.wait_until_idle)


async def test_cancelling_a_run_closes_its_connections(fake_openai: FakeOpenAI, services: Services) -> None:
    fake_openai.default = Reply("one two", hang="chunk")
    components, _ = load_folder(stock_root() / "components", "stock")
    async with start(flow(), Catalog(components), services=services, model="openai:m") as running:
        async for event in running:
            if event.kind == "step-output":
                running.cancel()
                break
        result = await running.finished()
    assert result.status == "cancelled"
    await asyncio.to_thread(fake_openai.wait_until_idle)


SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "year": {"type": "integer", "minimum": 1600}},
    "required": ["title", "year"],
}


async def test_an_answer_that_does_not_fit_the_schema_is_asked_for_again(
    fake_openai: FakeOpenAI, services: Services
) -> None:
    fake_openai.will('{"title": "Tea"}', '{"title": "Tea", "year": 1610}')
    result, events = await run(flow(output=SCHEMA), services)
    assert result.values["write"]["data"] == {"title": "Tea", "year": 1610}
    assert [message["role"] for message in fake_openai.requests[1].messages] == [
        "system",
        "user",
        "assistant",
        "user",
    ]
    assert of(events, "step-finished")[0].data["usage"]["calls"] == 2


async def test_the_demo_model_answers_text_and_schema(services: Services) -> None:
    result, events = await run(flow(), services, model="demo")
    assert result["essay"].startswith("[demo model, not a real answer]")
    assert len(of(events, "step-output")) > 20
    result, events = await run(flow(output=SCHEMA), services, model="demo")
    assert result.values["write"]["data"]["year"] >= 1600
    assert of(events, "step-finished")[0].data["calls"][0]["model"] == "demo"
