"""Waiting for the store: a disk that is full has room again some time, and what was done until then isn't thrown away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import chain, repeat
from typing import Final, TypeVar

from weft.engine.valve import Valve
from weft.model.errors import WeftError

T = TypeVar("T")
_logger = logging.getLogger("weft.runs")
PASSING: Final = ("disk-full", "database-busy", "database-gone")
"""What may be otherwise at another try."""
PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between the tries; the last one again and again."""


class Room:
    """Of one run. `give_up` is set once it is to be let go: what can't be recorded then is done again by the next."""

    def __init__(self, run_id: str) -> None:
        self.give_up = asyncio.Event()
        self.waiting = False
        self._run_id = run_id

    async def wait(self, write: Callable[[], Awaitable[T]], valve: Valve | None) -> T:
        """What `write` returns, tried until the store takes it. Until then the run starts no step."""
        try:
            return await write()
        except WeftError as problem:
            if problem.code not in PASSING or self.give_up.is_set():
                raise
            _logger.warning("the run %s waits until it can be recorded: %s", self._run_id, problem)
        if valve is not None:
            valve.shut()
        self.waiting = True
        try:
            return await self._again(write)
        finally:
            self.waiting = False
            if valve is not None:
                valve.open()

    async def _again(self, write: Callable[[], Awaitable[T]]) -> T:
        for pause in chain(PAUSES, repeat(PAUSES[-1])):
            with suppress(TimeoutError):
                await asyncio.wait_for(self.give_up.wait(), pause)
            try:
                return await write()
            except WeftError as problem:
                if problem.code not in PASSING or self.give_up.is_set():
                    raise
        raise AssertionError("there is always another try")
