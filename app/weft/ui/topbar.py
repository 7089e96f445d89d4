"""The bar above: which flow, whether it is saved, undo, redo, run, which model answers, theme, panes, help."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from weft.ui.crumbs import way
from weft.ui.elements import Box, Field, Page, button, icon, options, theme_button
from weft.ui.looking import HINT, ONLY, changes
from weft.ui.models import label
from weft.ui.session import Session

DEMO = "demo"
OUTSIDE = {"changed": "Changed on disk", "broken": "Broken on disk", "gone": "File is gone"}
WAYS = (
    ("run-fresh", "Run all anew", "Ctrl Shift Enter"),
    ("run-from", "Run from the selected node", "R"),
    ("run-until", "Run until the selected node", "Shift R"),
    ("run-only", "Run only the selected node", "O"),
    ("plan", "What would run…", "W"),
    ("critical-path", "Longest way of the last run", "X"),
)
DEMO_SAYS = (
    "No real model answers: the demo model makes up a text, offline. Choose a model, or set OPENAI_API_KEY."
)


class TopBar:
    def __init__(
        self,
        session: Session,
        page: Page,
        *,
        commands: Callable[[str], Any],
        models: Sequence[str],
        workspace_model: str,
        badge: Callable[[], Any],
    ) -> None:
        self._session, self._page, self._commands = session, page, commands
        self._workspace_model = workspace_model
        self._models = models
        with Box("header", "w-top"):
            self._draw_left()
            Box("div", "w-grow")
            badge()
            self._draw_run()
            Box("span", "w-top-rule")
            self._draw_right()
        self.redraw()

    def _draw_left(self) -> None:
        back = Box("a", "w-button w-button--icon", attributes={"href": "/", "aria-label": "All flows"})
        back.attributes(data_tip="All flows", data_tip_side="right")
        with back:
            icon("back")
        with Box("div", "w-top-group"):
            button(kind="icon", symbol="panel-left", tip="Components", act="pane-left")
        with Box("div", "w-top-name"):
            self._name = Field(
                on_change=self._rename, label="Name of the flow", hide_label=True, name="flow-name"
            )
        with changes(Box("div", "w-top-group")):
            self._save = button(kind="icon", symbol="save", tip="Save  Ctrl+S", on_click=self._do("save"))
            self._undo = button(kind="icon", symbol="undo", tip="Undo  Ctrl+Z", on_click=self._do("undo"))
            self._redo = button(
                kind="icon", symbol="redo", tip="Redo  Ctrl+Shift+Z", on_click=self._do("redo")
            )
        # Behind what is pressed again and again: its words change with each edit, and move nothing but what is free.
        with Box(
            "button", "w-saved", attributes={"type": "button", "title": "The flow and its file"}
        ) as saved:
            if self._session.document.read_only:
                saved.attributes(title=f"{ONLY} {HINT}")
            self._dot = Box("span", "w-dot")
            self._saved = Box("span", attributes={"role": "status"})
        saved.on("click", self._do("file"), args=[])
        saved.mark("saved")

    def _draw_run(self) -> None:
        with changes(
            Box("span", "w-chip w-chip--warn w-demo", attributes={"title": DEMO_SAYS})
        ) as self._demo:
            Box("span", text="demo model")
            Box("span", "w-top-wide", ": no real answers")
        with changes(Box("div", "w-model")):
            self._model = Field(
                "combo",
                on_change=self._choose_model,
                label="Model for runs from here",
                hide_label=True,
                name="model",
            )
            self._model.set(options=options([(model, label(model)) for model in self._models]))
        self._run = button("Run", self._do("run"), symbol="play", kind="primary", tip="Run  Ctrl+Enter").mark(
            "run"
        )
        if self._session.document.read_only:
            self._run.attributes(aria_disabled="true", data_tip=None, title=f"{ONLY} {HINT}")
        self._menu()
        self._stop = button("Stop", self._do("stop"), symbol="stop", kind="danger", tip="Stop the run").mark(
            "stop"
        )

    def _menu(self) -> None:
        """Other ways to run. The browser itself opens, closes and leaves it."""
        menu = Box("div", "w-menu", attributes={"popover": "auto", "aria-label": "Other ways to run"})
        opener = button(kind="icon", symbol="chevron", tip="Other ways to run")
        opener.attributes(popovertarget=menu.html_id, aria_haspopup="menu").mark("run-menu")
        self._opener = changes(opener)
        with menu:
            for name, label, key in WAYS:
                entry = button(on_click=self._do(name), kind="ghost").mark(f"menu-{name}")
                entry.attributes(popovertarget=menu.html_id, popovertargetaction="hide")
                with entry:
                    Box("span", "w-grow", label)
                    Box("span", "w-keys", key)

    def _draw_right(self) -> None:
        with Box("div", "w-top-group"):
            theme_button()
            button(kind="icon", symbol="help", tip="Shortcuts  ?", on_click=self._do("help"), side="left")
            button(kind="icon", symbol="panel-right", tip="Inspector", act="pane-right", side="left")

    def redraw(self) -> None:
        session = self._session
        inner = session.place.inside
        self._name.set(
            value=session.flow.name,
            placeholder=way(session.document)[-1] if inner else "Untitled flow",
            locked=session.document.read_only,
        )
        word, tone = saved_state(session)
        self._saved.text = word
        self._dot.set_classes(f"w-dot w-dot--{tone}")
        self._page.unsaved(not session.document.safe)
        self._model.set(value=session.model, placeholder=self._default_model())
        self._demo.show((session.model or self._default_model()) == DEMO)
        self._undo.attributes(aria_disabled="false" if session.document.can_undo(session.person) else "true")
        self._redo.attributes(aria_disabled="false" if session.document.can_redo(session.person) else "true")
        self._run.show(not session.running.active)
        self._opener.show(not session.running.active)
        self._stop.show(session.running.active)

    def _default_model(self) -> str:
        """What answers when nothing is chosen here: the flow's default, else the workspace's."""
        return self._session.flow.defaults.model or self._workspace_model

    def _choose_model(self, model: str) -> None:
        self._session.model = model.strip()
        self._session.soon()

    def _rename(self, name: str) -> None:
        self._session.do([{"op": "set-name", "name": name.strip()}], "Name the flow")

    def _do(self, name: str) -> Callable[[], Any]:
        return lambda: self._commands(name)


def saved_state(session: Session) -> tuple[str, str]:
    """What to say about the flow, and the colour of the dot. Only what is known to be on disk is "Saved"."""
    document = session.document
    if document.read_only and not session.changed_on_disk:
        return "Read only", "warn"
    if session.saving:
        return "Saving…", "warn"
    if session.changed_on_disk:
        return OUTSIDE[document.outside.kind if document.outside else "changed"], "error"
    if document.keeper is not None and document.keeper.trouble is not None:
        return "Not in its file" if document.safe else "Not saved", "error"
    return ("Saved", "ok") if document.safe else ("Unsaved changes", "warn")


async def settle(save: Callable[[], Any], session: Session) -> None:
    """Show "Saving…" while `save` is under way, whatever comes of it."""
    session.saving = True
    session.redraw()
    try:
        await asyncio.shield(save())
    finally:
        session.saving = False
        session.redraw()
