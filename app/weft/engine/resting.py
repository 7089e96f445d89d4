"""Leaving a run where it is: whether anything of it goes on, or all that is left waits; and letting go of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from weft.engine.attempt import Attempt

if TYPE_CHECKING:
    from weft.engine.ground import Ground
    from weft.engine.scheduler import Scheduler


class Rest(NamedTuple):
    """How many `questions` are open, and the seconds `until` the first timer: of a question, of a step that will be
    tried again, or the end of the run's own time. None: nothing but an answer lets it go on."""

    questions: int
    until: float | None


def at_rest(ground: Ground, parallel: int) -> Rest | None:
    """None while any step runs, or could. Those that wait for flows inside themselves don't count, as long as none of
    those has just ended. A step whose own time runs meanwhile isn't at rest either."""
    slots, asking = ground.slots, ground.asking
    if slots.free != parallel or slots.waiting or ground.nested != ground.joined or asking.waking:
        return None
    if any(isinstance(timed, Attempt) for timed in ground.deadlines.table):
        return None
    whens = [*ground.resting.values(), *ground.deadlines.table.values(), *asking.whens()]
    until = max(0.0, min(whens) - ground.time()) if whens else None
    return Rest(asking.count, until)


def leave(ground: Ground, scheduler: Scheduler) -> None:
    """Stop everything, and let nothing more be said of it."""
    ground.log.cut()
    ground.deadlines.close()
    ground.books.close()
    if ground.halted is None:  # whatever still asks for more is refused
        ground.halted = {"code": "released", "message": "The run was released.", "hint": "", "node": None}
    scheduler.cancel()
