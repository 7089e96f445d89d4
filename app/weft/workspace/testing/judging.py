"""What a model has to find true of a value: the flow that asks it, and what it said."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from weft.engine.run import RunResult
from weft.model.flow import Flow
from weft.model.text import from_json
from weft.workspace.testing.asserting import ABSENT, Ran, short
from weft.workspace.testing.cases import Expectation

_JUDGE = (
    "You are a strict examiner. Is this statement true of the text below?\n\nStatement: {{statement}}\n\n"
    "Text:\n{{text}}\n\nAnswer with JSON alone: `holds` (true or false) and `why` (one sentence)."
)
_VERDICT = {
    "type": "object",
    "required": ["holds", "why"],
    "properties": {"holds": {"type": "boolean"}, "why": {"type": "string"}},
}
Ask = Callable[[Flow, Mapping[str, Any]], Awaitable[RunResult]]
"""Runs the flow that asks."""


class Verdict(NamedTuple):
    """`said` is "" if it is found to be so. `cost` and `tokens` are what asking took; a cost of None isn't known."""

    said: str
    cost: float | None
    tokens: int


def judge_flow(wanted: Expectation) -> Flow:
    """The flow that asks a model whether a `statement` is true of a `text`."""
    params: dict[str, Any] = {"prompt": _JUDGE, "output": _VERDICT}
    if wanted.model:
        params["model"] = wanted.model
    node = {
        "component": "prompt",
        "params": params,
        "inputs": {"statement": "inputs.statement", "text": "inputs.text"},
    }
    return from_json(
        {
            "format": 1,
            "inputs": {"statement": {}, "text": {}},
            "outputs": {"verdict": "judge.data"},
            "nodes": {"judge": node},
        }
    )


async def judged(expect: Sequence[Expectation], ran: Ran, ask: Ask) -> list[Verdict]:
    """What models say of a run that is over, one verdict for each expectation that asks for one."""
    found: list[Verdict] = []
    for wanted in expect:
        if wanted.judge is None:
            continue
        value, name = ran.value(wanted)
        if value is ABSENT:
            continue  # that was said
        text = value if isinstance(value, str) else short(value)
        result = await ask(judge_flow(wanted), {"statement": wanted.judge, "text": text})
        said = ""
        if result.status != "succeeded":
            said = f"{name} can't be judged: {(result.error or {}).get('message', result.status)}"
        elif not result.outputs["verdict"]["holds"]:
            said = f"{name} isn't judged so ({wanted.judge}): {result.outputs['verdict']['why']}"
        found.append(Verdict(said, _cost(result), tokens_of(result.usage)))
    return found


def total_cost(first: float | None, verdicts: Sequence[Verdict]) -> float | None:
    """A cost and that of all verdicts; None if one of them isn't known."""
    costs = [first, *(one.cost for one in verdicts)]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def tokens_of(usage: Mapping[str, int]) -> int:
    return usage.get("input_tokens", 0) + usage.get("output_tokens", 0)


def _cost(result: RunResult) -> float | None:
    return None if result.unpriced_calls else result.cost
