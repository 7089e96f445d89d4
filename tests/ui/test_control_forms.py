"""Forms of the components of control flow: a person builds with them on the canvas."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands
from tests.ui.test_editor import eventually, on_disk

from weft.workspace import Workspace

pytestmark = pytest.mark.browser
FlowFile = Callable[..., Path]
CASES = [{"name": "good", "when": "score >= 7"}, {"name": "poor", "when": "score < 3"}]


def picture(page: Page, name: str) -> None:
    """For whoever wants to look: `WEFT_LOOK=folder`."""
    if folder := os.environ.get("WEFT_LOOK"):
        page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled", caret="hide")


def branching(flow_file: FlowFile, **params: Any) -> None:
    flow_file(
        "ways",
        name="Ways",
        nodes={
            "way": {"component": "branch", "params": {"value": "text", "score": 8, **params}},
            "praise": {"component": "prompt", "params": {"prompt": "Praise {{it}}"}},
        },
        layout={"nodes": {"way": [40, 60], "praise": [440, 60]}},
    )


def test_a_branch_gets_its_cases_from_a_form(tabs: Tabs, flow_file: FlowFile, home: Workspace) -> None:
    branching(flow_file)
    page = tabs.editor("ways")
    hands = Hands(page)
    hands.select("way")
    page.get_by_role("button", name="Add case").click()
    hands.row("way", "case1", "out").wait_for()
    hands.field("way/list/cases/0/name").fill("good")
    hands.row("way", "good", "out").wait_for()
    hands.field("way/list/cases/0/when").fill("score >= 7")
    hands.row("way", "score").wait_for()
    page.get_by_role("button", name="Add case").click()
    hands.field("way/list/cases/1/name").fill("good")
    expect(page.locator('[data-field="way/list/cases/1/name"]')).to_contain_text(
        "There is a way 'good' already."
    )
    hands.field("way/list/cases/1/name").fill("poor")
    hands.field("way/list/cases/1/when").fill("score < 3")
    hands.row("way", "poor", "out").wait_for()
    hands.drag(hands.dot("way", "good", "out"), hands.dot("praise", "it"))
    picture(page, "branch-form")

    hands.select("way")
    hands.field("way/list/cases/0/name").fill("fine")  # what is wired to it follows
    hands.row("way", "fine", "out").wait_for()
    page.get_by_role("button", name="Later").first.click()
    names = lambda: [case["name"] for case in on_disk(home, "ways")["nodes"]["way"]["params"]["cases"]]  # noqa: E731
    eventually(page, lambda: names() == ["poor", "fine"])
    wired = lambda: on_disk(home, "ways")["nodes"]["praise"].get("inputs")  # noqa: E731
    eventually(page, lambda: wired() == {"it": "way.fine"})  # it was the first way, and is still that way
    hands.field("way/list/cases/1/name").fill("great")
    eventually(page, lambda: wired() == {"it": "way.great"})
    hands.field("way/list/cases/1/name").fill("fine")
    eventually(page, lambda: names() == ["poor", "fine"])
    page.get_by_role("button", name="Remove case 1").click()
    eventually(page, lambda: names() == ["fine"])
    hands.press("Escape")
    hands.click(hands.empty(0, 500))
    hands.press("Control+z")
    eventually(page, lambda: names() == ["poor", "fine"])


def test_cases_can_be_written_as_json(tabs: Tabs, flow_file: FlowFile, home: Workspace) -> None:
    branching(flow_file, cases=CASES)
    page = tabs.editor("ways")
    hands = Hands(page)
    hands.select("way")
    page.get_by_role("button", name="Edit as JSON").click()
    area = hands.field("way/param/cases")
    expect(area).to_be_visible()
    area.fill('[{"name": "only"')
    expect(page.locator('[data-field="way/param/cases"]')).to_contain_text("Not valid JSON")
    area.fill('[{"name": "only", "when": "score > 1"}]')
    hands.row("way", "only", "out").wait_for()
    page.get_by_role("button", name="Edit in a form").click()
    expect(hands.field("way/list/cases/0/name")).to_have_value("only")


@pytest.mark.parametrize("component", ["map", "repeat", "subtask"])
def test_a_flow_is_chosen_and_its_inputs_follow(tabs: Tabs, flow_file: FlowFile, component: str) -> None:
    flow_file(
        "inner",
        name="Inner flow",
        inputs={"item": {}, "reader": {}},
        outputs={"text": "ask"},
        nodes={
            "ask": {
                "component": "prompt",
                "params": {"prompt": "{{item}} for {{reader}}"},
                "inputs": {"item": "inputs.item", "reader": "inputs.reader"},
            }
        },
    )
    flow_file(
        "outer", name="Outer", nodes={"work": {"component": component}}, layout={"nodes": {"work": [40, 60]}}
    )
    page = tabs.editor("outer")
    hands = Hands(page)
    hands.select("work")
    hands.field("work/param/flow").select_option("inner")
    expect(page.locator(".w-inspector-head ~ .w-scroll, .w-scroll").last).to_contain_text(
        "Takes item, reader. Gives text. 1 node."
    )
    hands.row("work", "reader").wait_for()
    expect(page.get_by_role("link", name="Open this flow")).to_have_attribute("href", "/flows/inner")
    picture(page, f"{component}-form")


def test_a_flow_written_in_place_is_summed_up_and_checked(tabs: Tabs, flow_file: FlowFile) -> None:
    inner = {
        "format": 1,
        "name": "Short",
        "inputs": {"item": {}},
        "nodes": {
            "t": {"component": "text", "params": {"text": "{{item}}"}, "inputs": {"item": "inputs.item"}}
        },
    }
    flow_file(
        "outer",
        name="Outer",
        nodes={"each": {"component": "map", "params": {"flow": inner, "items": [1, 2]}}},
        layout={"nodes": {"each": [40, 60]}},
    )
    page = tabs.editor("outer")
    hands = Hands(page)
    hands.select("each")
    form = page.locator(".w-list").first
    expect(form).to_contain_text("Short: Takes item. Gives t. 1 node.")
    expect(form.locator("textarea")).to_have_count(0)
    form.get_by_role("button", name="As JSON", exact=True).click()
    area = hands.field("each/flow/flow/json")
    area.fill('{"format": 1, "nodes": {"t": {}}}')
    expect(form.locator(".w-field-error")).to_be_visible()
    picture(page, "flow-in-place")


def test_a_question_has_options_and_fields_in_forms(tabs: Tabs, flow_file: FlowFile, home: Workspace) -> None:
    flow_file(
        "one",
        name="One",
        nodes={"a": {"component": "ask", "params": {"question": "Well?"}}},
        layout={"nodes": {"a": [40, 60]}},
    )
    page = tabs.editor("one")
    hands = Hands(page)
    params = lambda: on_disk(home, "one")["nodes"]["a"]["params"]  # noqa: E731
    hands.select("a")
    expect(page.get_by_role("button", name="Add option")).to_have_count(0)
    hands.field("a/param/kind").select_option("choose")
    page.get_by_role("button", name="Add option").click()
    hands.field("a/list/choices/0").fill("yes")
    eventually(page, lambda: params().get("choices") == ["yes"])
    hands.field("a/param/kind").select_option("form")
    page.get_by_role("button", name="Add field").click()
    hands.field("a/list/fields/0/name").fill("amount")
    hands.row("a", "amount", "out").wait_for()
    hands.field("a/list/fields/0/type").select_option("number")
    hands.field("a/list/fields/0/description").fill("In euros")
    eventually(
        page, lambda: params().get("fields") == {"amount": {"type": "number", "description": "In euros"}}
    )
    picture(page, "ask-form")
