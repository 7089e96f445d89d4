"""Keys that Weft doesn't know survive, and are reported with the nearest known name."""

from pathlib import Path

import pytest

from weft.model import (
    document_problems,
    dumps,
    from_json,
    loads,
    nearest,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "model"


def test_unknown_keys_are_problems_with_the_nearest_known_name() -> None:
    flow = from_json(
        {
            "format": 1,
            "$schema": "x",
            "node": {},
            "inputs": {"t": {"typ": "text"}},
            "nodes": {"a": {"component": "c", "optoins": {}, "options": {"retires": 1}}},
            "layout": {"zoom": 1, "notes": {"n": {"colour": "red"}}},
        }
    )
    problems = document_problems(flow)
    assert [(problem.code, problem.severity, problem.node) for problem in problems if problem.node] == [
        ("unknown-key", "warning", "a"),
        ("unknown-key", "warning", "a"),
    ]
    assert {
        problem.pointer: problem.hint.partition(" It is")[0]
        for problem in problems
        if "Did you" in problem.hint
    } == {
        ("node",): "Did you mean 'nodes'?",
        ("inputs", "t", "typ"): "Did you mean 'type'?",
        ("nodes", "a", "optoins"): "Did you mean 'options'?",
        ("nodes", "a", "options", "retires"): "Did you mean 'retries'?",
        ("layout", "notes", "n", "colour"): "Did you mean 'color'?",
    }
    assert [problem.pointer for problem in problems if "Known here" in problem.hint] == [
        ("$schema",),
        ("layout", "zoom"),
    ]
    assert problems[0].message == "The document has the key '$schema', which Weft doesn't know."
    assert loads(dumps(flow)) == flow


def test_a_flow_with_known_keys_alone_has_no_problem_of_its_own() -> None:
    assert document_problems(loads((GOLDEN / "essay.json").read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("word", "names", "found"),
    [
        ("promt", ["prompt", "text"], "prompt"),
        ("Prompt", ["prompt"], "prompt"),
        ("zzz", ["prompt"], None),
        ("x" * 10_000, ["prompt"], None),
        ("a", [], None),
    ],
)
def test_nearest(word: str, names: list[str], found: str | None) -> None:
    assert nearest(word, names) == found
