"""What can go wrong, as one short tree: every error a person of Weft can meet.

    WeftError
    ├── DocumentError    a text, or plain data, that can't be read as a flow
    ├── FlowHasProblems  a flow that was read but can't run: its problems
    ├── ChangeRefused    a transaction that can't be applied to this flow
    ├── StepFailed       a step that failed: raised by components, providers, the engine
    ├── RunFailed        a run that ended without success, for those who asked for its result
    ├── NotFound         a flow, run, component, secret that isn't there
    ├── Conflict         someone else changed it first
    └── ReadOnly         it may be looked at, not changed

Each has a `message` (a sentence: what, and where), a stable `code` for programs, and a `hint` (what to do about it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from weft.model.problems import Problem


class Place(NamedTuple):
    """Where in a text: both counted from 1, the column in characters."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


class WeftError(Exception):
    """The root of the tree. `retryable` says whether trying again may help (None: not known);
    `retry_after` is the number of seconds the other side asked us to wait."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "error",
        hint: str = "",
        retryable: bool | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.retryable = retryable
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class DocumentError(WeftError):
    """A text, or plain data, that can't be read as a flow.

    `problems` holds everything found wrong, the first of which is this error's message; `pointer` is the path to
    it in the document, and `place` its line and column where there is a text.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "bad-document",
        hint: str = "",
        place: Place | None = None,
        pointer: tuple[str | int, ...] = (),
        problems: tuple[Problem, ...] = (),
    ) -> None:
        super().__init__(message, code=code, hint=hint, retryable=False)
        self.place = place
        self.pointer = pointer
        self.problems = problems


class FlowHasProblems(WeftError):
    """A flow that can't run as it is; `problems` are those that block it."""

    def __init__(self, message: str, *, problems: tuple[Problem, ...], hint: str = "") -> None:
        super().__init__(message, code="flow-has-problems", hint=hint, retryable=False)
        self.problems = problems


class ChangeRefused(WeftError):
    """A transaction that can't be applied; the flow is as before. `index` is the refused change's position in it."""

    def __init__(self, message: str, *, code: str = "refused", hint: str = "", index: int = 0) -> None:
        super().__init__(message, code=code, hint=hint, retryable=False)
        self.index = index


class StepFailed(WeftError):
    """A step that failed, with what a person needs to know; the engine makes a `step-failed` event of it."""

    node: str | None = None
    """The path of the step it comes from, if that was one of a flow nested in the step."""


class NotFound(WeftError):
    """Something named that isn't there: a flow, a run, a component, a secret."""

    def __init__(self, message: str, *, code: str = "not-found", hint: str = "") -> None:
        super().__init__(message, code=code, hint=hint, retryable=False)


class Conflict(WeftError):
    """What was to be changed has been changed by someone else in the meantime."""

    def __init__(self, message: str, *, code: str = "conflict", hint: str = "") -> None:
        super().__init__(message, code=code, hint=hint, retryable=False)


class ReadOnly(WeftError):
    """It may be looked at, not changed: a stock flow, a folder without write permission."""

    def __init__(self, message: str, *, code: str = "read-only", hint: str = "") -> None:
        super().__init__(message, code=code, hint=hint, retryable=False)


class RunFailed(WeftError):
    """A run that ended without success; `result` is everything it did produce."""

    def __init__(self, message: str, *, result: Any, code: str = "run-failed", hint: str = "") -> None:
        super().__init__(message, code=code, hint=hint, retryable=False)
        self.result = result
