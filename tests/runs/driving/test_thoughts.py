"""What a model thinks is a stream of its own: gathered, hidden in, folded, and let go once the call has it."""

from typing import Any

import pytest
from tests.fakes.openai_server import FakeOpenAI, Reply
from tests.runs.events import event

from weft.engine import Services, start
from weft.model import from_json
from weft.providers import ModelPool, bind
from weft.providers.redaction import HIDDEN, Recorded, remember
from weft.runs.driving.coalesce import INTERVAL, Coalescer
from weft.runs.state import fold
from weft.testing import stock_catalog


def test_thoughts_and_text_of_a_step_are_gathered_apart() -> None:
    gather = Coalescer()
    kept = gather.add(event(1, "step-thought", "a", 1.0, text="Hm"))
    kept += gather.add(event(2, "step-thought", "a", 1.01, text=", well"))
    kept += gather.add(event(3, "step-output", "a", 1.02, text="Yes"))
    kept += gather.due(1.0 + INTERVAL)
    assert [(one.kind, one.data["text"]) for one in kept] == [
        ("step-thought", "Hm"),
        ("step-output", "Yes"),
        ("step-thought", ", well"),
    ]


def test_a_value_that_two_thoughts_bring_in_pieces_is_hidden_and_text_between_them_is_whole() -> None:
    remember("a-thought-of-secret")
    clean = Recorded()
    said = [
        clean(kind, "a", {"text": text})["text"]
        for kind, text in (
            ("step-thought", "it is a-thou"),
            ("step-output", "plain"),
            ("step-thought", "ght-of-secret."),
        )
    ]
    assert said == ["it is ", "plain", f"{HIDDEN}."]


@pytest.mark.parametrize("provider", ["openai", "vllm | openai"])
async def test_a_step_thinks_aloud_and_its_call_keeps_it(
    provider: str, fake_openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    from weft.providers.fallback import first_of

    monkeypatch.setenv("VLLM_BASE_URL", fake_openai.base_url)
    pool = ModelPool()

    async def model(spec: Any, scope: Any) -> Any:
        async def one(name: str) -> Any:
            return bind(await pool.live_model(name), scope)

        return await first_of([f"{name.strip()}:m" for name in provider.split("|")], one, scope)

    fake_openai.will(Reply("It is one.", reasoning="Let me count."))
    flow = from_json(
        {"format": 1, "nodes": {"a": {"component": "prompt", "params": {"prompt": "How many?"}}}}
    )
    async with start(flow, stock_catalog(), services=Services(resolvers={"model": model})) as run:
        result = await run.finished()
        events = run.events
    await pool.close()
    assert result.values["a"]["text"] == "It is one."
    told = [one for one in events if one.kind in ("step-thought", "step-output")]
    assert (told[0].kind, told[0].data["text"]) == ("step-thought", "Let me count.")
    assert "".join(one.data["text"] for one in told[1:]) == "It is one."
    assert fold(events[: events.index(told[1])]).steps["a"].thought == "Let me count."
    step = fold(events).steps["a"]
    assert (step.thought, step.calls[0]["reasoning"]) == ("", "Let me count.")
