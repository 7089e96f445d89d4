"""Runs of the past in a real browser: found, looked at moment by moment, compared, gone on from; by mouse and by keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.server.live import Live
from tests.ui.access import problems
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands
from tests.ui.test_control_forms import picture

from weft.workspace import Workspace

pytestmark = pytest.mark.browser
FlowFile = Callable[..., Path]
MINE = '''
from weft import component

@component
async def rows(n: int = 500) -> list:
    """A list of objects."""
    return [{"name": f"item {at}", "size": (at * 7) % n} for at in range(n)]

@component
async def long() -> str:
    """A long text."""
    return "".join(f"line {at} of a text\\n" for at in range(20_000))

@component
async def note() -> str:
    """Markdown."""
    return "# Head\\n\\n**bold** [good](https://example.org) [bad](javascript:alert(1)) <img src=x onerror=alert(1)>"

@component
async def dot() -> str:
    """A picture."""
    return "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"

@component
async def check(text: str) -> str:
    """Fails unless it is good."""
    if "good" not in text:
        raise ValueError(f"No luck with {text}")
    return text
'''


def text(template: str, **more: Any) -> dict[str, Any]:
    return {"component": "text", "params": {"template": template}, **more}


def chain(flow_file: FlowFile, **more: Any) -> None:
    """Three texts in a row."""
    flow_file(
        "chain",
        name="Chain",
        inputs={"topic": {"default": "tides"}},
        nodes={
            "a": text("A {{it}}", inputs={"it": "inputs.topic"}),
            "b": text("B {{it}}", inputs={"it": "a"}),
            "c": text("C {{it}}", inputs={"it": "b"}),
            **more,
        },
        layout={"nodes": {"inputs": [-260, 80], "a": [40, 60], "b": [380, 60], "c": [720, 60]}},
    )


def ran(live: Live, slug: str = "chain", **inputs: Any) -> str:
    """The id of a run that nobody in a browser has begun, once it is over."""

    async def run() -> str:
        assert live.state is not None
        run_id = await live.state.runs.start(live.state.workspace.load(slug), inputs, slug=slug)
        await live.state.runs.result(run_id)
        return run_id

    return live.call(run())


def opened(tabs: Tabs, slug: str = "chain", **more: Any) -> tuple[Page, Hands]:
    page = tabs.editor(slug, **more)
    hands = Hands(page)
    hands.press("f")
    return page, hands


def run_row(page: Page, run_id: str) -> Locator:
    return page.locator(f'[data-run="{run_id}"]')


def rail(page: Page) -> Locator:
    return page.get_by_role("slider", name="Time of the run")


def test_a_past_run_is_found_looked_at_and_left_with_the_mouse(
    tabs: Tabs, flow_file: FlowFile, live: Live
) -> None:
    chain(flow_file)
    page, hands = opened(tabs)
    hands.tab("History")
    expect(page.locator(".w-runs")).to_contain_text("This flow has not run yet.")
    assert problems(page) == []
    first = ran(live)
    expect(run_row(page, first)).to_contain_text("as now")  # it comes by itself
    second = ran(live, topic="tea")
    expect(page.locator("[data-run]").first).to_have_attribute("data-run", second)
    page.get_by_role("button", name="Failed", exact=True).click()
    expect(page.locator(".w-runs")).to_contain_text("No run of this flow is failed.")
    page.get_by_role("button", name="All", exact=True).click()

    hands.select("c")
    hands.press("Delete")
    expect(run_row(page, first)).to_contain_text("1 edit ago")
    run_row(page, first).click()
    bar = page.get_by_role("region", name="Run of the past")
    expect(bar).to_contain_text("1 node is gone since")
    hands.expect_card("b", "B A tides")
    expect(page.locator(".weft-gone")).to_contain_text("C B A tides")
    expect(run_row(page, first)).to_have_attribute("aria-current", "true")
    picture(page, "past-light")

    bar.get_by_role("button", name="Show the flow as it was").click()
    hands.expect_card("c", "C B A tides")
    hands.click(hands.title("c"))
    hands.press("Delete")
    expect(page.locator(".w-toast")).to_contain_text("Go back to now to edit the flow")
    hands.tab("Data")
    expect(page.locator(".w-values-head")).to_contain_text("C")
    expect(page.locator('[data-value="out:output"]')).to_contain_text("C B A tides")
    assert problems(page) == []

    box = rail(page).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.05, box["y"] + box["height"] / 2)
    expect(rail(page)).to_have_attribute("aria-valuetext", re.compile("event 1 of .*: the run began"))
    hands.expect_card("a", "idle")
    expect(page.locator(".w-values")).to_contain_text("It has not run yet")
    page.mouse.move(box["x"] + 1, box["y"] + box["height"] / 2)
    hands.drag((box["x"] + 1, box["y"] + 20), (box["x"] + box["width"], box["y"] + 20))
    hands.expect_card("a", "done")
    bar.get_by_role("button", name="Back to now").click()
    expect(bar).to_be_hidden()
    expect(hands.card("c")).to_have_count(0)
    hands.expect_card("a", "idle")


@pytest.mark.parametrize(("theme", "size"), [("dark", (1400, 850)), ("light", (900, 700))])
def test_moments_and_a_comparison_by_keys_alone(
    tabs: Tabs, flow_file: FlowFile, live: Live, theme: str, size: tuple[int, int]
) -> None:
    chain(flow_file)
    first, second = ran(live), ran(live, topic="tea")
    page, hands = opened(tabs, theme=theme, size=size)
    hands.tab("History")
    runs = page.get_by_role("grid", name="Runs of this flow")
    expect(page.locator("[data-run]")).to_have_count(2)
    runs.focus()
    hands.press("End")
    hands.press("Enter")
    expect(page.get_by_role("region", name="Run of the past")).to_be_visible()
    picture(page, f"past-{theme}-{size[0]}")
    rail(page).focus()
    hands.press("Home")
    said = re.compile("event 1 of")
    expect(rail(page)).to_have_attribute("aria-valuetext", said)
    seen: list[str] = []
    for _ in range(4):
        before = rail(page).get_attribute("aria-valuetext")
        hands.press("ArrowRight")
        expect(rail(page)).not_to_have_attribute("aria-valuetext", before or "")
        seen.append((rail(page).get_attribute("aria-valuetext") or "").partition(": ")[2])
    assert "A started" in seen
    hands.press("ArrowLeft")
    hands.press("Shift+ArrowRight")  # a second further is the end
    expect(rail(page)).to_have_attribute("aria-valuetext", re.compile("the run ended"))
    hands.press(">")
    expect(page.locator(".w-player-speed")).to_have_text("2×")
    hands.press("Home")
    expect(rail(page)).to_have_attribute("aria-valuetext", said)
    hands.press(" ")  # plays to its end
    expect(rail(page)).to_have_attribute("aria-valuetext", re.compile("the run ended"))

    hands.tab("Run")
    expect(page.locator('[data-step="c"]')).to_be_visible()
    hands.tab("History")
    runs.focus()
    hands.press(" ")
    hands.press("Home")
    hands.press(" ")
    hands.press("c")
    expect(page.locator(".w-compare-cause")).to_contain_text("another value for the input 'topic'")
    expect(page.locator("[data-pair]")).to_have_count(3)
    expect(hands.card("a")).to_have_class(re.compile("weft-differs"))
    page.get_by_role("grid", name="Steps of both runs").focus()
    hands.press("Home")
    hands.press("ArrowDown")
    detail = page.get_by_role("region", name="What differs in the step")
    expect(detail.locator("ins").first).to_have_text("tea")
    expect(detail.locator("del").first).to_have_text("tides")
    expect(page.locator(".w-compare-runs tbody tr")).to_have_count(2)
    assert problems(page) == []
    picture(page, f"compare-{theme}-{size[0]}")
    page.get_by_role("button", name=re.compile("^First")).click()
    expect(page.locator(".w-when").first).to_be_visible()
    assert {first, second}


def test_a_run_goes_on_from_a_step_with_another_value_and_where_it_failed(
    tabs: Tabs, flow_file: FlowFile, live: Live, home: Workspace
) -> None:
    (home.root / "components").mkdir()
    (home.root / "components" / "mine.py").write_text(MINE)
    chain(flow_file, end={"component": "check", "inputs": {"text": "b"}})
    failed = ran(live)
    page, hands = opened(tabs)
    hands.tab("History")
    expect(run_row(page, failed)).to_contain_text("failed")
    run_row(page, failed).click()
    hands.select("b")
    hands.tab("Data")
    page.get_by_role("button", name="Edit and run…").click()
    page.get_by_role("textbox", name="Output of B").fill("good")
    page.get_by_role("button", name="Run what depends on it").click()
    expect(page.get_by_role("region", name="Run of the past")).to_be_hidden()
    hands.expect_run("done")
    hands.expect_card("b", "edited")
    hands.expect_card("end", "good")
    hands.tab("History")
    fork = page.locator("[data-run]").first
    expect(fork).to_contain_text("edited B")
    fork.locator(".w-run-origin").click()
    expect(run_row(page, failed)).to_have_attribute("aria-current", "true")
    page.get_by_role("region", name="Run of the past").get_by_role("button", name="Resume").click()
    expect(page.get_by_role("region", name="Run of the past")).to_be_hidden()
    hands.expect_run("failed")
    hands.tab("History")
    expect(page.locator("[data-run]")).to_have_count(3)
    run_row(page, failed).click()
    expect(page.get_by_role("region", name="Run of the past")).to_be_visible()
    hands.click(hands.title("a"))
    hands.press("r")  # the canvas's own key runs the past run again from there
    expect(page.get_by_role("region", name="Run of the past")).to_be_hidden()
    hands.tab("History")
    expect(page.locator("[data-run]").first).to_contain_text("from A")


def test_values_are_looked_at_in_the_way_that_suits_them(
    tabs: Tabs, flow_file: FlowFile, live: Live, home: Workspace
) -> None:
    (home.root / "components").mkdir()
    (home.root / "components" / "mine.py").write_text(MINE)
    names = ("rows", "long", "note", "dot")
    places = {name: [320 * at, 0] for at, name in enumerate(names)}
    nodes = {name: {"component": name} for name in names} | {
        "last": text("{{it}}", inputs={"it": "note"}),
    }
    flow_file("data", name="Data", nodes=nodes, layout={"nodes": {**places, "last": [640, 300]}})
    run_id = ran(live, "data")
    page, hands = opened(tabs, "data")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    hands.tab("History")
    run_row(page, run_id).click()

    def look_at(node: str) -> None:
        hands.tab("Run")
        page.locator(f'[data-step="{node}"]').click()
        hands.tab("Data")
        expect(page.locator(".w-values-head")).to_contain_text(node.capitalize())

    look_at("rows")
    table = page.get_by_role("table", name="output")
    expect(table.get_by_role("cell", name="item 1", exact=True)).to_be_visible()
    table.get_by_role("columnheader", name="size").click()
    table.get_by_role("columnheader", name="size").click()
    expect(table.locator(".w-table-row").nth(1)).to_contain_text("499")
    table.focus()
    hands.press("End")
    expect(table.get_by_role("row").last).to_contain_text("0")
    assert table.locator(".w-table-row").count() < 60
    page.get_by_role("tab", name="Tree").click()
    tree = page.get_by_role("tree", name="output")
    expect(tree.get_by_role("treeitem").first).to_contain_text("name: item 0")
    tree.focus()
    hands.press("ArrowRight")
    expect(tree.get_by_role("treeitem", level=2)).to_have_count(2)
    hands.press("ArrowDown")
    hands.press("p")
    expect(page.locator(".w-values-bar")).to_contain_text("Copied output[0].name.")
    page.wait_for_function("async () => await navigator.clipboard.readText() === 'output[0].name'")
    assert problems(page) == []

    look_at("long")
    shown = page.get_by_role("document", name="output")
    expect(shown).to_contain_text("line 0 of a text")
    assert len(shown.inner_text()) < 70_000  # a page of it, and not all
    page.get_by_role("searchbox", name="Find in the value").fill("line 19999 of")
    expect(shown).to_contain_text("line 19999 of a text")
    expect(page.locator(".w-values-bar")).to_contain_text("1 of 1")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the value").click()
    assert download.value.path().read_text().count("\n") == 20_000

    look_at("note")
    expect(shown.locator("h3")).to_have_text("Head")
    expect(shown.locator("strong")).to_have_text("bold")
    expect(shown.locator("a")).to_have_count(1)
    expect(shown.locator("a")).to_have_attribute("href", "https://example.org")
    expect(shown).to_contain_text("<img src=x onerror=alert(1)>")
    look_at("dot")
    expect(page.get_by_role("img", name="The picture output")).to_be_visible()
    page.locator(".w-canvas").click(position={"x": 4, "y": 4})
    hands.press("f")
    hands.card("last").focus()
    hands.press("e")
    expect(page.locator(".w-values-head")).to_contain_text("Note → Last")
    expect(page.locator('[data-value="edge:note"]')).to_be_visible()
    assert problems(page) == []
