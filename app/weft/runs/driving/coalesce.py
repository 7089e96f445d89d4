"""The events of a run as they are kept: what comes in pieces gathered, and everything numbered anew, without gaps.

A model streams hundreds of pieces a second, and a map may do thousands of items. Of each step at most ten outputs a
second are kept, each with all the text since the last, and as often how far it is; both are always complete before its
next event of another kind.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from weft.engine.events import Event

INTERVAL = 0.1
"""Seconds between two outputs of a step."""
PIECES: Final = 2_000
"""Pieces of a step's text that wait to be put together, at most."""
LONG: Final = 64_000
"""Characters of a piece that is not kept waiting."""
_TEXTS: Final = ("step-output", "step-thought")
_GATHERED: Final = (*_TEXTS, "step-progress")
_Key = tuple[str, str]
"""A step's path, and which of them."""


class Coalescer:
    """Pure: times are the events' own, in seconds since the run started."""

    def __init__(self) -> None:
        self._seq = 0
        self._at = 0.0
        self._waiting: dict[_Key, list[Mapping[str, Any]]] = {}
        self._next: dict[_Key, float] = {}

    @property
    def last(self) -> int:
        """The number that was given last."""
        return self._seq

    def go_on_after(self, last: Event) -> None:
        """Number what comes on from this event."""
        self._seq, self._at = last.seq, last.at

    def take(self, events: Sequence[Event]) -> list[Event]:
        """What there is to keep now that all these have happened."""
        if self._as_they_are(events):
            self._seq, self._at = events[-1].seq, events[-1].at
            return list(events)
        kept: list[Event] = []
        for event in events:
            if self._waiting or self._next or event.kind in _GATHERED:
                kept += self.add(event)
                continue
            self._seq += 1
            if event.seq == self._seq and event.at >= self._at:
                self._at = event.at
                kept.append(event)  # nothing was gathered before it, so it is as it should be
            else:
                self._seq -= 1
                kept.append(self._numbered(event.kind, event.path, event.at, event.data))
        return kept

    def _as_they_are(self, events: Sequence[Event]) -> bool:
        """Whether nothing of these, nor before, is to be gathered or numbered anew: most are so, and it is seen fast."""
        if self._waiting or self._next or not events:
            return False
        first = self._seq + 1
        if events[0].seq != first or events[-1].seq != self._seq + len(events) or events[0].at < self._at:
            return False
        # The engine numbers without gaps.
        _, kinds, _, times, _ = zip(*events, strict=True)
        return frozenset(kinds).isdisjoint(_GATHERED) and [*times] == sorted(times)

    def add(self, event: Event) -> list[Event]:
        """What there is to keep now that this has happened."""
        path = event.path
        if event.kind in _GATHERED:
            key = (path, event.kind)
            waiting = self._waiting.setdefault(key, [])
            if event.kind not in _TEXTS:
                waiting.clear()  # of how far it is, the last word counts
            waiting.append(event.data)
            if len(waiting) > PIECES or len(event.data.get("text", "")) > LONG:
                return [self._gathered(key, event.at)]
            return self.due(event.at, key)
        ends = (
            list(self._waiting)
            if event.kind == "run-finished"
            else [key for kind in _GATHERED if (key := (path, kind)) in self._waiting]
        )
        kept = [self._gathered(key, event.at) for key in ends]
        if path and event.kind != "step-ready":
            for kind in _GATHERED:
                self._next.pop((path, kind), None)
        return [*kept, self._numbered(event.kind, path, event.at, event.data)]

    def due(self, at: float, *keys: _Key) -> list[Event]:
        """What has its time come at `at`, of these or of all."""
        return [
            self._gathered(key, at) for key in keys or tuple(self._waiting) if self._next.get(key, 0.0) <= at
        ]

    def wakes(self) -> float | None:
        """When the next is due, if one is waiting."""
        return min((self._next.get(key, 0.0) for key in self._waiting), default=None)

    def _gathered(self, key: _Key, at: float) -> Event:
        """All the text so far as one; of how far it is, the last word."""
        path, kind = key
        self._next[key] = at + INTERVAL
        pieces = self._waiting.pop(key)
        data = {"text": "".join(piece.get("text", "") for piece in pieces)} if kind in _TEXTS else pieces[-1]
        return self._numbered(kind, path, at, data)

    def _numbered(self, kind: str, path: str, at: float, data: Mapping[str, Any]) -> Event:
        self._seq += 1
        self._at = max(self._at, at)
        return Event(self._seq, kind, path, self._at, data)
