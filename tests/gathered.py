"""What the processes of a suite that runs in several have counted, added up where the end of it is told.

Each counter is numbers by name. The processes hand theirs over when they end; alone, a process tells its own.
"""

from collections.abc import Mapping
from typing import Any

import pytest

_KEY = "weft_counted"
_gathered: dict[str, dict[str, int]] = {}


def hand_over(config: pytest.Config, name: str, counts: Mapping[str, int]) -> None:
    """At the end of a session: to the process that tells, or to itself."""
    output: dict[str, Any] | None = getattr(config, "workeroutput", None)
    if output is None:
        take_in({name: dict(counts)})
    else:
        output.setdefault(_KEY, {})[name] = dict(counts)


def from_node(node: Any) -> None:
    """What a process that has just ended has handed over; none, if it was killed."""
    take_in(getattr(node, "workeroutput", {}).get(_KEY, {}))


def take_in(counted: Mapping[str, Mapping[str, int]]) -> None:
    for name, counts in counted.items():
        total = _gathered.setdefault(name, {})
        for what, count in counts.items():
            total[what] = total.get(what, 0) + count


def total(name: str) -> dict[str, int]:
    """That counter, of all processes."""
    return _gathered.get(name, {})


def others(name: str) -> dict[str, dict[str, int]]:
    """All counters but that one which counted anything."""
    return {other: counts for other, counts in _gathered.items() if other != name and counts}
