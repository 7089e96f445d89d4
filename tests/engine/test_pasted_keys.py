"""A key in a flow is a problem that blocks, with a fix that takes it out."""

from typing import Any

import pytest

from weft.engine.check import check
from weft.model import from_json
from weft.model.edits import apply
from weft.testing import stock_catalog

KEYS = {
    "sk-proj-" + "a1B2" * 10: "OPENAI_API_KEY",
    "sk-ant-api03-" + "a1B2" * 10: "ANTHROPIC_API_KEY",
    "sk-" + "a1B2" * 12: "API_KEY",
    "AIza" + "a1B2c" * 7: "GOOGLE_API_KEY",
    "ghp_" + "a1B2" * 9: "GITHUB_TOKEN",
    "AKIA" + "ABCD" * 4: "AWS_ACCESS_KEY_ID",
    "xoxb-" + "12345-abcde" * 3: "SLACK_TOKEN",
}
HARMLESS = (
    "key-performance-indicators and task-oriented sk-learn models",
    "sk-",
    "a skull-shaped-island-with-a-very-long-hyphenated-name",
    "ghp_short",
    "https://example.com/AIza",
    "d41d8cd98f00b204e9800998ecf8427e",
)


def of(params: dict[str, Any], component: str = "prompt") -> Any:
    return from_json({"format": 1, "nodes": {"a": {"component": component, "params": params}}})


@pytest.mark.parametrize("key", KEYS)
def test_a_key_in_a_text_blocks_and_is_taken_out(key: str) -> None:
    flow = of({"prompt": f"Use {key} to look it up."})
    (problem,) = [one for one in check(flow, stock_catalog()) if one.code == "pasted-key"]
    assert (problem.severity, problem.node, problem.port) == ("error", "a", "prompt")
    assert f"weft secrets set {KEYS[key]}" in problem.hint
    assert key not in problem.message + problem.hint
    assert problem.fix is not None
    repaired, _ = apply(flow, problem.fix)
    assert repaired.nodes["a"].params["prompt"] == "Use  to look it up."
    assert not [one for one in check(repaired, stock_catalog()) if one.code == "pasted-key"]


def test_a_key_in_a_header_becomes_the_name_of_a_secret() -> None:
    key = next(iter(KEYS))
    flow = of({"url": "https://a.example", "headers": {"authorization": f"Bearer {key}"}}, "http")
    (problem,) = [one for one in check(flow, stock_catalog()) if one.code == "pasted-key"]
    assert problem.fix is not None
    repaired, _ = apply(flow, problem.fix)
    assert key not in str(repaired)
    assert check(repaired, stock_catalog()) == []


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_resembles_a_key_is_none(text: str) -> None:
    assert check(of({"prompt": text}), stock_catalog()) == []
