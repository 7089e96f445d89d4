"""In the editor: a prompt is given a tool of an MCP server, and its call is seen as a step inside the prompt."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands
from tests.ui.test_editor import FlowFile, eventually, on_disk

from weft.workspace import Workspace
from weft.workspace.mcp import tools
from weft.workspace.mcp.tools import Listed

pytestmark = pytest.mark.browser

SERVER = Path(__file__).parents[1] / "fakes" / "mcp_server.py"
ADD = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer", "default": 1}},
    "required": ["a"],
}


@pytest.fixture
def home(home: Workspace) -> Workspace:
    """A workspace with an MCP server whose tools were listed before."""
    table = (
        f"[mcp.sums]\ncommand = {json.dumps(sys.executable)}\nargs = {json.dumps([str(SERVER), 'stdio'])}\n"
    )
    (home.root / "weft.toml").write_text(table)
    kept = home.mcp.path("sums")
    kept.parent.mkdir(parents=True)
    kept.write_text(tools.text([Listed(name="add", description="Add two numbers.", arguments=ADD)]))
    return home


def holds(page: Page, home: Workspace, tools: list[Any]) -> None:
    """The file gives the prompt these tools."""
    eventually(page, lambda: on_disk(home, "sums")["nodes"]["answer"]["params"].get("tools") == tools)


def test_a_tool_is_found_fixed_asked_about_and_its_call_is_a_step(
    tabs: Tabs, home: Workspace, flow_file: FlowFile, tmp_path: Path
) -> None:
    flow_file(
        "sums",
        nodes={
            "answer": {"component": "prompt", "params": {"prompt": "How much is 3 and 4?", "model": "demo"}}
        },
    )
    page = tabs.editor("sums")
    hands = Hands(page)
    hands.select("answer")
    find = page.get_by_role("combobox", name="Add a tool")
    find.focus()
    find.press_sequentially("no such thing")
    expect(page.get_by_text("Nothing matches.")).to_be_visible()
    find.press("Escape")
    expect(find).to_have_attribute("aria-expanded", "false")
    find.fill("sums")
    expect(page.get_by_role("option")).to_have_text(["Addsums"])
    find.press("Enter")
    holds(page, home, ["sums__add"])
    hands.field("answer/tools/tools/0/ask").click()
    holds(page, home, [{"component": "sums__add", "ask": True}])

    fix = hands.field("answer/tools/tools/0/fixed/fix/0")
    fix.select_option("b")
    holds(page, home, [{"component": "sums__add", "ask": True, "params": {"b": 1}}])
    fixed = hands.field("answer/tools/tools/0/fixed/b")
    fixed.fill("many")
    fixed.press("Tab")
    said = page.locator('[data-field="answer/tools/tools/0/fixed/b"] .w-field-error')
    expect(said).to_contain_text("'many' is not a whole number")
    page.get_by_role("button", name="Reset b").click()
    holds(page, home, [{"component": "sums__add", "ask": True}])
    fix.select_option("b")
    fixed.fill("5")
    holds(page, home, [{"component": "sums__add", "ask": True, "params": {"b": 5}}])
    page.screenshot(path=str(tmp_path / "fixed.png"))
    page.get_by_role("button", name="Run").first.click()
    page.locator(".w-ask").get_by_role("button", name="Approve").wait_for()
    page.screenshot(path=str(tmp_path / "asked.png"))
    expect(page.locator('.w-ask-fields [data-field$="argument:b"]')).to_have_count(0)
    argument = page.locator('.w-ask-fields [data-field$="argument:a"] input')
    expect(argument).to_be_visible()
    argument.fill("many")
    page.locator(".w-ask").get_by_role("button", name="Approve").click()
    expect(page.locator(".w-ask .w-field-error").last).to_contain_text("a: 'many' is not of type 'integer'")
    argument.fill("40")
    page.locator(".w-ask").get_by_role("button", name="Approve").click()
    expect(page.get_by_text("The tool gave:").first).to_be_visible(timeout=60_000)  # a server has to start
    hands.expect_card("answer", "done")
    page.locator('[aria-level="1"] button').first.click()
    expect(page.locator('[aria-level="2"]').first).to_contain_text("[0] Sums  add")
    page.screenshot(path=str(tmp_path / "mcp.png"))
    page.get_by_role("tab", name="Messages").click()
    expect(page.locator(".w-turn-head").first).to_contain_text("Round 1 of 2")
    expect(page.locator(".w-message--calls")).to_contain_text("sums__add(")
    told = page.locator(".w-message-text", has_text='(A person changed the arguments to {"a": 40')
    expect(told.first).to_be_visible()
