"""Runs and their states as they leave the process: flat JSON for HTTP and the command line."""

from dataclasses import fields
from typing import Any

from weft.runs.light import SHORT, cut
from weft.runs.record import RunRecord
from weft.runs.state import RunState, StepState


def record_json(record: RunRecord) -> dict[str, Any]:
    """A run without its document."""
    return record.model_dump(exclude={"document", "owner"})


def state_json(state: RunState) -> dict[str, Any]:
    """The folded run, its steps by path: to be written out at once, for its parts are the state's own."""
    made = {field.name: getattr(state, field.name) for field in fields(state)}
    return made | {"steps": {path: dict(vars(step)) for path, step in state.steps.items()}}


def snapshot_json(state: RunState) -> dict[str, Any]:
    """The same in little time, for one who shows it: values of more than a few characters are cut short."""
    return state_json(state) | {
        "steps": {path: _shown(step) for path, step in state.steps.items()},
        "inputs": cut(state.inputs, SHORT)[0] or state.inputs,
        "outputs": cut(state.outputs, SHORT)[0] or state.outputs,
    }


def _shown(step: StepState) -> dict[str, Any]:
    shown = {**vars(step), "text": step.text[-SHORT:], "thought": step.thought[-SHORT:]}
    shown["calls"] = len(step.calls)
    short = cut(step.value, SHORT)[0] if step.value else None
    return shown if short is None else shown | {"value": short, "cut": True}
