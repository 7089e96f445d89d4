"""The gallery, page `/`: the workspace's flows and the templates, as cards; new ones are made here."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nicegui import ui

from weft.model.errors import WeftError
from weft.model.flow import Flow
from weft.ui import assets
from weft.ui.elements import Box, Field, Page, button, icon, theme_button
from weft.ui.picture import Picture
from weft.workspace import Workspace
from weft.workspace.flowfiles import FlowEntry
from weft.workspace.journal import Unsaved


@dataclass(frozen=True)
class Card:
    entry: FlowEntry
    flow: Flow | None  # None: the file can't be read as a flow

    def matches(self, words: Sequence[str]) -> bool:
        text = f"{self.entry.slug} {self.entry.name} {self.entry.description}".lower()
        return all(word in text for word in words)


async def gallery_page(workspace: Workspace, unsaved: Callable[[], Awaitable[Sequence[Unsaved]]]) -> None:
    """Build the page for this client."""
    kept = await unsaved()
    assets.link("ui/gallery.css")
    ui.page_title("Weft")
    cards = await asyncio.to_thread(read_cards, workspace)
    with Box("div", "w-gallery"):
        Gallery(workspace, cards, Page(), kept)


def read_cards(workspace: Workspace) -> list[Card]:
    """The workspace's flows, then the templates it isn't itself the home of; a broken file says why."""

    def card(entry: FlowEntry) -> Card:
        if entry.error:
            return Card(entry, None)
        try:
            return Card(entry, workspace.load(entry.path))
        except WeftError:
            return Card(entry, None)

    own = [entry for entry in workspace.flows() if entry.origin == "workspace"]
    here = {entry.path for entry in own}
    return [card(entry) for entry in (*own, *workspace.templates()) if entry in own or entry.path not in here]


class Gallery:
    def __init__(
        self, workspace: Workspace, cards: Sequence[Card], page: Page, unsaved: Sequence[Unsaved] = ()
    ) -> None:
        self._workspace, self._cards, self._page = workspace, cards, page
        self._elements: list[tuple[Card, Box]] = []
        self._sections: dict[str, tuple[Box, Box]] = {}
        self._draw_top()
        with Box("main", "w-gallery-body"):
            if unsaved:
                self._draw_unsaved(unsaved)
            self._section("workspace", "Flows", [card for card in cards if card.entry.origin == "workspace"])
            self._section("stock", "Templates", [card for card in cards if card.entry.origin == "stock"])
            self._nothing = Box("div", "w-empty", "No flow matches.").show(False)

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
                Field(
                    on_change=self._filter,
                    label="Search flows",
                    hide_label=True,
                    placeholder="Search",
                    name="search",
                    pause=120,
                )
            theme_button()
            button("New flow", self._ask_new, symbol="plus", kind="primary").mark("new-flow")

    def _section(self, origin: str, title: str, cards: Sequence[Card]) -> None:
        if not cards and origin == "stock":
            return
        with Box("section", "w-gallery-section") as section:
            with Box("div", "w-gallery-head"):
                Box("h2", text=title)
                Box("span", "w-badge", str(len(cards)))
            if cards:
                with Box("div", "w-cards"):
                    for card in cards:
                        self._elements.append((card, self._card(card)))
            else:
                self._empty()
        self._sections[origin] = (section, section)

    def _empty(self) -> None:
        with Box("div", "w-gallery-empty"):
            Box("div", text="No flows in this workspace yet.")
            Box("div", "w-small", "Start with an empty one, or with a template below.")
            button("New flow", self._ask_new, symbol="plus", kind="primary")

    def _card(self, card: Card) -> Box:
        entry, flow = card.entry, card.flow
        with Box("article", "w-flow-card" if flow else "w-flow-card w-flow-card--broken") as element:
            with Box("div", "w-flow-picture"):
                if flow:
                    Picture(flow)
                else:
                    icon("error")
            with Box("div", "w-flow-text"):
                if flow:
                    Box("a", "w-flow-open", entry.name, {"href": f"/flows/{entry.slug}"})
                    Box("div", "w-flow-description", entry.description)
                else:
                    Box("div", "w-flow-open", entry.path.name)
                    Box("div", "w-flow-error", entry.error or "This file can't be read as a flow.")
                self._foot(card)
        element.mark(f"card-{entry.slug}")
        return element

    def _foot(self, card: Card) -> None:
        with Box("div", "w-flow-foot"):
            if card.flow is None:
                Box("span", text="Correct the file, then reload this page.")
                return
            count = len(card.flow.nodes)
            Box("span", "w-grow", f"{count} node{'' if count == 1 else 's'}")
            label = "Use template" if card.entry.origin == "stock" else "Copy"
            button(label, lambda: self._ask_new(card), small=True).mark(f"use-{card.entry.slug}")

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        shown = {origin: 0 for origin in self._sections}
        for card, element in self._elements:
            element.show(card.matches(words))
            shown[card.entry.origin] += card.matches(words)
        for origin, (section, _) in self._sections.items():
            section.show(bool(shown[origin]) or not words)
        self._nothing.show(bool(words) and not any(shown.values()))

    def _ask_new(self, source: Card | None = None) -> None:
        """Ask for a name, and from what to start."""
        dialog = ui.dialog(value=True)
        label = "New flow" if source is None else f"New flow from “{source.entry.name}”"
        copied = source is not None and source.entry.origin == "workspace"
        named = {"name": "" if source is None else f"{source.entry.name}{' copy' if copied else ''}"}

        async def make() -> None:
            try:
                slug = await asyncio.to_thread(self._make, named["name"].strip(), source)
            except WeftError as error:
                field.set(error=f"{error.message} {error.hint}".strip())
                return
            dialog.close()
            ui.navigate.to(f"/flows/{slug}")

        async def typed(text: str) -> None:
            named["name"] = text

        async def entered(text: str) -> None:
            named["name"] = text
            await make()

        with dialog, Box("div", "w-dialog", attributes={"role": "dialog", "aria-label": label}):
            Box("h2", text=label)
            field = Field(
                on_change=typed,
                on_enter=entered,
                label="Name",
                value=named["name"],
                placeholder="My flow",
                name="new-name",
            )
            with Box("div", "w-dialog-foot"):
                button("Cancel", dialog.close)
                button("Create", make, kind="primary").mark("create")
        self._page.focus_field("new-name")

    def _make(self, name: str, source: Card | None) -> str:
        """Write the new flow; its slug."""
        return self._workspace.new_flow(name or "Untitled flow", source.flow if source else None)
