"""What runs cost, from the command line: bounded, told, estimated, priced."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Weft
from tests.fakes.openai_server import FakeOpenAI, Reply

from weft.cli.costs import seconds
from weft.model import WeftError

TWO = {
    "a": {"component": "prompt", "params": {"prompt": "one"}},
    "b": {"component": "prompt", "params": {"prompt": "two {{x}}"}, "inputs": {"x": "a"}},
}
PRICES = '["openai:m"]\ninput = 1000\noutput = 1000\n'


@pytest.fixture
def two(flow_file: Callable[..., Path]) -> Path:
    return flow_file("two", nodes=TWO)


@pytest.fixture
def priced(here: Path, fake_openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> FakeOpenAI:
    for name, value in fake_openai.env.items():
        monkeypatch.setenv(name, value)
    (here / "prices.toml").write_text(PRICES)
    fake_openai.default = Reply("three words here")
    return fake_openai


def test_the_cost_is_told_and_listed(weft: Weft, two: Path, priced: FakeOpenAI) -> None:
    result = weft("run", "two", "-m", "openai:m")
    assert result.exit_code == 0, result.stderr
    assert "a: succeeded in" in result.stderr
    assert "9 tokens, $0.0090" in result.stderr
    listed = json.loads(weft("runs", "--json").stdout)
    assert (listed["cost"], listed["unpriced_calls"]) == (0.021, 0)
    assert "$0.021" in weft("runs").stdout
    shown = weft("runs", "show", listed["id"]).stdout
    assert "21 tokens · $0.021" in shown


def test_a_budget_ends_the_run_and_keeps_what_was_done(weft: Weft, two: Path, priced: FakeOpenAI) -> None:
    result = weft("run", "two", "-m", "openai:m", "--max-cost", "0.005")
    assert result.exit_code == 1
    assert (
        "error: b: The run's budget of $0.0050 is spent ($0.0090), so the model was not asked."
        in result.stderr
    )
    assert "give it a larger --max-cost" in result.stderr
    assert "Of the budget, $0.0090 of $0.0050 are spent." in result.stderr
    assert len(priced.requests) == 1
    listed = json.loads(weft("runs", "--json").stdout)
    assert listed["error"]["code"] == "budget-exceeded"
    assert listed["options"]["budget"] == {"max_cost": 0.005}


def test_a_cost_that_cannot_be_known_is_no_limit(weft: Weft, two: Path, priced: FakeOpenAI) -> None:
    result = weft("run", "two", "-m", "openai:other", "--max-cost", "1")
    assert result.exit_code == 2
    assert "The price of 'openai:other' is unknown" in result.stderr
    assert priced.requests == []
    told = weft("run", "two", "-m", "openai:other")
    assert "cost unknown" in told.stderr


def test_an_estimate_asks_nobody(weft: Weft, two: Path, priced: FakeOpenAI) -> None:
    result = weft("run", "two", "-m", "openai:m", "--estimate")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("About 2 calls and ")
    assert priced.requests == []
    made: dict[str, Any] = json.loads(weft("run", "two", "-m", "openai:m", "--estimate", "--json").stdout)
    assert [step["path"] for step in made["steps"]] == ["a", "b"]
    assert made["cost"]["low"] < made["cost"]["likely"] < made["cost"]["high"]


def test_prices_are_listed_with_where_they_come_from(weft: Weft, here: Path) -> None:
    (here / "prices.toml").write_text(PRICES)
    table = weft("prices").stdout
    assert "openai:gpt-5-mini" in table
    assert "list of 2026-03-31" in table
    assert "prices.toml" in table
    assert json.loads(weft("prices", "openai:m", "--json").stdout)["input"] == 1000
    assert json.loads(weft("prices", "openai:nobody", "--json").stdout)["from"] == "unknown"
    (here / "prices.toml").write_text("x = ")
    assert "prices.toml:1 isn't TOML" in weft("prices").stderr


def test_waiting_for_a_rate_limit_is_seen(weft: Weft, two: Path, priced: FakeOpenAI) -> None:
    priced.will(Reply.status(429, retry_after=1.2))
    result = weft("run", "two", "-m", "openai:m")
    assert result.exit_code == 0
    assert "a: trying again in 1.2 s" in result.stderr


@pytest.mark.parametrize(
    ("text", "value"), [("90", 90), ("90s", 90), ("1.5m", 90), ("2h", 7200), ("5 min", 300)]
)
def test_times(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "soon", "-5", "5d", "1m30s"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(WeftError, match="is no time"):
        seconds(text)
