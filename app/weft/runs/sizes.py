"""How much memory events take, about: what is worth being let go."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from weft.engine.events import Event

HEAVY: Final = 2_000
"""Characters from which on an event's data counts: those below are many and small, and are counted by number."""
_SAMPLE: Final = 32
_SAYING: Final = frozenset(
    (
        "step-finished",
        "step-noted",
        "step-output",
        "step-thought",
        "run-finished",
        "run-started",
        "step-answered",
    )
)
"""Kinds whose data hold values of any size."""


def heavy(events: Sequence[Event], least: int = HEAVY) -> list[tuple[int, int]]:
    """Those whose data are large: number, and characters."""
    return [
        (seq, size)
        for seq, kind, _, _, data in events
        if kind in _SAYING and (size := _of_data(data)) >= least
    ]


def _of_data(data: Mapping[str, Any]) -> int:
    total = 0
    value: Any = data.get("value")
    # A step's values are nearly all of its `step-finished`; an answer's value may be anything.
    for item in (cast("dict[str, Any]", value) if type(value) is dict and value else data).values():
        if type(item) is str:
            total += len(item)
        elif type(item) is dict or type(item) is list:
            total += size_of(item)
    return total


def size_of(value: Any) -> int:
    """About how many characters a plain value has; of a long list a few items are looked at."""
    if type(value) is str:
        return len(value)
    if type(value) is dict:
        items: Sequence[Any] = list(cast("dict[str, Any]", value).values())
    elif type(value) is list:
        items = cast("list[Any]", value)
    else:
        return 8
    if len(items) <= _SAMPLE:
        return 8 + sum(map(size_of, items))
    step = len(items) // _SAMPLE
    return len(items) * sum(map(size_of, items[::step][:_SAMPLE])) // _SAMPLE
