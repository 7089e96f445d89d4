"""What went through an edge last: the beginning of each output's value, for the canvas to show where one rests."""

import json
from collections.abc import Mapping
from typing import Any, cast

from weft.runs.state import RunState, StepState

HEAD = 220  # characters of a value that the canvas shows beside an edge


def outputs(step: StepState) -> dict[str, str] | None:
    """Of each output but the main one, whose text the card has already; None if there are no others."""
    if step.status != "succeeded" or not step.value or len(step.value) < 2:
        return None
    return {port: head(value) for port, value in list(step.value.items())[1:]}


class Given:
    """What the run was given, told once: it is known with the run's first event and never changes."""

    def __init__(self) -> None:
        self._told = False

    def news(self, state: RunState, *, again: bool) -> Mapping[str, Any]:
        """As of a node named `inputs`; nothing if it was told before, unless all is told `again`."""
        self._told = self._told and not again
        if self._told or not state.inputs:
            return {}
        self._told = True
        return {"inputs": {"outputs": {name: head(value) for name, value in state.inputs.items()}}}


def head(value: Any) -> str:
    """The beginning of a value in a line or two; of a conversation what was said last."""
    if isinstance(value, str):
        return value[:HEAD]
    if isinstance(value, list) and value and isinstance(last := cast(list[Any], value)[-1], dict):
        said = cast(dict[str, Any], last)
        if isinstance(said.get("content"), str) and "role" in said:
            before = len(cast(list[Any], value)) - 1
            more = f" (after {before} more)" if before else ""
            return f"{said['role']}{more}: {said['content']}"[:HEAD]
    return _begun(value)


def _begun(value: Any) -> str:
    """Its JSON as far as it is shown: a large value isn't written out whole."""
    text = ""
    for part in json.JSONEncoder(ensure_ascii=False).iterencode(value):
        text += part
        if len(text) >= HEAD:
            break
    return text[:HEAD]
