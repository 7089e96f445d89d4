"""What cards show of a run besides its status: progress, inner steps, ways not taken, ghosts, pins, the longest way."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect
from tests.canvas.drive import Canvas, essay, flow, node, report
from tests.canvas.test_cards import run, shown

pytestmark = pytest.mark.browser

DOING: list[tuple[dict[str, Any], tuple[str, str, str]]] = [
    (
        {
            "status": "running",
            "progress": [3, 10],
            "nested": {"running": 2, "done": 5, "failed": 1, "asks": 0},
        },
        ("running", "3 of 10", "1 failed · 2 running · 5 done"),
    ),
    (
        {"status": "running", "progress": [3, 10], "rounds": True},
        ("running", "Round 4 of at most 10", ""),
    ),
    (
        {"status": "succeeded", "text": "x", "seconds": 2.0, "tokens": 10, "cost": "$0.05"},
        ("done", "x", "2.0 s · 10 tokens · $0.05"),
    ),
    (
        {"status": "succeeded", "text": "x", "seconds": 2.0, "nested": {"done": 9, "failed": 1}},
        ("done", "x", "1 failed inside · 2.0 s"),
    ),
    (
        {"status": "succeeded", "text": "x", "cached": True, "from": "0123456789abcdef"},
        ("cached", "x", "from run …abcdef"),
    ),
    (
        {"status": "succeeded", "text": "x", "cached": True, "how": "pinned", "seconds": 0.001},
        ("pinned", "x", "1.0 ms"),
    ),
    (
        {"status": "succeeded", "text": "x", "cached": True, "how": "edited", "seconds": 0.001},
        ("edited", "x", "1.0 ms"),
    ),
]


@pytest.mark.parametrize(("step", "expected"), DOING)
def test_what_goes_on_inside_a_step(
    canvas: Canvas, step: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    canvas.open(essay())
    run(canvas, pros_cons=step)
    assert shown(canvas, "pros_cons") == expected


def test_a_bar_shows_how_far_it_is(canvas: Canvas) -> None:
    canvas.open(essay())
    run(canvas, pros_cons={"status": "running", "progress": [3, 4]})
    bar = canvas.card("pros_cons").locator(".weft-bar")
    assert bar.evaluate("el => el.style.getPropertyValue('--part')") == "0.75"
    run(canvas, pros_cons={"status": "succeeded"})
    expect(bar).to_be_hidden()


def test_ways_not_taken_stand_back(canvas: Canvas) -> None:
    canvas.open(report())
    run(canvas, research={"status": "succeeded", "taken": ["sources"]})
    rows = canvas.card("research").locator(".weft-out")
    assert rows.evaluate_all("els => els.map(el => el.classList.contains('weft-passed'))") == [True, False]
    run(canvas, source={"status": "skipped", "because": "No."})
    assert canvas.card("source").locator(".weft-out.weft-passed").count() == 2
    canvas.call("() => weft.editor.runState({reset: true, nodes: {}})")
    canvas.frames()
    assert canvas.page.locator(".weft-passed").count() == 0


def test_added_nodes_are_ghosts_until_the_next_run(canvas: Canvas) -> None:
    canvas.open(flow({"source": node("source"), "web": node("web")}))
    before = canvas.document()
    ghosts = {
        "nodes": [
            {"id": "source_1", "title": "One", "by": "source", "refs": []},
            {"id": "source_2", "title": "Two", "by": "source", "refs": ["source_1"]},
        ],
        "edges": [
            {"from": "source_1", "to": "source_2.context"},
            {"from": "source_2", "to": "web.query"},
            {"from": "nobody", "to": "web.query"},
        ],
        "removed": [],
    }
    canvas.call("ghosts => weft.editor.runState({nodes: {source_1: {status: 'running'}}, ghosts})", ghosts)
    canvas.frames()
    shapes = canvas.page.locator(".weft-ghost")
    assert shapes.count() == 2
    assert shapes.first.get_attribute("aria-label") == "One, running, added by Source in this run. "
    curves = "() => weft.editor.scene.ghosts.curves({x0: -1e6, y0: -1e6, x1: 1e6, y1: 1e6}).length"
    assert canvas.call(curves) == 2
    shapes.first.click()
    assert canvas.commands()[-1] == {"name": "step", "node": "source_1"}
    assert canvas.selection() == []
    assert canvas.document() == before
    canvas.call("() => weft.editor.runState({reset: true, nodes: {}})")
    canvas.frames()
    assert shapes.count() == 0


def test_pins_and_the_longest_way_are_marked(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.call("() => weft.editor.marks({pinned: ['web'], critical: ['source', 'research']})")
    canvas.frames()
    assert shown(canvas, "web")[0] == "pinned"
    assert canvas.page.locator(".weft-critical").count() == 2
    canvas.call("() => weft.editor.marks({pinned: []})")
    canvas.frames()
    assert shown(canvas, "web")[0] == "idle"
    assert canvas.page.locator(".weft-critical").count() == 2


@pytest.mark.gesture("menu", "mouse", "keys")
def test_the_menu_of_a_node_by_mouse_and_keys(canvas: Canvas) -> None:
    canvas.open(report())
    run(canvas, web={"status": "succeeded", "text": "x"})
    menu = canvas.page.locator(".weft-menu")
    canvas.card("web").locator(".weft-title").click(button="right")
    assert menu.locator("button span").all_text_contents()[:5] == [
        "Run from here",
        "Run until here",
        "Run only this",
        "Pin its output",
        "Edit its output…",
    ]
    canvas.keyboard.press("ArrowDown")
    canvas.keyboard.press("Enter")
    assert canvas.commands()[-1] == {"name": "run-until", "node": "web"}
    assert menu.count() == 0
    canvas.keyboard.press("m")
    canvas.keyboard.press("End")
    canvas.keyboard.press("Enter")
    assert "web" not in canvas.shown()["nodes"]


@pytest.mark.gesture("answer", "mouse", "keys")
def test_a_question_is_reached_from_its_card(canvas: Canvas) -> None:
    canvas.open(report())
    run(canvas, web={"status": "running", "progress": [0, 3], "asks": "web[1]/ask"})
    canvas.card("web").get_by_role("button", name="Answer").click()
    assert canvas.commands()[-1] == {"name": "answer", "path": "web[1]/ask"}
    canvas.card("web").locator(".weft-title").click()
    canvas.keyboard.press("a")
    assert [command["name"] for command in canvas.commands()[-2:]] == ["answer", "answer"]
