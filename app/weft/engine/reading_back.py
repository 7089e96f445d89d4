"""How each kind of event changes what is known of a recorded run (`recorded.Recorded`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, cast

from weft.engine.budget import EXCEEDED
from weft.engine.events import NO_USAGE, Event
from weft.engine.recorded import (
    Asked,
    Expansion,
    Recorded,
    RecordedFlow,
    RecordedStep,
    Spent,
    places,
    step_around,
)

_CANCELLED: Final = "cancelled"


def _run_started(run: Recorded, event: Event) -> None:
    run.hash = event.data.get("hash", "")
    run.inputs = dict(event.data.get("inputs") or {})
    _timed(run, event)


def _timed(run: Recorded, event: Event) -> None:
    """The event says what time it was."""
    try:
        run.anchor = event.at, datetime.fromisoformat(event.data["time"])
    except (KeyError, TypeError, ValueError):
        run.anchor = None  # an event without it: nobody knows how long nothing ran


def _run_finished(run: Recorded, event: Event) -> None:
    run.over = True


# --- a step begins ---


def _step_ready(run: Recorded, event: Event) -> None:
    _step(run, event.path)


def _step_started(run: Recorded, event: Event) -> None:
    step = _step(run, event.path)
    step.attempt = event.data.get("attempt", step.attempt)
    step.due = None
    if step.first is None:
        step.first = event.at


def _step_noted(run: Recorded, event: Event) -> None:
    step, data = _step(run, event.path), event.data
    step.notes.append(data.get("value"))
    _used(run, event, step, (*step.calls, *(data.get("calls") or ())))


def _step_retried(run: Recorded, event: Event) -> None:
    step, data = _step(run, event.path), event.data
    step.attempt = data["attempt"] + 1
    step.due = event.at + data["delay"]
    step.notes = []
    _used(run, event, step, tuple(data.get("calls") or ()))
    run.asked.pop(event.path, None)
    _close(run, event.path)


def _used(run: Recorded, event: Event, step: RecordedStep, calls: tuple[dict[str, Any], ...]) -> None:
    """These are the calls it has made so far."""
    before, after = _total(step.calls), _total(calls)
    step.usage, step.calls = event.data.get("usage") or NO_USAGE, calls
    _spend(run, event.path, after.tokens - before.tokens, after.cost - before.cost)


def _step(run: Recorded, path: str) -> RecordedStep:
    """The step in the pass of its flow that goes on; one that is over begins again with another pass."""
    flow, name = _flow(run, path)
    step = flow.steps.get(name)
    run.lately.discard(path)
    if step is None or step.ended:
        if step is not None:
            flow = RecordedFlow()
            run.flows[path[: path.rfind("/") + 1]].append(flow)
        step = flow.steps[name] = RecordedStep()
    return step


def _flow(run: Recorded, path: str) -> tuple[RecordedFlow, str]:
    place = path.rfind("/") + 1
    prefix, name = path[:place], path[place:]
    passes = run.flows.get(prefix)
    if passes is None:
        passes = run.flows[prefix] = [RecordedFlow()]
        if prefix:
            run.nested.setdefault(step_around(prefix), []).append(prefix)
    return passes[-1], name


# --- it asks, and lets the graph grow ---


def _step_paused(run: Recorded, event: Event) -> None:
    run.lately.discard(event.path)
    ask = dict(event.data.get("ask") or {})
    run.asked[event.path] = Asked(ask, event.at, event.seq)
    run.numbers[event.path] = ask.get("number", 0)


def _step_answered(run: Recorded, event: Event) -> None:
    asked = run.asked.pop(event.path, None)
    run.answered += 1
    run.lately.add(event.path)
    if asked is not None:
        number = event.data.get("number", asked.ask.get("number", 0))
        run.answers[event.path, number] = asked.ask, event.data.get("value")


def _graph_expanded(run: Recorded, event: Event) -> None:
    flow, name = _flow(run, event.path)
    step = flow.steps.get(name)
    run.expansions += 1
    flow.expansions.append(Expansion(event.data, event.path, step.attempt if step is not None else 1))


def _budget_warned(run: Recorded, event: Event) -> None:
    run.warned.add((event.path, event.data.get("limit", "")))


# --- it is over ---


def _step_finished(run: Recorded, event: Event) -> None:
    step = _ended(run, event)
    step.ended, step.value = "finished", dict(event.data.get("value") or {})
    if event.data.get("cached") and event.data.get("from"):
        run.reused.add(event.path)
    if writes := event.data.get("state"):
        _flow(run, event.path)[0].writes.append(writes)
    _note_refusal(run, event.path, event.data.get("error"))


def _step_failed(run: Recorded, event: Event) -> None:
    data = event.data
    if data.get("code") == _CANCELLED:  # by what was around it: it has come to no end of its own
        _count(run, event.path, _step(run, event.path), data)
        run.asked.pop(event.path, None)
        return
    step = _ended(run, event)
    step.ended = "failed"
    error = {name: data.get(name, "") for name in ("code", "message", "hint")} | {"node": event.path}
    flow, _ = _flow(run, event.path)
    if flow.error is None:
        flow.error, flow.lasting = error, bool(data.get("lasting"))
    if data.get("halted") and run.halted is None:
        run.halted = error
    _note_refusal(run, event.path, data)


def _step_skipped(run: Recorded, event: Event) -> None:
    step = _ended(run, event)
    step.ended, step.because = "skipped", dict(event.data.get("because") or {})
    _note_refusal(run, event.path, step.because)


def _ended(run: Recorded, event: Event) -> RecordedStep:
    step = _step(run, event.path)
    _count(run, event.path, step, event.data)
    step.due, step.usage, step.calls, step.notes = None, NO_USAGE, (), []
    run.done += 1
    run.asked.pop(event.path, None)
    _close(run, event.path)
    return step


def _note_refusal(run: Recorded, path: str, error: Any) -> None:
    if error and error.get("code") == EXCEEDED:
        run.refused.append(
            {name: error.get(name, "") for name in ("code", "message", "hint")} | {"node": path}
        )


def _close(run: Recorded, path: str) -> None:
    """The flows nested in a step begin no more: their steps are counted. What they gave is kept for the rounds of a
    session that the step itself is in."""
    for prefix in run.nested.pop(path, ()):
        for one in run.flows[prefix]:
            for name in one.steps:
                _close(run, prefix + name)
        for one in run.flows.pop(prefix):
            run.steps += len(one.steps)
            if "/" in path:
                _keep_inside(run, path, prefix, one)


def _keep_inside(run: Recorded, path: str, prefix: str, closed: RecordedFlow) -> None:
    around, _ = _flow(run, path)
    here = prefix[path.rfind("/") + 1 :]
    around.inside |= {here + name: value for name, value in closed.inside.items()}
    around.inside |= {
        here + name: step.value for name, step in closed.steps.items() if step.ended == "finished"
    }


# --- what it spent ---


def _count(run: Recorded, path: str, step: RecordedStep, data: Mapping[str, Any]) -> None:
    """Add what a step used; what attempts before have spent is in the accounts already."""
    usage: Mapping[str, int] = data.get("usage") or {}
    for name, count in usage.items():
        run.usage[name] = run.usage.get(name, 0) + count
    if usage.get("calls"):
        run.costs.append((data.get("cost", 0.0), data.get("unpriced_calls", 0)))
        before = _total(step.calls)
        tokens = usage.get("input_tokens", 0) + usage.get("output_tokens", 0)
        _spend(run, path, tokens - before.tokens, (data.get("cost") or 0.0) - before.cost)


def _spend(run: Recorded, path: str, tokens: int, cost: float) -> None:
    if tokens or cost:
        for place in places(path):
            had = run.spent.get(place, Spent())
            run.spent[place] = Spent(had.tokens + tokens, had.cost + cost)


def _total(calls: tuple[dict[str, Any], ...]) -> Spent:
    tokens, cost = 0, 0.0
    for call in calls:
        used = cast("Mapping[str, int]", call.get("usage") or {})
        tokens += used.get("input_tokens", 0) + used.get("output_tokens", 0)
        cost += call.get("cost") or 0.0
    return Spent(tokens, cost)


READERS: Final[Mapping[str, Callable[[Recorded, Event], None]]] = {
    "run-started": _run_started,
    "run-resumed": _timed,
    "run-finished": _run_finished,
    "step-ready": _step_ready,
    "step-started": _step_started,
    "step-noted": _step_noted,
    "step-retried": _step_retried,
    "step-paused": _step_paused,
    "step-answered": _step_answered,
    "step-finished": _step_finished,
    "step-failed": _step_failed,
    "step-skipped": _step_skipped,
    "graph-expanded": _graph_expanded,
    "budget-warned": _budget_warned,
}
