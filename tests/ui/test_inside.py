"""The inside of a node in the editor: what its steps did, in which item; pins, problems, the way in and out."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands
from tests.ui.test_editor import FlowFile, eventually, on_disk

from weft.workspace import Workspace

pytestmark = pytest.mark.browser


def text(template: str, **more: Any) -> dict[str, Any]:
    return {"component": "text", "params": {"template": template}, **more}


def each(flow_file: FlowFile) -> None:
    """For each of four items: say it, then shout it; the third can't be shouted."""
    wrong = {"component": "math", "params": {"formula": "1 / (number - 2)"}}
    inner = {
        "format": 1,
        "inputs": {"item": {"type": "text"}, "index": {"type": "integer", "default": 0}},
        "outputs": {"shout": "shout"},
        "nodes": {
            "say": text("Say {{item}}", title="Say it", inputs={"item": "inputs.item"}),
            "share": {**wrong, "inputs": {"number": "inputs.index"}},
            "shout": text("{{what}}! {{of}}", inputs={"what": "say", "of": "share"}),
        },
    }
    flow_file(
        "each",
        name="Each of four",
        nodes={
            "each": {
                "component": "map",
                "title": "Shout each",
                "params": {"flow": inner, "items": ["a", "b", "c", "d"], "on_item_error": "skip"},
            },
            "after": text("Done: {{all}}", inputs={"all": "each"}),
        },
    )


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("WEFT_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def inside(page: Page) -> Hands:
    expect(page.locator(".w-crumb")).to_be_visible()
    hands = Hands(page)
    hands.card("say").wait_for()
    return hands


def test_the_items_of_a_run_are_seen_inside_together_and_one_by_one(tabs: Tabs, flow_file: FlowFile) -> None:
    each(flow_file)
    page = tabs.editor("each")
    hands = Hands(page)
    hands.click(hands.title("each"))
    shot(page, "outside")
    hands.press("Enter")
    hands = inside(page)
    expect(page.locator(".w-crumb-way")).to_have_text("Each of four›Shout each")
    expect(page.locator(".w-crumb-passes")).to_be_hidden()
    hands.press("Control+Enter")
    hands.expect_run("done")
    choice = page.locator('[data-field="pass"] select')
    expect(choice.locator("option")).to_have_text(["All 4 together", "[0]", "[1]", "[2] · failed", "[3]"])
    hands.expect_card("say", "4 done")
    hands.expect_card("share", "1 failed")
    shot(page, "all")
    choice.select_option(label="[3]")
    expect(hands.card("say")).not_to_contain_text("4 done")
    hands.expect_card("say", "Say d")
    shot(page, "one")
    page.reload()
    hands = inside(page)
    expect(choice).to_have_value("each[3]/")
    hands.expect_card("say", "Say d")
    expect(page.locator('[data-field="flow-name"] input')).to_have_attribute("placeholder", "Shout each")
    hands.select("say")
    edit = page.get_by_role("button", name="Edit output")
    expect(edit).to_have_attribute("title", re.compile("part of what the node around it gave"))
    expect(edit).to_have_attribute("aria-disabled", "true")
    hands.tab("Run")
    page.locator('[data-step="each"]').click()
    page.locator(".w-steps").focus()
    hands.press("ArrowRight")  # unfolded, whether it was or not
    page.locator('[data-step="each[2]/share"]').click()
    expect(choice).to_have_value("each[2]/")
    hands.expect_card("share", "failed")
    expect(page.locator(".w-detail-title")).to_have_text("Shout each › [2] Share")
    page.locator(".w-crumb a").click()
    page.wait_for_url("**/flows/each?node=each")
    hands.expect_card("each", "1 failed inside")


def test_data_and_history_are_of_the_run_around(tabs: Tabs, flow_file: FlowFile) -> None:
    each(flow_file)
    page = tabs.open("/flows/each/inside/each")
    hands = inside(page)
    hands.press("Control+Enter")
    hands.expect_run("done")
    hands.tab("Data")
    page.locator('[data-field="pass"] select').select_option(label="[1]")
    hands.select("say")
    data = page.locator(".w-values")
    expect(data).to_contain_text("Shout each › [1] Say it")
    expect(data).to_contain_text("Say b")
    hands.tab("History")
    expect(page.locator("[data-run]")).to_have_count(1)
    shot(page, "history")


def test_a_pin_inside_holds_in_every_item_and_stays_a_pin_of_the_flow(
    tabs: Tabs, flow_file: FlowFile, home: Workspace
) -> None:
    each(flow_file)
    page = tabs.open("/flows/each/inside/each")
    hands = inside(page)
    hands.press("Control+Enter")
    hands.expect_run("done")
    page.locator('[data-field="pass"] select').select_option(label="[0]")
    hands.click(hands.title("say"))
    hands.press("i")
    expect(page.locator(".w-toast").first).to_contain_text("Say it is pinned")
    eventually(page, lambda: "each/say" in home.runs().pins.of("each"))
    hands.press("Control+Enter")
    hands.expect_run("done")
    page.locator('[data-field="pass"] select').select_option(label="[3]")
    hands.expect_card("say", "Say a")


def test_a_part_is_run_from_inside(tabs: Tabs, flow_file: FlowFile) -> None:
    each(flow_file)
    page = tabs.open("/flows/each/inside/each")
    hands = inside(page)
    hands.click(hands.title("say"))
    hands.press("Shift+R")
    hands.expect_run("done")
    hands.expect_card("say", "4 done")
    hands.expect_card("shout", "skipped")


def test_a_problem_inside_leads_to_its_place(tabs: Tabs, flow_file: FlowFile) -> None:
    inner = {"format": 1, "nodes": {"say": text("Hello {{who}}")}}
    flow_file("bad", nodes={"sub": {"component": "subtask", "params": {"flow": inner}}})
    page = tabs.editor("bad")
    hands = Hands(page)
    hands.tab("Problems")
    page.locator(".w-problem-go").first.click()
    page.wait_for_url("**/flows/bad/inside/sub?node=say")
    hands = inside(page)
    expect(page.locator(".w-inspector-title")).to_have_text("Say")
    hands.tab("Problems")
    expect(page.locator(".w-problem")).to_have_count(1)


def test_two_edit_the_same_inside_and_each_undoes_what_is_theirs(
    tabs: Tabs, flow_file: FlowFile, home: Workspace
) -> None:
    each(flow_file)
    page, beside = tabs.open("/flows/each/inside/each"), tabs.open("/flows/each/inside/each")
    mine, yours = inside(page), inside(beside)
    mine.select("say")
    mine.field("say/title").fill("Mine")
    yours.select("shout")
    yours.field("shout/title").fill("Yours")
    yours.expect_card("say", "Mine")
    mine.expect_card("shout", "Yours")
    mine.click(mine.title("share"))
    mine.press("Control+z")
    mine.expect_card("say", "Say it")
    yours.expect_card("say", "Say it")
    yours.expect_card("shout", "Yours")
    eventually(
        page,
        lambda: (
            on_disk(home, "each")["nodes"]["each"]["params"]["flow"]["nodes"]["shout"].get("title") == "Yours"
        ),
    )


def test_the_form_shows_the_flow_inside_and_the_keys_lead_in_and_out(tabs: Tabs, flow_file: FlowFile) -> None:
    each(flow_file)
    page = tabs.editor("each")
    hands = Hands(page)
    hands.select("each")
    inner = page.locator(".w-inner")
    expect(inner).to_contain_text("Takes item, index. Gives shout. 3 nodes.")
    expect(inner.locator(".w-picture-node")).to_have_count(5)
    expect(page.get_by_text("Edit as JSON")).to_have_count(0)
    inner.get_by_role("button", name="Open").click()
    inside(page)
    page.reload()
    hands = inside(page)
    expect(page.get_by_role("navigation", name="Where this flow is")).to_contain_text("Each of four")
    hands.click(hands.title("say"))
    hands.press("Alt+ArrowLeft")
    page.wait_for_url("**/flows/each?node=each")
    expect(page.locator(".w-inspector-title")).to_have_text("Shout each")
