"""Every misbehaviour of a server through the real client and the real engine, streamed and not."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.fakes.misbehaviours import MISBEHAVIOURS, matrix
from tests.fakes.openai_server import FakeOpenAI, Reply

from weft import component, providers
from weft.catalog import ChatModel
from weft.engine import Services, start
from weft.engine.events import Event
from weft.engine.run import RunResult
from weft.model import Flow, from_json
from weft.providers import ModelPool
from weft.providers.failures import ROWS
from weft.providers.prices import Prices, read_prices
from weft.providers.rate_limits import RateLimit
from weft.testing import stock_catalog

GOOD = "A good answer."
LIMITS = {"openai": RateLimit(requests_per_minute=10_000)}
PRICES = Prices(read_prices('["openai:*"]\ninput = 1000000\noutput = 1000000'))


@component
async def ask_whole(model: ChatModel, prompt: str = "Hello there") -> str:
    """A component that looks at nothing but the text."""
    return str((await model.ainvoke(prompt)).content)


@component
async def ask_streamed(model: ChatModel, prompt: str = "Hello there") -> str:
    """The same, word by word."""
    return "".join([str(chunk.content) async for chunk in model.astream(prompt)])


@pytest_asyncio.fixture
async def services(fake_openai: FakeOpenAI) -> AsyncIterator[Services]:
    pool = ModelPool(limits=LIMITS)

    async def model(spec: str | None, scope: Any) -> Any:
        live = await pool.live_model(spec or "openai:m")
        return providers.bind(live, scope, prices=PRICES, gate=pool.gate("openai:m"))

    yield Services(resolvers={"model": model}, explain=providers.explain)
    await pool.close()


def flow(kind: str, **options: Any) -> Flow:
    return from_json({"format": 1, "nodes": {"a": {"component": kind, "options": options}}})


class NoWait:
    """The least that chance may say: a retry follows at once."""

    def uniform(self, low: float, high: float) -> float:
        return 0.0


async def run(made: Flow, services: Services, **more: Any) -> tuple[RunResult, list[Event]]:
    catalog = stock_catalog(ask_whole, ask_streamed)
    async with start(made, catalog, services=services, random=NoWait(), **more) as started:  # type: ignore[arg-type]
        return await started.finished(), started.events


@pytest.mark.parametrize(("name", "way"), matrix())
async def test_it_fails_by_name_or_is_an_answer_and_is_tried_again_as_tabled(
    name: str, way: str, fake_openai: FakeOpenAI, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = MISBEHAVIOURS[name]
    if wrong.slow:
        monkeypatch.setattr("weft.providers.connections.READ", 0.15)
    monkeypatch.setattr("weft.providers.failures.LARGEST", 200_000)
    monkeypatch.setattr("weft.providers.calls.LARGEST", 200_000)
    monkeypatch.setattr("weft.providers.connections.LARGEST", 200_000)
    fake_openai.will(wrong.reply)
    fake_openai.default = Reply(GOOD)
    if wrong.code == "empty-answer":
        return await _nothing_is_for_the_component_to_judge(way, services)
    result, events = await run(flow(f"ask_{way}"), services)
    retried = [event.data["code"] for event in events if event.kind == "step-retried"]
    if not wrong.code:
        assert (result.status, retried, len(fake_openai.requests)) == ("succeeded", [], 1), result.error
        assert result.values["a"]["output"] == wrong.reply.text
    elif wrong.retried:
        assert (result.status, retried) == ("succeeded", [wrong.code])
        assert result.values["a"]["output"] == GOOD
        assert len(fake_openai.requests) == 2
    else:
        assert result.error is not None
        assert (result.status, result.error["code"], retried) == ("failed", wrong.code, [])
        assert result.error["hint"]
        assert len(fake_openai.requests) == 1
    calls = [c for e in events if e.kind in ("step-finished", "step-failed") for c in e.data["calls"]]
    assert len(calls) == len(fake_openai.requests)
    assert calls[0].get("error", {}).get("code", "") == wrong.code
    assert wrong.code == "" or wrong.code in ROWS


async def _nothing_is_for_the_component_to_judge(way: str, services: Services) -> None:
    """Whether nothing is an answer depends on what was asked: `prompt` says no."""
    result, _ = await run(flow(f"ask_{way}"), services)
    assert result.values["a"]["output"] == ""


def test_there_are_more_than_thirty() -> None:
    assert len(MISBEHAVIOURS) > 30
    assert len(matrix()) > 80


async def test_a_drip_that_never_ends_is_ended_by_the_nodes_timeout(
    fake_openai: FakeOpenAI, services: Services
) -> None:
    fake_openai.default = Reply("word " * 500, drip=True)
    for way in ("whole", "streamed"):
        result, _ = await run(flow(f"ask_{way}", timeout=0.2, retries=0), services)
        assert result.error is not None
        assert result.error["code"] == "timeout"
    await asyncio.to_thread(fake_openai.wait_until_idle)


async def test_usage_is_that_of_the_server_streamed_or_not_cached_and_reasoning_included(
    fake_openai: FakeOpenAI, services: Services
) -> None:
    for way in ("whole", "streamed"):
        fake_openai.will(Reply("one two three", cached_tokens=1, reasoning_tokens=2))
        result, events = await run(flow(f"ask_{way}"), services)
        assert result.usage == {
            "calls": 1,
            "input_tokens": 2,
            "output_tokens": 3,
            "cached_tokens": 1,
            "reasoning_tokens": 2,
        }
        assert (result.cost, result.unpriced_calls) == (5.0, 0)
        assert events[-1].data["cost"] == 5.0


async def test_what_a_server_does_not_count_is_counted_here_and_says_so(
    fake_openai: FakeOpenAI, services: Services
) -> None:
    fake_openai.will(Reply("one two three", usage=False))
    result, events = await run(flow("ask_streamed"), services)
    (call,) = next(event.data["calls"] for event in events if event.kind == "step-finished")
    assert call["estimated"] is True
    assert call["usage"] == {"input_tokens": 9, "output_tokens": 3}
    assert result.cost == 12.0


async def test_what_broke_off_was_paid_for_as_far_as_it_came_and_a_refusal_was_not(
    fake_openai: FakeOpenAI, services: Services
) -> None:
    fake_openai.will(Reply.status(503, retry_after=0), Reply("one two three", cut_after=2), "all of it")
    result, events = await run(flow("ask_streamed"), services)
    calls = next(event.data["calls"] for event in events if event.kind == "step-finished")
    assert [call["cost"] for call in calls] == [0.0, 11.0, 5.0]
    assert (result.cost, result.usage["calls"]) == (16.0, 3)


async def test_a_call_that_was_lost_without_a_word_has_an_unknown_cost(
    fake_openai: FakeOpenAI, services: Services
) -> None:
    fake_openai.will(Reply(reset=True), "good one")
    result, _ = await run(flow("ask_whole"), services)
    assert (result.cost, result.unpriced_calls) == (4.0, 1)


async def test_a_429_slows_all_steps_of_the_provider_down(
    fake_openai: FakeOpenAI, services: Services
) -> None:
    fake_openai.will(Reply.status(429, retry_after=0.3))
    nodes: dict[str, Any] = {f"n{i}": {"component": "ask_whole"} for i in range(4)}
    nodes["first"] = {"component": "ask_whole"}
    for i in range(4):
        nodes[f"n{i}"]["after"] = ["gate"]
    nodes["gate"] = {"component": "ask_whole"}
    made = from_json({"format": 1, "nodes": {"gate": nodes.pop("gate"), **nodes}})
    result, events = await run(made, services, parallel=1)
    assert result.status == "succeeded", result.error
    retried = next(event for event in events if event.kind == "step-retried")
    later = [e for e in events if e.kind == "step-finished" and e.at > retried.at]
    assert later
    assert all(event.at - retried.at >= 0.29 for event in later)
