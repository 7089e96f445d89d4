"""The pictures of the README, made by the suite so that they show what there is.

`WEFT_PICTURES=docs/pictures python -m pytest tests/ui/test_pictures.py` takes them anew; without, they are only tried.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands

from weft.workspace import Workspace

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


@pytest.fixture
def page(tabs: Tabs, home: Workspace) -> Page:
    """The essay's flow, run once."""
    shutil.copy(ROOT / "flows" / "essay.json", home.root / "flows" / "essay.json")
    page = tabs.editor("essay")
    hands = Hands(page)
    hands.select("essay")
    hands.press("Control+Enter")
    hands.expect_run("done")
    for node in ("pros_cons", "outline", "essay"):
        hands.expect_card(node, "done")
    expect(page.get_by_role("log", name="Output of the step")).to_contain_text("demo model")
    return page


def test_the_editor_after_a_run_of_the_essay(page: Page, tmp_path: Path) -> None:
    hands = Hands(page)
    page.locator(".w-canvas").click(position={"x": 20, "y": 20})
    hands.press("f")  # all of it in the room above the dock
    hands.select("essay")
    take(page, "editor", tmp_path)


def test_what_a_node_will_see(page: Page, tmp_path: Path) -> None:
    page.get_by_role("button", name="Edit prompt large").click()
    expect(page.get_by_text("Answer of Pros and cons")).to_be_visible()
    take(page, "sees", tmp_path)


def test_two_runs_side_by_side(page: Page, tmp_path: Path) -> None:
    hands = Hands(page)
    hands.field("essay/param/prompt").fill("Now write a short essay on '{{topic}}'.\nKeep to the outline.")
    hands.expect_saved("Saved")
    hands.press("Control+Enter")
    hands.expect_card("outline", "cached")
    hands.expect_run("done")
    page.locator(".w-canvas").click(position={"x": 20, "y": 20})
    hands.press("f")
    hands.tab("History")
    page.get_by_role("button", name="Compare with the one before").first.click()
    page.locator(".w-cmp-rows").get_by_text("Essay", exact=True).click()
    expect(page.locator(".w-cmp-head")).to_contain_text("Differing 1")
    take(page, "compare", tmp_path)


def test_two_versions_drawn_together(page: Page, tmp_path: Path) -> None:
    hands = Hands(page)
    hands.field("essay/param/prompt").fill(
        "Now write a short essay on '{{topic}}' for a reader of twelve.\nKeep to the outline."
    )
    hands.select("pros_cons")
    hands.press("Delete")
    expect(hands.card("pros_cons")).to_have_count(0)
    hands.expect_saved("Saved")
    page.locator(".weft-canvas").first.focus()
    hands.press("v")
    expect(page.locator(".weft-removed")).to_have_count(1)
    expect(hands.card("essay")).to_have_attribute("data-diff", "~ 2 fields")
    hands.press("Shift+J")  # the last of them
    expect(page.locator(".w-pieces ins").first).to_be_visible()
    take(page, "versions", tmp_path)


def take(page: Page, name: str, tmp_path: Path) -> None:
    page.mouse.move(700, 24)
    picture = Path(os.environ.get("WEFT_PICTURES") or tmp_path) / f"{name}.png"
    page.screenshot(path=picture, animations="disabled", caret="hide")
    assert picture.stat().st_size > 20_000
