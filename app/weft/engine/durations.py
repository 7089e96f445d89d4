"""Whose turn it is when slots are short, if it is known how long steps take: the longest path left in seconds goes first.

Without durations every node counts as one (`planned.rank`). With them the cached plan stays as it is, shared by all
runs; a run has keys of its own beside it. This only decides who of the ready goes first, never what is computed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import attrgetter
from statistics import median
from typing import Final

from weft.engine.planned import Plan, PlanNode

_ITEM: Final = re.compile(r"\[[0-9]+\]")
_REMAINING: Final = attrgetter("remaining")
_TICKS: Final = 1e6
"""A key counts in microseconds, so that it stays a whole number."""


def general(path: str) -> str:
    """The path of a step for all items and rounds: `each[3]/draft` is `each[]/draft`."""
    return _ITEM.sub("[]", path) if "[" in path else path


class Ranks:
    """The turns of one run. `seconds` are by general path, and aren't changed while it is in use."""

    def __init__(self, seconds: Mapping[str, float]) -> None:
        self.seconds = seconds
        self._usual: float | None = None

    @property
    def usual(self) -> float:
        """What a step takes of which nothing is known."""
        if self._usual is None:
            self._usual = median(self.seconds.values())
        return self._usual

    def keys(self, plan: Plan, path: str) -> list[int]:
        """The turn of each node of a plan, by its place; `path` is what stands before their ids."""
        memo, prefix = plan.ranked, general(path)
        if memo and memo[0][0] is self.seconds and memo[0][1] == prefix:
            return memo[0][2]
        keys = self._worked_out(plan.nodes, prefix)
        memo[:] = [(self.seconds, prefix, keys)]
        return keys

    def late_key(self, node: PlanNode) -> int:
        """The turn of a node that came into the run after its keys were made."""
        return node.order - (round(node.remaining * self.usual * _TICKS) << 64)

    def _worked_out(self, nodes: list[PlanNode], prefix: str) -> list[int]:
        known = [self.seconds.get(prefix + node.id) for node in nodes]
        taken = known if None not in known else self._filled(nodes, known)
        left = [0.0] * len(nodes)
        keys = [0] * len(nodes)
        for node in sorted(nodes, key=_REMAINING):  # those that wait for it come before it
            order, own = node.order, taken[node.order] or 0.0
            targets = node.targets
            if targets:
                own += left[targets[0]] if len(targets) == 1 else max([left[target] for target in targets])
            left[order] = own
            keys[order] = order - (round(own * _TICKS) << 64)
        return keys

    def _filled(self, nodes: list[PlanNode], known: list[float | None]) -> list[float]:
        """A node of which nothing is known takes as long as those of its component, or else as any."""
        alike: dict[str, list[float]] = {}
        for node, seconds in zip(nodes, known, strict=True):
            if seconds is not None:
                alike.setdefault(node.component, []).append(seconds)
        usual = {component: median(all_of_it) for component, all_of_it in alike.items()}
        return [
            usual.get(node.component, self.usual) if seconds is None else seconds
            for node, seconds in zip(nodes, known, strict=True)
        ]


def remaining_of(key: int) -> int:
    """How much is left behind whoever has that key: nodes, or microseconds."""
    return -(key >> 64)
