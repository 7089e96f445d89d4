"""A condition that a component evaluates itself: again after each round, or one of several until the first holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from weft.catalog import expression

_STATE: Final = re.compile(r"\bstate\b")
_NONE: Final[Mapping[str, Any]] = {}


class Condition:
    """An expression to be evaluated later: `until({"score": 8})`. Never fails when it is made, for `ports=` makes one
    of whatever was typed; `problem` says what is wrong with it.

    A parameter annotated with it holds the text in the document and receives this. Its names are no ports by
    themselves, for the component may fill them with what only it knows: `ports=` adds those it doesn't.
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"Condition({self.text!r})"

    @property
    def names(self) -> dict[str, bool]:
        """The names it asks for, in order; the value says whether it must be given. `state` is none of them."""
        return expression.names(self.text)

    @property
    def reads_state(self) -> bool:
        """Whether it names the state."""
        return _STATE.search(self.text) is not None

    @property
    def problem(self) -> str:
        """Why it can't be read, with the place; "" if it can."""
        found = expression.problems(self.text)
        return f"{found[0].place}: {found[0].message}" if found else ""

    def __call__(self, values: Mapping[str, Any], state: Mapping[str, Any] = _NONE) -> Any:
        """Its value. Raises `StepFailed`: `bad-expression`, `missing-value`, `wrong-type`, `too-large`."""
        return expression.evaluate(self.text, values, state)
