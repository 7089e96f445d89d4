"""The dock below the canvas: tabs, of which one is open, or none."""

from collections.abc import Callable
from typing import Any, Literal

from weft.ui.elements import Box, Divider, button, icon
from weft.ui.tabs import Tabs
from weft.ui.tabs import tab as tab_head

Tab = Literal["problems", "run", "data", "history", "compare", "approvals", "chat", "changes", "tests"]
TABS: dict[Tab, str] = {
    "problems": "Problems",
    "run": "Run",
    "data": "Data",
    "history": "History",
    "compare": "Compare",
    "approvals": "Approvals",
    "chat": "Chat",
    "changes": "Changes",
    "tests": "Tests",
}
HEIGHTS = (120, 272, 640)


class Dock:
    """Holds the tabs' heads and bodies; whoever fills a body does so inside `with dock.body(tab)`."""

    def __init__(self) -> None:
        self.open: Tab | None = None
        self._last: Tab = "run"
        self.listeners: list[Callable[[], Any]] = []
        """Called when another tab is open, or none."""
        self.element = Box(
            "section", "w-dock w-dock--closed", attributes={"aria-label": "Problems, runs and data"}
        )
        with self.element:
            Divider("dock", "Height of the dock", HEIGHTS)
            with Box("div", "w-tabs"):
                with Tabs("Dock", folds=True):
                    self._heads = {name: self._head(name, label) for name, label in TABS.items()}
                self._fold = button(
                    kind="icon", small=True, symbol="up", tip="Open or close the dock", side="left"
                )
                self._fold.on("click", self._toggle, args=[])
            with Box("div", "w-dock-body"):
                self._bodies = {
                    tab: Box("div", "w-dock-page", attributes={"role": "tabpanel"}) for tab in self._heads
                }
        self._show()

    def head(self, tab: Tab) -> Box:
        """Where a tab puts its count or its status."""
        return self._heads[tab]

    def body(self, tab: Tab) -> Box:
        return self._bodies[tab]

    def choose(self, tab: Tab | None) -> None:
        """Open this tab, or close the dock."""
        if tab is not None:
            self._last = tab
        if tab != self.open:
            self.open = tab
            self._show()
            for listener in self.listeners:
                listener()

    def _head(self, tab: Tab, label: str) -> Box:
        with (head := tab_head("w-tab")):
            Box("span", text=label)
        head.on("click", self._chooser(tab), args=[])
        head.mark(f"tab-{tab}")
        return head

    def _chooser(self, tab: Tab) -> Callable[[], None]:
        return lambda: self.choose(None if self.open == tab else tab)

    def _toggle(self) -> None:
        self.choose(None if self.open else self._last)

    def _show(self) -> None:
        self.element.set_classes("w-dock" if self.open else "w-dock w-dock--closed")
        for tab, head in self._heads.items():
            head.attributes(aria_selected="true" if tab == self.open else "false")
            head.attributes(aria_controls=self._bodies[tab].html_id)
            self._bodies[tab].show(tab == self.open)
        with self._fold:
            self._fold.clear()
            icon("chevron" if self.open else "up")
