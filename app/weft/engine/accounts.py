"""Who holds a run to its budget: accounts, and the calls in flight on them.

A model call is on the account of its node if that has one, of the flows it is nested in, and of the run. It is let go
only while each of them has spent, and holds for the calls in flight, less than its limit: none is ever exceeded by more
than what is in flight. A call that could still be too much waits until one in flight has settled; one for which nothing
is left is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from weft.engine.budget import EXCEEDED, WARN_AT, Budget, of_part, shown
from weft.engine.recorded import Recorded, Spent
from weft.model.errors import StepFailed

if TYPE_CHECKING:
    from weft.engine.attempt import Attempt
    from weft.engine.ground import Ground
    from weft.engine.scheduler import Scheduler

_THE_RUN: Final = "The run's budget"


class Need(NamedTuple):
    """What a call will use, about: held for it while it is in flight. No `cost`: its price is unknown."""

    tokens: int
    cost: float | None


class Account:
    """One limit: the run's (`path` "" and no `outer`), a nested flow's, or a node's. Holds are counted by the call."""

    __slots__ = ("cost", "limit", "outer", "path", "tokens", "warned")

    def __init__(self, limit: Budget, path: str, outer: Account | None) -> None:
        self.limit = limit
        self.path = path
        self.outer = outer
        self.cost = 0.0
        self.tokens = 0
        self.warned: set[str] = set()

    def chain(self) -> list[Account]:
        """This one and those around it, outermost last."""
        found: list[Account] = [self]
        while (outer := found[-1].outer) is not None:
            found.append(outer)
        return found

    def spent(self, name: str) -> float:
        return self.cost if name == "max_cost" else self.tokens

    def limits(self) -> list[tuple[str, float]]:
        limit = self.limit
        both = (("max_cost", limit.max_cost), ("max_tokens", limit.max_tokens))
        return [(name, most) for name, most in both if most is not None]


class Hold:
    """A call in flight: what is held for it, until it settles."""

    __slots__ = ("_books", "accounts", "attempt", "need", "who")

    def __init__(
        self, books: Books, accounts: list[Account], need: Need, attempt: Attempt, who: object
    ) -> None:
        self._books = books
        self.accounts = accounts
        self.need = need
        self.attempt = attempt
        self.who = who

    def settle(self, tokens: int, cost: float | None) -> None:
        """The call is over, and used this much. From any thread; a second time does nothing."""
        self._books.call_soon(self._books.settle, self, tokens, cost)


class Books:
    """The accounts of one run, and its calls in flight. Everything here belongs to the loop's thread."""

    def __init__(self, ground: Ground, budget: Budget | None) -> None:
        self.root: Account | None = None
        if budget is not None and (budget.max_cost is not None or budget.max_tokens is not None):
            self.root = Account(replace(budget, max_time=None), "", None)
        self.exceeded: dict[str, Any] | None = None
        """Why the run as a whole had to stop: what its `error` says."""
        self._ground = ground
        self._inner: dict[str, Account] = {}
        self._holds: set[Hold] = set()
        self._waiting: dict[asyncio.Future[None], tuple[str, object]] = {}
        self._recorded: Recorded | None = None

    def take_up(self, recorded: Recorded) -> None:
        """Go on counting where a recorded run was."""
        self._recorded = recorded
        if self.root is None:
            return
        self._go_on(self.root, "")
        said = next((error for error in recorded.refused if error["message"].startswith(_THE_RUN)), None)
        for name, most in self.root.limits():
            if said is not None and self.root.spent(name) >= most:
                again = self._refusal(self.root, name, most, said["node"])
                self.exceeded = said | {"hint": again.hint}

    def _go_on(self, account: Account, place: str) -> None:
        if (recorded := self._recorded) is not None:
            spent = recorded.spent.get(place, Spent())
            account.tokens, account.cost = spent
            account.warned = {limit for path, limit in recorded.warned if path == account.path}

    def call_soon(self, what: Callable[..., None], *args: Any) -> None:
        """On the loop's thread: now, if this is it."""
        if get_ident() == self._ground.thread:
            what(*args)
        elif not self._ground.loop.is_closed():
            self._ground.loop.call_soon_threadsafe(what, *args)

    # --- which account a call is on ---

    def of_step(self, attempt: Attempt) -> Account | None:
        """The account of a step: its node's own, which all its attempts share, else that of its flow."""
        outer = self._of_flow(attempt.scheduler)
        return self._own(attempt.path, attempt.node.special.budget, outer)

    def _of_flow(self, scheduler: Scheduler) -> Account | None:
        """The account of the run's own flow, or of one nested in a step."""
        if scheduler.outer is None:
            return self.root
        limit = of_part(scheduler.plan.flow.defaults.budget)
        return self._own(scheduler.path, limit, self.of_step(scheduler.outer))

    def _own(self, path: str, limit: Budget | None, outer: Account | None) -> Account | None:
        if limit is None:
            return outer
        known = self._inner.get(path)
        if known is None:
            known = self._inner[path] = Account(limit, path.rstrip("/"), outer)
            self._go_on(known, path)
        return known

    # --- a call ---

    async def admit(self, account: Account, attempt: Attempt, need: Need, who: object = None) -> Hold:
        """Let a call go, once it surely fits. `who` waits for it: the task that asks, if nobody else.

        Raises `StepFailed` (`budget-exceeded`, `unknown-price`)."""
        accounts, who, path = account.chain(), who or asyncio.current_task(), attempt.path
        _refuse_unpriced(accounts, need)
        while True:
            self.refuse_if_spent(accounts, path)
            turn: asyncio.Future[None] = self._ground.loop.create_future()
            self._waiting[turn] = (path, who)
            try:
                if self._fits(accounts):
                    return self._hold(accounts, need, attempt, who)
                await turn
            finally:
                del self._waiting[turn]

    def admit_now(self, account: Account, attempt: Attempt, need: Need) -> Hold:
        """Let a call go at once: for one that blocks the loop, where waiting for others would never end."""
        accounts = account.chain()
        _refuse_unpriced(accounts, need)
        self.refuse_if_spent(accounts, attempt.path)
        return self._hold(accounts, need, attempt, None)

    def settle(self, hold: Hold, tokens: int, cost: float | None) -> None:
        if hold not in self._holds:
            return
        self._holds.discard(hold)
        for account in hold.accounts:
            account.tokens += tokens
            account.cost += cost or 0.0
            self._warn(account)
        for turn in self._waiting:
            if not turn.done():
                turn.set_result(None)

    def refuse_if_spent(self, accounts: list[Account], path: str) -> None:
        """Raise `StepFailed` if one of the limits is reached."""
        for account in accounts:
            for name, most in account.limits():
                if account.spent(name) >= most:
                    raise self._refusal(account, name, most, path)

    def close(self) -> None:
        """The run is over: nobody waits any more."""
        for turn in self._waiting:
            turn.cancel()

    def _hold(self, accounts: list[Account], need: Need, attempt: Attempt, who: object) -> Hold:
        hold = Hold(self, accounts, need, attempt, who)
        self._holds.add(hold)
        return hold

    def _fits(self, accounts: list[Account]) -> bool:
        """Whether everything spent and held is below every limit.

        What is held for a call doesn't count while the step that makes it waits here itself, as one that asks while
        it reads another answer: each would wait for the other.
        """
        idle = [hold for hold in self._holds if self._waits(hold)]
        for account in accounts:
            holds = [hold.need for hold in self._holds if account in hold.accounts and hold not in idle]
            held = {"max_cost": sum(n.cost or 0.0 for n in holds), "max_tokens": sum(n.tokens for n in holds)}
            if any(account.spent(name) + held[name] >= most for name, most in account.limits()):
                return False
        return True

    def _waits(self, hold: Hold) -> bool:
        """Whether the step of a call in flight waits here, or is over and has left the answer unread."""
        within = (f"{hold.attempt.path}/", f"{hold.attempt.path}[")
        return not hold.attempt.working or any(
            (who is not None and who == hold.who) or path.startswith(within)
            for path, who in self._waiting.values()
        )

    def _warn(self, account: Account) -> None:
        for name, most in account.limits():
            if name not in account.warned and account.spent(name) >= WARN_AT * most:
                account.warned.add(name)
                data = {"limit": name, "spent": account.spent(name), "of": most}
                self._ground.log.add("budget-warned", account.path, data)

    def _refusal(self, account: Account, name: str, most: float, path: str) -> StepFailed:
        whose = f"The budget of {account.path!r}" if account.path else _THE_RUN
        option = "--" + name.replace("_", "-")
        raise_it = f"raise its {name!r}" if account.path else f"give it a larger {option}"
        refused = StepFailed(
            f"{whose} of {shown(name, most)} is spent ({shown(name, account.spent(name))}), so the model was not asked.",
            code=EXCEEDED,
            hint=f"What was done is kept. To go on, {raise_it}.",
            retryable=False,
        )
        if account is self.root and self.exceeded is None:
            said = {"code": refused.code, "message": refused.message, "hint": refused.hint}
            self.exceeded = {**said, "node": path}
        return refused


def _refuse_unpriced(accounts: list[Account], need: Need) -> None:
    if need.cost is None and any(account.limit.max_cost is not None for account in accounts):
        raise StepFailed(
            "A limit on the cost can't be kept with a model whose price is unknown, so it was not asked.",
            code="unknown-price",
            hint="Write its price into prices.toml ('weft prices' lists the known ones), or limit the tokens instead.",
            retryable=False,
        )
