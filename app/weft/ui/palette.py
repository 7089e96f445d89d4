"""The palette: what a node can be, by category, to drag, click or choose with Enter."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from nicegui import ui

from weft.catalog.component import Component
from weft.catalog.loader import Catalog, LoadError
from weft.ui.elements import Box, Field, icon, prose
from weft.ui.tool_servers import ToolServers, refresh_button

# The name travels in an attribute of the element, never in this code.
DRAG = """(event) => {
    event.dataTransfer.setData("application/x-weft-component", event.currentTarget.dataset.component);
    event.dataTransfer.effectAllowed = "copy";
}"""
FIRST = ("Models", "Prompts", "Text", "Data", "Logic", "Flows", "Tools")


@dataclass(frozen=True)
class Item:
    name: str  # the catalog id, what a node says
    title: str
    help: str
    category: str
    color: str  # "#rrggbb", or "" for the accent colour

    def matches(self, words: Sequence[str]) -> bool:
        text = f"{self.name} {self.title} {self.help} {self.category}".lower()
        return all(word in text for word in words)


def items(catalog: Catalog) -> list[Item]:
    """The newest version of every component, by category and name."""
    found = [item_of(component) for component in catalog.components]
    order = {category: place for place, category in enumerate(FIRST)}
    return sorted(found, key=lambda item: (order.get(item.category, len(order)), item.category, item.title))


def item_of(component: Component) -> Item:
    ui = component.ui
    return Item(
        name=component.key,
        title=component.title,
        help=component.help,
        category=str(ui.get("category") or "Components").capitalize(),
        color=safe_color(ui.get("color")),
    )


def safe_color(color: Any) -> str:
    """A colour written by a component's author, if it is one and nothing else."""
    return color if isinstance(color, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", color) else ""


def square(color: str) -> Box:
    """The coloured square a component is known by; `color` comes from `safe_color`."""
    element = Box("span", "w-square", attributes={"aria-hidden": "true"})
    if color:
        element.style["--w-square"] = color
    return element


class Palette:
    """`add` is called with a component's name when it is clicked or Enter is pressed on it."""

    def __init__(
        self, catalog: Catalog, add: Callable[[str], Any], servers: ToolServers | None = None
    ) -> None:
        self._items = items(catalog)
        self._servers = servers
        self._statuses = {one.name.capitalize(): one for one in servers.listed()} if servers else {}
        self._errors = catalog.errors
        self._add = add
        self._buttons: dict[str, Box] = {}
        self._heads: dict[str, Box] = {}
        with Box("div", "w-palette-search"), Box("div", "w-search"):
            icon("search")
            self.search = Field(
                on_change=self._filter,
                on_enter=self._first,
                label="Search components",
                hide_label=True,
                placeholder="Search components",
                pause=120,
                name="palette-search",
            )
        with Box("div", "w-scroll", attributes={"role": "list", "aria-label": "Components"}):
            self._draw()
            self._nothing = Box("div", "w-empty", "No component matches.").show(False)
            self._draw_errors(self._errors)

    def _draw(self) -> None:
        for item in self._items:
            if item.category not in self._heads:
                self._heads[item.category] = self._head(item.category)
            self._buttons[item.name] = self._button(item)
        for category, status in self._statuses.items():
            if category not in self._heads:  # a server whose tools aren't known
                self._heads[category] = self._head(category)
                Box("div", "w-palette-said", status.words)

    def _head(self, category: str) -> Box:
        """A category's name; that of a server's tools with a button that asks the server for them."""
        status = self._statuses.get(category)
        with Box("div", "w-palette-head", "" if status else category) as head:
            if status is not None:
                Box("span", "w-grow", category, {"title": status.words})
                refresh_button(status.name, partial(self._refresh, status.name), small=True)
        return head

    async def _refresh(self, name: str) -> None:
        assert self._servers is not None
        if await self._servers.refresh(name):
            ui.navigate.reload()  # every list of components is made anew

    def _button(self, item: Item) -> Box:
        element = Box("button", "w-palette-item", attributes={"type": "button", "draggable": "true"})
        element.attributes(data_component=item.name, title=item.help.replace("`", ""))
        with element:
            square(item.color)
            with Box("span", "w-grow"):
                Box("div", "w-palette-name w-ellipsis", item.title)
                prose("w-palette-help", item.help)
        element.on("click", lambda: self._add(item.name), args=[])
        element.on("dragstart", js_handler=DRAG)
        element.mark(f"palette-{item.name}")
        return element

    def _draw_errors(self, errors: Sequence[LoadError]) -> None:
        """Component files that could not be loaded stand at the end, with what is wrong."""
        if not errors:
            return
        Box("div", "w-palette-head", "Could not be loaded")
        for error in errors:
            with Box("div", "w-palette-item"):
                icon("error")
                with Box("span", "w-grow"):
                    Box("div", "w-palette-name w-ellipsis", f"{error.path.name}:{error.line}")
                    Box("div", "w-field-error", error.message)

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        shown = {item.name: item.matches(words) for item in self._items}
        for item in self._items:
            self._buttons[item.name].show(shown[item.name])
        for category, head in self._heads.items():
            head.show(any(shown[item.name] for item in self._items if item.category == category))
        self._nothing.show(not any(shown.values()))

    def _first(self, text: str) -> None:
        """Enter in the search adds the best match: a name that starts so, else the first that is left."""
        words = text.lower().split()
        left = [item for item in self._items if item.matches(words)]
        left.sort(key=lambda item: not item.name.startswith(text.lower()))
        if left and words:
            self._add(left[0].name)
