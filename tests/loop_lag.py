"""The event loop is never blocked: how long each of its callbacks keeps it, in every test.

Measured is the processor time of the loop's own thread while the callback runs, not the time on the wall: a machine that
is busy with something else delays nothing here. A callback of a test itself is let be: tests may compute.
"""

import asyncio
import time
from asyncio.events import Handle
from bisect import bisect_left
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LIMIT = 1.0
"""Seconds of one callback at which a test fails: far more than is promised, for some tests are the first of their process
to need a library, on a busy machine with a cold cache. What is promised is measured by `make soak`."""
PROMISED = 0.05
"""Seconds that p99 stays below."""
_TESTS = str(Path(__file__).parent)
_STEPS = [0.0001 * 1.25**n for n in range(60)]


class LoopLag:
    """Every callback of every loop in this process, while it is installed."""

    def __init__(self) -> None:
        self.counts = [0] * (len(_STEPS) + 1)
        self.worst, self.culprit = 0.0, ""
        self._run = Handle._run

    def install(self) -> None:
        run, note, clock = self._run, self._note, time.thread_time

        def measured(handle: Handle) -> None:
            start = clock()
            run(handle)
            note(handle, clock() - start)

        Handle._run = measured  # type: ignore[method-assign]

    def remove(self) -> None:
        Handle._run = self._run  # type: ignore[method-assign]

    def begin(self) -> None:
        """Forget the worst so far; what is counted stays."""
        self.worst, self.culprit = 0.0, ""

    def quantile(self, share: float) -> float:
        """The seconds that this share of all callbacks of this process stayed below."""
        return quantile(dict(enumerate(self.counts)), share)

    def _note(self, handle: Handle, seconds: float) -> None:
        self.counts[bisect_left(_STEPS, seconds)] += 1
        if seconds > self.worst and seconds > PROMISED / 50:
            who = _who(handle)
            if who:
                self.worst, self.culprit = seconds, who


def quantile(counts: Mapping[int, int], share: float) -> float:
    """The seconds that this share of all callbacks stayed below; `counts` by the place of the step in `_STEPS`."""
    wanted, seen = share * sum(counts.values()), 0
    for place, step in enumerate(_STEPS):
        seen += counts.get(place, 0)
        if seen >= wanted:
            return step
    return _STEPS[-1]


def _who(handle: Handle) -> str:
    """Whose callback it is; "" for one of a test."""
    callback: Any = handle._callback
    task = getattr(callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        return repr(callback)
    coroutine: Any = task.get_coro()
    code = getattr(coroutine, "cr_code", None)
    if code is not None and code.co_filename.startswith(_TESTS):
        return ""
    # pytest-asyncio wraps what it runs: its own tasks are those of tests and fixtures.
    if code is not None and "pytest_asyncio" in code.co_filename:
        return ""
    return f"task {task.get_name()} ({getattr(coroutine, '__qualname__', coroutine)})"


lag = LoopLag()
