"""The editor, page `/flows/{slug}`: builds the panes and connects them."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from nicegui import Client, ui

from weft.model.errors import Conflict, WeftError
from weft.providers.choices import Choice
from weft.runs.service import RunService
from weft.ui import assets, dialogs
from weft.ui.canvas import Canvas
from weft.ui.changes.pane import Changes
from weft.ui.crumbs import Crumbs
from weft.ui.dock import Dock
from weft.ui.dock.around import Around
from weft.ui.dock.control import RUNS, RunControl
from weft.ui.dock.problems import Problems
from weft.ui.dock.run import RunTab
from weft.ui.elements import Box, Divider, Page
from weft.ui.history.editor import History
from weft.ui.inspector.panel import Inspector
from weft.ui.looking import page_classes
from weft.ui.models import models, providers_of
from weft.ui.outline import LeftPane
from weft.ui.palette import Palette
from weft.ui.quick_add import QuickAdd
from weft.ui.reshaping import COMMANDS as RESHAPES
from weft.ui.reshaping import Reshaping
from weft.ui.running import Runnings
from weft.ui.session import Session
from weft.ui.testing import Tests
from weft.ui.tool_servers import ToolServers
from weft.ui.topbar import TopBar, settle
from weft.ui.waiting import badge
from weft.workspace import Workspace
from weft.workspace.editing.documents import Documents, OpenDocument
from weft.workspace.editing.inside import inside

NOTHING: Mapping[str, Any] = {}


class State(Protocol):
    """What the server has that the pages need; it is there once the server has started."""

    workspace: Workspace
    documents: Documents
    runs: RunService


class Editor:
    """One tab: made for a client, closed with it."""

    def __init__(
        self,
        client: Client,
        state: State,
        runnings: Runnings,
        document: OpenDocument,
        model: str,
        choices: list[Choice],
    ) -> None:
        slug = document.slug
        self._waitings = runnings.waitings
        self._state, self._slug, self._model, self._choices = state, slug, model, choices
        self.session = Session(client, document, runnings.of(slug))
        self._inside = Crumbs(self.session)
        self._connections = 0
        self._address: Mapping[str, str] = client.request.query_params
        ui.page_title(document.flow.name or slug)
        with Box("div", page_classes("w-editor", state.workspace)):
            self.page = Page(shortcuts=True, on_command=self.command)
            self.session.say = self._say
            self.session.note = self.page.toast
            self._history = History(self.session, self.page, state.runs)
            self._top = TopBar(
                self.session,
                self.page,
                commands=self.command,
                models=models(document, model, choices),
                workspace_model=model,
                badge=partial(badge, runnings.waitings, client),
            )
            with Box("div", "w-body"):
                self._draw_left()
                self._draw_centre()
                self._draw_right()
        self.session.panes = [self._top, self._inspector, self._problems, self._run, self._history]
        self.session.panes += [self._changes, self._around, self._inside]
        self._canvas.on_ready = self._ready
        client.on_connect(self._connected)  # pyright: ignore[reportUnknownMemberType]
        client.on_delete(self._gone)  # pyright: ignore[reportUnknownMemberType]
        self.session.redraw()

    def _draw_left(self) -> None:
        with Box("aside", "w-pane w-pane--left", attributes={"aria-label": "Components"}):
            self._left = LeftPane(lambda: self.page.open_pane("left"))
            with self._left.components:
                self._palette = Palette(
                    self._state.workspace.catalog, self._add, ToolServers(self._state.workspace, self.page)
                )
            if self._state.workspace.read_only:
                self._left.only_outline()
            Divider("left", "Width of the palette", (180, 224, 400))

    def _draw_centre(self) -> None:
        with Box("main", "w-centre", attributes={"aria-label": "Canvas"}):
            self._inside.draw()
            self._history.looking.draw_bar()
            self._changes = Changes(self.session, self._history.looking.back, self._enter, self.page.keep)
            self._changes.draw_bar()
            with Box("div", "w-canvas"):
                self._canvas = Canvas(
                    self.session,
                    self._slug,
                    inside=self._inside.query,
                    on_command=self.command,
                    on_open=self._open,
                )
            self._quick = QuickAdd(
                self._state.workspace.catalog, self._add_at, lambda: self._canvas.command("focus")
            )
            self._history.looking.draw_player()
            self._dock = Dock()
            self._problems = Problems(self.session, self._dock, self.page)
            self._control = RunControl(self.session, self.page, self._dock)
            self._run = RunTab(self.session, self._dock, self._control)
            self._history.draw_tabs(self._dock, self._run)
            self._changes.draw_tab(self._dock)
            waitings, look_at = self._waitings, self._run.look_at
            self._around = Around(self.session, self.page, self._dock, waitings, self._control.form, look_at)
            tests = Tests(self.session, self.page, self._dock, self._state.runs)
            self._history.tested_by(tests.make_of)
            self._tabs = {
                **self._around.tabs,
                **tests.tabs,
            }

    def _draw_right(self) -> None:
        workspace = self._state.workspace
        with Box("aside", "w-pane w-pane--right", attributes={"aria-label": "Inspector"}):
            flows = [
                (entry.slug, entry.name)
                for entry in workspace.flows()
                if entry.slug != self._slug and not entry.error
            ]
            self._inspector = Inspector(
                self.session,
                workspace.catalog.get,
                flows,
                models(self.session.document, self._model, self._choices),
                self._model,
            )
            self._inspector.command = self.command
            Divider("right", "Width of the inspector", (260, 320, 560))

    # What a person asks for, by key, button or menu -------------------------------------------------------------

    def command(self, name: str, more: Mapping[str, Any] = NOTHING) -> Any:
        """Do what a key, a button or the canvas's menu stands for; a name of the canvas goes back to it.

        What takes time is returned, to be awaited by whoever handles the event.
        """
        if (tab := self._tabs.get(name)) is not None:
            return tab()
        if self._changes.takes(name):
            return self._changes.command(name, more)
        return self._history.command(name, more) if self._history.takes(name) else self._do(name, more)

    def _do(self, name: str, more: Mapping[str, Any]) -> Any:
        match name:
            case _ if name in RUNS:
                return self._control.command(name, str(more.get("node", "")))
            case _ if name in RESHAPES:
                return Reshaping(self.session, self._inside.deeper).command(name, more)
            case "step" | "answer":
                self._run.look_at(str(more.get("path") or self.session.step_of(str(more.get("node", "")))))
            case "stop":
                return self._run.stop()
            case "save":
                return self.save()
            case "file":
                return self._about_file()
            case "look":
                return self.look()
            case "undo" | "redo":
                return self.session.undo() if name == "undo" else self.session.redo()
            case "palette" if "screen" in more:
                self._quick.ask(more)
            case "palette":
                self._left.choose("components")
                self.page.open_pane("left")
                self.page.focus_field("palette-search")
            case "problems":
                self._dock.choose("problems")
            case _:
                return self._canvas.command(name)

    async def save(self, *, again: bool = True) -> None:
        """Write the file. If someone else wrote it meanwhile, merge both, or ask which version should stay."""
        try:
            await settle(self.session.document.save, self.session)
        except Conflict:
            await self.look()  # what doesn't meet what was changed here is simply taken
            if self.session.document.outside is None and again:
                return await self.save(again=False)
            self.session.changed_on_disk = True
            self.session.redraw()
            await self._about_file()
        except WeftError as error:
            self._say(error.message, error.hint)

    async def look(self) -> None:
        """The person is back at this window: has another program written the file?"""
        try:
            await self.session.document.reconcile()
        except WeftError as error:
            self._say(error.message, error.hint)

    async def _about_file(self) -> None:
        if self.session.changed_on_disk:
            with self.page:
                dialogs.changed_on_disk(f"{self._slug}.json", self.session.document.outside, self._resolve)
        elif self.session.document.dirty:
            await self.save()
        else:
            self.page.toast(f"All of it is saved, in flows/{self._slug}.json.")

    async def _resolve(self, answer: str) -> None:
        document = self.session.document
        try:
            if answer == "compare":
                self._changes.open("file")
            elif answer == "reload":
                await document.reload()
                self.session.changed_on_disk = False
                self.session.soon()
            elif answer == "copy":
                copy = f"{document.flow.name or self._slug} (mine)"
                slug = await asyncio.to_thread(document.workspace.new_flow, copy, document.flow)
                await document.reload()
                self.page.toast(f"What was changed here is the flow {slug!r} now.")
            elif answer == "overwrite":
                await settle(lambda: document.save(overwrite=True), self.session)
        except WeftError as error:
            self._say(error.message, error.hint)

    def _add(self, component: str) -> None:
        self._canvas.command("add", {"component": component})

    def _add_at(self, component: str, place: Mapping[str, Any]) -> None:
        known = {name: place[name] for name in ("at", "from", "edge") if name in place}
        self._canvas.command("add", {"component": component, **known})

    def _open(self, node: str) -> Any:
        """Into the flow inside the node, or into the first field of its form."""
        if Reshaping(self.session, self._inside.deeper).flow_of(node):
            return self._enter(node)
        if self.session.held:
            return self._changes.command("change", {"node": node})
        self.session.select((node,))
        self.page.open_pane("right")
        ports = self.session.document.ports.get(node)
        first = (
            next((port.name for port in ports.inputs if port.type.kind == "template"), None)
            if ports
            else None
        )
        self.page.focus_field(f"{node}/param/{first}" if first else f"{node}/title")

    def _enter(self, node: str) -> Any:
        return Reshaping(self.session, self._inside.deeper).command("inside", {"node": node})

    def _say(self, text: str, hint: str) -> None:
        self.page.toast(text, kind="error", hint=hint)

    # The client's life ------------------------------------------------------------------------------------------

    def _connected(self) -> None:
        self._connections += 1
        if self._connections > 1:  # it was lost; the canvas itself fetches what it missed
            self._run.show_all()
            self.session.soon()

    async def _ready(self) -> None:
        await self.session.running.pick_up()
        self._run.show_all()
        self._asked_for()
        await self._control.look_for_sessions()
        address = self.session.client.request.query_params
        await self._history.asked_for(address)
        self._changes.asked_for(address)
        self._inside.recall(address.get("pass", ""), partial(self.page.keep, "pass"))

    def _asked_for(self) -> None:
        """The page's address may name a node to be selected, and a port of it to be typed in."""
        address, self._address = self._address, {}
        node, port = address.get("node", ""), address.get("port", "")
        if node in self.session.flow.nodes or node in ("inputs", "outputs"):
            self.session.select((node,), reveal=True, port=port or None)
            if port:
                self.page.open_pane("right")
                self.page.focus_field(f"{node}/param/{port}")

    def _gone(self) -> None:
        self.session.close()
        self._canvas.close()
        self._inspector.sight.close()
        self._inspector.lessons.close()
        self._run.close()
        self._history.close()
        self._around.close()


async def editor_page(
    client: Client, state: State, runnings: Runnings, slug: str, path: Sequence[str] = ()
) -> None:
    """Build the page for this client, on a flow or on the one written inside its nodes. Raises `WeftError` when there
    is no such flow or it can't be read."""
    document = inside(await state.documents.open(slug), path)
    # Both read files the first time, and naming a model loads its client.
    model = await asyncio.to_thread(lambda: state.workspace.default_model)
    choices = await asyncio.to_thread(providers_of, state.workspace)
    await asyncio.to_thread(lambda: state.workspace.catalog)
    assets.link(
        "ui/editor.css",
        "ui/topbar.css",
        "ui/palette.css",
        "ui/inspector.css",
        "ui/dock.css",
        "ui/problems.css",
        "ui/run.css",
        "ui/thinking.css",
        "ui/timeline.css",
        "ui/ask.css",
        "ui/crumbs.css",
        "ui/picture.css",
        "ui/prompt.css",
        "ui/seen.css",
        "ui/choice.css",
        "ui/learnt.css",
        "ui/outline.css",
    )
    Editor(client, state, runnings, document, model, choices)
