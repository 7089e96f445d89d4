"""What this browser shows: the theme it keeps, and the shortcuts as the table of actions has them."""

from weft.ui import assets
from weft.ui.elements import Box, Thing, button, icon

THEMES = (("auto", "As the system"), ("light", "Light"), ("dark", "Dark"))


class Shortcuts(Thing):
    """See `static/ui/shortcuts.js`."""

    component = assets.component("shortcuts.js")


def draw_appearance() -> None:
    Box("p", "w-muted", "This browser keeps the theme; the shortcuts are those of the editor.")
    with Box("div", "w-row", attributes={"role": "group", "aria-label": "Theme"}):
        for name, label in THEMES:
            button(label, act=f"theme-{name}").mark(f"theme-{name}")
    with Box("details", "w-fold"):
        with Box("summary"):
            icon("chevron-right", small=True)
            Box("span", text="All shortcuts")
        _draw_shortcuts()


def _draw_shortcuts() -> None:
    table = f"/static/{assets.digest(assets.static_root())}/canvas/table.js"
    Shortcuts().put({"table": table})
