"""Runs kept as long as the process lives: for tests, and where nothing can be written."""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Unpack

from weft.engine.events import Event
from weft.runs.earlier.durations import durations_of
from weft.runs.record import RunRecord, Status, now
from weft.runs.sessions import Session, busy
from weft.runs.store.codec import Batch, decode, encode
from weft.runs.store.listing import Filters, Wanted
from weft.runs.store.memory_claims import MemoryClaims
from weft.runs.store.protocol import check_next, follows, missing, no_event, taken


class MemoryStore:
    """A `RunStore` of dictionaries. Events are kept as text, so that nobody can change them afterwards."""

    def __init__(self) -> None:
        self._records: dict[str, RunRecord] = {}
        self._rows: dict[str, list[Batch]] = {}
        self._sessions: dict[tuple[str, str], Session] = {}
        self.claims = MemoryClaims(self._records)

    async def create(self, record: RunRecord, until: float | None = None) -> None:
        if record.id in self._records:
            raise taken(record.id)
        self._refuse_busy(record.flow, record.options.get("session"))
        self._records[record.id] = record.model_copy(deep=True)
        self._rows[record.id] = []
        self.claims.begin(record, until)

    async def append(
        self,
        run_id: str,
        events: Sequence[Event],
        session: Session | None = None,
        *,
        epoch: int | None = None,
        then: Status | None = None,
    ) -> None:
        record = self._records.get(run_id)
        if record is None:
            raise missing(run_id)
        rows = self._rows[run_id]
        self.claims.check(run_id, epoch)
        check_next(run_id, len(rows), record.over, events)
        encoded = [encode(run_id, [event])[0] for event in events]
        if events and events[-1].kind == "run-finished":
            self._records[run_id] = self.claims.let_go(run_id).ended(events[-1].data, now())
        elif (status := then or follows(record.status)) is not None:
            self._records[run_id] = record.model_copy(update={"status": status})
            if status == "queued":
                self.claims.at_once(run_id)
        rows.extend(encoded)
        if session is not None:
            self._sessions[session.flow, session.name] = deepcopy(session)

    async def mark(self, run_id: str, status: Status, *, epoch: int | None = None) -> None:
        record = self._records.get(run_id)
        if record is None:
            raise missing(run_id)
        self.claims.check(run_id, epoch)
        if not record.over:
            self._records[run_id] = record.model_copy(update={"status": status})

    async def session(self, flow: str, name: str) -> Session | None:
        return deepcopy(self._sessions.get((flow, name)))

    async def sessions(self, flow: str | None = None) -> list[Session]:
        found = sorted(deepcopy([*self._sessions.values()]), key=lambda one: (one.flow, one.name))
        found.sort(key=lambda one: one.updated, reverse=True)
        return [one for one in found if flow in (None, one.flow)]

    async def revise(self, flow: str, name: str, change: Callable[[Session], Session]) -> bool:
        self._refuse_busy(flow, name)
        found = self._sessions.get((flow, name))
        if found is not None:
            self._sessions[flow, name] = change(deepcopy(found))
        return found is not None

    async def forget(self, flow: str, name: str) -> bool:
        self._refuse_busy(flow, name)
        return self._sessions.pop((flow, name), None) is not None

    def _refuse_busy(self, flow: str, name: str | None) -> None:
        for record in self._records.values():
            of_it = record.flow == flow and record.options.get("session") == name
            if name is not None and of_it and not record.over:
                raise busy(flow, name, record.id)

    async def events(self, run_id: str, after: int = 0, limit: int | None = None) -> list[Event]:
        rows = self._rows.get(run_id, [])[max(0, after) :]
        return [event for row in rows[:limit] for event in decode(run_id, row, row.data)]

    def peek(self, run_id: str, seq: int) -> Event:
        rows = self._rows.get(run_id, [])
        if not 0 < seq <= len(rows):
            raise no_event(run_id, seq)
        row = rows[seq - 1]
        return decode(run_id, row, row.data)[0]

    async def get(self, run_id: str) -> RunRecord | None:
        record = self._records.get(run_id)
        return record.model_copy(deep=True) if record is not None else None

    async def list(self, *, limit: int = 50, **wanted: Unpack[Filters]) -> list[RunRecord]:
        all_of = Wanted(**wanted)
        found = [
            record.model_copy(update={"document": ""}, deep=True)
            for _, record in sorted(self._records.items(), reverse=True)
            if all_of.holds(record)
        ]
        return found[:limit]

    async def durations(self, flow: str, runs: int) -> Sequence[Mapping[str, float]]:
        newest = sorted(self._records.values(), key=lambda record: record.id, reverse=True)
        found = [one.id for one in newest if one.flow == flow and one.status == "succeeded"]
        heads = ([json.loads(row.heads)[0] for row in self._rows[one]] for one in found[:runs])
        return [durations_of((path, kind, at) for kind, path, at in run) for run in heads]

    async def close(self) -> None:
        """Nothing to let go: the runs stay until the store itself does."""
