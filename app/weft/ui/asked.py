"""Open questions, each with the form to answer it: a list beside the chosen one. In the dock, and on a page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from nicegui import Client, ui

from weft.model.errors import Conflict, NotFound, WeftError
from weft.ui import assets
from weft.ui.dock.ask_form import AskForm, line
from weft.ui.elements import Box, Page, icon, theme_button
from weft.ui.keyed import Keyed
from weft.ui.looking import chip, page_classes
from weft.ui.waiting import Waiting, Waitings
from weft.workspace import Workspace

NOTHING = (
    "Nothing waits for you. Steps that ask a person, and approvals, come up here until they are answered."
)


class Questions:
    """Those of `wanted` flows: a list to choose from, and the form of the chosen one. `say` tells a sentence."""

    def __init__(
        self,
        waitings: Waitings,
        wanted: Callable[[Waiting], bool],
        say: Callable[[str, str], Any],
        *,
        of_all: bool,
    ) -> None:
        self._waitings, self._wanted, self._say, self._of_all = waitings, wanted, say, of_all
        self._chosen = ""
        self._shown: dict[str, Waiting] = {}
        with Box("div", "w-asked"):
            self._empty = Box("div", "w-empty", NOTHING)
            self._list = Box(
                "div", "w-asked-list", attributes={"role": "listbox", "aria-label": "Open questions"}
            )
            self._rows = Keyed(self._list)
            with Box("div", "w-asked-form") as self._side:
                self._form = AskForm(self._answer)
        self.redraw()

    def redraw(self) -> None:
        """What waits now."""
        self._shown = {one.key: one for one in self._waitings.all if self._wanted(one)}
        if self._chosen not in self._shown:
            self._chosen = next(iter(self._shown), "")
        self._empty.show(not self._shown)
        self._list.show(bool(self._shown))
        self._side.show(bool(self._shown))
        self._rows.sync([self._row(one) for one in self._shown.values()])
        chosen = self._shown.get(self._chosen)
        self._form.show(chosen.key if chosen else "", chosen.question if chosen else None)

    def _row(self, one: Waiting) -> "AskedRow":
        return AskedRow(
            key=one.key,
            text=line(one.question["text"]) or one.path,
            about=f"{one.flow} › {one.title}" if self._of_all else f"{one.title} · run …{one.run[-6:]}",
            chosen=one.key == self._chosen,
            on_choose=partial(self._choose, one.key),
            on_step=self._step,
        )

    def _choose(self, key: str) -> None:
        self._chosen = key
        self.redraw()

    def _step(self, by: int) -> None:
        keys = list(self._shown)
        if keys:
            at = keys.index(self._chosen) if self._chosen in keys else 0
            self._choose(keys[max(0, min(len(keys) - 1, at + by))])

    async def _answer(self, key: str, value: Any, number: int, event: int) -> str:
        one = self._shown.get(key)
        if one is None or (one.question["number"], one.question["event"]) != (number, event):
            self._say("This question is answered already.", "")
            return ""
        try:
            await self._waitings.answer(one, value)
        except (Conflict, NotFound) as late:
            self._say(late.message, late.hint)
        except WeftError as unfit:
            return unfit.message
        return ""


@dataclass(frozen=True, kw_only=True)
class AskedRow:
    """A question in the list."""

    key: str
    text: str
    about: str
    chosen: bool
    on_choose: Callable[[], Any]
    on_step: Callable[[int], Any]

    def make(self) -> "AskedWidget":
        return AskedWidget()


class AskedWidget:
    def __init__(self) -> None:
        self._row: AskedRow | None = None
        self.element = Box("button", "w-asked-row", attributes={"type": "button", "role": "option"})
        with self.element:
            self._text = Box("span", "w-asked-text")
            self._about = Box("span", "w-muted w-small w-ellipsis")
        self.element.on("click", lambda: self._row.on_choose() if self._row else None, args=[])
        self.element.on("keydown.down.prevent", lambda: self._row.on_step(1) if self._row else None, args=[])
        self.element.on("keydown.up.prevent", lambda: self._row.on_step(-1) if self._row else None, args=[])

    def show(self, row: AskedRow) -> None:
        self._row = row
        self._text.text, self._about.text = row.text, row.about
        self.element.attributes(aria_selected="true" if row.chosen else "false")


async def waiting_page(client: Client, waitings: Waitings, workspace: Workspace) -> None:
    """The page `/waiting`: what all flows ask."""
    assets.link("ui/gallery.css", "ui/run.css", "ui/ask.css", "ui/asked.css")
    ui.page_title("Waiting · Weft")
    await waitings.look()
    with Box("div", page_classes("w-gallery w-waiting", workspace)):
        page = Page()
        with Box("header", "w-gallery-top"):
            back = Box("a", "w-button w-button--icon", attributes={"href": "/", "aria-label": "All flows"})
            with back.attributes(data_tip="All flows", data_tip_side="right"):
                icon("back")
            Box("h1", "w-brand w-grow", "Waiting for you")
            chip(workspace)
            theme_button()
        with Box("main", "w-gallery-body"):
            questions = Questions(
                waitings,
                lambda _: True,
                lambda text, hint: page.toast(text, kind="error", hint=hint),
                of_all=True,
            )
    client.on_delete(waitings.listen(questions.redraw))  # pyright: ignore[reportUnknownMemberType]
