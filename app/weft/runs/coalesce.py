"""The events of a run as they are kept: streamed text gathered, and everything numbered anew, without gaps.

A model streams hundreds of pieces a second. Of each step at most ten outputs a second are kept, each with all the text
since the last; a step's text is always complete before its next event of another kind.
"""

from collections.abc import Mapping
from typing import Any

from weft.engine.events import Event

INTERVAL = 0.1
"""Seconds between two outputs of a step."""


class Coalescer:
    """Pure: times are the events' own, in seconds since the run started."""

    def __init__(self) -> None:
        self._seq = 0
        self._at = 0.0
        self._waiting: dict[str, list[str]] = {}
        self._next: dict[str, float] = {}

    def add(self, event: Event) -> list[Event]:
        """What there is to keep now that this has happened."""
        path = event.path
        if event.kind == "step-output":
            self._waiting.setdefault(path, []).append(event.data.get("text", ""))
            return self.due(event.at, path)
        ends = (
            list(self._waiting) if event.kind == "run-finished" else [path] if path in self._waiting else []
        )
        kept = [self._output(one, event.at) for one in ends]
        if path and event.kind != "step-ready":
            self._next.pop(path, None)
        return [*kept, self._numbered(event.kind, path, event.at, event.data)]

    def due(self, at: float, *paths: str) -> list[Event]:
        """The outputs whose time has come at `at`, of these steps or of all."""
        return [
            self._output(path, at)
            for path in paths or tuple(self._waiting)
            if self._next.get(path, 0.0) <= at
        ]

    def wakes(self) -> float | None:
        """When the next output is due, if one is waiting."""
        return min((self._next.get(path, 0.0) for path in self._waiting), default=None)

    def _output(self, path: str, at: float) -> Event:
        self._next[path] = at + INTERVAL
        return self._numbered("step-output", path, at, {"text": "".join(self._waiting.pop(path))})

    def _numbered(self, kind: str, path: str, at: float, data: Mapping[str, Any]) -> Event:
        self._seq += 1
        self._at = max(self._at, at)
        return Event(self._seq, kind, path, self._at, data)
