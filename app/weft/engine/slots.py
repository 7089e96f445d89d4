"""The cap: at most so many steps of a run at once, and when there are more, the most urgent first.

Longest remaining path first is Hu's rule (T. C. Hu, "Parallel Sequencing and Assembly Line Problems", Operations
Research 9(6), 1961): under a cap it stays within a few percent of the lower bound where first-come can lose a third.
"""

from __future__ import annotations

import asyncio
from heapq import heappop, heappush
from typing import Any, Protocol


class Starter(Protocol):
    """Whoever can use a slot."""

    def begin(self, what: Any) -> None:
        """Start `what` in the slot just given, or hand the slot back by adding one to `free`."""
        ...


class Slots:
    """How many steps may still start, and who waits for one. Keys order the waiting: the smallest goes first.

    A key is a whole number that no two waiters share; the heap holds keys alone, which compare faster than tuples.
    """

    __slots__ = ("_heap", "free", "waiting")

    def __init__(self, parallel: int) -> None:
        self.free = parallel
        self.waiting: dict[int, tuple[Starter, Any]] = {}
        self._heap: list[int] = []

    def offer(self, key: int, starter: Starter, what: Any) -> None:
        """Start `what` now if there is a slot and nobody waits, else let it wait for its turn."""
        if self.free > 0 and not self.waiting:
            self.free -= 1
            starter.begin(what)
        else:
            self.waiting[key] = (starter, what)
            heappush(self._heap, key)

    def fill(self) -> None:
        """Give the free slots out, the most urgent first."""
        waiting, heap = self.waiting, self._heap
        while self.free > 0 and heap:
            starter, what = waiting.pop(heappop(heap))
            self.free -= 1
            starter.begin(what)

    def give_back(self) -> None:
        """A slot is free again."""
        self.free += 1
        self.fill()

    async def take(self, key: int) -> None:
        """Wait for a slot as the waiter `key`: what a step does that gave its own back while it waited."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.offer(key, _Turn(self), turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.give_back()
            raise


class _Turn:
    """Wakes the step that waits in `Slots.take`."""

    __slots__ = ("_slots",)

    def __init__(self, slots: Slots) -> None:
        self._slots = slots

    def begin(self, what: asyncio.Future[None]) -> None:
        if what.done():
            self._slots.free += 1
        else:
            what.set_result(None)
