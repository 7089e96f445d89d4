"""The parts without a screen: geometry, the grid, the graph, places for nodes, rows, ids."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tests.canvas.drive import Canvas, node

pytestmark = pytest.mark.browser


def call(canvas: Canvas, module: str, body: str, argument: Any = None) -> Any:
    """The value of `body` with the module's names as `m` and the argument as `a`."""
    return canvas.call(
        f"async ([name, a]) => {{ const m = await weft.module(name); {body} }}", [module, argument]
    )


# Geometry -------------------------------------------------------------------------------------------------------


def test_a_card_grows_by_its_rows(canvas: Canvas) -> None:
    sizes = call(
        canvas, "geometry", "return [m.boxSize('node', 2), m.boxSize('node', 4), m.boxSize('inputs', 1)]"
    )
    assert sizes == [{"w": 288, "h": 202}, {"w": 288, "h": 262}, {"w": 208, "h": 80}]


def test_a_curve_stays_in_its_box_and_ends_where_it_should(canvas: Canvas) -> None:
    wrong = call(
        canvas,
        "geometry",
        """for (const [from, to] of a) {
          const c = m.curve(from, to), r = m.curveRect(c);
          for (let i = 0; i <= 50; i++) {
            const p = m.curveAt(c, i / 50);
            if (p.x < r.x0 - 1e-6 || p.x > r.x1 + 1e-6 || p.y < r.y0 - 1e-6 || p.y > r.y1 + 1e-6) return [from, to, p];
          }
          const [s, e] = [m.curveAt(c, 0), m.curveAt(c, 1)];
          if (Math.hypot(s.x - from.x, s.y - from.y) + Math.hypot(e.x - to.x, e.y - to.y) > 1e-6) return [from, to];
        }
        return null;""",
        [[{"x": 0, "y": 0}, {"x": dx, "y": dy}] for dx in (-900, -10, 0, 5, 400) for dy in (-300, 0, 2, 700)],
    )
    assert wrong is None


def test_the_nearest_point_of_a_curve(canvas: Canvas) -> None:
    found = call(
        canvas, "geometry", "return m.nearest(m.curve({x: 0, y: 0}, {x: 400, y: 0}), {x: 200, y: 5})"
    )
    assert found["distance"] == pytest.approx(5, abs=0.1)
    assert found["t"] == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("width", "height"), [(1400, 850), (300, 200)])
def test_fitting_shows_the_whole_rectangle(canvas: Canvas, width: int, height: int) -> None:
    rect = {"x0": -500, "y0": 100, "x1": 2500, "y1": 900}
    camera = call(canvas, "geometry", "return m.fitCamera(a[0], a[1], a[2], 20)", [rect, width, height])
    for x, y in ((rect["x0"], rect["y0"]), (rect["x1"], rect["y1"])):
        assert -0.01 <= x * camera["k"] + camera["x"] <= width + 0.01
        assert -0.01 <= y * camera["k"] + camera["y"] <= height + 0.01
    assert camera["k"] <= 1


# The grid -------------------------------------------------------------------------------------------------------


def test_the_grid_finds_what_a_search_of_everything_finds(canvas: Canvas) -> None:
    dice = random.Random(7)

    def rect(most: int) -> dict[str, float]:
        x, y = dice.uniform(-6000, 6000), dice.uniform(-6000, 6000)
        return {"x0": x, "y0": y, "x1": x + dice.uniform(0, most), "y1": y + dice.uniform(0, most)}

    things = [rect(9000 if i % 20 == 0 else 600) for i in range(300)]
    moved = {str(i): rect(600) for i in range(0, 300, 7)}
    areas = [rect(3000) for _ in range(40)] + [{"x0": -1e9, "y0": -1e9, "x1": 1e9, "y1": 1e9}]
    wrong = call(
        canvas,
        "grid",
        """const grid = new m.Grid(), all = new Map();
        a.things.forEach((r, i) => { grid.set(i, r); all.set(i, r); });
        for (const [i, r] of Object.entries(a.moved)) { grid.set(+i, r); all.set(+i, r); }
        for (let i = 0; i < 300; i += 11) { grid.delete(i); all.delete(i); }
        for (const q of a.areas) {
          const found = grid.query(q).sort((x, y) => x - y);
          const real = [...all].filter(([, r]) => r.x0 <= q.x1 && q.x0 <= r.x1 && r.y0 <= q.y1 && q.y0 <= r.y1)
            .map(([i]) => i).sort((x, y) => x - y);
          if (JSON.stringify(found) !== JSON.stringify(real)) return [q, found, real];
        }
        for (const i of all.keys()) grid.delete(i);
        return grid.cells.size || grid.rects.size ? 'something is left' : null;""",
        {"things": things, "moved": moved, "areas": areas},
    )
    assert wrong is None


# The graph and places -------------------------------------------------------------------------------------------


def chain(*links: str) -> dict[str, Any]:
    """`chain("a", "b<a", "c<a,b")`."""
    nodes = {}
    for link in links:
        name, _, sources = link.partition("<")
        nodes[name] = node(
            "x", inputs={f"p{i}": s for i, s in enumerate(sources.split(","))} if sources else {}
        )
    return {"nodes": nodes}


def test_topological_order_keeps_the_documents_order_among_equals(canvas: Canvas) -> None:
    flow = chain("d<b,c", "c<a", "b<a", "a", "e")
    assert call(canvas, "graph", "return m.topologicalOrder(a)", flow) == ["a", "e", "c", "b", "d"]


def test_nodes_on_a_cycle_come_last_and_nothing_hangs(canvas: Canvas) -> None:
    flow = chain("a<b", "b<a", "c")
    assert call(canvas, "graph", "return m.topologicalOrder(a)", flow) == ["c", "a", "b"]
    assert call(canvas, "graph", "return m.pathBetween(a, 'a', 'b')", flow) == ["a", "b"]


def test_a_path_is_found_along_data_and_order(canvas: Canvas) -> None:
    flow = chain("a", "b<a", "c<b")
    flow["nodes"]["d"] = node("x", after=["c"])
    assert call(canvas, "graph", "return m.pathBetween(a, 'a', 'd')", flow) == ["a", "b", "c", "d"]
    assert call(canvas, "graph", "return m.pathBetween(a, 'd', 'a')", flow) is None


LAYERED = "const size = (id) => ({w: 288, h: 202 + (id.length % 3) * 30}); return [...m.layered(a, size)]"


def test_a_flow_without_places_is_laid_out_left_to_right_and_nothing_overlaps(canvas: Canvas) -> None:
    flow = chain("a", "b", "c<a", "d<a", "e<a,b", "f<c,d", "g<f,a") | {"outputs": {"x": "g"}}
    places = dict(call(canvas, "layout", LAYERED, flow))
    for name, its in flow["nodes"].items():
        for source in its["inputs"].values():
            assert places[source][0] < places[name][0]
    boxes = [(x, y, 288, 202 + len(name) % 3 * 30) for name, (x, y) in places.items()]
    for i, (x, y, w, h) in enumerate(boxes):
        for ox, oy, ow, oh in boxes[i + 1 :]:
            assert x + w <= ox or ox + ow <= x or y + h <= oy or oy + oh <= y
    assert dict(call(canvas, "layout", LAYERED, flow)) == places


def test_a_chain_runs_level(canvas: Canvas) -> None:
    places = dict(call(canvas, "layout", LAYERED, chain("a", "b<a", "c<b")))
    assert len({places[name][1] for name in "abc"}) == 1


def test_only_what_has_no_place_is_given_one(canvas: Canvas) -> None:
    canvas.open(
        {
            "nodes": {
                "a": node("source"),
                "b": node("web", inputs={"query": "a"}),
                "c": node("web", inputs={"query": "a"}),
            },
            "layout": {"nodes": {"a": [10, 20], "c": [410, 20]}},
        }
    )
    boxes = canvas.call(
        "() => Object.fromEntries([...weft.editor.scene.boxes].map(([id, b]) => [id, [b.x, b.y, b.w, b.h]]))"
    )
    assert boxes["a"][:2] == [10, 20]
    assert boxes["c"][:2] == [410, 20]
    assert boxes["b"][0] >= 10 + 288
    assert boxes["b"][1] >= 20 + boxes["c"][3]


# Ids and rows ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "taken", "free"),
    [
        ("prompt", [], "prompt"),
        ("prompt@2", ["prompt"], "prompt_2"),
        ("prompt_2", ["prompt", "prompt_2"], "prompt_3"),
        ("My Tool!", [], "my_tool"),
        ("inputs", [], "inputs_2"),
        ("42", [], "node"),
        ("x" * 99, [], "x" * 56),
    ],
)
def test_free_ids(canvas: Canvas, wanted: str, taken: list[str], free: str) -> None:
    assert call(canvas, "refs", "return m.freeId(a[0], (id) => a[1].includes(id))", [wanted, taken]) == free


@pytest.mark.parametrize("text", ["", "A", "a.", ".a", "inputs", "1a", "a b", "__proto__", None, 3])
def test_what_is_no_reference(canvas: Canvas, text: Any) -> None:
    assert call(canvas, "refs", "return m.parseRef(a)", text) is None


MESSAGES = {
    "inputs": [],
    "outputs": [{"name": "text", "type": "text"}, {"name": "messages", "type": "messages"}],
}


@pytest.mark.parametrize(
    ("port", "wanted", "meant"),
    [
        (None, "text", "text"),
        (None, "list[messages]", "messages"),
        ("text", "messages", "text"),
        (None, "any", "text"),
    ],
)
def test_what_a_bare_reference_means(canvas: Canvas, port: str | None, wanted: str, meant: str) -> None:
    assert call(canvas, "rows", "return m.outputMeant(a[0], a[1], a[2])", [port, MESSAGES, wanted]) == meant


@pytest.mark.parametrize(
    ("port", "wanted", "ref"),
    [
        ("text", "text", "n"),
        ("messages", "messages", "n"),
        ("text", "messages", "n.text"),
        ("messages", "any", "n.messages"),
    ],
)
def test_the_shortest_reference_that_means_a_port(canvas: Canvas, port: str, wanted: str, ref: str) -> None:
    assert call(canvas, "rows", "return m.refTo('n', a[0], a[1], a[2])", [port, MESSAGES, wanted]) == ref


def test_very_many_without_a_place_are_laid_out_below_the_rest(canvas: Canvas) -> None:
    nodes = {"a": node("source")} | {f"n{i}": node("web", inputs={"query": "a"}) for i in range(250)}
    canvas.open({"nodes": nodes, "layout": {"nodes": {"a": [0, 1000]}}})
    boxes = canvas.call("() => [...weft.editor.scene.boxes.values()].map(b => [b.id, b.y, b.h])")
    bottom = next(y + h for name, y, h in boxes if name == "a")
    assert all(y > bottom for name, y, _ in boxes if name.startswith("n"))
