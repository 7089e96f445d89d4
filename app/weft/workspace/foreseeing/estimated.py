"""An estimate of a run: what each step and all of them would use, from the least to the most."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from weft.engine.cost import dollars


class Range(NamedTuple):
    """At least, probably, at most."""

    low: float
    likely: float
    high: float

    def plus(self, other: "Range") -> "Range":
        return Range(self.low + other.low, self.likely + other.likely, self.high + other.high)

    def times(self, other: "Range") -> "Range":
        return Range(self.low * other.low, self.likely * other.likely, self.high * other.high)

    def json(self, digits: int = 0) -> dict[str, Any]:
        rounded = {name: round(value, digits) for name, value in self._asdict().items()}
        return rounded if digits else {name: int(value) for name, value in rounded.items()}


ZERO, ONE = Range(0, 0, 0), Range(1, 1, 1)


@dataclass(frozen=True)
class StepEstimate:
    """One step, all its items and rounds together. `cost` is None if the price is unknown; `how` says in words where
    the numbers come from."""

    path: str
    model: str
    calls: Range
    sent: Range
    answered: Range
    cost: Range | None
    how: str

    def json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "model": self.model,
            "calls": self.calls.json(),
            "input_tokens": self.sent.json(),
            "output_tokens": self.answered.json(),
            "cost": None if self.cost is None else self.cost.json(8),
            "how": self.how,
        }


@dataclass
class RunEstimate:
    steps: list[StepEstimate] = field(default_factory=list[StepEstimate])
    past_runs: int = 0

    def total(self, name: str) -> Range:
        total = ZERO
        for step in self.steps:
            total = total.plus(getattr(step, name) or ZERO)
        return total

    @property
    def unpriced(self) -> list[str]:
        return list(dict.fromkeys(step.model for step in self.steps if step.cost is None))

    def json(self) -> dict[str, Any]:
        """`cost` leaves out what the models in `unpriced` cost; it is None when that is everything."""
        known = any(step.cost is not None for step in self.steps) or not self.steps
        return {
            "calls": self.total("calls").json(),
            "input_tokens": self.total("sent").json(),
            "output_tokens": self.total("answered").json(),
            "cost": self.total("cost").json(8) if known else None,
            "unpriced": self.unpriced,
            "past_runs": self.past_runs,
            "steps": [step.json() for step in self.steps],
        }

    def sentence(self) -> str:
        if not self.steps:
            return "No model would be asked: it costs nothing."
        calls, sent, answered = (self.total(name) for name in ("calls", "sent", "answered"))
        tokens = sent.plus(answered)
        many = f"{calls.likely:,.0f}"
        said = f"About {many} call{'' if many == '1' else 's'} and {_about(tokens, '{:,.0f}'.format)} tokens"
        known = [step for step in self.steps if step.cost is not None]
        if known:
            cost = self.total("cost")
            said += f", about {_about(cost, dollars)}"
        if self.unpriced:
            names = ", ".join(self.unpriced)
            said += f"; {'without what' if known else 'what'} {names} costs{'' if known else ' is unknown'}"
        return said + "."


def _about(amount: Range, shown: Callable[[float], str]) -> str:
    low, likely, high = map(shown, amount)
    return likely if low == high else f"{likely} ({low} to {high})"
