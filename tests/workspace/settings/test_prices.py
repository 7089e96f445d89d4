"""The prices of a workspace, and what a limit on the cost asks of them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from weft.engine.budget import Budget
from weft.model import WeftError
from weft.providers import ScriptedModel
from weft.workspace import Workspace
from weft.workspace.foreseeing.budgets import price_of, run_budget, unpriced

OWN = '["openai:mine"]\ninput = 1\noutput = 2\n'
ASK = {"a": {"component": "prompt", "params": {"prompt": "Q", "model": "openai:mine"}}}


def test_without_a_file_the_shipped_list_holds(home: Workspace) -> None:
    assert price_of(home, "openai:gpt-4.1-mini") is not None
    assert price_of(home, "openai:mine") is None


def test_the_file_is_read_again_when_it_changes_and_forgotten_when_it_goes(home: Workspace) -> None:
    path = home.root / "prices.toml"
    path.write_text(OWN)
    price = price_of(home, "openai:mine")
    assert price is not None
    assert price.input == 1
    path.write_text(OWN.replace("1", "7"))
    os.utime(path, ns=(1, 1))
    price = price_of(home, "openai:mine")
    assert price is not None
    assert price.input == 7
    path.unlink()
    assert price_of(home, "openai:mine") is None


def test_a_mistake_in_it_is_named_with_its_line(home: Workspace) -> None:
    (home.root / "prices.toml").write_text(OWN + "outputt = 3\n")
    with pytest.raises(WeftError, match=r"prices\.toml:4 has an unknown price 'outputt'"):
        _ = home.prices


def test_the_makers_prices_do_not_hold_for_another_server(tmp_path: Path) -> None:
    elsewhere = Workspace(tmp_path, env={"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"})
    assert price_of(elsewhere, "openai:gpt-4.1-mini") is None
    assert price_of(elsewhere, "demo") is not None
    (tmp_path / "prices.toml").write_text(OWN)
    assert price_of(elsewhere, "openai:mine") is not None


def test_a_limit_on_the_cost_is_refused_for_a_model_of_unknown_price(
    home: Workspace, flow_file: Callable[..., Path]
) -> None:
    flow_file("ask", nodes=ASK)
    flow = home.load("ask")
    with pytest.raises(WeftError, match="The price of 'openai:mine' is unknown") as refused:
        run_budget(home, flow, Budget(max_cost=1))
    assert refused.value.code == "unknown-price"
    assert "prices.toml" in refused.value.hint
    assert run_budget(home, flow, Budget(max_tokens=1)) == Budget(max_tokens=1)
    assert run_budget(home, flow) is None
    (home.root / "prices.toml").write_text(OWN)
    assert run_budget(home, flow, Budget(max_cost=1)) == Budget(max_cost=1)
    assert unpriced(home, flow, ScriptedModel([])) == []


def test_the_workspace_gives_every_run_its_budget(home: Workspace, flow_file: Callable[..., Path]) -> None:
    (home.root / "weft.toml").write_text("[budget]\nmax_tokens = 9\nmax_time = 60.0\n")
    flow_file("ask", nodes=ASK, defaults={"budget": {"max_tokens": 5}})
    flow = home.load("ask")
    assert run_budget(home, flow) == Budget(max_tokens=5, max_time=60)
    assert run_budget(home, flow, Budget(max_tokens=7)) == Budget(max_tokens=7, max_time=60)
