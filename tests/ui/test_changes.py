"""What changed in a flow, in Chromium: since the last commit, between edits, in a conflict; and single changes taken back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.ui.conftest import Tabs, put
from tests.ui.hands import Hands

from weft.workspace import Workspace
from weft.workspace.editing import keeping

pytestmark = pytest.mark.browser
FlowFile = Callable[..., Path]


def flow(flow_file: FlowFile, *, later: bool = False) -> None:
    """An essay with its sources, as it was committed; `later` as it was edited outside since."""
    plan = {"component": "prompt", "params": {"prompt": "Plan an essay on the tides in three lines."}}
    facts = {
        "component": "prompt",
        "params": {"prompt": "Collect facts for {{plan}}."},
        "inputs": {"plan": "plan"},
    }
    essay = {
        "component": "prompt",
        "params": {"prompt": "Write it: {{plan}}"},
        "inputs": {"plan": "plan", "context": ["facts"]},
    }
    words = "in plain words" if later else "a bit"
    inner = {
        "format": 1,
        "nodes": {
            "read": {"component": "text", "params": {"template": "Read it"}},
            "polish": {"component": "text", "params": {"template": f"Polish it {words}"}},
        },
    }
    revise = {"component": "subtask", "params": {"flow": inner}}
    nodes = {"plan": plan, "facts": facts, "essay": essay, "revise": revise}
    outputs = {"essay": "essay"}
    if later:
        plan["params"] = {"prompt": "Plan an essay on the tides in five lines."}
        del nodes["facts"]
        essay["inputs"] = {"plan": "plan"}
        nodes["check"] = {
            "component": "prompt",
            "params": {"prompt": "Is it true? {{essay}}"},
            "inputs": {"essay": "essay"},
        }
        outputs = {"essay": "check"}
    places = {
        "plan": [0, 60],
        "facts": [360, 260],
        "essay": [720, 60],
        "check": [1080, 60],
        "revise": [0, 400],
        "outputs": [1440, 60],
    }
    note = {"x": 360, "y": 420, "width": 240, "height": 90, "text": "Later" if later else "Ask"}
    layout = {
        "nodes": {name: at for name, at in places.items() if name in nodes or name == "outputs"},
        "notes": {"said": note, **({} if later else {"gone": {**note, "y": 560, "text": "Old remark"}})},
    }
    flow_file("essay", name="Essay", outputs=outputs, nodes=nodes, layout=layout)


def title(hands: Hands, node: str) -> Locator:
    """To be clicked once it stands still: the view is fitted as a comparison begins."""
    return hands.card(node).locator(".weft-title")


def comparison(page: Page) -> Locator:
    return page.get_by_role("region", name="Comparison of two versions")


@pytest.fixture
def committed(home: Workspace, flow_file: FlowFile) -> None:
    flow(flow_file)
    for command in (["init", "-q"], ["add", "flows"], ["commit", "-qm", "As it was"]):
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *command], cwd=home.root, check=True
        )
    flow(flow_file, later=True)


def change(page: Page, key: str) -> object:
    return page.locator(f'[data-change="{key}"]')


@pytest.mark.gesture("take-back", "mouse", "undo")
def test_what_changed_since_the_commit_is_marked_gone_through_and_taken_back(
    committed: None, tabs: Tabs
) -> None:
    page = tabs.editor("essay")
    hands = Hands(page)
    hands.card("check").wait_for()
    page.locator(".weft-canvas").first.focus()
    hands.press("Shift+D")
    expect(page.locator(".w-change")).to_have_count(8)
    expect(page.locator('[data-mark="changes-count"]')).to_have_text("5 changed · 2 removed · 1 added")
    expect(hands.card("check")).to_have_class(_has("weft-added"))
    expect(hands.card("plan")).to_have_class(_has("weft-changed"))
    expect(hands.card("plan")).to_have_attribute("aria-label", _has("changed"))
    expect(page.locator(".weft-removed")).to_have_text(
        ["Facts− removedCollect facts for {{plan}}.", "Old remark− removed"]
    )

    page.locator(".w-changes-list").focus()
    hands.press("Home")
    hands.press("ArrowDown")
    expect(page.locator(".w-changes-detail del")).to_have_text("three")
    expect(page.locator(".w-changes-detail ins")).to_have_text("five")
    page.get_by_role("button", name="Take back", exact=True).click()
    expect(page.locator(".w-change")).to_have_count(7)
    expect(hands.card("plan")).not_to_have_class(_has("weft-changed"))

    page.locator('[data-change="removed nodes.facts"]').click()
    page.get_by_role("button", name="Take back", exact=True).click()
    hands.card("facts").wait_for()
    expect(page.locator(".weft-removed")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".weft-removed")).to_have_count(2)
    page.get_by_role("button", name="Next", exact=True).click()
    page.locator(".w-tab", has_text="Changes").click()  # closed: nothing is marked any more
    expect(page.locator(".weft-added, .weft-changed, .weft-removed")).to_have_count(0)


@pytest.mark.gesture("compare", "keys")
@pytest.mark.gesture("take-back", "keys", "tab")
def test_two_versions_are_drawn_together_by_keys_and_nothing_can_be_edited(
    committed: None, tabs: Tabs
) -> None:
    page = tabs.editor("essay")
    hands = Hands(page)
    hands.card("check").wait_for()
    page.locator(".weft-canvas").first.focus()
    hands.press("v")
    bar = comparison(page)
    at = bar.get_by_role("status")
    expect(bar).to_contain_text("editing is off")
    for node, label in (
        ("plan", "~ 1 field"),
        ("revise", "~ 1 field"),
        ("check", "+ added"),
        ("outputs", "~ 1 change"),
    ):
        expect(hands.card(node)).to_have_attribute("data-diff", label)
    expect(hands.card("inputs")).to_have_class(_has("weft-same"))
    expect(page.locator('[data-node="note:said"]')).to_have_attribute("data-diff", "~ changed")
    expect(page.locator(".weft-removed")).to_have_count(2)
    hands.press("Shift+J")
    expect(at).to_have_text("8 of 8: Note: Later, changed, 1 field")
    hands.press("j")
    hands.press("j")
    expect(at).to_have_text("2 of 8: Plan, changed, 1 field")
    expect(hands.card("plan")).to_be_focused()  # and the keys are those of the canvas
    expect(page.locator(".w-pieces del")).to_have_text("three")
    expect(page.locator(".w-pieces ins")).to_have_text("five")
    expect(page.locator(".w-side-name")).to_have_text(["Before", "After"])
    hands.press("Delete")
    expect(page.locator(".weft-tip")).to_contain_text("nothing is edited meanwhile")
    expect(page.locator('[data-field="plan/title"]')).to_be_visible()
    expect(page.locator(".w-pane--right [inert]")).to_have_count(1)

    other = Hands(tabs.editor("essay"))
    other.expect_card("plan", "five lines")
    page.get_by_role("button", name="Take back", exact=True).focus()
    hands.press("Enter")
    other.expect_card("plan", "three lines")
    expect(hands.card("plan")).to_have_class(_has("weft-same"))
    page.locator(".weft-canvas").first.focus()
    hands.press("Control+z")
    expect(hands.card("plan")).to_have_attribute("data-diff", "~ 1 field")
    hands.press("Escape")
    expect(bar).to_be_hidden()
    expect(page.locator(".weft-same, .w-pane--right [inert]")).to_have_count(0)
    expect(hands.card("plan")).to_be_focused()


@pytest.mark.gesture("compare", "mouse")
def test_any_two_versions_are_compared_from_both_sides_and_inside_a_node(committed: None, tabs: Tabs) -> None:
    page = tabs.editor("essay")
    hands = Hands(page)
    hands.tab("Changes")
    page.locator('[data-mark="changes-canvas"]').click()
    bar = comparison(page)
    expect(hands.card("essay")).to_have_attribute("data-diff", "~ 1 field")
    title(hands, "essay").click()
    expect(page.locator(".w-changes-head")).to_contain_text("Essay changed")
    page.locator(".weft-removed", has_text="Facts").click()
    expect(bar.get_by_role("status")).to_contain_text("Facts, removed")

    bar.get_by_role("button", name="Swap").click()
    expect(hands.card("facts")).to_have_attribute("data-diff", "+ added")
    expect(page.locator(".weft-removed")).to_contain_text("Check− removed")
    title(hands, "facts").click()  # of a version that isn't the one that is edited
    expect(bar.get_by_role("status")).to_contain_text("Facts, added")
    expect(page.get_by_role("button", name="Take back", exact=True)).to_have_count(0)
    hands.press("Control+z")
    expect(page.locator(".w-toast")).to_contain_text("nothing is edited meanwhile")
    bar.get_by_role("button", name="Swap").click()
    expect(hands.card("check")).to_have_attribute("data-diff", "+ added")

    title(hands, "revise").dblclick()
    expect(page.locator(".w-crumb")).to_be_visible()
    expect(hands.card("polish")).to_have_attribute("data-diff", "~ 1 field")
    expect(hands.card("read")).to_have_class(_has("weft-same"))
    page.locator(".w-crumb a").click()
    expect(hands.card("revise")).to_have_attribute("data-diff", "~ 1 field")
    page.get_by_label("Older revision").select_option(label="The file on disk")
    expect(bar).to_contain_text("Nothing differs")
    bar.get_by_role("button", name="End").click()
    expect(bar).to_be_hidden()


def test_two_edits_are_compared_and_a_revision_that_is_none_is_said(tabs: Tabs, flow_file: FlowFile) -> None:
    flow(flow_file)
    page = tabs.editor("essay")
    hands = Hands(page)
    hands.field("flow-name").fill("Essay on tides")
    hands.expect_saved("Saved")
    hands.tab("Changes")
    older, newer = page.get_by_label("Older revision"), page.get_by_label("Newer revision")
    expect(older).to_have_value("rev:0")  # there is no git here
    expect(page.locator(".w-change")).to_have_count(1)
    expect(older.locator("option[value='rev:1']")).to_contain_text("you")
    page.locator(".w-change").click()
    expect(page.locator(".w-changes-detail ins")).to_contain_text("on tides")
    newer.select_option("rev:0")
    expect(page.locator(".w-changes")).to_contain_text("Nothing differs.")
    expect(older.locator("option[value^='git:']")).to_have_count(0)  # it would only be refused


def test_a_flow_that_never_changed_says_what_will_be_listed(tabs: Tabs, flow_file: FlowFile) -> None:
    flow(flow_file)
    page = tabs.editor("essay")
    hands = Hands(page)
    hands.tab("Changes")
    expect(page.locator(".w-changes .w-empty")).to_contain_text("Nothing has changed")
    hands.field("flow-name").fill("Essay on tides")
    hands.expect_saved("Saved")
    expect(page.locator(".w-change")).to_have_count(1)


def test_a_conflict_is_looked_at_before_it_is_decided(
    tabs: Tabs, flow_file: FlowFile, home: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "PAUSE", 1000.0)
    monkeypatch.setattr(keeping, "LONGEST", 1000.0)
    flow(flow_file)
    page = tabs.editor("essay")
    hands = Hands(page)
    hands.field("flow-name").fill("Mine")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    file = home.root / "flows" / "essay.json"
    put(file, json.dumps({**json.loads(file.read_text()), "name": "Theirs"}))
    hands.press("Control+s")
    page.get_by_role("alertdialog").get_by_role("button", name="See what differs").click()
    page.locator(".w-change").click()
    expect(page.locator(".w-changes-detail del")).to_have_text("Theirs")
    expect(page.locator(".w-changes-detail ins")).to_have_text("Mine")


def _has(word: str) -> object:
    import re

    return re.compile(word)
