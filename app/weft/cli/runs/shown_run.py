"""A recorded run, as a person and as a program read it."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from weft.cli import terminal
from weft.cli.lines import seconds, tokens
from weft.cli.terminal import clean, styled
from weft.engine.cost import told
from weft.runs.record import RunRecord
from weft.runs.state import RunState, StepState

LONGEST, SHORT = 600, 100  # characters of a step's main value, and of its others; the rest is for --json
STYLES: Mapping[str, terminal.Style] = {
    "running": "blue",
    "waiting": "yellow",
    "paused": "yellow",
    "succeeded": "green",
    "failed": "red",
    "cancelled": "yellow",
    "skipped": "dim",
}


def record_json(record: RunRecord) -> dict[str, Any]:
    """A run without its document and its steps."""
    return record.model_dump(mode="json", exclude={"document", "owner"}) | {"seconds": took(record)}


def state_json(state: RunState) -> dict[str, Any]:
    return {
        "steps": {path: step_json(step) for path, step in state.steps.items()},
        "outputs": state.outputs,
        "questions": state.questions,
    }


def step_json(step: StepState) -> dict[str, Any]:
    return {
        "status": step.status,
        "component": step.component,
        "attempt": step.attempt,
        "value": step.value,
        "text": step.text,
        "usage": step.usage,
        "cost": step.cost,
        "unpriced_calls": step.unpriced_calls,
        "seconds": step.seconds,
        "cached": step.cached,
        "from": step.origin,
        "saved": step.saved,
        "put": step.put,
        "error": step.error,
        "because": step.because,
        "answers": step.answers,
        "calls": step.calls,
    }


def row_of(record: RunRecord) -> list[str]:
    """id, flow, status, when, took, tokens, cost, error."""
    spent = took(record)
    count = tokens(record.usage)
    error = (record.error or {}).get("message", "")
    return [
        record.id,
        record.flow,
        record.status,
        when(record.created),
        seconds(spent) if spent is not None else "",
        f"{count:,}" if count else "",
        told(record.cost, record.unpriced_calls),
        error if len(error) <= 60 else error[:59] + "…",
    ]


def lines_of(record: RunRecord, state: RunState) -> Iterator[str]:
    """The whole run: a heading, its inputs, its steps with what they gave, its outputs."""
    _, flow, status, began, spent, count, cost, _ = row_of(record)
    about = [
        began,
        spent,
        f"{count} tokens" if count else "",
        cost,
        f"model {record.model}" if record.model else "",
    ]
    yield f"{styled(f'Run {record.id} of {clean(flow)}', 'bold')}: {_status(status)}"
    yield "  " + " · ".join(part for part in about if part)
    yield from _values("Inputs", record.inputs)
    if state.steps:
        yield styled("Steps", "bold")
    for path, step in state.steps.items():
        yield from _step(path, step)
    yield from _values("Asks", {path: one["text"] for path, one in state.questions.items()})
    yield from _values("Outputs", state.outputs)
    if record.error:
        yield f"{styled('error:', 'red')} {clean(str(record.error.get('message', '')))}"


def took(record: RunRecord) -> float | None:
    """Seconds on the wall from start to end; None while it runs."""
    if record.finished is None:
        return None
    return round((_time(record.finished) - _time(record.created)).total_seconds(), 3)


def when(created: str) -> str:
    """A recorded time as the person's clock shows it."""
    return _time(created).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _step(path: str, step: StepState) -> Iterator[str]:
    count = tokens(step.usage)
    about = [
        seconds(step.seconds) if step.seconds is not None else "",
        f"{count:,} tokens" if count else "",
        told(step.cost, step.unpriced_calls),
        f"{step.attempt} attempts" if step.attempt > 1 else "",
        (step.put or "cached") + (f" from {step.origin}" if step.origin else "") if step.cached else "",
        ", ".join(dict.fromkeys(str(call.get("model", "")) for call in step.calls)),
    ]
    yield f"  {clean(path)}: {_status(step.status)}  {styled(clean(' · '.join(filter(None, about))), 'dim')}".rstrip()
    for index, (port, value) in enumerate((step.value or {}).items()):
        yield from _value(port, value, "    ", SHORT if index else LONGEST)
    if step.error:
        yield f"    {clean(str(step.error.get('message', '')))}"
    if step.because:
        yield f"    {clean(str(step.because.get('message', '')))}"


def _values(title: str, values: Mapping[str, Any]) -> Iterator[str]:
    if values:
        yield styled(title, "bold")
    for name, value in values.items():
        yield from _value(name, value, "  ")


def _value(name: str, value: Any, indent: str, most: int = LONGEST) -> Iterator[str]:
    text = clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    if len(text) > most:
        text = f"{text[:most]}… ({len(text) - most:,} more characters; --json shows all)"
    first, *rest = text.splitlines() or [""]
    yield f"{indent}{styled(clean(name) + ':', 'cyan')} {first}".rstrip()
    yield from (f"{indent}  {line}".rstrip() for line in rest)


def _status(status: str) -> str:
    return styled(status, STYLES.get(status, "bold"))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
