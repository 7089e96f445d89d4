"""The picture of the README, made by the suite so that it shows what there is.

`WEFT_PICTURES=docs/pictures python -m pytest tests/ui/test_pictures.py` takes it anew; without, it is only tried.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands

from weft.workspace import Workspace

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


def test_the_editor_after_a_run_of_the_essay(tabs: Tabs, home: Workspace, tmp_path: Path) -> None:
    shutil.copy(ROOT / "flows" / "essay.json", home.root / "flows" / "essay.json")
    page = tabs.editor("essay")
    hands = Hands(page)
    hands.select("essay")
    hands.press("Control+Enter")
    hands.expect_run("done")
    for node in ("pros_cons", "outline", "essay"):
        hands.expect_card(node, "done")
    expect(page.locator(".w-stream")).to_contain_text("demo model")
    page.locator(".w-canvas").click(position={"x": 20, "y": 20})
    hands.press("f")  # all of it in the room above the dock
    hands.select("essay")
    page.mouse.move(700, 24)
    picture = Path(os.environ.get("WEFT_PICTURES") or tmp_path) / "editor.png"
    page.screenshot(path=picture, animations="disabled", caret="hide")
    assert picture.stat().st_size > 20_000
