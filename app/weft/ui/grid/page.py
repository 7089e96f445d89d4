"""The page `/flows/{slug}/grid`: what is compared on the left, what came of it as a table."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from nicegui import Client, ui
from pydantic import ValidationError

from weft.engine.cost import dollars
from weft.model.changes import Change, SetDefaults, Transaction
from weft.model.errors import Conflict, DocumentError, WeftError
from weft.runs.service import RunService
from weft.ui import assets, dialogs
from weft.ui.elements import Box, Page, icon, theme_button
from weft.ui.grid.runs import GridRun, GridRuns
from weft.ui.grid.showing import cell_json, column_json, detail_json, texts_of
from weft.ui.history.asking import Asking
from weft.ui.looking import chip, page_classes
from weft.ui.models import models, providers_of
from weft.workspace.editing.documents import Documents, OpenDocument
from weft.workspace.editing.told import Applied
from weft.workspace.grid import Cell, Done, Grid, as_csv, columns, costs_of
from weft.workspace.grid.planned import Wanted, data_files, keep_wanted, made_of, read_wanted
from weft.workspace.testing.adding import cases_of

PAGE = 50
BEAT = 0.2  # seconds between two updates of a table that fills


class Setup(Asking):
    """See `static/ui/grid_setup.js`."""

    component = assets.component("grid_setup.js")


class Table(Asking):
    """See `static/ui/grid_table.js`."""

    component = assets.component("grid_table.js")


class GridPage:
    """One page on the grid of one flow."""

    def __init__(
        self, client: Client, document: OpenDocument, runs: RunService, running: GridRun, choices: list[str]
    ) -> None:
        self._client, self._document, self._runs, self._running = client, document, runs, running
        self._choices = choices
        self._wanted = Wanted()
        self._grid: Grid | None = None
        self._cells: list[Cell] = []
        self._found: dict[Cell, Done] = {}
        self._rev = document.rev
        self._came: list[Cell] = []
        self._beat: asyncio.TimerHandle | None = None
        self._draw()
        client.on_delete(running.listen(self._heard))  # pyright: ignore[reportUnknownMemberType]
        client.on_delete(document.subscribe(self._changed))  # pyright: ignore[reportUnknownMemberType]

    def _draw(self) -> None:
        document, address = self._document, f"/flows/{quote(self._document.slug, safe='')}"
        name = document.flow.name or document.slug
        with Box("div", page_classes("w-gallery w-grid-page", document.workspace)):
            self._page = Page(shortcuts=True, on_command=self._command)
            with Box("header", "w-gallery-top"):
                back = Box("a", "w-button w-button--icon", attributes={"href": address})
                with back.attributes(aria_label="Back to the flow", data_tip="Back to the flow"):
                    icon("back")
                back.attributes(data_tip_side="right")
                with Box("h1", "w-brand w-grow w-ellipsis"):
                    Box("span", "w-ellipsis", name)
                    Box("span", "w-muted w-grid-title", "Compare prompts and models")
                chip(document.workspace)
                theme_button()
            with Box("main", "w-grid-body"):
                self._setup = Setup(
                    {"look": self.look, "want": self.want, "run": self.run, "stop": self.stop}
                )
                self._setup.mark("grid-setup")
                answers = {"page": self.page, "cell": self.cell, "take": self.take, "undo": self.undo}
                self._table = Table({**answers, "csv": self.csv})
                self._table.mark("grid-table")
                self._table.put({"flow": address})

    # What the page asks for -----------------------------------------------------------------------------------------

    async def look(self) -> dict[str, Any]:
        """What was wanted last, and what can be chosen."""
        document, workspace = self._document, self._document.workspace
        self._wanted = await asyncio.to_thread(read_wanted, workspace, document.slug)
        files = await asyncio.to_thread(data_files, workspace)
        path = await asyncio.to_thread(workspace.find, document.slug)
        cases = await asyncio.to_thread(cases_of, path)
        return {
            "wanted": self._wanted.model_dump(),
            "files": files,
            "cases": [name for name, case in cases.cases.items() if case.expect],
            "texts": texts_of(document.flow, document.ports),
            "models": self._choices,
            "inputs": list(document.flow.inputs),
            "outputs": list(document.flow.outputs),
        }

    async def want(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Take what the form says; what is wrong with it, or what it would cost."""
        try:
            self._wanted = Wanted.model_validate(dict(wanted))
        except ValidationError as problem:
            first = problem.errors()[0]
            raise DocumentError(
                f"{'.'.join(map(str, first['loc']))}: {first['msg']}", code="bad-input"
            ) from None
        await asyncio.to_thread(keep_wanted, self._document.workspace, self._document.slug, self._wanted)
        return await self._taken()

    async def run(self) -> str:
        """Run what is missing; asks first, if it costs something. What keeps it from running, "" if nothing does."""
        grid = self._grid
        if grid is None or self._running.active:
            return ""
        if self._rev != self._document.rev:
            await self._taken()
            return "The flow was changed meanwhile: look at the estimate again."
        missing = [
            cell for cell in grid.cells() if cell not in self._found or cell.key in self._running.failed
        ]
        workspace = self._document.workspace
        try:
            for variant in grid.variants:
                workspace.trusted.refuse(variant.flow, grid.slug)
        except WeftError as refused:
            return f"{refused.message} Open the flow and run it once: what it can do is shown first."
        begin = partial(self._begin, grid, missing)
        costs = await costs_of(workspace, grid, missing)
        if not (costs.total.high or costs.unpriced):
            begin("run")
            return ""
        most = self._wanted.max_cost
        limit = f" It spends at most {dollars(most)}." if most is not None else ""
        answers = (("cancel", "Cancel", ""), ("run", "Run them", "primary"))
        text = f"{_count(len(missing))} will cost {costs.sentence()}.{limit}"
        with self._page:
            dialogs.ask("Run the grid", text, answers, begin)
        return ""

    def stop(self) -> None:
        self._running.stop()

    def page(self, start: int = 0) -> dict[str, Any]:
        """Rows of the table, from one on, and how each column did."""
        grid, running = self._grid, self._running
        state = {"active": running.active, "done": running.done, "total": running.total, "said": running.said}
        state["spent"] = dollars(running.spent) if running.spent else ""
        if grid is None:
            return {"columns": [], "rows": [], "count": 0, "start": 0, "running": state}
        start = max(0, min(int(start), len(grid.rows) - 1)) // PAGE * PAGE
        wide = len(grid.variants) * len(grid.models)
        cells = self._cells[start * wide : (start + PAGE) * wide]
        rows: dict[int, list[dict[str, Any] | None]] = {}
        for cell in cells:
            rows.setdefault(cell.row, []).append(cell_json(self._found.get(cell), bool(grid.scoring.score)))
        return {
            "columns": [column_json(one) for one in columns(grid, self._found)],
            "scored": bool(grid.scoring.score),
            "rows": [
                {"row": number, "inputs": dict(grid.rows[number].inputs), "cells": made}
                for number, made in rows.items()
            ],
            "count": len(grid.rows),
            "start": start,
            "running": state,
        }

    def cell(self, row: int, column: int) -> dict[str, Any]:
        """All of a cell, and the run that it is best compared with: the same row of the flow as it is."""
        grid = self._grid
        if grid is None:
            return {}
        wide = len(grid.variants) * len(grid.models)
        cells = self._cells[int(row) * wide : (int(row) + 1) * wide]
        first = self._found.get(cells[0])
        return detail_json(
            grid.rows[int(row)], cells[int(column)], self._found.get(cells[int(column)]), first
        )

    def take(self, column: int) -> str:
        """Make the flow this variant, with this model: one change, that can be undone. What was done, in words."""
        grid = self._grid
        if grid is None or self._rev != self._document.rev:
            raise Conflict("The flow was changed meanwhile.", code="changed", hint="Look at the grid again.")
        variant, model = [(one, model) for one in grid.variants for model in grid.models][int(column)]
        changes: list[Change] = [*variant.changes]
        if model:
            defaults = self._document.flow.defaults.model_copy(update={"model": model})
            changes.append(SetDefaults(defaults=defaults))
        if not changes:
            return "That is the flow as it is."
        name = ", ".join(part for part in (variant.name if variant.changes else "", model) if part)
        label = f"Take “{name[:60]}”"
        self._document.submit(
            Transaction(changes=tuple(changes), label=label, source=self._person), self._person
        )
        return f"The flow has {name!r} now."

    def undo(self) -> str:
        """Take back what was taken last."""
        return (
            "Taken back."
            if self._document.undo(self._person) is not None
            else "There is nothing to take back."
        )

    def csv(self) -> str:
        """All cells that were run."""
        grid = self._grid
        return (
            as_csv(grid, {cell: self._found[cell] for cell in self._cells if cell in self._found})
            if grid
            else ""
        )

    # ----------------------------------------------------------------------------------------------------------------

    @property
    def _person(self) -> str:
        """As the editor's: what is taken here can be undone there, in the same tab."""
        return self._client.tab_id or self._client.id

    async def _taken(self) -> dict[str, Any]:
        """Make the grid of what is wanted, and tell the table."""
        document, workspace = self._document, self._document.workspace
        self._rev = document.rev
        wanted = self._wanted
        grid, wrong, notes = await asyncio.to_thread(made_of, workspace, document.slug, document.flow, wanted)
        self._grid, self._cells, self._found = grid, [], {}
        said, missing = "", list[Cell]()
        if grid is not None:
            self._cells = await asyncio.to_thread(lambda: list(grid.cells()))
            self._found = await asyncio.to_thread(self._kept, grid, self._cells)
            missing = [
                cell for cell in self._cells if cell not in self._found or cell.key in self._running.failed
            ]
            try:
                costs = await costs_of(workspace, grid, missing)
                free = not (costs.total.high or costs.unpriced)
                said = "no cost" if free else costs.sentence()
            except WeftError as problem:
                wrong = {"run": problem.message}
        self._table.run_method("restart")
        return {
            "wrong": wrong,
            "notes": notes,
            "rows": len(grid.rows) if grid else 0,
            "more": list(dict.fromkeys(name for row in grid.rows for name in row.more)) if grid else [],
            "cells": len(self._cells),
            "missing": len(missing),
            "cost": said,
            "active": self._running.active,
        }

    def _kept(self, grid: Grid, cells: list[Cell]) -> dict[Cell, Done]:
        failed = self._running.failed
        known = ((cell, grid.done(cell) or failed.get(cell.key)) for cell in cells)
        return {cell: done for cell, done in known if done is not None}

    def _begin(self, grid: Grid, cells: list[Cell], answer: str) -> None:
        if answer == "run":
            for cell in cells:
                self._found.pop(cell, None)
            self._running.start(self._document.workspace, self._runs, grid, cells, self._wanted.max_cost)

    def _heard(self, cell: Cell | None) -> None:
        if cell is not None:
            self._came.append(cell)
        if self._beat is None:
            self._beat = asyncio.get_running_loop().call_later(BEAT, self._show)

    def _show(self) -> None:
        """What came since: the table reads it, and the form what is left to be run."""
        self._beat = None
        came, self._came = self._came, []
        if self._grid is not None:
            mine = set(self._cells) if came else set[Cell]()
            self._found |= self._kept(self._grid, [cell for cell in came if cell in mine])
        self._table.run_method("refresh")
        self._setup.run_method("moved", self._running.active)

    def _changed(self, event: object) -> None:
        if isinstance(event, Applied):
            self._setup.run_method("again")

    async def _command(self, name: str) -> None:
        if name == "undo":
            self._page.toast(self.undo())


async def grid_page(
    client: Client, documents: Documents, runs: RunService, grids: GridRuns, slug: str
) -> None:
    """Build the page for this client. Raises `WeftError` when there is no such flow or it can't be read."""
    document = await documents.open(slug)
    workspace = documents.workspace
    default = await asyncio.to_thread(lambda: workspace.default_model)
    choices = await asyncio.to_thread(providers_of, workspace)
    await asyncio.to_thread(lambda: workspace.catalog)
    assets.link("ui/gallery.css", "ui/tests.css", "ui/grid.css")
    ui.page_title(f"Compare · {document.flow.name or slug}")
    GridPage(client, document, runs, grids.of(slug), [str(one) for one in models(document, default, choices)])


def _count(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs:,} runs"
