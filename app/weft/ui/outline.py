"""The left pane: the palette, and the outline beside it, a tree that can do what the canvas can."""

from collections.abc import Callable
from typing import Any, Literal

from weft.ui import assets
from weft.ui.elements import Box, Thing
from weft.ui.looking import changes
from weft.ui.tabs import Tabs, tab

assets.modules("weft-outline", "ui/outline")

View = Literal["components", "outline"]
VIEWS: tuple[tuple[View, str], ...] = (("components", "Components"), ("outline", "Outline"))


class Outline(Thing):
    """Reads the canvas's mirror of the flow in the page; nothing of it travels. See `static/ui/outline.js`."""

    component = assets.component("outline.js")

    def __init__(self, on_call: Callable[[], Any]) -> None:
        super().__init__()
        self.on("tell", lambda: on_call(), args=[])


class LeftPane:
    """Two views, one of them shown. What goes into `components` is drawn by whoever makes the pane."""

    def __init__(self, open_pane: Callable[[], Any]) -> None:
        self._open_pane = open_pane
        with Tabs("Left pane", classes="w-left-tabs"):
            self._tabs = {view: self._tab(view, label) for view, label in VIEWS}
        self.components = Box(
            "div", "w-left-view", attributes={"role": "tabpanel", "aria-label": "Components"}
        )
        with Box(
            "div", "w-left-view", attributes={"role": "tabpanel", "aria-label": "Outline"}
        ) as self.outline:
            Outline(self._called)
        self.choose("components")

    def choose(self, view: View) -> None:
        """Show this view."""
        for name, head in self._tabs.items():
            head.attributes(aria_selected="true" if name == view else "false")
        self.components.show(view == "components")
        self.outline.show(view == "outline")

    def only_outline(self) -> None:
        """Where nothing can be added, there is nothing to choose components for."""
        changes(self._tabs["components"])
        self.choose("outline")

    def _called(self) -> None:
        self._open_pane()
        self.choose("outline")

    def _tab(self, view: View, label: str) -> Box:
        head = tab("w-left-tab", label)
        head.on("click", lambda: self.choose(view), args=[])
        head.mark(f"left-{view}")
        return head
