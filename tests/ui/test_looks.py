"""How every page and pane looks: nothing hangs out, is cut or covered, all can be read, in light and dark, wide and narrow.

`WEFT_LOOKS=<folder> python -m pytest tests/ui/test_looks.py` keeps a picture of each, to be looked at.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from tests.server.live import live_server
from tests.ui import access
from tests.ui.conftest import Tabs
from tests.ui.looks import CHECK, PLACES

from weft.workspace import Workspace

pytestmark = pytest.mark.browser
WIDE, SMALL, PHONE = (1400, 850), (900, 700), (390, 800)
VIEWS = (
    (("light", WIDE), ("dark", PHONE)),
    (("light", PHONE), ("dark", SMALL)),
    (("light", SMALL), ("dark", WIDE)),
)
"""Each state is looked at in both themes, in two of the three sizes, in turn."""


@pytest.mark.parametrize("name", PLACES)
def test_it_looks_right(browser: Browser, home: Workspace, name: str) -> None:
    place = PLACES[name]
    place.files(home)
    wrong: list[str] = []
    with live_server(home, ui=True) as live:
        place.later(home)
        tabs = Tabs(browser, live)
        tabs.forgiven = place.forgiven
        page = tabs.open(place.path)
        page.wait_for_selector(".weft-canvas, .w-gallery, .w-sorry")
        for number, look in enumerate(place.looks):
            look.reach(page)
            for theme, size in VIEWS[number % 3] if "WEFT_LOOKS" not in os.environ else sum(VIEWS, ()):
                view(page, theme, size)
                keep(page, f"{name}-{number}-{look.name}-{theme}-{size[0]}")
                found = [*page.evaluate(CHECK), *access.problems(page)]
                wrong += [f"{look.name}, {theme}, {size[0]}: {one}" for one in found]
            view(page, "light", WIDE)
        tabs.close()
    assert wrong == []


def view(page: Page, theme: Any, size: tuple[int, int]) -> None:
    """Look at the page in this theme and size, once both are there."""
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    if page.locator(".w-sorry").count():  # it takes its theme as it is loaded
        page.reload()
    dark = "true" if theme == "dark" else "false"
    page.wait_for_function(
        f"""() => (document.body.classList.contains('body--dark') === {dark}) && innerWidth === {size[0]}
        && new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"""
    )


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("WEFT_LOOKS"):
        page.screenshot(path=Path(folder) / f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}.png", caret="hide")
