"""Which model a subtask is given, and what is learned from how it did."""

from pathlib import Path
from typing import Any

import pytest

from weft.model import from_json
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


async def test_runs_of_a_session_learn_which_did_well_and_the_prompt_is_given_it(home: Path) -> None:
    (home / "files" / "small.json").write_text('{"*": "small"}')
    (home / "files" / "large.json").write_text('{"*": "large"}')
    flow = from_json(
        {
            "format": 1,
            "inputs": {"score": {"type": "number"}},
            "nodes": {
                "choice": {
                    "component": "choose_model",
                    "params": {"task": "x", "candidates": ["scripted:small.json", "scripted:large.json"], "kind": "Sums & more"},
                },
                "answer": {"component": "prompt", "params": {"prompt": "x"}, "inputs": {"model": "choice.model"}},
                "rated": {
                    "component": "rate_model",
                    "params": {"kind": "Sums & more"},
                    "inputs": {"model": "choice.model", "score": "inputs.score"},
                    "after": ["answer"],
                },
            },
        }
    )  # fmt: skip
    workspace = Workspace.open(home)
    runs = workspace.runs()
    answers: list[str] = []
    try:
        for score in (0.2, 0.9, 0.9, 0.1, 0.1):
            result = await runs.result(await runs.start(flow, {"score": score}, slug="sums", session="s"))
            assert result.status == "succeeded", result.error
            answers.append(result.values["answer"]["text"])
    finally:
        await workspace.close()
    assert answers == ["small", "large", "large", "large", "large"]


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
