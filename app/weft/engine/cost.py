"""What calls cost together, in dollars. A call whose price is unknown costs None, never 0: it is counted apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Cost = tuple[float | None, int]
"""What is known to have been spent (None: nothing of it is), and how many calls it leaves out."""


def cost_of(calls: Sequence[Mapping[str, Any]]) -> Cost:
    """The cost of recorded calls together."""
    costs = [call.get("cost") for call in calls]
    known = [cost for cost in costs if cost is not None]
    return _total(known, unknown=len(costs) - len(known))


def cost_data(parts: Iterable[Cost]) -> dict[str, Any]:
    """How an event says it: `cost`, and `unpriced_calls` if there are any."""
    parts = list(parts)
    known = [cost for cost, _ in parts if cost is not None]
    cost, unpriced = _total(known, unknown=sum(count for _, count in parts))
    return {"cost": cost, "unpriced_calls": unpriced} if unpriced else {"cost": cost}


def dollars(amount: float) -> str:
    """Two digits that matter, at least cents: `$1.25`, `$0.0012`, `$0.00`."""
    digits = 2
    while 0 < amount < 10 ** (1 - digits) and digits < 10:
        digits += 1
    return f"${amount:,.{digits}f}"


def told(cost: float | None, unpriced_calls: int = 0) -> str:
    """A cost as a person reads it; "" where no model was asked, or for nothing."""
    if unpriced_calls:
        return f"over {dollars(cost)}" if cost else "cost unknown"
    return dollars(cost) if cost else ""


def _total(known: list[float], *, unknown: int) -> Cost:
    return (round(sum(known), 12) if known or not unknown else None), unknown
