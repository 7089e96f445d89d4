"""Cancelling and answering a run that this service doesn't drive: done in the books if nobody drives it, else asked of
whoever does."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from weft.engine.asking import asks_something_else
from weft.engine.events import Event
from weft.engine.question import question
from weft.engine.recorded import Recorded
from weft.model.errors import Conflict, NotFound, WeftError
from weft.model.nearest import nearest
from weft.runs import owner
from weft.runs.driving.endings import cancelled, ended
from weft.runs.record import RunRecord
from weft.runs.store.claims import Kind
from weft.runs.store.protocol import RunStore, missing, moved

PATIENCE: Final = 10.0
"""Seconds that an owner has to see to what it was asked."""
POLL: Final = 0.1


async def cancel(store: RunStore, run_id: str) -> None:
    """End the run, or have its owner do it. A run that is over stays as it ended."""
    while not (record := await _found(store, run_id)).over:
        if await driven(store, record):
            if await _asked(store, record, "cancel", {}):
                return
            continue
        try:
            await ended(store, record, await store.events(run_id), cancelled())
        except Conflict as problem:
            if not moved(problem):
                raise


async def answer(
    store: RunStore, run_id: str, path: str, value: Any, by: str, number: int | None, event: int | None
) -> None:
    """Put the answer into the books, where it lets the run go on, or have the run's owner take it."""
    given = {"path": path, "value": value, "by": by, "number": number, "event": event}
    while True:
        record = await _found(store, run_id)
        if record.over:
            raise Conflict(f"The run {run_id} is over: nobody is asked any more.", code="run-over")
        if await driven(store, record):
            if await _asked(store, record, "answer", given):
                return
            continue
        told = answered(run_id, await store.events(run_id), path, value, by, number, event)
        try:
            await store.append(run_id, [told], epoch=record.epoch, then="queued")
            return
        except Conflict as problem:
            if not moved(problem):
                raise


async def driven(store: RunStore, record: RunRecord) -> bool:
    """Whether somebody who is still there owns the run."""
    if not record.owner:
        return False
    owners = await store.claims.owners()
    return not owner.gone(record.owner, owners.get(record.owner))


def answered(
    run_id: str,
    events: list[Event],
    path: str,
    value: Any,
    by: str,
    number: int | None,
    event: int | None = None,
) -> Event:
    """The event of an answer to a question that is open in the books. Raises as `engine.Run.answer` does."""
    recorded = Recorded.of(events)
    asked = recorded.asked.get(path)
    if asked is None or number not in (None, asked.ask["number"]):
        upto = asked.ask["number"] if asked is not None else recorded.numbers.get(path, -1) + 1
        if (number or 0) < upto:
            raise Conflict(
                f"The question of {path!r} is closed: it has been answered, or its step has gone on.",
                code="answered",
                hint="Look at the run again.",
            )
        raise _no_question(path, recorded)
    if event not in (None, asked.event):
        raise asks_something_else(path)
    ask = asked.ask
    read = question(
        ask["text"],
        ask["kind"],
        ask["value"],
        ask.get("choices", ()),
        ask.get("fields", {}),
        ask.get("within"),
        ask.get("default"),
        ask.get("changes"),
    ).read(value)
    waited = recorded.at - asked.at
    if recorded.anchor is not None:  # the wall's clock: the run's own stands still while nobody drives it
        at, when = recorded.anchor
        waited = max(waited, (datetime.now(UTC) - when).total_seconds() - (asked.at - at))
    data = {"value": read, "by": by, "number": ask["number"], "how": "person", "waited": round(waited, 3)}
    return Event(recorded.last + 1, "step-answered", path, recorded.at, data)


def _no_question(path: str, recorded: Recorded) -> NotFound:
    if not recorded.asked:
        return NotFound(f"{path!r} asks nothing: no question of this run is open.", code="no-question")
    close = nearest(path, recorded.asked)
    some = ", ".join(map(repr, list(recorded.asked)[:8]))
    hint = f"Did you mean {close!r}?" if close else f"These ask: {some}."
    return NotFound(f"{path!r} asks nothing now.", code="no-question", hint=hint)


async def _asked(store: RunStore, record: RunRecord, kind: Kind, data: Mapping[str, Any]) -> bool:
    """Ask the run's owner, and wait until it has seen to it; False if the run is no longer its own. An owner that takes
    its time to cancel has been told; one that takes no answer is a `Conflict` (`no-reply`)."""
    claims, run_id = store.claims, record.id
    number = await claims.ask(run_id, kind, data)
    until = time.monotonic() + PATIENCE
    while True:
        found = await claims.request(run_id, number)
        if found is None or found.outcome is not None:
            break
        now = await _found(store, run_id)
        late = time.monotonic() > until
        if late and kind == "cancel":
            return True
        if late or now.over or now.epoch != record.epoch or not await driven(store, now):
            found = await claims.withdraw(run_id, number)
            if found is None or found.outcome is None:
                if late:
                    raise Conflict(
                        f"The process that runs {run_id} doesn't reply.",
                        code="no-reply",
                        hint="Try again; if it hangs, stop it: the run is not lost.",
                    )
                return now.over and kind == "cancel"
            break
        await asyncio.sleep(POLL)
    await claims.withdraw(run_id, number)
    if found is not None and found.outcome:
        raise _refusal(found.outcome)
    return True


def _refusal(outcome: Mapping[str, Any]) -> WeftError:
    kinds: Mapping[str, type[WeftError]] = {"Conflict": Conflict, "NotFound": NotFound}
    kind = kinds.get(outcome.get("kind", ""), WeftError)
    return kind(outcome["message"], code=outcome["code"], hint=outcome["hint"])


async def _found(store: RunStore, run_id: str) -> RunRecord:
    record = await store.get(run_id)
    if record is None:
        raise missing(run_id)
    return record
