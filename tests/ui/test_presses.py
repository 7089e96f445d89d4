"""A press right after typing: what is typed goes up first, and nothing moves from under the pointer before its click."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands
from tests.ui.test_editor import FlowFile, eventually, on_disk

from weft.workspace import Workspace

pytestmark = pytest.mark.browser

FRAMES = """() => new Promise((done) => {
  let left = 12;
  const next = () => (left-- ? requestAnimationFrame(next) : done(true));
  next();
})"""


def press_slowly(page: Page, what: Locator) -> None:
    """As a person does: the button is down for a dozen frames."""
    what.hover()
    page.mouse.down()
    page.evaluate(FRAMES)
    page.mouse.up()


def test_a_slow_press_on_a_button_finds_it_where_it_was(
    tabs: Tabs, flow_file: FlowFile, home: Workspace
) -> None:
    ask: dict[str, Any] = {"component": "prompt", "params": {"prompt": "Say it", "model": "demo"}}
    flow_file("ask", nodes={"ask": ask})
    page = tabs.editor("ask")
    hands = Hands(page)
    hands.select("ask")
    hands.field("ask/title").press_sequentially("Other")
    press_slowly(page, page.get_by_role("button", name="Undo", exact=False).first)
    expect(hands.field("ask/title")).to_have_value("")
    hands.expect_card("ask", "Ask")
    eventually(page, lambda: "title" not in on_disk(home, "ask")["nodes"]["ask"])

    prompt = page.locator('[data-field="ask/param/prompt"] textarea')
    prompt.press("Control+End")
    prompt.press_sequentially(" to {{who}}")  # which makes a row below
    fold = page.get_by_role("button", name="More inputs")
    expect(fold).to_have_attribute("aria-expanded", "false")
    press_slowly(page, fold)
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(hands.field("ask/param/who")).to_be_visible()
