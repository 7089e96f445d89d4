"""How a run ends that nobody drives: cancelled, or failed because it can't go on."""

from collections.abc import Iterable, Sequence
from typing import Any

from weft.engine.events import Event
from weft.model.errors import WeftError
from weft.runs.record import RunRecord
from weft.runs.sessions import left
from weft.runs.state import fold
from weft.runs.store.protocol import RunStore

_FURTHER = frozenset(("step-finished", "step-failed", "step-skipped", "step-answered", "graph-expanded"))
"""What is recorded so needn't be done again."""


async def ended(store: RunStore, record: RunRecord, events: Sequence[Event], outcome: dict[str, Any]) -> None:
    """Put the run's last event down, under the epoch of `record`; steps that weren't over are cancelled with it."""
    state = fold(events)
    spent = {"usage": state.usage, "cost": state.cost, "unpriced_calls": state.unpriced_calls}
    data = {"outputs": {}, "error": None, **spent, "seconds": state.at, **outcome}
    last = Event(state.seq + 1, "run-finished", "", state.at, data)
    session = await left(store, record, list(events))
    await store.append(record.id, [last], session, epoch=record.epoch)


def failure(problem: WeftError) -> dict[str, Any]:
    error = {"code": problem.code, "message": problem.message, "hint": problem.hint, "node": None}
    return {"status": "failed", "error": error}


def cancelled() -> dict[str, Any]:
    return {"status": "cancelled"}


def keeps_failing(record: RunRecord, events: Iterable[Event], deaths: int) -> WeftError:
    """Why a run isn't taken up once more."""
    state = fold(events)
    running = [path for path, step in state.steps.items() if step.status == "running"]
    what = f" Running then: {', '.join(map(repr, running[:5]))}." if running else ""
    return WeftError(
        f"The process that ran it died {deaths} times without getting any further.{what}",
        code="keeps-failing",
        hint=f"Find out what kills it; 'weft resume {record.id}' tries again.",
        retryable=False,
    )


def progress_of(events: Sequence[Event]) -> int:
    """The number of the last event that got the run further; 0 if none did."""
    return next((event.seq for event in reversed(events) if event.kind in _FURTHER), 0)
