"""With keys alone: a flow is built, asks and is answered; it is searched, mended, taken back, and gone through."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands
from tests.ui.test_editor import FlowFile, eventually, on_disk

from weft.workspace import Workspace

pytestmark = pytest.mark.browser


def add(page: Page, hands: Hands, words: str, node: str) -> None:
    hands.press("Insert")
    page.get_by_role("combobox", name="Add a component").wait_for()
    hands.type(words)
    hands.press("Enter")
    expect(hands.card(node)).to_be_focused()


def do(page: Page, hands: Hands, words: str) -> None:
    hands.press("Control+k")
    page.get_by_role("combobox", name="Do anything").wait_for()
    hands.type(words)
    hands.press("Enter")
    expect(page.get_by_role("dialog", name="Do anything")).to_have_count(0)


@pytest.mark.gesture("build-and-run", "keys")
@pytest.mark.gesture("critical-path", "keys")
def test_a_flow_that_asks_is_built_answered_searched_and_taken_back_by_keyboard_alone(
    tabs: Tabs, home: Workspace, flow_file: FlowFile
) -> None:
    flow_file("keys", name="Keys", nodes={})
    page = tabs.editor("keys")
    hands = Hands(page)
    press, write = hands.press, hands.type
    add(page, hands, "prompt", "prompt")
    press("Enter")
    expect(hands.field("prompt/param/prompt")).to_be_focused()
    write("Write a letter about the tides.")
    press("Alt+c")  # back from the form
    expect(hands.card("prompt")).to_be_focused()
    add(page, hands, "ask", "ask")
    press("Enter")
    expect(hands.field("ask/param/question")).to_be_focused()
    write("Shall the letter be sent?")
    press("Alt+c")
    expect(hands.card("ask")).to_be_focused()
    # The question is asked of what the prompt says.
    press("Shift+Tab")
    expect(hands.card("prompt")).to_be_focused()
    press("c")
    page.locator(".weft-chooser label", has_text="Connect from Prompt").wait_for()
    press("Enter")
    page.locator(".weft-chooser label", has_text="Prompt · text to").wait_for()
    write("ask")
    press("Enter")
    eventually(
        page, lambda: "prompt" in json.dumps(on_disk(home, "keys")["nodes"].get("ask", {}).get("inputs", {}))
    )
    hands.expect_problems(0)

    press("Control+Enter")
    hands.expect_card("ask", "asks you")
    press("End")
    press("Shift+Tab")
    expect(hands.card("ask")).to_be_focused()
    press("a")
    expect(page.get_by_label("Remark")).to_be_focused()
    press("Tab")
    expect(page.locator(".w-ask").get_by_role("button", name="Approve")).to_be_focused()
    press("Enter")
    hands.expect_run("done")
    hands.expect_card("ask", "done")

    press("Alt+c")
    press("x")  # what made it as long as it was
    expect(page.locator(".weft-critical")).to_have_count(2)

    # Found and replaced in both texts, and taken back by one undo.
    press("Control+f")
    finder = page.get_by_role("dialog", name="Find and replace")
    finder.wait_for()
    write("letter")
    expect(finder.get_by_role("status")).to_have_text("2 found in 2 texts.")
    press("Enter")
    expect(finder.get_by_label("Replace with")).to_be_focused()
    write("postcard")
    expect(finder.locator(".weft-after")).to_have_count(2)
    press("Enter")
    expect(finder.get_by_role("status")).to_contain_text("Not found")
    press("Escape")
    expect(finder).to_have_count(0)
    hands.expect_card("prompt", "demo model")
    eventually(page, lambda: "postcard" in on_disk(home, "keys")["nodes"]["ask"]["params"]["question"])
    press("Alt+c")
    press("Control+z")
    eventually(page, lambda: "letter" in on_disk(home, "keys")["nodes"]["ask"]["params"]["question"])
    eventually(page, lambda: "letter" in on_disk(home, "keys")["nodes"]["prompt"]["params"]["prompt"])

    # The outline says the same, and leads back.
    press("Alt+o")
    row = page.locator('[data-row="ask"]')
    expect(page.locator("[role=treeitem]:focus")).to_have_count(1)
    press("a")
    expect(row).to_be_focused()
    expect(row).to_have_attribute("aria-label", "Ask, Ask, done")
    expect(row).to_have_attribute("aria-selected", "true")
    press("Alt+c")
    expect(hands.card("ask")).to_be_focused()
    do(page, hands, "name the flow")
    expect(page.locator('[data-field="flow-name"] .w-input')).to_be_focused()
    press("Control+a")
    write("By keys")
    press("Enter")
    eventually(page, lambda: on_disk(home, "keys")["name"] == "By keys")
    press("Alt+c")
    press("?")
    expect(page.get_by_role("dialog", name="Shortcuts")).to_contain_text("Go to the canvas")
    press("Escape")
    expect(page.get_by_role("dialog", name="Shortcuts")).to_have_count(0)
