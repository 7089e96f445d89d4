"""What went through an edge last: the beginning of each output's value, for the canvas to show where one rests."""

from collections.abc import Mapping
from typing import Any

from weft.runs.state import RunState, StepState
from weft.ui.dock.step_detail import text_of

HEAD = 220  # characters of a value that the canvas shows beside an edge


def outputs(step: StepState) -> dict[str, str] | None:
    """Of each output but the main one, whose text the card has already; None if there are no others."""
    if step.status != "succeeded" or not step.value or len(step.value) < 2:
        return None
    return {port: text_of(value)[:HEAD] for port, value in list(step.value.items())[1:]}


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
        return {"inputs": {"outputs": {name: text_of(value)[:HEAD] for name, value in state.inputs.items()}}}
