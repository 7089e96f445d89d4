"""Claims, leases and requests of runs that are kept in memory."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from weft.runs.record import RunRecord, Status
from weft.runs.store.claims import Claim, Kind, Request, first_due
from weft.runs.store.protocol import check_epoch, missing, over


class MemoryClaims:
    """Over the records of a `MemoryStore`, in whose place it puts others."""

    def __init__(self, records: dict[str, RunRecord]) -> None:
        self._records = records
        self._claims: dict[str, Claim] = {}
        self._began: dict[str, str] = {}
        self._leases: dict[str, float] = {}
        self._requests: dict[tuple[str, int], Request] = {}

    def begin(self, record: RunRecord, until: float | None) -> None:
        due = first_due(record.status, record.owner)
        self._claims[record.id] = Claim(record.id, record.owner, record.epoch, due)
        self._began[record.id] = record.owner
        if record.owner and until is not None:
            self._leases[record.owner] = until

    def check(self, run_id: str, epoch: int | None) -> None:
        if run_id in self._claims:
            check_epoch(run_id, self._claims[run_id].epoch, epoch)

    def let_go(self, run_id: str) -> RunRecord:
        """The run is over: its record as it is from then on."""
        del self._claims[run_id]
        return self._records[run_id].model_copy(update={"owner": self._began[run_id], "epoch": 0})

    def at_once(self, run_id: str) -> None:
        self._claims[run_id] = replace(self._claims[run_id], due=0.0, owner="")
        self._records[run_id] = self._records[run_id].model_copy(update={"owner": ""})

    async def claim(
        self, run_id: str, epoch: int, owner: str, until: float, *, progress: int = 0
    ) -> RunRecord:
        found = self._held(run_id, epoch)
        died = bool(found.owner)
        deaths = 0 if progress > found.progress or not died else found.deaths
        self._claims[run_id] = Claim(
            run_id, owner, epoch + 1, None, deaths + died, max(progress, found.progress)
        )
        self._leases[owner] = until
        changes = {"owner": owner, "epoch": epoch + 1, "status": "running"}
        made = self._records[run_id] = self._records[run_id].model_copy(update=changes)
        return made.model_copy(deep=True)

    async def release(self, run_id: str, epoch: int, status: Status, due: float | None) -> None:
        if self._found(run_id).over:
            return
        found = self._held(run_id, epoch)
        self._claims[run_id] = replace(found, owner="", due=due)
        self._records[run_id] = self._records[run_id].model_copy(update={"owner": "", "status": status})

    async def of(self, run_id: str) -> Claim | None:
        return self._claims.get(run_id)

    async def due(self, now: float, limit: int) -> list[str]:
        due = sorted((one.due, one.run) for one in self._claims.values() if one.due is not None)
        return [run for when, run in islice(due, limit) if when <= now]

    async def owned(self, owner: str, limit: int) -> list[str]:
        return sorted(one.run for one in self._claims.values() if owner and one.owner == owner)[:limit]

    async def owners(self) -> dict[str, float | None]:
        return {one.owner: self._leases.get(one.owner) for one in self._claims.values() if one.owner}

    async def beat(self, owner: str, until: float) -> None:
        self._leases[owner] = until

    async def leave(self, owner: str) -> None:
        self._leases.pop(owner, None)

    async def ask(self, run_id: str, kind: Kind, data: Mapping[str, Any]) -> int:
        self._found(run_id)
        number = max((one for run, one in self._requests if run == run_id), default=0) + 1
        self._requests[run_id, number] = Request(run_id, number, kind, dict(data))
        return number

    async def requests(self, owner: str) -> list[Request]:
        asked = [self._requests[key] for key in sorted(self._requests)]
        mine = {one.run for one in self._claims.values() if one.owner == owner}
        return [one for one in asked if one.run in mine and one.outcome is None]

    async def settle(self, run_id: str, number: int, outcome: Mapping[str, Any]) -> None:
        if (found := self._requests.get((run_id, number))) is not None:
            self._requests[run_id, number] = replace(found, outcome=dict(outcome))

    async def withdraw(self, run_id: str, number: int) -> Request | None:
        return self._requests.pop((run_id, number), None)

    async def request(self, run_id: str, number: int) -> Request | None:
        return self._requests.get((run_id, number))

    def _found(self, run_id: str) -> RunRecord:
        if run_id not in self._records:
            raise missing(run_id)
        return self._records[run_id]

    def _held(self, run_id: str, epoch: int) -> Claim:
        if self._found(run_id).over:
            raise over(run_id)
        self.check(run_id, epoch)
        return self._claims[run_id]
