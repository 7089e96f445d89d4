"""How long the steps of a flow usually take, learnt from its runs: what `start(durations=...)` is given."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

from weft.engine.durations import general
from weft.runs.driving.tail import Tail
from weft.runs.store.protocol import RunStore

RUNS = 5
"""Runs of a flow that count: the last successful ones."""
_MOST_FLOWS = 200
_SAME = 0.2
"""A step's time that has changed by less than this part of it is still the same, so that turns needn't be worked out
anew for each run."""

_WORTH = 0.1
"""Seconds the steps of a run must have taken together to teach anything: below, their order doesn't matter."""

Timed = tuple[str, str, float]
"""(path, kind, at) of a `step-started` or `step-finished`, `at` in seconds since the run started."""


class Learnt:
    """By flow, kept in memory once the store was asked; each run that ends adds what it took."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._flows: OrderedDict[str, _Flow] = OrderedDict()

    async def of(self, flow: str) -> Mapping[str, float]:
        """Seconds by general path; empty while nothing is known."""
        known = self._flows.get(flow)
        if known is None:
            runs = await self._store.durations(flow, RUNS)
            known = self._flows.setdefault(flow, _Flow(reversed(runs)))  # or another has asked meanwhile
            while len(self._flows) > _MOST_FLOWS:
                self._flows.popitem(last=False)
        return known.usual

    def note(self, flow: str, log: Tail) -> None:
        """A run of the flow is over; these are its events. Of one so long that they aren't all there, the store is
        asked next time."""
        known, events = self._flows.get(flow), log.events
        end: Mapping[str, Any] = events[-1].data if events else {}
        if known is None or end.get("status") != "succeeded" or end.get("seconds", 0.0) < _WORTH:
            return
        if log.base:
            del self._flows[flow]
            return
        if (
            sum([data.get("seconds", 0.0) for _, kind, _, _, data in events if kind == "step-finished"])
            < _WORTH
        ):
            return  # on a machine that does other things too, such a run may have taken long itself
        ran = (event for event in events if not event.data.get("cached"))
        known.add(durations_of((event.path, event.kind, event.at) for event in ran))


class _Flow:
    def __init__(self, runs: Iterable[Mapping[str, float]]) -> None:
        self._runs: deque[Mapping[str, float]] = deque(maxlen=RUNS)
        self.usual: Mapping[str, float] = {}
        for run in runs:
            self._runs.append(_by_general_path(run))
        self._work_out()

    def add(self, run: Mapping[str, float]) -> None:
        self._runs.append(_by_general_path(run))
        self._work_out()

    def _work_out(self) -> None:
        taken: dict[str, list[float]] = {}
        for run in self._runs:
            for path, seconds in run.items():
                taken.setdefault(path, []).append(seconds)
        usual = {path: _middle(seconds) for path, seconds in taken.items()}
        if usual.keys() != self.usual.keys() or any(
            abs(usual[path] - seconds) > _SAME * seconds for path, seconds in self.usual.items()
        ):
            self.usual = usual


def _by_general_path(run: Mapping[str, float]) -> dict[str, float]:
    taken: dict[str, list[float]] = {}
    for path, seconds in run.items():
        taken.setdefault(general(path), []).append(seconds)
    return {path: _middle(seconds) for path, seconds in taken.items()}


def _middle(seconds: list[float]) -> float:
    return seconds[0] if len(seconds) == 1 else median(seconds)


def durations_of(events: Iterable[Timed]) -> dict[str, float]:
    """From the events of a run, in order, what each step took from its first attempt to its success. One that was
    never started, its answer being known, took nothing that could be learnt."""
    begun: dict[str, float] = {}
    taken: dict[str, float] = {}
    for path, kind, at in events:
        if kind == "step-started":
            begun.setdefault(path, at)
        elif kind == "step-finished" and path in begun:
            taken[path] = at - begun[path]
    return taken
