"""What a run, a flow or a node may spend, and how that is kept.

A limit that is reached lets no further call start; what is in flight ends, everything done is kept, and the run ends
`failed` with the code `budget-exceeded` (see `accounts`). At four fifths of it `budget-warned` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from weft.engine.cost import dollars
from weft.model.errors import StepFailed, WeftError
from weft.model.flow import Flow, FlowBudget

if TYPE_CHECKING:
    from weft.engine.ground import Ground

WARN_AT: Final = 0.8
"""The part of a limit at which `budget-warned` says that it will soon be reached."""
EXCEEDED: Final = "budget-exceeded"


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits, None where there is none: dollars, tokens (sent and answered together), seconds on the clock."""

    max_cost: float | None = None
    max_tokens: int | None = None
    max_time: float | None = None

    def __post_init__(self) -> None:
        for name, limit in self.as_json().items():
            if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit < 1e15:
                raise _bad(name, limit)
            if name == "max_tokens" and limit != int(limit):
                raise _bad(name, limit)

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Budget:
        """The budget that plain data means. Raises `WeftError` (`bad-budget`)."""
        known = [field.name for field in fields(cls)]
        for name in given:
            if name not in known:
                raise WeftError(
                    f"A budget has no {name!r}.", code="bad-budget", hint=f"There are: {', '.join(known)}."
                )
        return cls(**given)

    def as_json(self) -> dict[str, Any]:
        """The limits there are."""
        return {
            field.name: value for field in fields(self) if (value := getattr(self, field.name)) is not None
        }

    def otherwise(self, other: Budget | None) -> Budget:
        """This one, and `other` where it says nothing."""
        missing = {name: limit for name, limit in (other.as_json() if other else {}).items()}
        return replace(self, **{name: missing[name] for name in missing if getattr(self, name) is None})

    def __bool__(self) -> bool:
        return self != NO_BUDGET


NO_BUDGET: Final = Budget()


def of_part(part: FlowBudget) -> Budget | None:
    """The budget that a document gives a flow or a node; None if it gives none."""
    if part.max_cost is None and part.max_tokens is None:
        return None
    return Budget(part.max_cost, part.max_tokens)


def of_run(asked: Budget | None, flow: Flow) -> Budget | None:
    """The budget of a run: what was asked for, and what the flow says where that says nothing."""
    own = of_part(flow.defaults.budget)
    if own is None:
        return asked or None
    return (asked or NO_BUDGET).otherwise(own) or None


class Late:
    """Ends a run whose time is over: a `Timed` for the run's table of deadlines."""

    def __init__(self, ground: Ground, seconds: float) -> None:
        self._ground, self._seconds = ground, seconds

    def expire(self) -> None:
        self._ground.halt(
            StepFailed(
                f"The run took longer than its budget of {self._seconds:g} s.",
                code=EXCEEDED,
                hint="What was done is kept. Give it a larger --max-time.",
                retryable=False,
            )
        )


def shown(name: str, amount: float) -> str:
    """An amount as a person reads it: `$0.05`, `12,000 tokens`."""
    return dollars(amount) if name == "max_cost" else f"{int(amount):,} tokens"


def _bad(name: str, limit: Any) -> WeftError:
    units = {"max_cost": "dollars above 0", "max_tokens": "a whole number above 0"}
    shown_limit = limit if not isinstance(limit, float) or isfinite(limit) else "no finite number"
    return WeftError(
        f"A budget's {name!r} must be {units.get(name, 'seconds above 0')}, not {shown_limit!r}.",
        code="bad-budget",
        hint="Leave it out for no limit.",
    )
