"""What the runs of a session have learnt of models: the record that `rate_model` writes and `choose_model` reads.

It stands in the state of the session, by kind of task: `model_record.task: [{"model": ..., "tried": 3, "score": 0.8}]`.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, NamedTuple, cast

from weft.runs.sessions import Session

RECORD = "model_record"


class Learnt(NamedTuple):
    """How one model did: how often it was tried, and its mean score from 0 to 1."""

    model: str
    tried: int
    score: float


def learnt(state: Mapping[str, Any]) -> dict[str, list[Learnt]]:
    """By kind of task, the models in the order they were tried first. What isn't such a record is passed over."""
    record: Any = state.get(RECORD)
    if not isinstance(record, Mapping):
        return {}
    kinds = {str(kind): _read(rows) for kind, rows in cast("Mapping[Any, Any]", record).items()}
    return {kind: rows for kind, rows in kinds.items() if rows}


def kind_key(kind: str) -> str:
    """The name of a kind of task in the record."""
    return re.sub(r"[^a-z0-9_]+", "_", kind.lower()).strip("_") or "task"


def without(session: Session, kind: str | None = None) -> Session:
    """The session without what it has learnt, of one kind of task or of all; the rest of it stays."""
    state = deepcopy(session.state)
    record: Any = state.get(RECORD)
    if kind is not None and isinstance(record, dict):
        cast("dict[str, Any]", record).pop(kind, None)
    if kind is None or not record:
        state.pop(RECORD, None)
    return replace(session, state=state)


def _read(rows: Any) -> list[Learnt]:
    listed = cast("list[Any]", rows) if isinstance(rows, list) else []
    return [row for one in listed if (row := _row(one)) is not None]


def _row(one: Any) -> Learnt | None:
    if not isinstance(one, Mapping):
        return None
    said = cast("Mapping[str, Any]", one)
    model, tried, score = said.get("model"), said.get("tried"), said.get("score")
    if not isinstance(model, str) or not isinstance(tried, int) or not isinstance(score, int | float):
        return None
    return Learnt(model, tried, float(score))
