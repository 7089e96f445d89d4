"""How long a run may take."""

from __future__ import annotations

from weft.engine.budget import Budget, Late
from weft.engine.ground import Ground
from weft.engine.limits import RunsOut


def set_deadlines(ground: Ground, budget: Budget | None) -> None:
    """Let the run end when its time is over. That in which it did nothing but wait counts, whether or not anything of
    it was in memory; that in which it was left behind doesn't."""
    begun, limits = ground.log.zero - ground.waited, ground.limits
    if limits.seconds is not None:
        ground.deadlines.set(RunsOut(ground), begun + limits.seconds)
    if budget is not None and budget.max_time is not None:
        ground.deadlines.set(Late(ground, budget.max_time), begun + budget.max_time)
