"""A step that asks a person: it is paused, holds no slot, and its deadline stands still until the answer is there.

The questions of a run are open by the path of the step that asks, one at a time for each. An answer that doesn't fit
is refused and the question stays; the first that fits is taken. It is an event of the run before the step goes on, so
whoever runs the flow again can give the answers beforehand, by path and in the order of the questions. A step that is
tried again isn't answered twice: what it asked before, word for word, has its answer already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from weft.engine.question import Question
from weft.model.errors import Conflict, NotFound, StepFailed, WeftError
from weft.model.flow import Flow
from weft.model.nearest import nearest

if TYPE_CHECKING:
    from weft.engine.asked_before import AskedBefore
    from weft.engine.attempt import Attempt

Answers = Mapping[str, Sequence[Any]]
"""Answers given beforehand: by path of the step, one for each of its questions in order. A path without the numbers of
items and rounds (`map/review`) answers for all of them that have no answers of their own."""
_NONE: Final[Mapping[str, Any]] = {}


class _Open:
    """A question that waits for its answer."""

    __slots__ = ("answer", "asked", "attempt", "event", "late", "number", "question", "taken")

    def __init__(
        self, attempt: Attempt, number: int, question: Question, event: int, before: float = 0.0
    ) -> None:
        ground = attempt.scheduler.ground
        self.attempt = attempt
        self.number = number
        self.question = question
        self.event = event
        """The number of the event that put it."""
        self.late = False
        """Whether it was closed because nobody answered in time."""
        self.taken = False
        """Whether whoever waits has been told to go on, and doesn't yet."""
        self.asked = ground.time() - before
        self.answer: asyncio.Future[Any] = ground.loop.create_future()

    @property
    def due(self) -> float | None:
        """When it is too late to answer, on the loop's clock."""
        return None if self.question.within is None else self.asked + self.question.within


class Asking:
    """All questions of one run. `answered` counts those that have their answer."""

    def __init__(self, beforehand: Answers = _NONE) -> None:
        self.answered = 0
        self._beforehand = beforehand
        self._open: dict[str, _Open] = {}
        self._last: dict[str, int] = {}
        """The number of the last question by path, to tell a late answer from one that nobody asked for."""
        self._known: dict[tuple[str, int], tuple[Question, Any]] = {}
        self._recorded: AskedBefore | None = None
        self.waking = 0
        """How many steps have their answer and don't go on yet."""

    def take_up(self, before: AskedBefore) -> None:
        """Go on with the questions of a recorded run."""
        self._recorded = before
        self.answered, self._last = before.answered, before.numbers

    @property
    def count(self) -> int:
        """How many questions are open."""
        return len(self._open)

    def whens(self) -> list[float]:
        """When time runs out for the open questions that have one, on the loop's clock."""
        return [asked.due for asked in self._open.values() if asked.due is not None]

    # --- the step's side ---

    async def ask(self, attempt: Attempt, question: Question) -> Any:
        """Put the question, and wait for its answer. Raises `StepFailed`: `no-answer`, or `bad-answer` for one given
        beforehand that doesn't fit."""
        if not attempt.working:
            raise StepFailed("A step that is over can't ask.", code="bad-question", retryable=False)
        path, number = attempt.path, attempt.asked
        attempt.asked += 1
        known = self._known.get((path, number))
        if known is not None and known[0] == question:  # this step, or one around it, is tried again
            return known[1]
        before, event, recorded = 0.0, 0, self._recorded
        if recorded is not None:  # or its run goes on
            if recorded.has_answer(path, number, question):
                return recorded.answer(path, number)
            before, event = recorded.asked_before(path, number, question)
        found, given = self._given(path, number)
        answer = self._read(path, question, given) if found else None
        while path in self._open:  # a component may ask several things at once: one after another
            await asyncio.wait([self._open[path].answer])
        self._last[path] = number
        beforehand = {"beforehand": True} if found else {}
        if not before:
            log = attempt.scheduler.ground.log
            log.add("step-paused", path, {"ask": question.json(number), **beforehand})
            event = log.last
        asked = _Open(attempt, number, question, event, before)
        if found:
            self._take(asked, answer, by="", how="beforehand")
        else:
            answer = await self._waited(asked)
        self._known[path, number] = question, answer
        return answer

    async def _waited(self, asked: _Open) -> Any:
        attempt, question = asked.attempt, asked.question
        self._open[attempt.path] = asked
        timer = None
        if asked.due is not None:
            timer = attempt.scheduler.ground.loop.call_at(asked.due, self._too_late, asked)
        try:
            with _standing_still(attempt):
                attempt.lend_slot()
                try:
                    answer = await asked.answer
                finally:
                    attempt.waits -= 1
                    self._close(asked)
            await attempt.regain_slot()
        finally:
            if asked.taken:
                self.waking -= 1
            if timer is not None:
                timer.cancel()
        if asked.late:
            raise _nobody(question)
        return answer

    def _too_late(self, asked: _Open) -> None:
        """Nobody answered in time."""
        if asked.answer.done():
            return
        question = asked.question
        if question.default is not None:
            self._take(asked, question.default, by="", how="default")
            return
        asked.late = True
        self._close_with(asked, None)

    def _close(self, asked: _Open) -> None:
        if self._open.get(asked.attempt.path) is asked:
            del self._open[asked.attempt.path]
        if not asked.answer.done():
            asked.answer.cancel()

    # --- the person's side ---

    def answer(
        self, path: str, value: Any, by: str = "", number: int | None = None, event: int | None = None
    ) -> None:
        """Answer the open question of the step at `path`; with `number`, that one and no later one of the step; with
        `event`, as that event put it and in no other words.

        Raises `WeftError` (`bad-answer`; the question stays), `Conflict` (`answered`) if somebody was faster, and
        `NotFound` (`no-question`) if that step asks nothing.
        """
        asked = self._open.get(path)
        if asked is not None and number in (None, asked.number):
            if event not in (None, asked.event):
                raise asks_something_else(path)
            self._take(asked, asked.question.read(value), by=by, how="person")
            return
        if (number or 0) < (asked.number if asked is not None else self._last.get(path, -1) + 1):
            raise Conflict(
                f"The question of {path!r} is closed: it has been answered, or its step has gone on.",
                code="answered",
                hint="Look at the run again.",
            )
        raise self._no_question(path)

    def questions(self) -> dict[str, dict[str, Any]]:
        """The open questions by path, the oldest first, each with the number of the event that put it."""
        return {
            path: {**asked.question.json(asked.number), "event": asked.event}
            for path, asked in self._open.items()
        }

    def _take(self, asked: _Open, answer: Any, *, by: str, how: str) -> None:
        ground = asked.attempt.scheduler.ground
        self._close_with(asked, answer)
        self.answered += 1
        data = {
            "value": answer,
            "by": by,
            "number": asked.number,
            "how": how,
            "waited": ground.time() - asked.asked,
        }
        ground.log.add("step-answered", asked.attempt.path, data)

    def _close_with(self, asked: _Open, answer: Any) -> None:
        if self._open.get(asked.attempt.path) is asked:
            asked.taken = True
            self.waking += 1
        asked.answer.set_result(answer)
        self._close(asked)

    def _no_question(self, path: str) -> NotFound:
        if not self._open:
            return NotFound(f"{path!r} asks nothing: no question of this run is open.", code="no-question")
        close = nearest(path, self._open)
        some = ", ".join(map(repr, list(self._open)[:8]))
        hint = f"Did you mean {close!r}?" if close else f"These ask: {some}."
        return NotFound(f"{path!r} asks nothing now.", code="no-question", hint=hint)

    # --- answers given beforehand ---

    def _given(self, path: str, number: int) -> tuple[bool, Any]:
        if not self._beforehand:
            return False, None
        answers = self._beforehand.get(path)
        if answers is None:
            answers = self._beforehand.get(plain_path(path), ())
        return (True, answers[number]) if number < len(answers) else (False, None)

    @staticmethod
    def _read(path: str, question: Question, given: Any) -> Any:
        try:
            return question.read(given)
        except WeftError as error:
            raise StepFailed(
                f"The answer given beforehand for {path!r} can't be taken. {error.message}",
                code="bad-answer",
                hint=f"It is asked: {_short(question.text)}",
                retryable=False,
            ) from None


def asks_something_else(path: str) -> Conflict:
    """The refusal of an answer to what was asked before what is asked now."""
    return Conflict(
        f"{path!r} asks something else now than what was answered.",
        code="answered",
        hint="Look at the run again, and read what it asks.",
    )


def _nobody(question: Question) -> StepFailed:
    return StepFailed(
        f"Nobody answered within {question.within:g} s: {_short(question.text)}",
        code="no-answer",
        hint="Answer in time, or give the question a `default`.",
        retryable=False,
    )


def check_answers(flow: Flow, answers: Mapping[str, Any]) -> Answers:
    """The answers given beforehand, if they can belong to this flow. Raises `WeftError` (`bad-input`)."""
    for path, values in answers.items():
        if isinstance(values, str) or not isinstance(values, Sequence):
            raise WeftError(
                f"The answers for {path!r} must be a list: one for each question it asks.",
                code="bad-input",
                retryable=False,
            )
        node = plain_path(path).partition("/")[0]
        if node not in flow.nodes:
            close = nearest(node, flow.nodes)
            hint = f"Did you mean {close!r}?" if close else "Answers go by the path of the step that asks."
            raise WeftError(
                f"There is an answer for {path!r}, and the flow has no node {node!r}.",
                code="bad-input",
                hint=hint,
                retryable=False,
            )
    return answers


def plain_path(path: str) -> str:
    """The path without the numbers of items and rounds: `map[3]/review` is `map/review`."""
    return "/".join(part.partition("[")[0] for part in path.split("/"))


@contextmanager
def _standing_still(attempt: Attempt) -> Generator[None]:
    """While a person is asked, no deadline runs: neither the step's own nor those of the steps it is nested in."""
    waiting: list[Attempt] = []
    one: Attempt | None = attempt
    while one is not None:
        waiting.append(one)
        one = one.scheduler.outer
    for one in waiting:
        _hold(one)
    try:
        yield
    finally:
        for one in waiting:
            _release(one)


def _hold(attempt: Attempt) -> None:
    """Stop the clock of an attempt, once for as long as anything inside it asks."""
    ground = attempt.scheduler.ground
    if not attempt.holds:
        due = ground.deadlines.table.pop(attempt, None)
        attempt.left = None if due is None else due - ground.time()
    attempt.holds += 1


def _release(attempt: Attempt) -> None:
    attempt.holds -= 1
    if not attempt.holds and attempt.left is not None and attempt.working:
        ground = attempt.scheduler.ground
        ground.deadlines.set(attempt, ground.time() + attempt.left)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= 120 else line[:119] + "…")
