"""The gallery, page `/`: the workspace's flows and the templates, as cards; new ones are made and brought here."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from weft.ui import assets
from weft.ui.elements import Box, Field, Page, button, icon, options, theme_button
from weft.ui.shelf.cards import Card, ago, draw_card, read_cards
from weft.ui.shelf.doing import Doing
from weft.ui.shelf.opening import Importing
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
        self._elements: list[tuple[Card, Box]] = []
        self._sections: dict[str, Box] = {}

    def draw(self) -> None:
        with Box("div", "w-gallery"):
            self._page = Page(shortcuts=True, on_command=self._command)
            self._doing = Doing(self._documents, self._page, self._done, self._deleted)
            self._importing = Importing(
                self._documents.workspace, self._page, lambda _, said: self._done(said)
            )
            self._draw_top()
            with Box("main", "w-gallery-body"):
                self._undo = Box("div", "w-undo", attributes={"role": "status"}).show(False)
                if self._unsaved:
                    self._draw_unsaved(self._unsaved)
                self._filters = Box("div", "w-filters", attributes={"role": "group", "aria-label": "Tags"})
                self._body = Box("div")
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
                search = Field(on_change=self._search, label="Search flows", hide_label=True, name="search")
                search.set(placeholder="Search", pause=120)
            self._badge()
            with Box("div", "w-gallery-acts"):
                theme_button()
                with Box("a", "w-button w-button--icon", attributes={"href": "/settings"}) as settings:
                    icon("settings")
                settings.attributes(aria_label="Settings", data_tip="Settings", data_tip_side="left")
                self._importing.draw()
                button("New flow", self._doing.ask_new, symbol="plus", kind="primary").mark("new-flow")

    # What is shown ----------------------------------------------------------------------------------------------

    async def _refresh(self) -> None:
        self._cards, self._bin = await asyncio.to_thread(_read, self._documents.workspace)
        self._redraw()

    def _redraw(self) -> None:
        self._elements, self._sections = [], {}
        self._draw_filters()
        self._body.clear()
        with self._body:
            for origin, title in SECTIONS:
                self._section(origin, title, [card for card in self._cards if card.entry.origin == origin])
            self._nothing = Box("div", "w-empty", "No flow matches.").show(False)
            self._draw_bin()
        self._filter()

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

    def _section(self, origin: str, title: str, cards: list[Card]) -> None:
        if not cards and origin == "stock":
            return
        with Box("section", "w-gallery-section", attributes={"aria-label": title}) as self._sections[origin]:
            with Box("div", "w-gallery-head"):
                Box("h2", text=title)
                Box("span", "w-badge", str(len(cards)))
            if cards:
                with Box("div", "w-cards"):
                    for card in sorted(cards, key=self._by):
                        element = draw_card(card, partial(self._doing.ask_new, card), partial(self._do, card))
                        self._elements.append((card, element))
            else:
                self._empty()

    def _by(self, card: Card) -> tuple[Any, ...]:
        name = card.entry.name.lower()
        if self._order == "size":
            return (-len(card.flow.nodes) if card.flow else 0, name)
        return (-card.changed, name) if self._order == "changed" and card.own else (0, name)

    def _empty(self) -> None:
        with Box("div", "w-gallery-empty"):
            Box("div", text="No flows in this workspace yet.")
            Box(
                "div",
                "w-small",
                "Start with an empty one, with a template below, or drop a file here to import it.",
            )
            button("New flow", self._doing.ask_new, symbol="plus", kind="primary")

    def _draw_bin(self) -> None:
        if not self._bin:
            return
        with Box("details", "w-bin").mark("bin"):
            Box("summary", text=f"Trash ({len(self._bin)})")
            Box("p", "w-muted w-small", f"What was deleted is kept for {trash.DAYS} days.")
            for one in self._bin:
                with Box("div", "w-bin-row"):
                    Box("span", "w-ellipsis", one.name)
                    Box("span", "w-muted w-small w-grow", f"deleted {ago(one.when.timestamp())}")
                    button("Put back", partial(self._restore, one), small=True).mark(f"back-{one.slug}")

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

    async def _done(self, said: str) -> None:
        self._page.toast(said)
        await self._refresh()

    async def _deleted(self, one: trash.Deleted) -> None:
        self._last = one
        await self._refresh()
        self._undo.clear()
        with self._undo.show(True):
            Box("span", "w-grow", f"“{one.name}” is in the trash.")
            button("Undo", partial(self._restore, one), symbol="undo", small=True).mark("undo-delete")
            close = button(kind="icon", symbol="close", tip="Close", small=True, side="left")
            close.on("click", lambda: self._undo.show(False), args=[])

    async def _restore(self, one: trash.Deleted) -> None:
        self._last = None
        self._undo.show(False)
        await self._doing.restore(one)

    def _search(self, text: str) -> None:
        self._words = text.lower().split()
        self._filter()

    def _choose_tag(self, tag: str, chip: Box) -> None:
        self._tags ^= {tag}
        chip.attributes(aria_pressed="true" if tag in self._tags else "false")
        self._filter()

    def _choose_order(self, order: str) -> None:
        self._order = order
        self._redraw()

    def _filter(self) -> None:
        shown = dict.fromkeys(self._sections, 0)
        wanted = bool(self._words or self._tags)
        for card, element in self._elements:
            fits = card.matches(self._words, self._tags)
            element.show(fits)
            shown[card.entry.origin] += fits
        for origin, section in self._sections.items():
            section.show(bool(shown[origin]) or not wanted)
        self._nothing.show(wanted and not any(shown.values()))
