"""Runs and their states as they leave the process: flat JSON for HTTP and the command line."""

from dataclasses import asdict
from typing import Any

from weft.runs.record import RunRecord
from weft.runs.state import RunState


def record_json(record: RunRecord) -> dict[str, Any]:
    """A run without its document."""
    return record.model_dump(exclude={"document", "owner"})


def state_json(state: RunState) -> dict[str, Any]:
    """The folded run, its steps by path."""
    return asdict(state)
