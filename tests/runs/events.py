"""Short builders of events and records."""

from collections.abc import Mapping
from typing import Any

from weft.engine.events import Event
from weft.runs.record import RunRecord

USAGE = {"calls": 0, "input_tokens": 0, "output_tokens": 0}


def record(run_id: str = "run1", **fields: Any) -> RunRecord:
    given = {
        "flow": "essay",
        "hash": "h",
        "document": '{"format": 1}\n',
        "created": "2026-01-01T00:00:00.000Z",
    }
    return RunRecord.model_validate({"id": run_id, **given, **fields})


def event(
    seq: int, kind: str = "step-output", path: str = "a", at: float | None = None, **data: Any
) -> Event:
    return Event(seq, kind, path, float(seq) if at is None else at, data)


def outputs(first: int, count: int, text: str = "word ") -> list[Event]:
    return [event(seq, text=f"{text}{seq}") for seq in range(first, first + count)]


def finished(seq: int, status: str = "succeeded", **data: Any) -> Event:
    given: Mapping[str, Any] = {
        "status": status,
        "outputs": {},
        "error": None,
        "usage": USAGE,
        "seconds": 1.5,
    }
    return Event(seq, "run-finished", "", float(seq), {**given, **data})
