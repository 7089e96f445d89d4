"""Who owns a run that isn't over, and what others ask of its owner.

A run is owned by one service of one process (`owner.py`), or by nobody: then it is queued, or waits for a person or a
timer. Owning begins with a claim: its epoch goes up by one, in one transaction, for the one who names the epoch that
is there. Every event is appended under the epoch of its writer's claim, so whoever was taken for dead and isn't can
write nothing any more.

An owner that lives says so every few seconds (`beat`): one row for all its runs, on the machine's monotonic clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from weft.model.errors import Conflict
from weft.runs.record import RunRecord, Status

Kind = Literal["cancel", "answer"]


@dataclass(frozen=True)
class Claim:
    """`due` is when a run without owner is to go on by itself, in seconds since 1970: the clock on the wall is the one
    that a reboot doesn't set back. 0 is at once, None not before somebody answers. `deaths` counts how often in a row
    an owner died without getting any further than the event numbered `progress`."""

    run: str
    owner: str = ""
    epoch: int = 0
    due: float | None = None
    deaths: int = 0
    progress: int = 0


@dataclass(frozen=True)
class Request:
    """What another process asks of the owner of a run. `outcome` is None until the owner has seen to it; then empty,
    or the `code`, `message` and `hint` of its refusal."""

    run: str
    number: int
    kind: Kind
    data: Mapping[str, Any]
    outcome: Mapping[str, Any] | None = None


class Claims(Protocol):
    """The part of a `RunStore` that says who owns what."""

    async def claim(
        self, run_id: str, epoch: int, owner: str, until: float, *, progress: int = 0
    ) -> RunRecord:
        """Make the run `owner`'s, if its epoch is still this one, and give it back as it is now, running. `progress` is
        the number of the last event that got it further.

        `Conflict` if somebody else was faster (`not-owner`) or it is over (`run-over`), `NotFound` without such a run."""
        ...

    async def release(self, run_id: str, epoch: int, status: Status, due: float | None) -> None:
        """Own the run no longer: it is `queued`, or `waiting` until somebody answers or the time is `due`. Nothing
        happens if it is over; `Conflict` (`not-owner`) if it is another's."""
        ...

    async def of(self, run_id: str) -> Claim | None:
        """None for a run that is over, or isn't there."""
        ...

    async def due(self, now: float, limit: int) -> list[str]:
        """Runs without owner that are to go on by now: the longest due first, then the oldest."""
        ...

    async def owned(self, owner: str, limit: int) -> list[str]:
        """Runs of that owner, the oldest first."""
        ...

    async def owners(self) -> dict[str, float | None]:
        """Whoever owns a run, with the end of the lease; None if nothing is known of that."""
        ...

    async def beat(self, owner: str, until: float) -> None:
        """Its lease holds until then."""
        ...

    async def leave(self, owner: str) -> None:
        """The owner is gone for good, and owns nothing: nobody has to remember it."""
        ...

    async def ask(self, run_id: str, kind: Kind, data: Mapping[str, Any]) -> int:
        """Put a request to the run's owner; its number."""
        ...

    async def requests(self, owner: str) -> list[Request]:
        """What that owner hasn't seen to yet, in the order it was asked."""
        ...

    async def settle(self, run_id: str, number: int, outcome: Mapping[str, Any]) -> None:
        """The owner has seen to it."""
        ...

    async def withdraw(self, run_id: str, number: int) -> Request | None:
        """Take the request back; as it stood, None if it is gone already."""
        ...

    async def request(self, run_id: str, number: int) -> Request | None: ...


def first_due(status: Status, owner: str) -> float | None:
    """When a run goes on by itself that was just put down: one that nobody owns, at once."""
    return None if owner or status == "waiting" else 0.0


def not_owner(run_id: str) -> Conflict:
    return Conflict(
        f"The run {run_id} is another process's now.",
        code="not-owner",
        hint="It goes on there: 'weft runs watch' follows it.",
    )
