"""Seeing what happens in runs without watching them: whoever traces or measures is told what is in the books.

An observer can't harm a run: what it raises is logged, and it isn't told of that run again.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from weft.engine.events import Event
from weft.runs.record import RunRecord

_logger = logging.getLogger("weft.runs")


class Observer(Protocol):
    """Sees one run, as long as this process drives it."""

    def note(self, events: Sequence[Event]) -> None:
        """These are recorded, the next ones of the run."""
        ...

    def close(self) -> None:
        """The run is over, or goes on elsewhere."""
        ...


Observe = Callable[[RunRecord], Observer]


class Careful:
    """Tells an observer, until it raises something."""

    def __init__(self, record: RunRecord, observe: Observe) -> None:
        self._run_id = record.id
        self._observer: Observer | None = None
        self._try(lambda: self._begin(observe, record))

    def note(self, events: Sequence[Event]) -> None:
        if (observer := self._observer) is not None:
            self._try(lambda: observer.note(events))

    def close(self) -> None:
        if (observer := self._observer) is not None:
            self._try(observer.close)
            self._observer = None

    def _begin(self, observe: Observe, record: RunRecord) -> None:
        self._observer = observe(record)

    def _try(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            self._observer = None
            _logger.exception("the run %s isn't traced any further", self._run_id)
