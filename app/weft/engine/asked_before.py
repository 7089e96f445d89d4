"""The questions of a run before it was resumed: those that have their answer, and those that are open still."""

from __future__ import annotations

from typing import Any, Final

from weft.engine.question import Question
from weft.engine.recorded import Recorded
from weft.model.plain import to_plain

_AT_LEAST: Final = 1e-9


class AskedBefore:
    """`away` are the seconds on the wall in which nothing of the run went on: persons could answer all the same."""

    def __init__(self, recorded: Recorded, away: float) -> None:
        self.answered = recorded.answered
        self.numbers = dict(recorded.numbers)
        self._now = recorded.at + away
        self._answers = recorded.answers
        self._open = recorded.asked

    def has_answer(self, path: str, number: int, question: Question) -> bool:
        """Whether the very question has been answered."""
        known = self._answers.get((path, number))
        return known is not None and known[0] == to_plain(question.json(number))

    def answer(self, path: str, number: int) -> Any:
        return self._answers[path, number][1]

    def asked_before(self, path: str, number: int, question: Question) -> tuple[float, int]:
        """How many seconds ago the very question was asked, and by which event, if it is open still; else zeros. It is
        opened again once."""
        asked = self._open.get(path)
        if asked is None or dict(asked.ask) != to_plain(question.json(number)):
            return 0.0, 0
        del self._open[path]
        return max(self._now - asked.at, _AT_LEAST), asked.event
