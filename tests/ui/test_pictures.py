"""The screenshots of the README, made by the suite so that they show what there is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands

from weft.workspace import Workspace

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"


def test_the_editor_after_a_run_of_the_essay(tabs: Tabs, home: Workspace) -> None:
    shutil.copy(ROOT / "flows" / "essay.json", home.root / "flows" / "essay.json")
    page = tabs.editor("essay")
    hands = Hands(page)
    hands.select("essay")
    hands.press("Control+Enter")
    hands.expect_run("done")
    for node in ("pros_cons", "outline", "essay"):
        hands.expect_card(node, "done")
    expect(page.locator(".w-stream")).to_contain_text("demo model")
    page.mouse.move(700, 24)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "editor.png", animations="disabled", caret="hide")
    assert (PICTURES / "editor.png").stat().st_size > 20_000
