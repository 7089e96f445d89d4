"""Every page can be used without seeing it, without a mouse, without telling colours close to each other apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.ui.access import problems, walk
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands

from weft.workspace import Workspace

pytestmark = pytest.mark.browser
FlowFile = Callable[..., Path]
NODES: dict[str, Any] = {
    "first": {
        "component": "prompt",
        "params": {
            "prompt": "What is {{topic}} to {{whom}}?",
            "output": {"type": "object", "properties": {}},
        },
        "inputs": {"topic": "inputs.topic"},
    },
    "second": {"component": "prompt", "params": {"prompt": "Say more."}, "inputs": {"context": ["first"]}},
}
LAYOUT = {"nodes": {"inputs": [0, 120], "first": [320, 60], "second": [700, 60], "outputs": [1080, 120]}}


def a_flow(flow_file: FlowFile) -> None:
    topic = {"topic": {"type": "text", "default": "tides"}}
    flow_file("two", name="Two", inputs=topic, outputs={"answer": "second"}, nodes=NODES, layout=LAYOUT)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_names_roles_labels_contrast_and_motion(tabs: Tabs, flow_file: FlowFile, theme: str) -> None:
    a_flow(flow_file)
    page = tabs.editor("two", theme=theme)
    hands = Hands(page)
    assert problems(page) == []
    hands.select("first")
    page.locator(".w-section-head", has_text="What it will see").click()
    page.locator(".w-seen-message").first.wait_for()
    for head in ("More inputs", "Options", "Save to the state"):
        fold = page.locator(".w-section-head", has_text=head)
        if fold.count() and fold.get_attribute("aria-expanded") == "false":
            fold.click()
    hands.tab("Problems")
    page.locator('[role="tab"]', has_text="Outline").click()
    page.locator('[role="treeitem"]').first.wait_for()
    assert problems(page) == []
    hands.field("first/param/prompt").press("Control+Shift+Enter")
    page.locator(".w-prompt--large .w-seen-message").first.wait_for()
    page.keyboard.press("Control+End")
    page.keyboard.type(" {{")
    page.locator(".w-offers").wait_for()
    assert problems(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Mock…").click()
    page.locator(".w-dialog h2").wait_for()
    assert problems(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".w-dialog h2")).to_have_count(0)
    page.goto(page.url.partition("/flows/")[0] + "/")
    page.get_by_role("button", name="New flow").first.click()
    page.get_by_label("Name").wait_for()
    assert problems(page) == []
    page.context.clear_cookies()
    page.goto(page.url)
    tabs.forgiven = ("401", "403")
    assert problems(page) == []


def test_tab_goes_through_the_page_is_seen_everywhere_and_caught_nowhere(
    tabs: Tabs, flow_file: FlowFile
) -> None:
    a_flow(flow_file)
    page = tabs.editor("two", size=(1400, 850))
    Hands(page).select("first")
    page.locator('[role="tab"]', has_text="Outline").click()
    page.locator('[role="treeitem"]').first.wait_for()
    Hands(page).field("first/param/prompt").wait_for()  # the whole page is there before it is gone through
    names, wrong = walk(page)
    assert wrong == []
    said = "\n".join(names)
    for name in ("Outline", "Search the outline", "Run", "Problems", "Width of the inspector"):
        assert name in said, (name, names)


def test_a_whole_flow_is_built_and_run_by_keyboard_alone(
    tabs: Tabs, home: Workspace, flow_file: FlowFile
) -> None:
    flow_file("keys", name="Keys", inputs={"topic": {"type": "text", "default": "the tides"}}, nodes={})
    page = tabs.editor("keys")
    hands = Hands(page)
    press, write = hands.press, hands.type
    press("Insert")
    page.get_by_role("combobox", name="Add a component").wait_for()
    write("prom")
    press("Enter")
    hands.card("prompt").wait_for()
    press("Enter")
    area = hands.field("prompt/param/prompt")
    expect(area).to_be_focused()
    write("Name three facts about {{")
    page.locator(".w-offer", has_text="Input topic").wait_for()
    press("Enter")  # the edge from the input comes with the name
    expect(area).to_have_value("Name three facts about {{topic}}")
    hands.row("prompt", "topic").wait_for()
    # A second one behind it, by the outline.
    press("Alt+o")
    tree = page.locator('[role="treeitem"]')
    expect(page.locator('[role="treeitem"]:focus')).to_have_count(1)
    press("p")  # as one types, the tree goes there
    expect(tree.filter(has_text="Prompt").first).to_be_focused()
    press("Shift+F10")
    page.get_by_role("menuitem", name="Add after…").focus()
    press("Enter")
    page.get_by_role("combobox", name="Add a component that fits").wait_for()
    write("prompt")
    press("Enter")
    hands.card("prompt_2").wait_for()
    press("Enter")
    second = hands.field("prompt_2/param/prompt")
    expect(second).to_be_focused()
    press("Control+a")
    write("Say it shorter: {{")
    page.locator(".w-offer").first.wait_for()
    write("promp")
    press("Enter")
    press("Control+s")
    hands.expect_saved("Saved")
    hands.expect_problems(0)
    press("Control+Enter")
    hands.expect_run("done")
    # The answer, in the outline and in the form.
    press("Alt+o")
    expect(page.locator('[data-row="prompt_2"]')).to_have_attribute("aria-label", "Prompt 2, Prompt, done")
    expect(page.get_by_role("log", name="Output of the step")).to_contain_text("demo model")
    saved = json.loads((home.root / "flows" / "keys.json").read_text())
    assert saved["nodes"]["prompt"]["inputs"] == {"topic": "inputs.topic"}
    assert "prompt" in json.dumps(saved["nodes"]["prompt_2"]["inputs"])
