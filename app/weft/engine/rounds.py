"""Flows that one step runs after each other and that remember: a session inside a step.

The runs of a session share one state, made from the first flow's when the step is tried, and their nodes find the
answers of the rounds before where they say `otherwise: previous`. It is what runs with a session of their own are to
each other, one level down. Another step, another item of a map, or another attempt of the step starts anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from weft.model.errors import StepFailed

if TYPE_CHECKING:
    from weft.engine.scheduler import Scheduler


class Session:
    """What the rounds so far have left: the state, and the last answer of each node by its path in the flow."""

    __slots__ = ("_answers", "_fresh", "_outer", "_root", "_running", "state")

    def __init__(self, state: dict[str, Any], outer: Session | None) -> None:
        self.state = state
        self._outer = outer
        self._root = ""
        self._running = False
        self._answers: dict[str, dict[str, Any]] = {}
        self._fresh: dict[str, dict[str, Any]] = {}
        """Those of the round that runs: nodes of the same round don't see them."""

    def begin(self, name: str, path: str) -> None:
        """The next round. Raises `StepFailed` (`bad-session`) while another runs."""
        if self._running:
            raise StepFailed(
                f"Two flows of the session {name!r} can't run at once: they share one state.",
                code="bad-session",
                hint="Wait for the one, or give the other a session of its own.",
                retryable=False,
            )
        self._running = True
        self._root = path

    def note(self, scheduler: Scheduler, *, ends: bool) -> None:
        """A flow of the round is over, the round itself if it `ends`: keep what its nodes answered."""
        inside = scheduler.path[len(self._root) :]
        for node, outcome in zip(scheduler.plan.nodes, scheduler.outcomes, strict=False):
            if type(outcome) is dict:
                self._fresh[inside + node.id] = outcome
        if ends:
            self._answers |= self._fresh
            self._fresh = {}
            self._running = False

    def recall(self, path: str, answers: Mapping[str, dict[str, Any]]) -> None:
        """A flow of the round, which stands before `path`, goes on from what is recorded: steps nested in those that
        are over have answered this, by the path from there."""
        inside = path[len(self._root) :]
        self._fresh |= {inside + name: answer for name, answer in answers.items()}

    def answer(self, path: str) -> Mapping[str, Any] | None:
        """What the node at this path of the run answered in an earlier round."""
        found = self._answers.get(path[len(self._root) :])
        return self._outer.answer(path) if found is None and self._outer is not None else found


def previous_answer(scheduler: Scheduler, path: str) -> Mapping[str, Any] | None:
    """The previous answer of the node at this path: of an earlier round, else of the run before this one."""
    found = scheduler.session.answer(path) if scheduler.session is not None else None
    return scheduler.ground.previous.get(path) if found is None else found
