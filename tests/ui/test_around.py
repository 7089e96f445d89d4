"""Around the canvas in a real browser, by keyboard: a card's menu, undo, a dropped file, settings, chat, on a phone."""

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import FilePayload, expect
from tests.ui.conftest import Tabs

from weft.workspace import Workspace

FlowFile = Callable[..., Path]
SAY = {
    "component": "text",
    "params": {"template": "You said {{said}}."},
    "inputs": {"said": "inputs.question"},
}
ECHO = {
    "name": "Echo",
    "inputs": {"question": {"type": "text"}},
    "outputs": {"answer": "say"},
    "nodes": {"say": SAY},
}


def test_the_gallery_by_keyboard(tabs: Tabs, flow_file: FlowFile, home: Workspace) -> None:
    flow_file("echo", **ECHO)
    page = tabs.open("/", size=(390, 800))
    opener = page.get_by_role("button", name="What to do with Echo")
    opener.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Duplicate")).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("menuitem", name="Move to the trash")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("“Echo” is in the trash.")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(opener).to_be_visible()
    assert home.load("echo").name == "Echo"
    gift = {"format": 1, "name": "<b>Gift</b>", "nodes": {"a": SAY | {"inputs": {}}}}
    file: FilePayload = {
        "name": "gift.json",
        "mimeType": "application/json",
        "buffer": json.dumps(gift).encode(),
    }
    page.set_input_files("input[type=file]", files=[file])
    expect(page.get_by_role("heading", name="Import “<b>Gift</b>”?")).to_be_visible()
    page.get_by_role("button", name="Import, only to look at").press("Enter")
    expect(page.get_by_text("not trusted yet")).to_be_visible()
    page.wait_for_function("document.documentElement.scrollWidth === 390")


def test_settings_and_chat(tabs: Tabs, flow_file: FlowFile, home: Workspace) -> None:
    flow_file("echo", **ECHO)
    page = tabs.open("/settings", size=(900, 700), theme="dark")
    page.get_by_role("button", name="Light", exact=True).press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.locator(".w-shortcut", has_text="Find and replace")).to_contain_text("Ctrl F")
    page.get_by_label("Most tokens").fill("1000")
    page.keyboard.press("Tab")
    expect(page.get_by_text("weft.toml is written.")).to_be_visible()
    assert home.settings.budget.max_tokens == 1000
    page.get_by_label("Name", exact=True).fill("nightly")
    page.get_by_role("button", name="Make a token").press("Enter")
    expect(page.get_by_text("Copy it now")).to_be_visible()
    expect(page.locator(".w-list-row", has_text="nightly")).to_contain_text("read; good until")
    page = tabs.editor("echo")
    page.get_by_role("tab", name="Chat").press("Enter")
    page.get_by_label("Message", exact=True).fill("hello")
    page.keyboard.press("Enter")
    expect(page.locator(".w-chat-text")).to_have_text("You said hello.")
    expect(page.get_by_label("Message", exact=True)).to_have_value("")
    page.locator(".w-chat-steps summary").press("Enter")
    page.locator(".w-chat-step").press("Enter")
    expect(page.get_by_role("tab", name="Run")).to_have_attribute("aria-selected", "true")
