"""The prompt editor, what a node will see, and the outline, in Chromium: by mouse, by keys, in two tabs."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.chromium import PATIENCE
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands

from weft.workspace import Workspace

pytestmark = pytest.mark.browser
FlowFile = Callable[..., Path]
TOPIC = {"topic": {"type": "text", "default": "the tides"}}
FIELD = "second/param/prompt"
HOLD = """() => {
  const heard = window.socket.onevent, held = [];
  window.socket.onevent = (packet) => held.push(packet);
  window.release = () => { window.socket.onevent = heard; held.forEach((packet) => heard.call(window.socket, packet)); };
}"""
"""What the server says to this page waits until `release`."""


def prompt(text: str, **more: Any) -> dict[str, Any]:
    return {"component": "prompt", "params": {"prompt": text}, **more}


def two(flow_file: FlowFile) -> None:
    flow_file(
        "two",
        name="Two prompts",
        inputs=TOPIC,
        state={"tone": "dry"},
        outputs={"answer": "second"},
        nodes={
            "first": prompt("What is {{topic}}?", inputs={"topic": "inputs.topic"}),
            "third": prompt("And what else is {{topic}}?", inputs={"topic": "inputs.topic"}, title="A third"),
            "second": prompt("Say more.", inputs={"context": ["first", "third"]}),
        },
        layout={
            "nodes": {
                "inputs": [0, 120], "first": [320, 60], "third": [320, 300],
                "second": [700, 60], "outputs": [1080, 120],
            }
        },
    )  # fmt: skip


def saved(page: Page, home: Workspace, check: Callable[[Any], bool]) -> None:
    """Wait until the file says so."""
    path = home.root / "flows" / "two.json"
    for _ in range(PATIENCE // 50):
        with suppress(KeyError):
            if check(json.loads(path.read_text())["nodes"]):
                return
        page.wait_for_timeout(50)
    raise AssertionError(path.read_text())


def expect_looks(page: Page, *wanted: tuple[str, str]) -> None:
    """The holes of the prompt, and how they are coloured."""
    marks = page.locator(f'[data-field="{FIELD}"] .w-area-mirror mark')
    expect(marks).to_have_text([text for text, _ in wanted])
    expect(marks).to_have_class([f"w-hole--{look}" for _, look in wanted])


def test_holes_are_coloured_told_completed_and_wired_while_one_types(
    tabs: Tabs, home: Workspace, flow_file: FlowFile
) -> None:
    two(flow_file)
    page = tabs.editor("two")
    hands = Hands(page)
    hands.select("second")
    area, told = hands.field(FIELD), page.locator(f'[data-field="{FIELD}"] .w-told')
    area.click()
    top = area.bounding_box()
    hands.press("Control+a")
    hands.type("In a {{state.tone}} tone, {{state.nope}}, {{whom}}")
    page.keyboard.press("Escape")
    area.click()
    expect_looks(page, ("{{state.tone}}", "state"), ("{{state.nope}}", "bad"), ("{{whom}}", "unfilled"))
    expect(told).to_contain_text("Nothing fills whom yet")
    expect(hands.field("second/param/whom")).to_be_visible()
    now = area.bounding_box()
    assert now is not None
    assert top is not None
    assert (now["x"], now["y"], now["width"]) == (top["x"], top["y"], top["width"])
    hands.press("Control+End")
    hands.type(" of {{fir")
    page.locator(".w-offer", has_text="First").first.wait_for()
    hands.press("Enter")
    hands.type(", {{topic")
    hands.press("Enter")
    expect(area).to_have_value("In a {{state.tone}} tone, {{state.nope}}, {{whom}} of {{first}}, {{topic}}")
    saved(page, home, lambda nodes: nodes["second"]["inputs"].get("first") == "first")
    saved(page, home, lambda nodes: nodes["second"]["inputs"].get("topic") == "inputs.topic")
    # Inside the field Ctrl+Z takes back what was typed, outside the last change of the flow.
    hands.press("Control+z")
    expect(area).not_to_have_value(
        "In a {{state.tone}} tone, {{state.nope}}, {{whom}} of {{first}}, {{topic}}"
    )
    hands.press("Control+Shift+z")
    hands.type(" {{topic | up")
    page.locator(".w-offer", has_text="upper").wait_for()
    hands.press("Tab")
    expect(area).to_have_value(
        "In a {{state.tone}} tone, {{state.nope}}, {{whom}} of {{first}}, {{topic}} {{topic | upper}}"
    )
    hands.press("Control+f")
    hands.type("STATE")
    expect(page.locator(".w-finder")).to_contain_text("1 of 2")
    hands.press("Enter")
    expect(page.locator(".w-finder")).to_contain_text("2 of 2")
    hands.press("Escape")
    page.wait_for_function(
        "(one) => one.value.slice(one.selectionStart, one.selectionEnd) === 'state'",
        arg=area.element_handle(),
    )


def test_the_large_editor_shows_what_the_node_will_see_and_leads_to_where_it_comes_from(
    tabs: Tabs, flow_file: FlowFile
) -> None:
    two(flow_file)
    page = tabs.editor("two")
    hands = Hands(page)
    hands.select("second")
    area = hands.field(FIELD)
    area.click()
    hands.press("Control+Shift+Enter")
    large = page.get_by_role("dialog", name="prompt, large")
    expect(area).to_be_focused()
    roles = large.locator(".w-seen-role > :first-child")
    expect(roles).to_have_text(["system", "user", "assistant", "user", "assistant", "user"])
    expect(large.locator(".w-seen")).to_contain_text("as it would be asked")
    hands.press("Control+End")
    hands.type(" Of {{topic}}?")
    expect(large.locator(".w-seen-text").last).to_have_text("Say more. Of ⟨topic⟩?")
    area.fill("Say more.")
    hands.press("Escape")
    expect(large).to_have_count(0)
    expect(area).to_be_focused()
    page.locator(".w-section-head", has_text="What it will see").click()
    page.locator(".w-seen-source", has_text="Question of First").click()
    expect(page.locator(".w-inspector-title")).to_have_text("First")
    page.get_by_role("button", name="Until here").click()
    hands.expect_card("first", "done")
    expect(page.locator(".w-tools-state")).to_contain_text("Done")
    page.locator('[data-node="second"] .weft-title').click()
    expect(page.locator(".w-seen")).to_contain_text("cached: nothing it is made of has changed")
    page.locator('[data-node="first"] .weft-title').click()
    expect(page.locator(".w-inspector-title")).to_have_text("First")
    page.get_by_role("button", name="Mock…").click()
    page.locator('[data-field="mock/messages"] textarea').fill("[1")
    page.get_by_role("button", name="Pin these values").click()
    expect(page.locator(".w-dialog")).to_contain_text("Not valid JSON")
    page.locator('[data-field="mock/messages"] textarea').fill("")
    page.locator('[data-field="mock/text"] textarea').fill("Made up.")
    page.get_by_role("button", name="Pin these values").click()
    expect(page.locator(".w-tools-state")).to_contain_text("Pinned")
    page.locator('[data-node="second"] .weft-title').click()
    expect(page.locator(".w-seen")).to_contain_text("Made up.")


def test_two_tabs_in_one_text_lose_neither_and_different_fields_are_left_alone(
    tabs: Tabs, home: Workspace, flow_file: FlowFile
) -> None:
    two(flow_file)
    one, other = tabs.editor("two"), tabs.editor("two")
    left, right = Hands(one), Hands(other)
    left.select("second")
    right.select("second")
    mine, theirs = left.field(FIELD), right.field(FIELD)
    mine.click()
    one.keyboard.press("Control+End")
    one.keyboard.type(" Mine")
    right.field("second/param/model").fill("demo")
    right.field("second/title").fill("Both")
    one.keyboard.type(" too.")
    expect(mine).to_have_value("Say more. Mine too.")
    saved(one, home, lambda nodes: nodes["second"]["params"]["prompt"] == "Say more. Mine too.")
    expect(theirs).to_have_value("Say more. Mine too.")
    theirs.click()
    other.keyboard.press("Control+a")
    other.keyboard.type("Theirs.")
    box = one.locator(f'[data-field="{FIELD}"] [role="alert"]')
    expect(box).to_contain_text("Theirs.")
    expect(mine).to_have_value("Say more. Mine too.")
    one.get_by_role("button", name="Keep mine").click()
    expect(box).to_have_count(0)
    other.get_by_role("button", name="Take theirs").click()
    expect(theirs).to_have_value("Say more. Mine too.")
    saved(one, home, lambda nodes: nodes["second"]["params"]["prompt"] == "Say more. Mine too.")


def test_what_is_typed_while_the_answer_is_on_its_way_is_no_conflict(tabs: Tabs, flow_file: FlowFile) -> None:
    """On a slow connection the second text goes up before the first is acknowledged."""
    two(flow_file)
    one, other = tabs.editor("two"), tabs.editor("two")
    left, right = Hands(one), Hands(other)
    left.select("second")
    right.select("second")
    mine, theirs = left.field(FIELD), right.field(FIELD)
    mine.click()
    one.keyboard.press("Control+End")
    one.evaluate(HOLD)
    for said in (" One", " and two", " and three."):
        one.keyboard.type(said)
        expect(theirs).to_have_value(mine.input_value())
    one.evaluate("() => window.release()")
    one.keyboard.type(" Four.")
    expect(theirs).to_have_value("Say more. One and two and three. Four.")
    expect(mine).to_have_value("Say more. One and two and three. Four.")
    expect(one.locator(f'[data-field="{FIELD}"] [role="alert"]')).to_have_count(0)


def test_the_outline_does_what_the_canvas_does(tabs: Tabs, home: Workspace, flow_file: FlowFile) -> None:
    two(flow_file)
    page = tabs.editor("two", size=(1200, 800))
    hands = Hands(page)
    hands.press("Alt+o")
    rows = page.locator('[role="treeitem"]')
    expect(rows).to_have_count(5)
    expect(rows.first).to_be_focused()
    said = rows.evaluate_all("(all) => all.map((row) => row.getAttribute('aria-label'))")
    assert said[0] == "Flow inputs, what the flow is given"
    assert said[3] == "Second, Prompt"
    hands.press("a")  # to A third
    expect(rows.nth(2)).to_be_focused()
    expect(page.locator(".w-inspector-title")).to_have_text("A third")
    hands.press("Alt+ArrowUp")
    saved(page, home, lambda nodes: nodes["second"]["inputs"]["context"] == ["third", "first"])
    hands.press("F2")
    hands.press("Control+a")
    hands.type("Prime")
    hands.press("Enter")
    row = page.locator('[data-row="third"]')
    expect(row).to_be_focused()
    expect(row).to_have_attribute("aria-label", "Prime, Prompt")
    hands.press("Control+d")
    expect(rows).to_have_count(6)
    # What is selected on the canvas is so here.
    page.evaluate("document.querySelector('.w-canvas > *').editor.select(['first'])")
    expect(page.locator('[data-row="first"]')).to_have_attribute("aria-selected", "true")
    page.get_by_label("Search the outline").fill("prime")
    expect(rows).to_have_count(2)
    page.get_by_label("Search the outline").fill("")
    page.locator('[data-row="third"]').click()
    hands.press("Delete")
    expect(page.locator('[data-row="third"]')).to_have_count(0)
    expect(page.locator(":focus")).to_have_attribute("role", "treeitem")
    page.locator('[data-row="first"]').click(button="right")
    page.get_by_role("menuitem", name="Run until here").click()
    expect(page.locator('[data-row="first"]')).to_have_attribute("aria-label", "First, Prompt, done")
    hands.press("Alt+o")
    hands.press("Enter")
    expect(page.locator(":focus")).to_have_class("w-input")


def test_an_outline_of_thousands_draws_a_screenful_and_goes_through_all_of_it(
    tabs: Tabs, flow_file: FlowFile
) -> None:
    nodes: dict[str, Any] = {"n0": prompt("Begin")}
    for number in range(1, 3000):
        nodes[f"n{number}"] = {
            "component": "prompt",
            "title": f"Step {number}",
            "params": {"prompt": "Go on"},
            "inputs": {"context": [f"n{number - 1}"]},
        }
    flow_file("long", name="Long", nodes=nodes)
    page = tabs.editor("long")
    page.keyboard.press("Alt+o")
    expect(page.locator('[data-row="inputs"]')).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator('[data-row="outputs"]')).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator('[data-row="n2999"]')).to_be_focused()
    assert page.locator('[role="treeitem"]').count() < 80
    page.keyboard.type("Step 1234")
    expect(page.locator('[data-row="n1234"]')).to_be_focused()


def test_the_fields_of_an_answer_are_edited_in_a_form_as_json_and_from_an_example(
    tabs: Tabs, home: Workspace, flow_file: FlowFile
) -> None:
    two(flow_file)
    page = tabs.editor("two")
    hands = Hands(page)
    hands.select("second")
    output = "second/param/output"
    page.locator(".w-section-head", has_text="More inputs").click()
    hands.field(output).select_option("fields")
    saved(page, home, lambda nodes: nodes["second"]["params"]["output"]["required"] == ["answer"])
    name = hands.field(f"{output}/field/0/name")
    name.fill("mood")
    name.press("Tab")
    hands.field(f"{output}/field/0/kind").select_option("choice")
    hands.field(f"{output}/field/0/choices").fill("calm\nwild")
    page.get_by_role("button", name="From an example…").wait_for()
    hands.field(f"{output}/field/0/choices").blur()
    mood = {"type": "string", "enum": ["calm", "wild"]}
    saved(page, home, lambda nodes: nodes["second"]["params"]["output"]["properties"] == {"mood": mood})
    page.get_by_role("button", name="As JSON", exact=True).click()
    raw = hands.field(f"{output}/json")
    raw.fill('{"type": 7}')
    expect(page.locator(f'[data-field="{output}/json"] .w-field-error')).to_contain_text("no JSON Schema")
    raw.fill('{"type": "object", "properties": {"n": {"type": "integer"}}}')
    page.get_by_role("button", name="Edit in a form").click()
    expect(hands.field(f"{output}/field/0/kind")).to_have_value("integer")
    page.get_by_role("button", name="From an example…").click()
    page.locator('[data-field="dialog-text"] textarea').fill('{"who": "Ada", "ages": [36, 3.5]}')
    page.get_by_role("button", name="Make fields of it").click()
    expect(hands.field(f"{output}/field/1/name")).to_have_value("ages")
    hands.field(f"{output}").select_option("text")
    saved(page, home, lambda nodes: nodes["second"]["params"]["output"] == "text")
