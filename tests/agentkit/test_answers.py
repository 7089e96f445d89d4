"""Which answers are taken and which asked for again: whatever AgentKit takes, and the same value out of it."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agentkit.as_flow import schema_of
from tests.agentkit.environment import Theirs
from tests.agentkit.test_messages import ALWAYS_THE_SAME
from tests.components.conftest import Alone

from weft.testing import ScriptedModel, stock_catalog

PIECES = (
    "{", "}", "[", "]", "```json", "```", "\n", " ", ",", "1", "null", "So: ", '{"a": 1}', '{"a": 2, "b": "x"}', "[1, 2]",
    '["x"]', "{}", "[]", '{"a": {"b": [2]}}', '[{"a": 3}]', '{"a": 1,}', "[1", "See [1].", "```json\nnull\n```",
    '```json\n{"a": 4}\n```', "```json[5]```", "```json\n{5}\n```", '```\n{"b": 6}\n```',
)  # fmt: skip
"""No quotation mark stands alone: brackets in texts are a case of their own (see `test_differences.py`)."""

CHECKS: list[dict[str, Any]] = [
    {"type": "dict", "keys": [], "length": None},
    {"type": "dict", "keys": ["a"], "length": None},
    {"type": "dict", "keys": ["b", "a"], "length": None},
    {"type": "dict", "keys": ["a"], "length": 2},
    {"type": "dict", "keys": [], "length": 0},
    {"type": "list", "keys": [], "length": None},
    {"type": "list", "keys": [], "length": 2},
]


async def read(answer: str, check: dict[str, Any]) -> tuple[Any, str]:
    """What the prompt component takes out of the answer, and what it tells the model if it takes nothing."""
    prompt = stock_catalog().get("prompt")
    assert prompt is not None
    model = ScriptedModel([answer, "none"])
    given = {"prompt": "?", "model": model, "output": schema_of(check), "attempts": 2, "on_invalid": "na"}
    result = await prompt.call(given, Alone())
    return result.get("data"), model.requests[1][-1]["content"] if len(model.requests) > 1 else ""


async def compare_answer(theirs: Theirs, answer: str, check: dict[str, Any]) -> str:
    """Which of the two took it."""
    there = theirs.ask({"answer": answer, **check})
    value, told = await read(answer, check)
    if not there["told"]:
        assert (value, told) == (there["value"], "")
        return "both"
    if not told:
        return "ours alone"
    if there["told"].startswith("Expecting") or not told.startswith("Expecting"):
        assert told == there["told"].partition("\nTraceback")[0]
    return "neither"


@settings(ALWAYS_THE_SAME, max_examples=300)
@given(
    answer=st.lists(st.sampled_from(PIECES), min_size=1, max_size=7).map("".join).filter(str.strip),
    check=st.sampled_from(CHECKS),
)
async def test_what_agentkit_takes_is_taken_and_what_is_wrong_told_in_its_words(
    theirs: Theirs, compared: Counter[str], answer: str, check: dict[str, Any]
) -> None:
    compared[f"answers taken by {await compare_answer(theirs, answer, check)}"] += 1
