"""A row of tabs: see `static/ui/tabs.js`."""

from weft.ui import assets
from weft.ui.elements import Box, Thing


class Tabs(Thing):
    """Holds tabs made with `tab`. With `folds`, those that have no room go into a menu at the end of the row."""

    component = assets.component("tabs.js")

    def __init__(self, label: str, *, classes: str = "", folds: bool = False) -> None:
        super().__init__()
        self.put({"label": label, "folds": folds})
        self._classes[:] = classes.split()


def tab(classes: str, text: str = "") -> Box:
    """One of them. Whoever makes it says which is chosen, by `aria-selected`."""
    return Box("button", classes, text, {"type": "button", "role": "tab"})
