"""What was asked of a run beside its flow, inputs and model, as its record keeps it."""

from collections.abc import Mapping, Sequence
from typing import Any

from weft.engine.budget import Budget
from weft.engine.choice import Choice
from weft.engine.limits import Limits
from weft.model.plain import to_plain
from weft.runs.sessions import check_name


def options(
    session: str | None,
    answers: Mapping[str, Sequence[Any]],
    budget: Budget | None,
    limits: Limits,
    choice: Choice | None,
) -> dict[str, Any]:
    """Plain JSON, without what wasn't asked."""
    asked: dict[str, Any] = {}
    if session is not None:
        asked["session"] = check_name(session)
    if answers:
        asked["answers"] = to_plain(dict(answers), name="answers")
    if budget:
        asked["budget"] = budget.as_json()
    if said := limits.said():
        asked["limits"] = said
    if choice:
        asked["choice"] = choice.as_json()
    return asked
