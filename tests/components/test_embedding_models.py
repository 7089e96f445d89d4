"""Embedding models of servers: each through its client, counted as a call, within the budget, as the settings say."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.google_server import FakeGoogle
from tests.fakes.ollama_server import FakeOllama
from tests.fakes.openai_server import FakeOpenAI, Reply, Request

from weft.engine.budget import Budget
from weft.model import from_json
from weft.workspace import Workspace

TEXTS = ["a tall oak", "the deep sea"]
FLOW = {
    "format": 1,
    "nodes": {
        "index": {"component": "embed", "params": {"texts": TEXTS}},
        "found": {
            "component": "retrieve",
            "params": {"question": "a tall oak", "most": 1},
            "inputs": {"index": "index.index"},
        },
    },
}


def vector(text: str) -> list[float]:
    return [1.0, 0.0] if "oak" in text else [0.0, 1.0]


def openai(request: Request) -> Reply:
    texts = request.body["input"]
    data = [
        {"object": "embedding", "index": place, "embedding": vector(one)} for place, one in enumerate(texts)
    ]
    return Reply(
        raw=json.dumps(
            {"object": "list", "model": "m", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        )
    )


def ollama(request: Request) -> Reply:
    return Reply(raw=json.dumps({"model": "m", "embeddings": [vector(one) for one in request.body["input"]]}))


def google(request: Request) -> Reply:
    asked = request.body.get("requests") or [request.body]
    made = [{"values": vector(json.dumps(one))} for one in asked]
    return Reply(
        raw=json.dumps({"embeddings": made} if "requests" in request.body else {"embedding": made[0]})
    )


KINDS: dict[str, tuple[type[FakeOpenAI], Callable[[Request], Reply]]] = {
    "openai": (FakeOpenAI, openai),
    "azure": (FakeOpenAI, openai),
    "vllm": (FakeOpenAI, openai),
    "ollama": (FakeOllama, ollama),
    "google": (FakeGoogle, google),
}
KEYS = {
    "OPENAI_API_KEY": "key-of-a-test",
    "AZURE_OPENAI_API_KEY": "key-of-a-test",
    "GOOGLE_API_KEY": "key-of-a-test",
}


async def run(home: Path, name: str, fake: FakeOpenAI, budget: Budget | None = None, prices: str = "") -> Any:
    (home / "flows").mkdir(exist_ok=True)
    (home / "weft.toml").write_text(f'[providers.{name}]\nbase_url = "{fake.base_url}"\n')
    (home / "prices.toml").write_text(prices)
    workspace = Workspace(home, env=KEYS)
    for key in KEYS:
        workspace.secrets.bind(key, (fake.base_url.removesuffix("/v1"),))
    flow = json.loads(json.dumps(FLOW))
    for node in flow["nodes"].values():
        node["params"]["model"] = f"{name}:m"
    runs = workspace.runs()
    try:
        return await runs.result(await runs.start(from_json(flow), budget=budget))
    finally:
        await workspace.close()


@pytest.mark.parametrize("name", KINDS)
async def test_texts_are_found_and_what_it_took_is_counted(name: str, tmp_path: Path) -> None:
    kind, answer = KINDS[name]
    with kind() as fake:
        fake.default = answer
        prices = f'["{name}:m"]\ninput = 1000000\noutput = 0\n'
        result = await run(tmp_path, name, fake, prices=prices)
        assert result.status == "succeeded", result.error
        assert result.values["found"]["text"] == "a tall oak"
        assert (result.usage["calls"], result.usage["input_tokens"], result.cost) == (2, 9, 9.0)
        assert len(fake.requests) == 2


async def test_the_budget_refuses_what_would_not_fit_and_what_has_no_price(
    tmp_path: Path, fake_openai: FakeOpenAI
) -> None:
    fake_openai.default = openai
    result = await run(tmp_path, "vllm", fake_openai, Budget(max_tokens=4))
    assert (result.error["code"], result.error["node"]) == (
        "budget-exceeded",
        "found",
    )  # six were spent by then
    assert len(fake_openai.requests) == 1
    result = await run(tmp_path, "vllm", fake_openai, Budget(max_cost=1.0))
    assert (result.error["code"], result.error["node"]) == ("unknown-price", "index")
    assert len(fake_openai.requests) == 1


async def test_a_server_that_refuses_is_a_call_that_cost_nothing(
    tmp_path: Path, fake_openai: FakeOpenAI
) -> None:
    fake_openai.default = Reply.status(401)
    result = await run(tmp_path, "vllm", fake_openai)
    assert (result.error["code"], result.usage["calls"], result.cost) == ("bad-key", 1, 0.0)
