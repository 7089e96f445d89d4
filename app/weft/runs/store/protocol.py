"""Where runs are kept: an append-only log of events each, and what is derived from it.

Every store passes `tests/runs/store/store_contract.py`. What it has said yes to, it keeps: `create` and `append`
return when their effect is durable (for as long as the store itself is).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, Unpack

from weft.engine.events import Event
from weft.model.errors import Conflict, NotFound
from weft.runs.record import RunRecord, Status
from weft.runs.sessions import Session
from weft.runs.store.claims import Claims, not_owner
from weft.runs.store.listing import Filters


class RunStore(Protocol):
    @property
    def claims(self) -> Claims:
        """Who owns which run."""
        ...

    async def create(self, record: RunRecord, until: float | None = None) -> None:
        """Begin the log of a run, and the claim of its owner if it has one, whose lease holds until then. `Conflict` if there is a run of that id, or if its options name a `session` of which
        another run isn't over (`session-busy`)."""
        ...

    async def append(
        self,
        run_id: str,
        events: Sequence[Event],
        session: Session | None = None,
        *,
        epoch: int | None = None,
        then: Status | None = None,
    ) -> None:
        """Add the next events, all or none; a `run-finished` also ends the run's record, in the same transaction.
        So is `session` put down, what the next run of the run's session begins with. A run that was queued runs then,
        or has the status `then`; one that is queued then goes on at once.

        `NotFound` without such a run. `Conflict` if its claim has another `epoch` (`not-owner`). `Conflict` if the run is over (`run-over`), or if the first isn't numbered one
        past the last that is there, or they aren't numbered in a row (`out-of-order`)."""
        ...

    async def mark(self, run_id: str, status: Status, *, epoch: int | None = None) -> None:
        """Give a run that isn't over another status, such as `waiting`; one that is over stays as it ended. `Conflict`
        if its claim has another `epoch` (`not-owner`)."""
        ...

    async def session(self, flow: str, name: str) -> Session | None:
        """What the next run of that session begins with; None if there was none yet."""
        ...

    async def sessions(self, flow: str | None = None) -> "list[Session]":
        """Those of a flow, or all; the last used first."""
        ...

    async def revise(self, flow: str, name: str, change: Callable[[Session], Session]) -> bool:
        """Put down what `change` makes of a session, in its place; False if there is none. `Conflict` (`session-busy`)
        while a run of it isn't over."""
        ...

    async def forget(self, flow: str, name: str) -> bool:
        """Let a session go; False if there is none. `Conflict` (`session-busy`) while a run of it isn't over."""
        ...

    async def events(self, run_id: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """The events numbered past `after`, in order, at most `limit`, and fewer where they are large; none if there
        are none, or no such run."""
        ...

    def peek(self, run_id: str, seq: int) -> Event:
        """The event of that number, at once, on whichever thread asks. `NotFound` if it isn't there."""
        ...

    async def get(self, run_id: str) -> RunRecord | None: ...

    async def list(self, *, limit: int = 50, **wanted: Unpack[Filters]) -> "list[RunRecord]":
        """The newest runs first, without their documents: those that all of `listing.Wanted` holds for. `before` is
        the last id of the page before."""
        ...

    async def durations(self, flow: str, runs: int) -> Sequence[Mapping[str, float]]:
        """What the steps of the flow's last successful runs took, in seconds by path; the newest run first."""
        ...

    async def close(self) -> None: ...


def check_next(run_id: str, last: int, ended: bool, events: Sequence[Event]) -> None:
    """Refuse events that aren't the next ones of the run's log, whose last is numbered `last`."""
    if ended:
        raise over(run_id)
    ends = [event.kind for event in events[:-1]].count("run-finished")
    if not ends and [event.seq for event in events] == [*range(last + 1, last + 1 + len(events))]:
        return
    for number, event in enumerate(events, last + 1):
        if event.seq != number:
            raise Conflict(
                f"The run {run_id} has {last} events, and number {event.seq} was to come where {number} belongs.",
                code="out-of-order",
            )
        if event.kind == "run-finished" and number != last + len(events):
            raise Conflict(f"The run {run_id} would go on after its end.", code="run-over")


def missing(run_id: str) -> NotFound:
    return NotFound(f"There is no run {run_id!r} here.", code="no-run", hint="'weft runs' lists them.")


def over(run_id: str) -> Conflict:
    return Conflict(f"The run {run_id} is over, and what is over doesn't change.", code="run-over")


def moved(problem: Conflict) -> bool:
    """Whether this was said because somebody else has written to the run meanwhile: it is to be looked at again."""
    return problem.code in ("not-owner", "run-over", "out-of-order")


def check_epoch(run_id: str, held: int, epoch: int | None) -> None:
    """Refuse whoever writes under a claim that isn't the run's any more."""
    if epoch is not None and epoch != held:
        raise not_owner(run_id)


def follows(status: Status) -> Status | None:
    """The status of a run that had this one once an event of it is put down; None if it stays."""
    return "running" if status == "queued" else None


def taken(run_id: str) -> Conflict:
    return Conflict(f"There is a run {run_id!r} already.", code="run-exists")


def no_event(run_id: str, seq: int) -> NotFound:
    return NotFound(f"The run {run_id!r} has no event {seq}.", code="no-event")
