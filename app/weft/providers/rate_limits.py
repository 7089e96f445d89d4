"""How fast a provider may be asked: one gate for each provider and key, before which all runs of the process line up.

Requests and tokens are counted over the last sixty seconds, so in no minute are there more than allowed; what is
waiting goes in the order it came. When the server asks for fewer (429), the gate closes for as long as it says, and
then lets one call at a time through until one is answered: the provider is slowed down, not one step. (langchain-core's
rate limiters know requests only, look at the clock ten times a second, and hold no order.)
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

MINUTE = 60.0
LONGEST = 60.0
"""Seconds a 429 closes the gate at most; a server that wants more is asked again then."""
_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What `[providers.NAME]` of the settings says; None is no limit. `concurrency` is calls at once."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrency: int | None = None


NO_LIMIT = RateLimit()


@dataclass(eq=False, slots=True)
class Ticket:
    """A call that is past the gate, or waits before it. `tokens` is an estimate until the answer is there."""

    tokens: int
    path: str
    who: object
    number: int = 0
    at: float = 0.0


@dataclass(eq=False, slots=True)
class _Waiter:
    ticket: Ticket
    loop: asyncio.AbstractEventLoop
    turn: "asyncio.Future[None]"


class Gate:
    """Safe to use from several threads and event loops. Costs a lock and a few numbers while nothing waits."""

    def __init__(
        self, name: str, limit: RateLimit = NO_LIMIT, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self.limit = limit
        self._clock = clock
        self._lock = threading.RLock()
        self._minute: deque[Ticket] = deque()
        self._inside: set[Ticket] = set()
        self._line: deque[_Waiter] = deque()
        self._number = 0
        self._closed_until = 0.0
        self._struck = -1
        """The last call let in before a 429, until one after it is answered; -1 when all is well."""
        self._strikes = 0
        self._timer: tuple[asyncio.AbstractEventLoop, float] | None = None

    @property
    def counts_tokens(self) -> bool:
        return self.limit.tokens_per_minute is not None

    async def enter(
        self,
        tokens: int = 0,
        *,
        path: str = "",
        who: object = None,
        tell: Callable[[str], None] | None = None,
    ) -> Ticket:
        """Wait for the call's turn; `leave` gives it back. `path` and `who` are the step and the task that ask, `tell`
        is told once in words when there is something to wait for."""
        loop = asyncio.get_running_loop()
        ticket = Ticket(tokens, path, who or asyncio.current_task())
        with self._lock:
            if not self._line and not (wait := self._delay(ticket)):
                return self._let_in(ticket)
            waiter = _Waiter(ticket, loop, loop.create_future())
            self._line.append(waiter)
            self._move()
            wait = 0.0 if waiter not in self._line else self._delay(ticket)
        if tell is not None and wait >= 1:
            tell(self._said(wait))
        try:
            await waiter.turn
        except BaseException:
            with self._lock:
                if waiter in self._line:
                    self._line.remove(waiter)
                    self._move()
                else:
                    self.leave(ticket, sent=False)
            raise
        return ticket

    def enter_now(self, tokens: int = 0) -> Ticket:
        """A turn without waiting, for a call that blocks the loop: it is counted, and others wait for it."""
        with self._lock:
            return self._let_in(Ticket(tokens, "", None))

    def leave(
        self, ticket: Ticket, tokens: int | None = None, *, sent: bool = True, answered: bool = False
    ) -> None:
        """The call is over. `tokens` is what it really used; one that was not `sent` doesn't count at all."""
        with self._lock:
            self._inside.discard(ticket)
            if not sent and ticket in self._minute:
                self._minute.remove(ticket)
            if tokens is not None:
                ticket.tokens = tokens
            if answered and ticket.number > self._struck >= 0:
                self._struck, self._strikes = -1, 0
            self._move()

    def slow_down(self, seconds: float | None) -> None:
        """The server asked for fewer: let nobody in for so long (it didn't say: longer each time), then one by one."""
        with self._lock:
            self._strikes += 1
            wait = min(8.0, 0.5 * 2 ** (self._strikes - 1)) if seconds is None else min(seconds, LONGEST)
            self._closed_until = max(self._closed_until, self._clock() + wait)
            self._struck = self._number
            self._move()

    # --- with the lock held ---

    def _let_in(self, ticket: Ticket) -> Ticket:
        self._number += 1
        ticket.number, ticket.at = self._number, self._clock()
        self._inside.add(ticket)
        if self.limit.requests_per_minute is not None or self.counts_tokens:
            self._minute.append(ticket)
        return ticket

    def _move(self) -> None:
        """Let in whoever may go, and look again when the next one may."""
        while self._line:
            waiter = self._line[0]
            wait = self._delay(waiter.ticket)
            if wait > 0:
                if wait < _NEVER:
                    self._look_again(waiter.loop, wait)
                return
            self._line.popleft()
            if waiter.loop.is_closed():
                continue
            self._let_in(waiter.ticket)
            waiter.loop.call_soon_threadsafe(_wake, waiter.turn)

    def _look_again(self, loop: asyncio.AbstractEventLoop, wait: float) -> None:
        if loop.is_closed():
            return
        when = self._clock() + wait
        if self._timer is not None and self._timer[1] <= when and not self._timer[0].is_closed():
            return
        self._timer = (loop, when)
        loop.call_soon_threadsafe(loop.call_later, wait, self._due, when)

    def _due(self, when: float) -> None:
        with self._lock:
            if self._timer is not None and self._timer[1] == when:
                self._timer = None
            self._move()

    def _delay(self, ticket: Ticket) -> float:
        """Seconds until this call may go; endless while it depends on another one's end."""
        now, limit = self._clock(), self.limit
        if self._struck >= 0 and any(other.number > self._struck for other in self._inside):
            return _NEVER
        if limit.concurrency is not None and self._busy(ticket) >= limit.concurrency:
            return _NEVER
        wait = max(0.0, self._closed_until - now)
        minute = self._minute
        while minute and minute[0].at + MINUTE <= now:
            minute.popleft()
        if limit.requests_per_minute is not None and len(minute) >= limit.requests_per_minute:
            wait = max(wait, minute[len(minute) - limit.requests_per_minute].at + MINUTE - now)
        if limit.tokens_per_minute is not None:
            wait = max(wait, self._until_tokens(limit.tokens_per_minute - ticket.tokens, now))
        return wait

    def _until_tokens(self, most: int, now: float) -> float:
        """When the last minute has at most so many tokens; a call larger than the limit goes when it has none."""
        total, wait = sum(ticket.tokens for ticket in self._minute), 0.0
        for ticket in self._minute:
            if total <= most:
                break
            total -= ticket.tokens
            wait = ticket.at + MINUTE - now
        return wait

    def _busy(self, asking: Ticket) -> int:
        """Calls under way, without those of a step that itself waits here, as one that asks while it reads another
        answer: it would wait for itself."""
        waiting = [asking, *(waiter.ticket for waiter in self._line)]

        def idle(inside: Ticket) -> bool:
            within = (f"{inside.path}/", f"{inside.path}[")
            return any(
                (inside.who is not None and one.who == inside.who)
                or (bool(inside.path) and one.path.startswith(within))
                for one in waiting
            )

        return sum(not idle(ticket) for ticket in self._inside)

    def _said(self, wait: float) -> str:
        if self._closed_until > self._clock():
            return f"{self.name} asked for fewer requests: waiting about {wait:.0f} s."
        if wait == _NEVER:
            return f"Waiting for {self.name}: as many calls as allowed are under way."
        return f"Waiting for {self.name}'s rate limit, about {wait:.0f} s."


def _wake(turn: "asyncio.Future[None]") -> None:
    if not turn.done():
        turn.set_result(None)


@cache
def gate(name: str, limit: RateLimit, *key: Any) -> Gate:
    """The one gate of this process for a provider, its limit, and what else tells accounts apart (`key`)."""
    return Gate(name, limit)
