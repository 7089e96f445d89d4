"""All of the past in one editor: its two bars, its tabs in the dock, and who tells whom."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from nicegui.events import GenericEventArguments

from weft.runs.service import RunService
from weft.ui import assets
from weft.ui.dock import Dock
from weft.ui.elements import Page
from weft.ui.history.beside import Beside
from weft.ui.history.data import DataTab
from weft.ui.history.forks import TAKEN, Forks
from weft.ui.history.listing import Listing
from weft.ui.history.looking import Looking
from weft.ui.history.looking import Run as Shows
from weft.ui.history.revisions import Revisions
from weft.ui.session import Session

LEAVE = frozenset(["run", "run-fresh", "run-until", "run-only", "undo", "redo", "plan"])
"""Commands that are about what is now: whoever gives one goes back to it."""


class Run(Shows, Protocol):
    @property
    def chosen(self) -> str: ...


class History:
    """Made before the canvas; `draw_tabs` once the dock and the Run tab are there."""

    def __init__(self, session: Session, page: Page, runs: RunService) -> None:
        self._session, self._page, self._runs = session, page, runs
        self._revisions = Revisions(session.whole)
        self.looking = Looking(session, page, runs, self._revisions)
        self._forks = Forks(session, page, self._forked)
        self._dock: Dock
        self._run: Run

    def draw_tabs(self, dock: Dock, run: Run) -> None:
        assets.link("ui/past.css", "ui/history.css", "ui/beside.css", "ui/compare.css", "ui/values.css")
        self._dock, self._run, self.looking.run = dock, run, run
        session, runs = self._session, self._runs
        self._data = DataTab(session, dock, runs, self._forks, lambda: run.chosen)
        self._list = Listing(
            session, dock, runs, self.looking, self._revisions, self._compared, self._resumed
        )
        self._beside = Beside(session, dock, runs, self._revisions, self._list.before, self.looking.open)
        self.looking.on_change = self._changed
        self.looking.on_compare = self._beside.show
        self.looking.on_resume = self._forks.resume

    def redraw(self) -> None:
        """The selection, or the run, is another."""
        self._data.redraw()

    def tested_by(self, make: Callable[[str], Any]) -> None:
        """From now on, call this with the id of a run that is to become a test."""
        self._list.on_test = make

    async def asked_for(self, address: Mapping[str, str]) -> None:
        """Show the run that the page's address names as `run`, and compare it with the one named as `with`."""
        if run_id := address.get("run", ""):
            await self.looking.open(run_id)
            if other := address.get("with", ""):
                await self._beside.show(run_id, other)

    def takes(self, name: str) -> bool:
        """Whether a command is about the past run that is shown. One that is about now leads back to it."""
        if self._session.past is None:
            return False
        if name in LEAVE:
            self.looking.back()
        return name in TAKEN

    def command(self, name: str, more: Mapping[str, Any]) -> Any:
        """Do such a command; what takes time is returned, to be awaited."""
        return self._forks.command(name, str(more.get("node", "")))

    def close(self) -> None:
        self.looking.close()
        self._list.close()

    def _changed(self) -> None:
        self._list.show_opened()

    def _forked(self) -> None:
        """A new run has begun: it is the present one."""
        self.looking.back()
        self._dock.choose("run")

    async def _compared(self, event: GenericEventArguments) -> None:
        ids = [str(run_id) for run_id in event.args["ids"]]
        await self._beside.show(*ids[:2])

    async def _resumed(self, event: GenericEventArguments) -> None:
        await self._forks.resume(str(event.args["id"]))
