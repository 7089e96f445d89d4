"""The gallery, page `/`: the workspace's flows and the templates, as cards; new ones are made and brought here."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from nicegui import ui

from weft.ui import assets
from weft.ui.elements import Box, Field, Page, button, icon, options, theme_button
from weft.ui.looking import ONLY, changes, chip, page_classes
from weft.ui.shelf.bin import Bin
from weft.ui.shelf.cards import Card, read_cards
from weft.ui.shelf.doing import Doing
from weft.ui.shelf.opening import Importing
from weft.ui.shelf.section import Section
from weft.workspace import Workspace
from weft.workspace.editing.documents import Documents
from weft.workspace.editing.journal import Unsaved
from weft.workspace.flows import trash

ORDERS = (("changed", "Last changed"), ("name", "By name"), ("size", "Most nodes"))
SECTIONS = (("workspace", "Flows"), ("stock", "Templates"))


async def gallery_page(
    documents: Documents, unsaved: Callable[[], Awaitable[Sequence[Unsaved]]], badge: Callable[[], Any]
) -> None:
    """Build the page for this client. `badge` draws what waits for a person."""
    assets.link("ui/gallery.css", "ui/picture.css", "ui/shelf.css", "ui/trust.css")
    gallery = Gallery(documents, await unsaved(), *await asyncio.to_thread(_read, documents.workspace), badge)
    gallery.draw()


def _read(workspace: Workspace) -> tuple[list[Card], list[trash.Deleted]]:
    return read_cards(workspace), trash.deleted(workspace)


class Gallery:
    def __init__(
        self,
        documents: Documents,
        unsaved: Sequence[Unsaved],
        cards: list[Card],
        bin: list[trash.Deleted],
        badge: Callable[[], Any],
    ) -> None:
        self._documents, self._unsaved, self._badge = documents, unsaved, badge
        self._cards, self._bin = cards, bin
        self._words: list[str] = []
        self._tags: set[str] = set()
        self._order = "changed"
        self._last: trash.Deleted | None = None
        """What was deleted here last, and can be put back by Ctrl+Z."""
        self._sections: dict[str, Section] = {}

    def draw(self) -> None:
        with Box("div", page_classes("w-gallery", self._documents.workspace)):
            self._page = Page(shortcuts=True, on_command=self._command)
            self._doing = Doing(self._documents, self._page, self._done, self._deleted)
            self._importing = Importing(
                self._documents.workspace, self._page, lambda slug, said: self._done(said, slug)
            )
            self._draw_top()
            with Box("main", "w-gallery-body"):
                if self._unsaved:
                    self._draw_unsaved(self._unsaved)
                self._filters = Box("div", "w-filters", attributes={"role": "group", "aria-label": "Tags"})
                self._draw_body()
            self._undo = Box("div", "w-undo", attributes={"role": "status", "data-field": "undo"}).show(False)
        self._redraw()

    def _draw_unsaved(self, unsaved: Sequence[Unsaved]) -> None:
        """Edits that never reached their file: it was changed or deleted meanwhile, or couldn't be written."""
        with Box("section", "w-gallery-section", attributes={"role": "status"}).mark("unsaved"):
            Box("h2", text="Edited, and not in their files")
            for one in unsaved:
                edits = "1 edit" if one.edits == 1 else f"{one.edits} edits"
                with Box("div", "w-row"):
                    Box("a", "w-link", one.slug, {"href": f"/flows/{one.slug}"})
                    Box("span", "w-muted", f"{edits} since {one.since[:16].replace('T', ' ')} UTC, kept")

    def _draw_top(self) -> None:
        with Box("header", "w-gallery-top"):
            with Box("div", "w-brand w-grow"):
                with Box("span", "w-brand-mark w-row", attributes={"aria-hidden": "true"}):
                    icon("flow")
                Box("h1", "w-brand", "Weft")
            with Box("div", "w-search"):
                icon("search")
                self._field = Field(
                    on_change=self._search,
                    on_enter=self._open_first,
                    label="Search flows",
                    hide_label=True,
                    name="search",
                )
                self._field.set(placeholder="Search", pause=120)
                self._field.on("keydown.escape.capture", self._show_all, args=[])
            self._badge()
            chip(self._documents.workspace)
            with Box("div", "w-gallery-acts"):
                theme_button()
                with Box("a", "w-button w-button--icon", attributes={"href": "/settings"}) as settings:
                    icon("settings")
                settings.attributes(aria_label="Settings", data_tip="Settings", data_tip_side="left")
                if not self._documents.workspace.read_only:
                    self._importing.draw()
                    button("New flow", self._doing.ask_new, symbol="plus", kind="primary").mark("new-flow")

    # What is shown ----------------------------------------------------------------------------------------------

    async def _refresh(self) -> None:
        self._cards, self._bin = await asyncio.to_thread(_read, self._documents.workspace)
        self._redraw()

    def _draw_body(self) -> None:
        read_only = self._documents.workspace.read_only
        for origin, title in SECTIONS:
            made = Section(title, self._doing.ask_new, self._do, self._empty, read_only=read_only)
            self._sections[origin] = made
        with Box("div", "w-empty w-stack") as self._nothing:
            Box("div", text="No flow matches.")
            self._why = Box("div", "w-small")
            with Box("div"):
                button("Show all", self._show_all, small=True).mark("show-all")
        self._trash = Bin(self._restore, lambda: self._doing.ask_empty(self._bin))

    def _redraw(self) -> None:
        self._draw_filters()
        self._filter()
        self._trash.show(self._bin)

    def _draw_filters(self) -> None:
        tags = sorted({tag for card in self._cards for tag in card.tags})
        self._tags &= set(tags)
        self._filters.clear()
        with self._filters:
            for tag in tags:
                chip = Box("button", "w-tag", tag, {"type": "button"}).mark(f"tag-{tag}")
                chip.attributes(aria_pressed="true" if tag in self._tags else "false")
                chip.on("click", partial(self._choose_tag, tag, chip), args=[])
            Box("span", "w-grow")
            order = Field(
                "select", on_change=self._choose_order, label="Order", hide_label=True, name="order"
            )
            order.set(options=options(ORDERS), value=self._order)

    def _by(self, card: Card) -> tuple[Any, ...]:
        name = card.entry.name.lower()
        if self._order == "size":
            return (-len(card.flow.nodes) if card.flow else 0, name)
        return (-card.changed, name) if self._order == "changed" and card.own else (0, name)

    def _empty(self) -> None:
        Box("div", text="No flows in this workspace yet.")
        start = "Start with an empty one, with a template below, or drop a file here to import it."
        Box("div", "w-small", ONLY if self._documents.workspace.read_only else start)
        changes(button("New flow", self._doing.ask_new, symbol="plus", kind="primary"))

    # What a person does -----------------------------------------------------------------------------------------

    def _do(self, card: Card, what: str, more: Any) -> Any:
        return self._doing.do(what, card, more)

    def _command(self, name: str) -> Any:
        match name:
            case "undo" if self._last is not None:
                return self._restore(self._last)
            case "palette":
                self._page.focus_field("search")
            case "look":
                return self._refresh()
            case _:
                return None

    async def _done(self, said: str, slug: str = "") -> None:
        """Say what was done; the focus goes to the flow that came of it, if its card is another."""
        if said:
            self._page.toast(said)
        await self._refresh()
        if slug:
            self._page.focus_field(f"card-{slug}")

    async def _deleted(self, one: trash.Deleted) -> None:
        self._last = one
        await self._refresh()
        self._undo.clear()
        with self._undo.show(True):
            Box("span", "w-grow", f"“{one.name}” is in the trash.")
            button("Undo", partial(self._restore, one), symbol="undo", small=True).mark("undo-delete")
            close = button(kind="icon", symbol="close", tip="Close", small=True, side="left")
            close.on("click", lambda: self._undo.show(False), args=[])
        self._page.focus_field("undo")

    async def _restore(self, one: trash.Deleted) -> None:
        self._last = None
        self._undo.show(False)
        await self._doing.restore(one)

    def _search(self, text: str) -> None:
        self._words = text.lower().split()
        self._filter()

    def _show_all(self) -> None:
        self._tags.clear()
        self._field.set(value="")
        self._search("")
        self._draw_filters()

    def _open_first(self, text: str) -> None:
        """Open the first flow that matches what is searched for."""
        self._search(text)
        cards = (card for origin, _ in SECTIONS for card in self._of(origin))
        if first := next((card for card in cards if card.flow and self._fits(card)), None):
            slug = first.entry.slug
            ui.navigate.to(f"/flows/{slug}")

    def _choose_tag(self, tag: str, chip: Box) -> None:
        self._tags ^= {tag}
        chip.attributes(aria_pressed="true" if tag in self._tags else "false")
        self._filter()

    def _choose_order(self, order: str) -> None:
        self._order = order
        self._redraw()

    def _of(self, origin: str) -> list[Card]:
        return sorted((card for card in self._cards if card.entry.origin == origin), key=self._by)

    def _fits(self, card: Card) -> bool:
        return card.matches(self._words, self._tags)

    def _filter(self) -> None:
        wanted = bool(self._words or self._tags)
        fitting = {card.entry.slug for card in self._cards if self._fits(card)} if wanted else None
        many = 0
        for origin, section in self._sections.items():
            cards = self._of(origin)
            shown = section.show(cards, fitting)
            section.element.show(bool(shown) if wanted or origin == "stock" else True)
            many += shown
        self._nothing.show(wanted and not many)
        self._why.text = " · ".join(
            [*([f"“{' '.join(self._words)}”"] if self._words else []), *sorted(self._tags)]
        )
