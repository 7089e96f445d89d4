"""A recorded run at any of its moments: its events folded up to one, without folding all of them again.

A copy of the state is kept every so many events. Copies share the steps that nothing happened to in between, so one
costs a dictionary and no values; what a moment shows is shared likewise, and must not be changed.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from copy import copy

from weft.engine.events import Event
from weft.runs.state import RunState, StepState

EVERY = 256
"""Events between two copies, at least."""
COPIES = 64
"""About so many copies are kept of the longest run."""


class Replay:
    """The events of one run, numbered from 1 without gaps; more may come while it goes on."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._events: list[Event] = []
        self._times: list[float] = []
        self._copies: list[tuple[int, RunState]] = [(0, RunState())]
        self._every = EVERY
        self._last = Cursor(RunState())
        self._cursor = Cursor(RunState())
        for event in events:
            self.add(event)

    def __len__(self) -> int:
        return len(self._events)

    @property
    def events(self) -> Sequence[Event]:
        return self._events

    @property
    def seconds(self) -> float:
        """When the last event came, since the run started."""
        return self._times[-1] if self._times else 0.0

    def add(self, event: Event) -> None:
        """The next event."""
        self._events.append(event)
        self._times.append(max(event.at, self._times[-1] if self._times else 0.0))
        self._last.take(event)
        if len(self._events) - self._copies[-1][0] >= self._every:
            self._copies.append((len(self._events), self._last.shared()))
            if len(self._copies) > 2 * COPIES:
                del self._copies[1::2]
                self._every *= 2

    def at(self, seq: int) -> RunState:
        """The state after the event of that number, 0 for before the first. It may be kept, and not changed."""
        seq = max(0, min(seq, len(self._events)))
        if seq == len(self._events):
            return self._last.shared()
        place = bisect_right(self._copies, seq, key=lambda pair: pair[0]) - 1
        begin, state = self._copies[place]
        if not begin <= self._cursor.count <= seq:
            self._cursor = Cursor(twin(state), begin)
        for event in self._events[self._cursor.count : seq]:
            self._cursor.take(event)
        return self._cursor.shared()

    def seq_at(self, seconds: float) -> int:
        """The last event that had come by then; at least the first, if there is one."""
        return max(min(1, len(self._events)), bisect_right(self._times, seconds))

    def time_of(self, seq: int) -> float:
        return self._times[min(seq, len(self._times)) - 1] if seq > 0 and self._times else 0.0


class Cursor:
    """A state that events are folded into. What was given away of it is copied before it changes."""

    def __init__(self, state: RunState, count: int = 0) -> None:
        self.count = count
        self._state = state
        self._own: set[str] = set()

    def take(self, event: Event) -> None:
        self.count += 1
        steps = self._state.steps
        for path in _touched(event, steps):
            if path not in self._own:
                self._own.add(path)
                if (step := steps.get(path)) is not None:
                    steps[path] = _twin_step(step)
        self._state.apply(event)

    def shared(self) -> RunState:
        """As it stands now, to keep."""
        self._own.clear()
        return twin(self._state)


def twin(state: RunState) -> RunState:
    """A state of its own that shares the steps."""
    made = copy(state)
    made.steps = dict(state.steps)
    made.warned, made.expansions = list(state.warned), list(state.expansions)
    made.questions = dict(state.questions)
    made.count_anew(state)
    return made


def changed(before: RunState, after: RunState) -> tuple[list[str], list[str]]:
    """The steps that are others than in a state of the same run, in the order of `after`; and those that are gone."""
    old, new = before.steps, after.steps
    return [path for path, step in new.items() if old.get(path) is not step], [
        path for path in old if path not in new
    ]


def _twin_step(step: StepState) -> StepState:
    made = copy(step)
    made.answers = list(step.answers)
    return made


def _touched(event: Event, steps: dict[str, StepState]) -> Iterator[str]:
    """The steps that the event may change: its own, those it adds, and all of them if it is about the run."""
    if event.path:
        yield event.path
        if event.kind == "graph-expanded":
            inside = event.path[: event.path.rfind("/") + 1]
            yield from (inside + name for name in event.data.get("nodes", {}))
    else:
        yield from list(steps)
