"""A recorded run, as a person and as a program read it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from weft.cli import terminal
from weft.cli.lines import seconds, tokens
from weft.cli.terminal import clean, styled
from weft.runs.record import RunRecord
from weft.runs.state import RunState, StepState

STYLES: Mapping[str, terminal.Style] = {
    "running": "blue",
    "succeeded": "green",
    "failed": "red",
    "cancelled": "yellow",
    "skipped": "dim",
}


def record_json(record: RunRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "flow": record.flow,
        "hash": record.hash,
        "status": record.status,
        "created": record.created,
        "finished": record.finished,
        "inputs": record.inputs,
        "usage": record.usage,
        "error": record.error,
    }


def state_json(state: RunState) -> dict[str, Any]:
    return {"steps": {path: step_json(step) for path, step in state.steps.items()}, "outputs": state.outputs}


def step_json(step: StepState) -> dict[str, Any]:
    return {
        "status": step.status,
        "component": step.component,
        "attempt": step.attempt,
        "value": step.value,
        "text": step.text,
        "usage": step.usage,
        "seconds": step.seconds,
        "error": step.error,
        "because": step.because,
        "calls": step.calls,
    }
