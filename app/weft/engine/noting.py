"""What a step puts down on its way: answers that were paid for, so that a run that was broken off and goes on doesn't
ask for them again. `Context.note` puts down, `Context.noted` gives back.

A note holds the calls of models since the one before it, so that whoever looks at the run sees them as they come, and
so that what they used is neither forgotten nor counted twice when the run goes on. An attempt after a failure begins
anew: it has no notes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weft.model.plain import to_plain

if TYPE_CHECKING:
    from weft.engine.attempt import Attempt


class Notes:
    """Those of one attempt. `before` are those of the process that began it."""

    def __init__(self, attempt: Attempt) -> None:
        self.before: tuple[Any, ...] = ()
        taken = attempt.scheduler.taken
        step = taken.step(attempt.node) if taken is not None else None
        if step is not None and step.notes and not step.ended and step.attempt == attempt.number:
            self.before, step.notes = tuple(step.notes), []
            attempt.usage, attempt.calls, attempt.used = dict(step.usage), step.calls, True
            if step.first is not None:
                attempt.first = attempt.scheduler.ground.log.zero + step.first
        self._told = len(attempt.calls)
        """How many of its calls stand in notes, or in a `step-retried`."""

    def add(self, attempt: Attempt, value: Any, said: str) -> None:
        calls = attempt.calls[self._told :]
        self._told = len(attempt.calls)
        data = {
            "value": to_plain(value, name="note"),
            "said": said,
            "usage": attempt.usage,
            "calls": [*calls],
        }
        attempt.scheduler.ground.log.add("step-noted", attempt.path, data)


def notes_of(attempt: Attempt) -> Notes:
    """The attempt's notes, made when it first asks for them."""
    if attempt.notes is None:
        attempt.notes = Notes(attempt)
    return attempt.notes
