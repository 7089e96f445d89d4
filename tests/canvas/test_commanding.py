"""The table of actions and all that reads it: the command palette, the sheet of shortcuts, menus, keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect
from tests.canvas.drive import Canvas, essay, flow, node, pair, report
from tests.canvas.test_pure import call

pytestmark = pytest.mark.browser


def options(canvas: Canvas) -> Locator:
    return canvas.page.get_by_role("dialog", name="Do anything").get_by_role("option")


def test_every_action_is_whole_and_no_key_means_two(canvas: Canvas) -> None:
    wrong = call(
        canvas,
        "table",
        """const keys = m.ACTIONS.flatMap((x) => x.keys), ids = m.ACTIONS.map((x) => x.id);
        const menus = Object.values(m.MENUS).flat().filter((id) => id && !m.BY_ID.has(id));
        return {
          keys: keys.filter((k, i) => keys.indexOf(k) !== i), ids: ids.filter((k, i) => ids.indexOf(k) !== i), menus,
          poor: m.ACTIONS.filter((x) => !x.words || !x.group || typeof x.act !== 'function').map((x) => x.id),
        };""",
    )
    assert wrong == {"keys": [], "ids": [], "menus": [], "poor": []}


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("alle", "Align left"),
        ("ar se", "Arrange the selection"),
        ("dup", "Duplicate"),
        ("fit", "Fit everything"),
        ("distdo", "Distribute down"),
    ],
)
def test_a_few_letters_are_enough(canvas: Canvas, query: str, best: str) -> None:
    found = call(
        canvas,
        "fuzzy",
        """const { ACTIONS } = await weft.module('table');
        return m.ranked(a, ACTIONS).slice(0, 3).map((one) => one.entry.words);""",
        query,
    )
    assert best in found
    assert call(canvas, "fuzzy", "return m.ranked('zzqq', [{id: 'a', words: 'Align'}]).length") == 0


@pytest.mark.gesture("commands", "keys")
def test_the_palette_does_goes_adds_and_remembers(canvas: Canvas) -> None:
    canvas.call("() => localStorage.removeItem('weft-recent')")
    canvas.open(report())
    canvas.walk_to("web")
    canvas.press("Control+k")
    canvas.keyboard.type("duplic")
    expect(options(canvas).first).to_contain_text("Duplicate")
    canvas.press("Enter")
    assert canvas.labels() == ["Duplicate Web"]
    canvas.press("Control+k")
    expect(options(canvas).first).to_contain_text("Duplicate")
    canvas.keyboard.type("research")
    options(canvas).filter(has_text="Go to").first.click()
    canvas.frames()
    assert canvas.selection() == ["research"]
    assert canvas.focused() == "research"
    canvas.press("Control+k")
    canvas.keyboard.type("add join")
    canvas.press("Enter")
    assert canvas.ops()[-1]["node"] == {"component": "join"}
    canvas.press("Control+k", "Control+k")
    expect(options(canvas)).to_have_count(0)


def test_what_is_not_possible_says_why(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.call("() => weft.editor.stage.root.focus()")
    canvas.press("Control+k")
    canvas.keyboard.type("align left")
    expect(options(canvas).first).to_contain_text("Select at least two.")
    expect(options(canvas).first).to_have_attribute("aria-disabled", "true")
    canvas.press("Enter")
    assert canvas.said() == "Select at least two."
    assert canvas.ops() == []
    canvas.press("Escape")
    canvas.press("Alt+Shift+ArrowLeft")
    assert canvas.said() == "Select at least two."
    canvas.press("Control+k")
    canvas.keyboard.type("zzqq")
    expect(canvas.page.get_by_text("Nothing is called so.")).to_be_visible()
    canvas.press("Escape")


@pytest.mark.gesture("sheet", "keys")
def test_the_sheet_lists_the_same_keys(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.call("() => weft.editor.stage.root.focus()")
    canvas.press("?")
    sheet = canvas.page.get_by_role("dialog", name="Shortcuts")
    for words in ("Collapse into a subtask", "Ctrl G", "Find and replace", "Select what it depends on"):
        expect(sheet).to_contain_text(words)
    expect(sheet.get_by_text("in its output").or_(sheet.get_by_text("pin its output"))).to_have_count(1)
    canvas.press("Escape")
    expect(sheet).to_have_count(0)


@pytest.mark.gesture("menu", "mouse")
def test_a_right_click_offers_what_fits_the_place(canvas: Canvas) -> None:
    canvas.open(essay())
    menu = canvas.page.locator(".weft-menu")
    canvas.click(canvas.on_edge("data|essay|context|outline"), button="right")
    assert menu.locator("button span").all_text_contents() == [
        "Insert a component on the edge…",
        "Connect the edge elsewhere…",
        "Earlier in the list",
        "Later in the list",
        "Delete",
    ]
    canvas.press("e")
    canvas.press("Enter")
    assert canvas.document()["nodes"]["essay"]["inputs"]["context"] == ["outline", "pros_cons"]
    canvas.click((1200, 700), button="right")
    assert "Add a note" in menu.inner_text()
    canvas.press("Escape")
    assert menu.count() == 0
    canvas.call("() => weft.editor.selectAll()")
    canvas.call("() => weft.editor.stage.root.focus()")
    canvas.press("m")
    assert menu.get_attribute("aria-label") == "3 selected"
    canvas.press("Escape")
    canvas.click(canvas.title("outline"), button="right")
    assert menu.locator("button span").first.inner_text() == "Align left"
    canvas.press("d")
    assert canvas.call("() => document.activeElement.textContent.startsWith('D')")


@pytest.mark.gesture("marquee", "keys")
def test_selecting_upstream_downstream_and_the_others(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.walk_to("research")
    canvas.press("u")
    assert canvas.selection() == ["research", "source"]
    canvas.press("Escape")
    canvas.walk_to("research")
    canvas.press("Shift+U")
    assert canvas.selection() == ["report", "research"]
    canvas.press("Shift+A")
    assert canvas.selection() == ["source", "web"]


@pytest.mark.gesture("disable", "keys")
def test_nodes_are_disabled_and_enabled_with_what_else_they_have(canvas: Canvas) -> None:
    canvas.open(
        flow({"a": node("web", options={"retries": 2}), "b": node("web", options={"disabled": True})})
    )
    canvas.call("() => weft.editor.selectAll()")
    canvas.press("d")
    assert canvas.document()["nodes"]["a"]["options"] == {"retries": 2, "disabled": True}
    assert canvas.labels() == ["Disable 2 nodes"]
    canvas.press("d")
    assert [one["options"] for one in canvas.document()["nodes"].values()] == [{"retries": 2}, {}]
