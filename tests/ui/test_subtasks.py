"""In the editor: nodes collapse into a subtask, its flow is edited in place, and comes out again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands
from tests.ui.test_editor import FlowFile, eventually, on_disk, two

from weft.workspace import Workspace

pytestmark = pytest.mark.browser


@pytest.mark.gesture("inside", "mouse", "keys")
def test_a_subtask_is_made_opened_edited_run_and_put_in_place_again(
    tabs: Tabs, home: Workspace, flow_file: FlowFile
) -> None:
    two(flow_file)
    page = tabs.editor("two")
    hands = Hands(page)
    hands.click(hands.title("second"))
    hands.press("Control+g")
    hands.card("subtask").wait_for()
    expect(hands.card("second")).to_have_count(0)
    hands.row("subtask", "first").wait_for()
    hands.expect_problems(0)
    expect(hands.field("subtask/id")).to_be_visible()

    hands.click(hands.title("subtask"))
    hands.press("Shift+Enter")
    expect(page.locator(".w-crumb")).to_contain_text("Two prompts›Subtask")
    hands.select("second")
    hands.field("second/title").fill("Say it again")
    hands.expect_card("second", "Say it again")
    inner = {"title": "Say it again"}
    eventually(
        page,
        lambda: (
            on_disk(home, "two")["nodes"]["subtask"]["params"]["flow"]["nodes"]["second"].items()
            >= inner.items()
        ),
    )
    page.locator(".w-crumb a").click()
    page.wait_for_url("**/flows/two?node=subtask")
    hands.click(hands.title("subtask"))
    hands.press("Control+Enter")
    hands.expect_run("done")
    hands.expect_card("subtask", "done")

    hands.click(hands.title("subtask"))
    hands.press("Control+Shift+g")
    hands.expect_card("second", "Say it again")
    expect(hands.card("subtask")).to_have_count(0)
    for _ in range(3):
        hands.press("Control+z")
    hands.expect_card("second", "Second")


def test_why_not_is_said_and_two_tabs_see_the_same(tabs: Tabs, flow_file: FlowFile) -> None:
    two(flow_file)
    page, beside = tabs.editor("two"), tabs.editor("two")
    hands, other = Hands(page), Hands(beside)
    hands.card("second").wait_for()
    hands.click(hands.title("first"))
    hands.press("Control+Shift+g")
    expect(page.locator(".weft-tip")).to_contain_text("Only a node that runs a flow")
    hands.press("t")
    hands.type("For **both** of us")
    hands.press("Control+Enter")
    expect(beside.locator(".weft-sticky b")).to_have_text("both")
    hands.press("Escape")
    hands.click(hands.title("second"))
    hands.press("d")
    other.expect_card("second", "off")


def test_the_palette_leads_to_other_flows_and_tabs(tabs: Tabs, flow_file: FlowFile) -> None:
    two(flow_file)
    flow_file("other", name="Another flow", nodes={})
    page = tabs.editor("two")
    hands = Hands(page)
    hands.card("second").wait_for()
    hands.press("Control+k")
    hands.type("show histo")
    expect(page.get_by_role("option").first).to_contain_text("Show History")
    hands.press("Enter")
    expect(page.locator(".w-tab", has_text="History")).to_have_attribute("aria-selected", "true")
    hands.press("Control+k")
    hands.type("another")
    expect(page.get_by_role("option").first).to_contain_text("Another flow")
    hands.press("Enter")
    page.wait_for_url("**/flows/other")
    expect(page.get_by_text("An empty flow")).to_be_visible()
