"""The workspace: where it is, which versions run, and what a look at it finds, with repairs."""

import asyncio
import platform
import sqlite3
from importlib.metadata import version

from weft import __version__
from weft.model.errors import WeftError
from weft.ui.elements import Box, Page, button
from weft.workspace import Workspace
from weft.workspace.health.finding import Finding
from weft.workspace.health.whole import examine

TONES = {"ok": "ok", "note": "", "warning": "warn", "error": "error"}


class Health:
    def __init__(self, workspace: Workspace, page: Page) -> None:
        self._workspace, self._page = workspace, page
        with Box("dl", "w-facts"):
            for name, value in self._facts():
                Box("dt", text=name)
                Box("dd", "w-mono", value)
        with Box("div", "w-row"):
            self._look = button("Look whether all is well", self._examine, symbol="search").mark("examine")
            self._said = Box("span", "w-muted w-small", attributes={"role": "status"})
        self._list = Box("div", "w-list").show(False)

    def _facts(self) -> list[tuple[str, str]]:
        workspace = self._workspace
        recorded = workspace.recording or str(workspace.root / ".weft" / "weft.db")
        return [
            ("Folder", str(workspace.root)),
            ("Runs and edits", recorded),
            ("Weft", __version__),
            ("Python", platform.python_version()),
            ("SQLite, NiceGUI", f"{sqlite3.sqlite_version}, {version('nicegui')}"),
        ]

    async def _examine(self) -> None:
        self._look.attributes(disabled=True)
        self._said.text = "Looking at files, database, journal, backups…"
        try:
            found = await asyncio.to_thread(lambda: list(examine(self._workspace)))
        finally:
            self._look.attributes(disabled=None)
        wrong = [one for one in found if one.level in ("warning", "error")]
        many = "1 thing needs" if len(wrong) == 1 else f"{len(wrong)} things need"
        self._said.text = f"{many} your attention." if wrong else "All is well."
        self._list.clear()
        with self._list.show(True):
            for one in sorted(found, key=lambda one: ("error", "warning", "note", "ok").index(one.level)):
                self._row(one)

    def _row(self, one: Finding) -> None:
        with Box("div", "w-list-row"):
            tone = TONES[one.level]
            Box("span", f"w-chip{f' w-chip--{tone}' if tone else ''}", one.level)
            with Box("div", "w-grow w-list-text"):
                Box("div", text=one.message)
                if one.hint:
                    Box("div", "w-muted w-small", one.hint)
                done = Box("div", "w-small w-list-said", attributes={"role": "status"}).show(False)
            if one.repair is not None and one.level != "ok":
                act = button("Repair", small=True)
                act.on("click", lambda: self._repair(one, done, act), args=[])

    async def _repair(self, one: Finding, done: Box, act: Box) -> None:
        assert one.repair is not None
        try:
            said = await asyncio.to_thread(one.repair)
        except WeftError as error:
            said = f"{error.message} {error.hint}".strip()
        except (OSError, sqlite3.Error) as error:
            said = f"It can't be repaired now: {error}."
        else:
            act.show(False)
        done.show(True).text = said
