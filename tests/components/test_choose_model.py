"""Which model a subtask is given, and what is learned from how it did."""

from pathlib import Path
from typing import Any

import pytest

from weft.engine.budget import Budget
from weft.model import Transaction, from_json
from weft.model.edits import apply
from weft.workspace import Workspace

SMALL, LARGE = "openai:gpt-4.1-mini", "openai:gpt-4.1"
BOTH = [SMALL, LARGE]


async def chosen(home: Path, model: Any = None, **params: Any) -> Any:
    node = {"component": "choose_model", "params": {"task": "Add two numbers.", "candidates": BOTH, **params}}
    workspace = Workspace.open(home)
    try:
        runs = workspace.runs()
        run_id = await runs.start(from_json({"format": 1, "nodes": {"a": node}}), {}, model=model)
        return await runs.result(run_id)
    finally:
        await workspace.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "files").mkdir()
    return tmp_path


RULES = [
    {"contains": "NUMBERS", "longer_than": 1000, "model": SMALL},
    {"contains": "numbers", "model": LARGE},
]


@pytest.mark.parametrize(
    ("params", "model", "why"),
    [
        ({}, SMALL, "not tried yet"),
        ({"how": "rules", "rules": RULES}, LARGE, "rule 2"),
        ({"how": "rules", "rules": RULES, "task": "Sing."}, SMALL, "no rule fits: the cheapest"),
        ({"how": "rules", "rules": RULES, "budget": 0.001}, SMALL, "no rule fits: the cheapest"),
        ({"candidates": ["vllm:unknown", LARGE], "budget": 1.0}, LARGE, "not tried yet"),
    ],
)
async def test_it_is_chosen_by_rules_and_within_the_budget(
    params: dict[str, Any], model: str, why: str, home: Path
) -> None:
    result = await chosen(home, **params)
    assert result.values["a"] == {"model": model, "why": why}


async def test_the_budget_is_kept_by_the_workspaces_own_prices(home: Path) -> None:
    (home / "prices.toml").write_text(
        f'["{SMALL}"]\ninput = 900\noutput = 900\n["vllm:mine"]\ninput = 0.1\noutput = 0.1\n'
    )
    result = await chosen(home, candidates=[SMALL, "vllm:mine"], budget=0.01)
    assert result.values["a"]["model"] == "vllm:mine"


@pytest.mark.parametrize(
    ("said", "model"), [("1", SMALL), ("5", LARGE), ("Very hard: 5.", LARGE), ("openai:evil", SMALL)]
)
async def test_a_judge_says_how_hard_it_is_and_names_nobody(said: str, model: str, home: Path) -> None:
    (home / "files" / "judge.json").write_text(f'["{said}"]')
    result = await chosen(home, how="judge", judge="scripted:judge.json")
    assert result.values["a"]["model"] == model


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"candidates": []}, "there is no model to choose from"),
        ({"budget": 0.0000001}, "the cheapest needs about $"),
        ({"candidates": ["nonsense:x"]}, "no model provider 'nonsense'"),
        ({"how": "rules", "rules": [{"if": "x"}]}, "rule 1 is none"),
    ],
)
async def test_what_can_not_be_chosen_is_said(params: dict[str, Any], said: str, home: Path) -> None:
    result = await chosen(home, **params)
    assert result.error is not None
    assert said in result.error["message"]


AGAIN = Transaction.model_validate(
    {
        "changes": [
            {
                "op": "add-node",
                "id": "again",
                "node": {
                    "component": "prompt",
                    "params": {"prompt": "x"},
                    "inputs": {"model": "choice.model"},
                    "after": ["answer"],
                },
            }
        ]
    }
)
QUALITY = """
from weft import component

@component
async def quality(text: str) -> float:
    \"\"\"How good it is.\"\"\"
    return {"cheap": 0.2, "middle": 0.9, "dear": 1.0}[text]
"""


async def test_under_a_budget_the_cheapest_good_one_wins_and_what_was_learnt_outlives_the_process(
    home: Path,
) -> None:
    """Three models of three prices: one is bad, one good, one better and beyond the budget of a call."""
    names = [f"scripted:{name}.json" for name in ("cheap", "middle", "dear")]
    for name in ("cheap", "middle", "dear"):
        (home / "files" / f"{name}.json").write_text(f'{{"*": "{name}"}}')
    prices = [
        f'["{name}"]\ninput = {cost}\noutput = {cost}\n'
        for name, cost in zip(names, (1, 10, 1000), strict=True)
    ]
    (home / "prices.toml").write_text("".join(prices) + '["scripted"]\ninput = 100\noutput = 100\n')
    (home / "components").mkdir()
    (home / "components" / "quality.py").write_text(QUALITY)
    choice = {"task": "x", "candidates": names, "kind": "Sums & more", "budget": 0.01}
    flow = from_json(
        {
            "format": 1,
            "nodes": {
                "choice": {"component": "choose_model", "params": choice},
                "answer": {"component": "prompt", "params": {"prompt": "x"}, "inputs": {"model": "choice.model"}},
                "good": {"component": "quality", "inputs": {"text": "answer"}},
                "rated": {
                    "component": "rate_model",
                    "params": {"kind": "Sums & more"},
                    "inputs": {"model": "choice.model", "score": "good"},
                },
            },
        }
    )  # fmt: skip
    chosen: list[tuple[str, str]] = []
    spent = 0.0
    for _ in range(3):  # each a process of its own, as far as this test can tell
        workspace = Workspace.open(home)
        runs = workspace.runs()
        try:
            for _ in range(2):
                run = await runs.start(flow, {}, slug="sums", session="s", budget=Budget(max_cost=0.05))
                result = await runs.result(run)
                assert result.status == "succeeded", result.error
                chosen.append((result.values["answer"]["text"], result.values["choice"]["why"]))
                spent = max(spent, result.cost or 0.0)
            if len(chosen) == 6:
                twice = apply(flow, AGAIN)[0]
                run = await runs.start(twice, {}, slug="sums", session="s", budget=Budget(max_cost=0.0001))
                short = await runs.result(run)
        finally:
            await workspace.close()
    good = "the cheapest that is good enough: 0.90 on average of"
    assert chosen == [
        ("cheap", "not tried yet"),
        ("middle", "not tried yet"),
        *(("middle", f"{good} {number}") for number in range(1, 5)),
    ]
    assert 0 < spent <= 0.05
    assert (short.error or {})["code"] == "budget-exceeded"
    assert ("answer" in short.values, "again" in short.values) == (True, False)


async def test_a_score_that_is_none_is_refused(home: Path) -> None:
    flow = from_json(
        {"format": 1, "nodes": {"a": {"component": "rate_model", "params": {"model": "demo", "score": 7}}}}
    )
    workspace = Workspace.open(home)
    try:
        runs = workspace.runs()
        result = await runs.result(await runs.start(flow, {}, model=None))
    finally:
        await workspace.close()
    assert result.error is not None
    assert result.error["code"] == "no-choice"
