"""How many steps of a run have something to do, counted as its events come.

A step that is ready, runs, or is about to be tried again has; one that only waits for the steps nested in it has not,
nor has one that asks a person. When a person is asked and nothing is left to do, the run waits.
"""

from collections.abc import Mapping
from typing import Protocol

WORKING = ("waiting", "running")
UNSETTLED = (*WORKING, "paused")


class _Step(Protocol):
    @property
    def status(self) -> str: ...


class Busy:
    """`count` is how many. `steps` are the run's, by path."""

    def __init__(self, steps: Mapping[str, _Step]) -> None:
        self.count = 0
        self._steps = steps
        self._inside: dict[str, int] = {}
        """How many steps nested in this one aren't settled."""

    def over(self, steps: Mapping[str, _Step]) -> "Busy":
        """The same counts, to go on over other steps that stand alike."""
        made = Busy(steps)
        made.count, made._inside = self.count, dict(self._inside)
        return made

    def move(self, path: str, before: str, after: str) -> None:
        """The step went from one status to another; a new one comes from ""."""
        if not self._inside.get(path):
            self.count += (after in WORKING) - (before in WORKING)
        lived, lives = before in UNSETTLED, after in UNSETTLED
        if lived != lives and "/" in path:
            self._nested(around(path), 1 if lives else -1)

    def _nested(self, outer: str, change: int) -> None:
        had = self._inside.get(outer, 0)
        has = self._inside[outer] = had + change
        step = self._steps.get(outer)
        if step is not None and step.status in WORKING and bool(had) != bool(has):
            self.count += -1 if has else 1


def around(path: str) -> str:
    """The path of the step that a step is nested in: `a/map` for `a/map[3]/summarise`."""
    outer = path.rpartition("/")[0]
    return outer.rpartition("[")[0] if outer.endswith("]") else outer
