"""How a run ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from weft.engine.events import Log
from weft.engine.ground import Ground
from weft.engine.scheduler import Scheduler

Status = Literal["succeeded", "failed", "cancelled"]


@dataclass(frozen=True)
class RunResult:
    """How a run ended. `outputs` by name, without those that were never made; `values` by step and port; `usage` in
    calls and tokens. `error` is the first step that failed the run: its `code`, `message`, `hint` and `node`.
    `state` is the run's state at its end. `cost` is what is known to have been spent in dollars (None: nothing is
    known), without the `unpriced_calls`, those of models whose price is unknown.

    The `values` of a run that was resumed are without those of nested steps that were over before."""

    run_id: str
    status: Status
    outputs: dict[str, Any]
    error: dict[str, Any] | None
    usage: dict[str, int]
    seconds: float
    log: Log = field(repr=False, compare=False)
    state: dict[str, Any] = field(default_factory=dict[str, Any])
    cost: float | None = 0.0
    unpriced_calls: int = 0
    recorded: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]], repr=False)
    """Of a run that was resumed, what the nodes of its own flow gave."""

    @cached_property
    def values(self) -> dict[str, dict[str, Any]]:
        return self.recorded | self.log.values()

    def __getitem__(self, output: str) -> Any:
        return self.outputs[output]

    def data(self) -> dict[str, Any]:
        """The data of the `run-finished`."""
        cost = {"cost": self.cost} | ({"unpriced_calls": self.unpriced_calls} if self.unpriced_calls else {})
        return {
            "status": self.status,
            "outputs": self.outputs,
            "error": self.error,
            "usage": self.usage,
            "seconds": self.seconds,
            **cost,
        }


def result_of(ground: Ground, scheduler: Scheduler, *, cancelled: bool) -> RunResult:
    """The result of a run whose last step has ended."""
    error = ground.halted or ground.books.exceeded or scheduler.error
    if ground.bug is not None:
        said = f"{type(ground.bug).__name__}: {ground.bug}"
        error = {"code": "internal-error", "message": f"The engine failed: {said}", "hint": "", "node": None}
    status: Status = "failed" if error else "succeeded"
    if cancelled:
        status, error = "cancelled", None
    recorded: dict[str, dict[str, Any]] = {}
    if scheduler.taken is not None:
        given = zip(scheduler.plan.nodes, scheduler.outcomes, strict=False)
        recorded = {node.id: outcome for node, outcome in given if type(outcome) is dict}
    seconds, outputs, cost = ground.time() - ground.log.zero, scheduler.outputs(), ground.cost()
    return RunResult(
        ground.run_id,
        status,
        outputs,
        error,
        ground.usage,
        seconds,
        ground.log,
        scheduler.state,
        recorded=recorded,
        **cost,
    )
