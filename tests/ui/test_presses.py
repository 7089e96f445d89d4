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
  let left = 6;
  const next = () => (left-- ? requestAnimationFrame(next) : done(true));
  next();
})"""

AT_ONCE = """(fold) => {
  const area = document.querySelector('[data-field="ask/param/prompt"] textarea');
  area.focus();
  document.execCommand("insertText", false, " to {{who}}");
  const press = { bubbles: true, pointerType: "mouse", button: 0 };
  fold.dispatchEvent(new PointerEvent("pointerdown", press));
  area.blur();
  return fold.getBoundingClientRect().top;
}"""
"""Typed, and pressed with nothing between: how fast the machine is makes no difference."""

LIFTED = """(fold) => {
  fold.dispatchEvent(new PointerEvent("pointerup", { bubbles: true, pointerType: "mouse", button: 0 }));
  fold.click();
}"""


def press_slowly(page: Page, what: Locator) -> None:
    """As a person does: the button is down for some frames."""
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
    hands.field("ask/title").fill("Other")
    press_slowly(page, page.get_by_role("button", name="Undo", exact=False).first)
    expect(hands.field("ask/title")).to_have_value("")
    hands.expect_card("ask", "Ask")
    eventually(page, lambda: "title" not in on_disk(home, "ask")["nodes"]["ask"])

    fold = page.get_by_role("button", name="More inputs")
    expect(fold).to_have_attribute("aria-expanded", "false")
    before = fold.evaluate(AT_ONCE)
    page.evaluate(FRAMES)
    who = hands.field("ask/param/who")
    assert (who.count(), fold.evaluate("(fold) => fold.getBoundingClientRect().top")) == (0, before)
    fold.evaluate(LIFTED)
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(who).to_be_visible()  # which what was typed makes, above
