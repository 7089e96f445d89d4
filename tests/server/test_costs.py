"""Budgets and estimates over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.server.live import live_server

from weft.workspace import Workspace

ASK: dict[str, Any] = {
    "format": 1,
    "nodes": {
        "a": {"component": "prompt", "params": {"prompt": "one"}},
        "b": {"component": "prompt", "params": {"prompt": "two {{x}}"}, "inputs": {"x": "a"}},
    },
}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[httpx.Client]:
    (tmp_path / "flows").mkdir()
    (tmp_path / "prices.toml").write_text('["openai:m"]\ninput = 1\noutput = 2\n')
    (tmp_path / "flows" / "ask.json").write_text(json.dumps(ASK))
    workspace = Workspace(tmp_path, env={})
    with (
        live_server(workspace) as live,
        httpx.Client(base_url=f"{live.base_url}/api", headers=live.bearer(), timeout=30) as client,
    ):
        yield client


def finished(api: httpx.Client, run: str) -> dict[str, Any]:
    with api.stream("GET", f"/runs/{run}/events") as stream:
        lines = [line for line in stream.iter_lines() if line.startswith("data: ")]
    return json.loads(lines[-1].removeprefix("data: "))


def test_a_run_with_a_budget_ends_by_it_and_says_what_it_cost(api: httpx.Client) -> None:
    started = api.post("/runs", json={"flow": "ask", "model": "demo", "budget": {"max_tokens": 5}})
    assert started.status_code == 201, started.text
    end = finished(api, started.json()["id"])
    assert (end["status"], end["error"]["code"], end["error"]["node"]) == ("failed", "budget-exceeded", "b")
    shown = api.get(f"/runs/{started.json()['id']}").json()
    assert (shown["cost"], shown["unpriced_calls"]) == (0.0, 0)
    assert shown["options"]["budget"] == {"max_tokens": 5}
    assert shown["steps"]["a"]["cost"] == 0.0
    assert shown["warned"] == [
        {"path": "", "limit": "max_tokens", "spent": shown["warned"][0]["spent"], "of": 5}
    ]


@pytest.mark.parametrize(
    ("budget", "code"),
    [({"max_cost": 0}, "bad-budget"), ({"most": 1}, "bad-budget"), ({"max_cost": 1}, "unknown-price"), ({"max_cost": "1"}, "bad-budget")],
)  # fmt: skip
def test_what_is_no_budget_is_refused_before_anything_runs(
    budget: dict[str, Any], code: str, api: httpx.Client
) -> None:
    refused = api.post("/runs", json={"flow": "ask", "model": "openai:other", "budget": budget})
    assert 400 <= refused.status_code < 500, refused.text
    assert refused.json()["error"]["code"] == code
    assert api.get("/runs").json() == []


def test_an_estimate_starts_no_run(api: httpx.Client) -> None:
    made = api.post("/runs/estimate", json={"flow": "ask", "model": "openai:m"})
    assert made.status_code == 200, made.text
    told = made.json()
    assert [step["path"] for step in told["steps"]] == ["a", "b"]
    assert told["cost"]["low"] < told["cost"]["likely"] < told["cost"]["high"]
    assert told["unpriced"] == []
    assert api.get("/runs").json() == []
