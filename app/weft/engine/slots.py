"""The cap: at most so many steps of a run at once, and when there are more, the most urgent first.

Longest remaining path first is Hu's rule (T. C. Hu, "Parallel Sequencing and Assembly Line Problems", Operations
Research 9(6), 1961): under a cap it stays within a few percent of the lower bound where first-come can lose a third.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from heapq import heappop, heappush, heapreplace
from typing import Protocol


class Waiter(Protocol):
    """Whoever can use a slot."""

    key: int
    """Its turn: the smallest goes first, and no two waiters of a run share one."""

    def begin(self) -> None:
        """Start in the slot just given, or hand it back by adding one to `free`."""
        ...


class Slots:
    """How many steps may still start, and who waits for one.

    What becomes ready together comes in its order already, so the heap holds batches by the key of their first: a
    thousand nodes behind one cost it a single entry.
    """

    __slots__ = ("free", "waiting")

    def __init__(self, parallel: int) -> None:
        self.free = parallel
        self.waiting: list[tuple[int, list[Waiter]]] = []

    def offer(self, batch: Sequence[Waiter]) -> None:
        """Start these, or let them wait for their turn; the most urgent is the first."""
        heappush(self.waiting, (batch[0].key, list(reversed(batch))))
        self.fill()

    def fill(self) -> None:
        """Give the free slots out, the most urgent first."""
        waiting = self.waiting
        while self.free > 0 and waiting:
            batch = waiting[0][1]
            first = batch.pop()
            if batch:
                heapreplace(waiting, (batch[-1].key, batch))
            else:
                heappop(waiting)
            self.free -= 1
            first.begin()

    def give_back(self) -> None:
        """A slot is free again."""
        self.free += 1
        self.fill()

    async def take(self, key: int) -> None:
        """Wait for a slot as the waiter `key`: what a step does that gave its own back while it waited."""
        turn = _Turn(self, key)
        self.offer([turn])
        try:
            await turn.given
        except asyncio.CancelledError:
            if not turn.given.cancelled():
                self.give_back()
            raise


class _Turn:
    """Wakes the step that waits in `Slots.take`."""

    def __init__(self, slots: Slots, key: int) -> None:
        self.key = key
        self.given: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._slots = slots

    def begin(self) -> None:
        if self.given.done():
            self._slots.free += 1
        else:
            self.given.set_result(None)
