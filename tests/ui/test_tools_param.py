"""In the editor: a prompt is given a tool of an MCP server, and its call is seen as a step inside the prompt."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect
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


def test_a_tool_is_chosen_asked_about_and_its_call_is_a_step(
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
    add = hands.field("answer/tools/tools/add/0")
    add.select_option("sums__add")
    eventually(page, lambda: on_disk(home, "sums")["nodes"]["answer"]["params"].get("tools") == ["sums__add"])
    hands.field("answer/tools/tools/0/ask").click()
    asked = [{"component": "sums__add", "ask": True}]
    eventually(page, lambda: on_disk(home, "sums")["nodes"]["answer"]["params"].get("tools") == asked)
    page.get_by_role("button", name="Run").first.click()
    page.locator(".w-ask").get_by_role("button", name="Approve").wait_for()
    page.screenshot(path=str(tmp_path / "asked.png"))
    page.locator(".w-ask").get_by_role("button", name="Approve").click()
    hands.expect_card("answer", "done")
    expect(page.get_by_text("The tool gave:").first).to_be_visible()
    page.locator('[aria-level="1"] button').first.click()
    expect(page.locator('[aria-level="2"]').first).to_contain_text("[0] Sums  add")
    page.screenshot(path=str(tmp_path / "mcp.png"))
