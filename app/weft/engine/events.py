"""What happened in a run: numbered facts, and the log that keeps them. Events are the engine's only output.

An event is cheap inside, a tuple with a mapping of its own data, and becomes a record with plain values only where
it leaves the process (`event_json`). Screen, store, command line and HTTP fold the same list.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any, Final, Literal, NamedTuple, cast, get_args

from weft.engine.cost import cost_data, cost_of
from weft.engine.services import Clean
from weft.model.plain import MAX_DEPTH, to_plain

Kind = Literal[
    "run-started",
    "run-resumed",
    "step-ready",
    "step-started",
    "step-output",
    "step-thought",
    "step-progress",
    "step-noted",
    "step-retried",
    "step-paused",
    "step-answered",
    "step-waiting",
    "step-finished",
    "step-failed",
    "step-skipped",
    "graph-expanded",
    "budget-warned",
    "run-finished",
]
KINDS: Final[tuple[str, ...]] = get_args(Kind)


class Event(NamedTuple):
    """One thing that happened.

    `seq` counts from 1 without gaps within the run. `path` is the step it is about (`map[3]/summarise` when
    nested), "" when it is about the run. `at` is in seconds since the run started, on the monotonic clock.
    """

    seq: int
    kind: str
    path: str
    at: float
    data: Mapping[str, Any]


def event_json(event: Event, run_id: str) -> dict[str, Any]:
    """The event as it leaves the process: one flat object of plain values."""
    head = {"seq": event.seq, "kind": event.kind, "run": run_id, "path": event.path, "at": round(event.at, 6)}
    return head | plain_data(event)


def plain_data(event: Event, name: str = "value") -> dict[str, Any]:
    """What the event says, as plain JSON. Each value has passed the gate when it was given: together, and inside what
    holds them, they may be more and deeper than one alone."""
    return to_plain(
        dict(event.data), name=name, max_depth=2 * MAX_DEPTH, max_values=_ANY, max_characters=_ANY
    )


Facts = tuple[dict[str, Any], Mapping[str, int], Sequence[Mapping[str, Any]], float, Mapping[str, Any] | None]
"""What a `step-finished` is made of: value, usage, calls, seconds, writes to the state."""

NO_USAGE: Final[dict[str, int]] = {"calls": 0, "input_tokens": 0, "output_tokens": 0}
"""Shared by all steps that called no model, so never changed."""


def finished_data(facts: Facts) -> dict[str, Any]:
    """The data of a `step-finished`."""
    value, usage, calls, seconds, writes = facts
    data: dict[str, Any] = {
        "value": value,
        "usage": usage,
        "cost": 0.0,
        "cached": False,
        "seconds": seconds,
        "calls": [*calls],
    }
    if calls:
        data |= cost_data([cost_of(calls)])
    return data | {"state": writes} if writes else data


class Log:
    """The events of one run, in order. Whoever follows is woken at most once in a turn of the loop.

    Inside they are bare tuples, `(kind, path, at, data)` with `at` on the loop's clock and the data of a
    `step-finished` as `Facts`: an `Event` is made of one when it is read. The scheduler's hot path does by hand what
    `add` does, for a call costs it more than the event.

    The first of them is numbered `base + 1`: those before were let go, or happened before the log began.
    """

    __slots__ = ("_loop", "_made", "_time", "base", "clean", "closed", "raw", "waiters", "zero")

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: Callable[[], float]) -> None:
        self.raw: list[tuple[Kind, str, float, Mapping[str, Any] | Facts]] = []
        """The same list until the end: lanes hold on to its `append`."""
        self.base = 0
        self.clean: Clean | None = None
        """What hides secrets in the data of each event, once it is made of what was put down."""
        self.closed = False
        self.zero = clock()
        self.waiters: list[asyncio.Future[None]] = []
        self._loop = loop
        self._made: list[Event] = []
        self._time = clock

    def add(self, kind: Kind, path: str, data: Mapping[str, Any]) -> None:
        """Put down what just happened, unless nothing is added any more."""
        if self.closed:
            return
        self.raw.append((kind, path, self._time(), data))
        if self.waiters:
            self.wake()

    @property
    def last(self) -> int:
        """The number of what was put down last."""
        return self.base + len(self.raw)

    def events(self) -> list[Event]:
        """Everything so far that wasn't let go."""
        made = self._made
        while fresh := self.raw[len(made) : len(made) + _AT_ONCE]:
            zero, first = self.zero, self.base + len(made) + 1
            kinds, paths, times, facts = cast("_Columns", zip(*fresh, strict=True))
            said = [finished_data(data) if isinstance(data, tuple) else data for data in facts]
            if (clean := self.clean) is not None:
                held = [_worded(data) if type(data) is tuple else data for data in facts if data]
                if not clean.passes(kinds, held):
                    said = [*map(clean, kinds, paths, said)]
            seqs = range(first, first + len(fresh))
            rows = zip(seqs, kinds, paths, [at - zero for at in times], said, strict=True)
            made += map(_event, repeat(Event), rows)
        return made

    def let_go(self, seq: int) -> None:
        """Keep the events up to this number no longer: whoever needs them has them."""
        count = min(seq - self.base, len(self.raw))
        if count > 0:
            del self.raw[:count], self._made[:count]
            self.base += count

    def values(self) -> dict[str, dict[str, Any]]:
        """What the finished steps gave, by path and port, as far as their events weren't let go."""
        finished = ((path, data) for kind, path, _, data in self.raw if kind == "step-finished")
        return {path: data[0] if isinstance(data, tuple) else data["value"] for path, data in finished}

    def close(self) -> None:
        """Nothing will be added any more: whoever follows comes to the end."""
        self.closed = True
        self.wake()

    def cut(self) -> None:
        """Close it at once: what lanes that haven't ended yet put down goes nowhere."""
        self.raw = list(self.raw)
        self.close()

    def follow(self, after: int = 0) -> AsyncIterator[Event]:
        """The events numbered past `after`: those already there, then each as it happens, until the end."""
        return _Follower(self, after)

    async def more(self, after: int, limit: int) -> list[Event]:
        """The events numbered past `after`, at most `limit`, once there are any; none at the end."""
        while self.base + len(self.raw) <= after and not self.closed:
            await self.grown()
        place = self._place(after)
        return self.events()[place : place + limit]

    def _place(self, after: int) -> int:
        """Where the event after that one is, or will be. Raises `LookupError` if it was let go."""
        if after < self.base:
            raise LookupError(f"event {after + 1} of the run is kept no longer: the run's store has it")
        return after - self.base

    async def grown(self) -> None:
        """Wait until something is added, or the log is closed."""
        waiter: asyncio.Future[None] = self._loop.create_future()
        self.waiters.append(waiter)
        try:
            await waiter
        finally:
            if waiter in self.waiters:
                self.waiters.remove(waiter)

    def wake(self) -> None:
        """Tell those who follow that there is more."""
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


_event: Any = cast("Any", tuple).__new__  # two thirds of the time of calling the class
_Columns = tuple[Sequence[Kind], Sequence[str], Sequence[float], Sequence[Mapping[str, Any] | Facts]]
_worded: Callable[[Any], Any] = itemgetter(0, 2, 4)
"""What of `Facts` isn't numbers alone: value, calls, writes."""
_AT_ONCE: Final = 512
_ANY: Final = 2**62
"""Events that are made in one go: what is looked at for all of them stays small."""


class _Follower:
    """One reader's place in a log. An object and not an async generator, so leaving it half way leaks nothing."""

    __slots__ = ("_log", "_made", "_next")

    def __init__(self, log: Log, after: int) -> None:
        self._log = log
        self._made = log.events()
        self._next = max(after, log.base)

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        place = self._next
        self._next = place + 1
        if not self._log.base:
            try:
                return self._made[place]
            except IndexError:
                pass
        return await self._new(place)

    async def _new(self, after: int) -> Event:
        """An event that nobody has read yet, or one of a log whose first are kept no longer."""
        log = self._log
        try:
            found = await log.more(after, 1)
        except asyncio.CancelledError:
            self._next = after
            raise
        if not found:
            self._next = after
            raise StopAsyncIteration
        return found[0]
