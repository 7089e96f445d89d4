"""What was asked of a run beside its flow, inputs and model, as its record keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from weft.engine.budget import Budget
from weft.engine.choice import Choice, Given
from weft.engine.limits import Limits
from weft.model.plain import to_plain
from weft.runs.asker import asker
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
    if by := asker():
        asked["by"] = by
    if choice and choice.given:
        asked["given"] = {node: _given(given) for node, given in choice.given.items()}
    return asked


def choice_of(asked: Mapping[str, Any]) -> tuple[Choice | None, dict[str, str]]:
    """The choice that these options hold, and by node the run whose value it takes besides."""
    if "choice" not in asked:
        return None, {}
    kept = dict(asked["choice"])
    again, _ = kept.pop("again", ""), kept.pop("edited", None)
    values: Mapping[str, Any] = asked.get("given") or {}
    given = {node: Given(**one) for node, one in values.items() if "value" in one}
    sources = {node: one["run"] for node, one in values.items() if "value" not in one}
    return replace(Choice.read(kept), given=given, again=again), sources


def _given(given: Given) -> dict[str, Any]:
    """A value as it is kept with the run: only one that is recorded nowhere else is kept whole."""
    if given.how == "recorded" and given.run:
        return {"run": given.run}
    return to_plain(asdict(given), name="given")
