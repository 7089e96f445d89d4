"""The newest events of a run, as many as are kept in memory for those who read along. The store has them all."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from weft.engine.events import Event
from weft.runs.sizes import heavy

MOST: Final = 20_000
"""Events that are kept."""
MOST_CHARACTERS: Final = 16_000_000
"""Characters of large ones that are kept, whatever a single one has."""

PAGE_CHARACTERS: Final = 1_000_000
"""Characters that one reader is given at once, or a single event with more."""


class Tail:
    """Numbers have no gaps: the first event here is numbered `base + 1`, the last `last`."""

    def __init__(self, base: int = 0) -> None:
        self.base = base
        self.events: list[Event] = []
        self._heavy: deque[tuple[int, int]] = deque()
        self._characters = 0

    @property
    def last(self) -> int:
        return self.base + len(self.events)

    def after(self, seq: int, limit: int) -> list[Event] | None:
        """Those past that number, at most so many, and fewer where they are large; None if they are in the store
        only."""
        place = seq - self.base
        if place < 0:
            return None
        characters = 0
        for number, size in self._heavy:
            if number > seq and (characters := characters + size) > PAGE_CHARACTERS:
                limit = min(limit, max(1, number - seq - 1))
                break
        return self.events[place : place + limit]

    def add(self, batch: Sequence[Event], large: Sequence[tuple[int, int]] | None = None) -> None:
        """These come next; `large` is what `heavy` says of them, if that is known."""
        self.events += batch
        large = heavy(batch) if large is None else large
        self._heavy += large
        self._characters += sum(size for _, size in large)

    def surplus(self) -> list[Event]:
        """The oldest, if they are more than are kept: gone from here with this, half of what may be kept stays. The
        last event always stays."""
        if len(self.events) <= MOST and self._characters <= MOST_CHARACTERS:
            return []
        last = self.last - 1
        upto = max(self.base, self.last - MOST // 2) if len(self.events) > MOST else self.base
        characters = self._characters
        for seq, size in self._heavy:
            if characters <= MOST_CHARACTERS // 2:
                break
            characters -= size
            upto = max(upto, seq)
        count = min(upto, last) - self.base
        gone = self.events[:count]
        del self.events[:count]
        self.base += count
        while self._heavy and self._heavy[0][0] <= self.base:
            self._characters -= self._heavy.popleft()[1]
        return gone
