"""How far a run may be ahead of the store that records it."""

from typing import Final

from weft.engine.valve import Valve

EVENTS: Final = 20_000
"""Events that may wait to be appended until no further step starts."""
CHARACTERS: Final = 8_000_000
"""Characters of large events that may wait."""


class Pressure:
    """A run that is too far ahead starts no step. When half of what waited is stored it goes on with half as many at
    once as before, and with one more each time that the store has caught up."""

    def __init__(self, parallel: int) -> None:
        self._parallel = self._width = parallel
        self._held = False

    def note(self, valve: Valve, characters: int, events: int) -> None:
        """So much waits to be appended now."""
        if characters > CHARACTERS or events > EVENTS:
            if not self._held:
                self._held, self._width = True, max(1, self._width // 2)
                valve.narrow(0)
        elif self._held and characters <= CHARACTERS // 2 and events <= EVENTS // 2:
            self._held = False
            valve.narrow(self._width)
        elif not self._held and self._width < self._parallel and not characters:
            self._width += 1
            valve.narrow(self._width)
