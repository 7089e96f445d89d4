"""Where things stand: the layered drawing, aligning, distributing, guides while dragging."""

from __future__ import annotations

import random
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.canvas.drive import Canvas, essay, flow, node, report
from tests.canvas.test_pure import call

pytestmark = pytest.mark.browser

DRAW = """
const places = [...m.arrange(a.cards, a.lines)];
const again = [...m.arrange(a.cards, a.lines)];
const box = new Map(places.map(([id, [x, y]]) => [id, {x, y, ...a.cards.find((c) => c.id === id)}]));
const all = [...box.values()];
const over = all.flatMap((p, i) => all.slice(i + 1).filter((q) =>
  p.x < q.x + q.w && q.x < p.x + p.w && p.y < q.y + q.h && q.y < p.y + p.h).map((q) => [p.id, q.id]));
const left = a.lines.filter((l) => box.get(l.from).x + box.get(l.from).w >= box.get(l.to).x);
return {count: places.length, same: JSON.stringify(places) === JSON.stringify(again), over, left, grid: places.every(([, [x, y]]) => x % 10 === 0 && y % 10 === 0)};
"""


def some(seed: int, count: int) -> dict[str, Any]:
    dice = random.Random(seed)
    cards = [{"id": f"n{i}", "w": 288, "h": 142 + 30 * dice.randrange(1, 7)} for i in range(count)]
    lines = [
        {"from": f"n{dice.randrange(max(0, i - 12), i)}", "to": f"n{i}", "out": 90, "into": 60 + 30 * port}
        for i in range(1, count)
        for port in range(dice.randrange(0, 3))
    ]
    return {"cards": cards, "lines": lines}


@pytest.mark.parametrize("seed", range(4))
def test_no_card_covers_another_and_every_edge_goes_right(canvas: Canvas, seed: int) -> None:
    drawn = call(canvas, "layering", DRAW, some(seed, 60))
    assert drawn == {"count": 60, "same": True, "over": [], "left": [], "grid": True}


def test_a_thousand_nodes_are_drawn_quickly(canvas: Canvas) -> None:
    took = call(
        canvas,
        "layering",
        "const began = performance.now(); const n = m.arrange(a.cards, a.lines).size; return [n, performance.now() - began];",
        some(9, 1000),
    )
    assert took[0] == 1000
    assert took[1] < 3000


def test_edges_do_not_cross_where_they_need_not(canvas: Canvas) -> None:
    """Two ports of one card lead to two cards: the upper port to the upper card, whatever the document's order."""
    cards = [{"id": name, "w": 288, "h": 200} for name in ("a", "low", "high")]
    lines = [
        {"from": "a", "to": "low", "out": 130, "into": 70},
        {"from": "a", "to": "high", "out": 70, "into": 70},
    ]
    places = dict(
        call(canvas, "layering", "return [...m.arrange(a.cards, a.lines)]", {"cards": cards, "lines": lines})
    )
    assert places["high"][1] < places["low"][1]


def test_circles_and_strangers_do_no_harm(canvas: Canvas) -> None:
    cards = [{"id": name, "w": 288, "h": 200} for name in "abc"]
    lines = [
        {"from": "a", "to": "b", "out": 9, "into": 9},
        {"from": "b", "to": "a", "out": 9, "into": 9},
        {"from": "gone", "to": "c", "out": 9, "into": 9},
        {"from": "c", "to": "c", "out": 9, "into": 9},
    ]
    assert (
        call(canvas, "layering", "return m.arrange(a.cards, a.lines).size", {"cards": cards, "lines": lines})
        == 3
    )


@pytest.mark.gesture("arrange", "keys")
def test_only_the_selection_is_arranged_and_its_middle_stays(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.call("() => weft.editor.select(['source', 'web'])")
    canvas.press("Shift+L")
    [change] = canvas.ops()
    assert sorted(change["positions"]) <= ["source", "web"]
    places = canvas.document()["layout"]["nodes"]
    assert places["source"][0] + 288 < places["web"][0]
    assert places["research"] == [620, 40]
    assert abs((places["source"][0] + places["web"][0]) / 2 - (240 + 620) / 2) <= 10


def test_a_large_flow_is_arranged_beside_the_page_and_can_be_left(canvas: Canvas) -> None:
    large = flow({f"n{i}": node("source") for i in range(1001)})
    canvas.open(large)
    begun = """() => {
        weft.editor.command('arrange');
        return weft.editor.stage.root.querySelector('.weft-working').textContent;
    }"""
    left = f"() => {{ const words = ({begun})(); weft.editor.keyboard.escape(); return words; }}"
    assert canvas.call(left) == "Arranging 1,001 nodes…Cancel"
    bar = canvas.page.locator(".weft-working")
    expect(bar).to_have_count(0)
    assert canvas.ops() == []
    canvas.call(begun)
    canvas.page.wait_for_function("() => weft.server.ops().length > 0")
    expect(bar).to_have_count(0)
    assert canvas.labels() == ["Arrange the flow"], "one step"


RECTS = "new Map(Object.entries(a).map(([id, [x, y, w, h]]) => [id, {x0: x, y0: y, x1: x + w, y1: y + h}]))"
THREE = {"a": [0, 0, 100, 50], "b": [300, 80, 100, 100], "c": [130, 200, 60, 40]}


@pytest.mark.parametrize(
    ("how", "places"),
    [
        ("left", {"b": [0, 80], "c": [0, 200]}),
        ("right", {"a": [300, 0], "c": [340, 200]}),
        ("centre", {"a": [150, 0], "b": [150, 80], "c": [170, 200]}),
        ("top", {"b": [300, 0], "c": [130, 0]}),
        ("bottom", {"a": [0, 190], "b": [300, 140]}),
        ("middle", {"a": [0, 95], "b": [300, 70], "c": [130, 100]}),
    ],
)
def test_six_ways_to_align(canvas: Canvas, how: str, places: dict[str, Any]) -> None:
    found = call(canvas, "aligning", f"return Object.fromEntries(m.align({RECTS}, '{how}'))", THREE)
    assert found == places


def test_the_same_gap_between_each_and_the_next(canvas: Canvas) -> None:
    assert call(canvas, "aligning", f"return m.distribute({RECTS}, 'x')", THREE) == [["c", [170, 200]]]
    assert call(canvas, "aligning", f"return m.distribute({RECTS}, 'y')", THREE) == [["b", [300, 75]]]
    assert call(canvas, "aligning", f"return m.distribute({RECTS}, 'x')", {"a": [0, 0, 1, 1]}) == []


@pytest.mark.gesture("align", "keys")
def test_aligning_by_key_is_one_batch_and_one_undo(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.call("() => weft.editor.select(['source', 'research', 'web'])")
    canvas.press("Alt+Shift+ArrowUp")
    assert canvas.labels() == ["Align 3 top"]
    assert {canvas.document()["layout"]["nodes"][name][1] for name in ("source", "research", "web")} == {40}
    canvas.press("Alt+Shift+ArrowUp")
    assert canvas.said() == "They stand so already."
    assert len(canvas.labels()) == 1


def test_guides_level_edges_and_equal_gaps(canvas: Canvas) -> None:
    script = """const [moving, others] = [a.moving, a.others].map((l) => l.map(([x0, y0, x1, y1]) => ({x0, y0, x1, y1})));
      const s = m.snap(moving[0], others, 6); return [s.dx, s.dy, s.lines.length];"""
    row = [[0, 0, 100, 100], [150, 0, 250, 100]]
    assert call(canvas, "guides", script, {"moving": [[303, 4, 403, 104]], "others": row}) == [-3, -4, 2]
    assert call(canvas, "guides", script, {"moving": [[500, 300, 520, 320]], "others": row}) == [0, 0, 0]


@pytest.mark.gesture("guides", "mouse")
def test_a_dragged_node_jumps_level_with_another_unless_alt_is_held(canvas: Canvas) -> None:
    canvas.open(report())
    x, y = canvas.title("web")
    canvas.drag((x, y), (x + 3, y - 174), drop=False)  # 217.5 up at zoom 0.8: 2.5 from the top of `source`
    assert canvas.call("() => weft.editor.scene.placeOf('web')[1]") == 120
    assert canvas.call("() => document.querySelector('.weft-guides').getAttribute('d')")
    canvas.keyboard.down("Alt")
    canvas.mouse.move(x + 4, y - 174)
    canvas.frames()
    assert canvas.call("() => weft.editor.scene.placeOf('web')[1]") != 120
    assert canvas.call("() => document.querySelector('.weft-guides').getAttribute('d')") == ""
    canvas.keyboard.up("Alt")
    canvas.press("Escape")
    canvas.mouse.up()
    assert canvas.ops() == []


def test_a_frame_stays_around_its_nodes(canvas: Canvas) -> None:
    document = report()
    document["layout"]["frames"] = {"f": {"title": "Two", "x": 600, "y": 0, "width": 360, "height": 640}}
    canvas.open(document)
    canvas.press("l")
    layout = canvas.document()["layout"]
    frame = layout["frames"]["f"]
    for name in ("research", "web"):
        x, y = layout["nodes"][name]
        assert frame["x"] < x < x + 288 < frame["x"] + frame["width"]
        assert frame["y"] < y < y + 150 < frame["y"] + frame["height"]
    assert len(canvas.labels()) == 1


def test_long_edges_are_seen_beside_the_cards_they_pass(canvas: Canvas) -> None:
    canvas.open(essay())
    canvas.press("l")
    hidden = canvas.call(
        """() => [...weft.editor.scene.edges.values()].flatMap((edge) => [...weft.editor.scene.boxes.values()]
          .filter((box) => box.id !== edge.source && box.id !== edge.node)
          .filter((box) => [...Array(31).keys()].some((i) => {
            const p = weft.geometry.curveAt(edge.curve, (i + 1) / 32);
            return p.x > box.x && p.x < box.x + box.w && p.y > box.y && p.y < box.y + box.h;
          })).map((box) => `${edge.key} behind ${box.id}`))"""
    )
    assert hidden == []
