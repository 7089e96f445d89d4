"""The tab History: the runs of this flow, the newest first, those of other tabs and programs as they come."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from nicegui.events import GenericEventArguments

from weft.model.errors import WeftError
from weft.runs.record import RunRecord
from weft.runs.service import RunService
from weft.ui import assets
from weft.ui.dock import Dock
from weft.ui.history.asking import Asking
from weft.ui.history.looking import Looking
from weft.ui.history.revisions import Revisions
from weft.ui.history.rows import forked_from, moment, row
from weft.ui.session import Session
from weft.workspace.flows.renames import runs_of

PAGE = 100
LOOK = 1.0  # seconds between two looks at what has come, while the tab is open
OPEN = 40
"""Runs that aren't over, of those listed, that are looked at again each time."""


class Runs(Asking):
    """See `static/ui/runs.js`. `on_compare` is called with one or two runs, `on_again` with one to go on with."""

    component = assets.component("runs.js")

    def __init__(
        self,
        answers: Mapping[str, Callable[..., Any]],
        on_compare: Callable[[GenericEventArguments], Any],
        on_again: Callable[[GenericEventArguments], Any],
    ) -> None:
        super().__init__(answers)
        self.on("compare", on_compare)
        self.on("again", on_again)


class Listing:
    """Reads pages as the list asks for them, and what is new while it is seen."""

    def __init__(
        self,
        session: Session,
        dock: Dock,
        runs: RunService,
        looking: Looking,
        revisions: Revisions,
        on_compare: Callable[[GenericEventArguments], Any],
        on_again: Callable[[GenericEventArguments], Any],
    ) -> None:
        self._session, self._dock, self._runs = session, dock, runs
        self._looking, self._revisions = looking, revisions
        self.on_test: Callable[[str], Any] = lambda run_id: None
        """Called with the id of a run that is to become a test."""
        self._status: str | None = None
        self._newest = ""
        self._open: dict[str, str] = {}
        """The runs listed that aren't over, with their status."""
        self._began: dict[str, float | None] = {}
        self._hash = ""
        self._watching: asyncio.Task[None] | None = None
        with dock.body("history"):
            self._list = Runs(
                {"page": self.page, "open": self.open, "test": self.test},
                on_compare,
                on_again,
            )
        self._list.mark("history")
        dock.listeners.append(self._seen)

    async def page(self, before: str | None = None, status: str | None = None) -> dict[str, Any]:
        """The runs before one, or the newest."""
        if before is None:
            self._status, self._open = status or None, {}
            await self._revisions.look()
        records = await self._listed(status=self._status, limit=PAGE, before=before)
        if before is None:
            self._newest = records[0].id if records else ""
            self._hash = self._session.whole.flow.hash
        return {"rows": await self._rows(records), "more": len(records) == PAGE}

    async def open(self, run_id: str) -> bool:
        """Show that run in place of the present one; the one that is shown already is put away."""
        past = self._session.past
        if past is not None and past.record.id == run_id:
            self._looking.back()
            return True
        return await self._looking.open(run_id)

    def test(self, run_id: str) -> Any:
        """Make that run a test."""
        return self.on_test(run_id)

    async def before(self, run_id: str) -> str | None:
        """The run of the flow that began before this one."""
        found = await self._listed(limit=1, before=run_id)
        return found[0].id if found else None

    async def _listed(self, **wanted: Any) -> list[RunRecord]:
        """Of the flow's runs, also those under a slug it had before."""
        root = self._session.document.workspace.root
        return await runs_of(self._runs.runs, root, self._session.running.slug, **wanted)

    def show_opened(self) -> None:
        past = self._session.past
        self._list.put({"shown": past.record.id if past is not None else ""})

    def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()

    # What comes while it is seen ------------------------------------------------------------------------------------

    def _seen(self) -> None:
        if self._dock.open == "history" and (self._watching is None or self._watching.done()):
            self._watching = asyncio.create_task(
                self._watch(), name=f"history of {self._session.document.slug}"
            )

    async def _watch(self) -> None:
        while self._dock.open == "history":
            try:
                await self._look()
            except WeftError as error:
                self._session.say(error.message, error.hint)
                return  # said once; opening the tab again tries again
            await asyncio.sleep(LOOK)

    async def _look(self) -> None:
        first = await self._listed(status=self._status, limit=PAGE)
        known = self._newest
        new = [record for record in first if record.id > known]
        listed = {record.id: record for record in first}
        changed = [
            record
            for run_id, status in list(self._open.items())[:OPEN]
            if (record := listed.get(run_id) or await self._runs.get(run_id)).status != status
        ]
        self._newest = first[0].id if first else known
        if self._session.whole.flow.hash != self._hash:
            self._hash = self._session.whole.flow.hash
            await self._revisions.look()
            self._list.run_method("restart")  # what is called the same as now is another
        elif new or changed:
            self._list.run_method("patch", await self._rows(new), await self._rows(changed))

    async def _rows(self, records: list[RunRecord]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for record in records:
            if record.over:
                self._open.pop(record.id, None)
            else:
                self._open[record.id] = record.status
            self._began[record.id] = moment(record.created)
            origin = await self._origin(forked_from(record))
            rows.append(row(record, self._revisions.words(record.hash), self._session.names().full, origin))
        return rows

    async def _origin(self, run_id: str) -> float | None:
        """When the run began that another was forked from."""
        if run_id and run_id not in self._began:
            try:
                self._began[run_id] = moment((await self._runs.get(run_id)).created)
            except WeftError:
                self._began[run_id] = None  # it has been let go
        return self._began.get(run_id)
