"""A run's state that stays small whatever its steps put out: what a screen shows, and not what a step gets.

A large value is cut short (`StepState.cut`), and the event with which the step ended has the whole; of a text that is
streamed the end is kept. However many steps there are, their values together stay bounded.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import to_json

from weft.engine.events import Event
from weft.runs.sizes import size_of
from weft.runs.state import RunState
from weft.runs.store.protocol import RunStore

LONGEST: Final = 64_000
"""Characters of a value that are kept, as long as there is room."""
ROOM: Final = 16_000_000
"""Characters of all values together; those that come after have only a few."""
SHORT: Final = 500
_PAGE: Final = 1_000


class LightState(RunState):
    """As `RunState`, but for large values."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._held = 0

    def apply(self, event: Event) -> None:
        kind = event.kind
        if kind == "step-finished":
            self._finish(event)
            return
        super().apply(event)
        if kind == "step-output" and self.seconds is None:
            step = self.steps[event.path]
            if len(step.text) > 2 * self._longest():
                step.text = step.text[-self._longest() :]
        elif kind == "step-thought" and self.seconds is None:
            step = self.steps[event.path]
            if len(step.thought) > 2 * self._longest():
                step.thought = step.thought[-self._longest() :]

    def _longest(self) -> int:
        return LONGEST if self._held < ROOM else SHORT

    def _finish(self, event: Event) -> None:
        value: Mapping[str, Any] = event.data.get("value") or {}
        short, held = cut(value, self._longest())
        self._held += held
        super().apply(event if short is None else event._replace(data={**event.data, "value": short}))
        step = self.steps.get(event.path)
        if step is not None:
            step.cut = short is not None
            if step.text:  # of what was streamed, the value has the most
                step.text = step.text[-SHORT:] if short is not None else step.text[-self._longest() :]


async def folded(store: RunStore, run_id: str) -> LightState:
    """The state of a run as far as it is stored, read a page at a time."""
    state = LightState()
    while events := await store.events(run_id, after=state.seq, limit=_PAGE):
        for event in events:
            state.apply(event)
        if state.seconds is not None:
            break
    return state


def cut(value: Mapping[str, Any], longest: int) -> tuple[dict[str, Any] | None, int]:
    """The value with what is longer cut to the beginning of its text, None if nothing is; and its characters."""
    short: dict[str, Any] = {}
    held = 0
    for port, item in value.items():
        size = size_of(item)
        if size > longest:
            short[port] = (item if type(item) is str else to_json(item).decode())[:longest]
        held += min(size, longest)
    return ({**value, **short} if short else None), held
