"""Moving nodes, selecting, panning, zooming: each with the mouse and each with the keyboard alone."""

from __future__ import annotations

import pytest
from tests.canvas.drive import Canvas, essay, flow, node, pair, report

pytestmark = pytest.mark.browser

EMPTY = (700.0, 780.0)


@pytest.mark.gesture("move", "mouse")
def test_dragging_a_node_moves_it_by_one_change_on_the_grid(canvas: Canvas) -> None:
    canvas.open(pair(), at=(0, 0, 1))
    x, y = canvas.title("web")
    canvas.drag((x, y), (x + 52, y + 128))
    assert canvas.ops() == [{"op": "move", "positions": {"web": [750, 230]}}]
    assert canvas.labels() == ["Move Web"]
    assert canvas.document()["layout"]["nodes"]["web"] == [750, 230]
    assert canvas.selection() == ["web"]


def test_alt_lets_go_of_the_grid(canvas: Canvas) -> None:
    canvas.open(pair(), at=(0, 0, 1))
    x, y = canvas.title("web")
    canvas.keyboard.down("Alt")
    canvas.drag((x, y), (x + 53, y + 7))
    canvas.keyboard.up("Alt")
    assert canvas.ops() == [{"op": "move", "positions": {"web": [753, 107]}}]


def test_dragging_one_of_several_selected_moves_them_all(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.click(canvas.title("research"))
    canvas.keyboard.down("Shift")
    canvas.click(canvas.title("web"))
    canvas.keyboard.up("Shift")
    x, y = canvas.title("web")
    canvas.drag((x, y), (x + 80, y + 40))
    assert canvas.ops() == [{"op": "move", "positions": {"research": [720, 90], "web": [720, 390]}}]
    assert canvas.labels() == ["Move 2 nodes"]


def test_a_drag_that_ends_where_it_began_sends_nothing(canvas: Canvas) -> None:
    canvas.open(pair())
    x, y = canvas.title("web")
    canvas.mouse.move(x, y)
    canvas.mouse.down()
    canvas.mouse.move(x + 90, y + 90, steps=4)
    canvas.mouse.move(x, y, steps=4)
    canvas.mouse.up()
    assert canvas.ops() == []


def test_escape_takes_a_drag_back(canvas: Canvas) -> None:
    canvas.open(pair())
    before = canvas.title("web")
    canvas.drag(before, (before[0] + 200, before[1] + 100), drop=False)
    canvas.press("Escape")
    canvas.mouse.up()
    assert canvas.ops() == []
    assert canvas.title("web") == before


def test_the_first_move_writes_down_what_the_canvas_had_placed_itself(canvas: Canvas) -> None:
    canvas.open(
        flow({"source": node("source"), "web": node("web", inputs={"query": "source"})}, {}),
        at=(300, 300, 0.8),
    )
    x, y = canvas.title("web")
    canvas.drag((x, y), (x + 80, y))
    [change] = canvas.ops()
    assert sorted(change["positions"]) == ["inputs", "outputs", "source", "web"]


@pytest.mark.parametrize(
    ("key", "place"), [("ArrowRight", [710, 100]), ("ArrowUp", [700, 90]), ("Shift+ArrowDown", [700, 150])]
)
@pytest.mark.gesture("move", "keys")
def test_arrows_move_the_selection(canvas: Canvas, key: str, place: list[int]) -> None:
    canvas.open(pair())
    canvas.walk_to("web")
    canvas.press(key)
    assert canvas.ops() == [{"op": "move", "positions": {"web": place}}]


@pytest.mark.gesture("select-several", "keys")
def test_several_nodes_are_marked_and_moved_by_keyboard(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.walk_to("research")
    canvas.press("Space", "Tab", "Space")
    assert canvas.focused() == "web"
    assert canvas.selection() == ["research", "web"]
    canvas.press("ArrowRight")
    assert canvas.ops() == [{"op": "move", "positions": {"research": [630, 40], "web": [630, 340]}}]


# Selecting ------------------------------------------------------------------------------------------------------


@pytest.mark.gesture("select-several", "mouse")
def test_shift_and_control_clicks_add_and_take_away(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.click(canvas.title("source"))
    canvas.keyboard.down("Control")
    canvas.click(canvas.title("web"))
    canvas.click(canvas.title("research"))
    canvas.click(canvas.title("source"))
    canvas.keyboard.up("Control")
    assert canvas.selection() == ["research", "web"]
    assert canvas.heard("select")[-1] == {"nodes": ["web", "research"], "edge": None}


def test_what_the_page_selects_is_not_told_back_to_it(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.call("() => weft.editor.select(['web'], true)")
    assert canvas.selection() == ["web"]
    assert canvas.heard("select") == []
    canvas.call("() => weft.editor.select(['source', 'gone'], true)")
    assert canvas.heard("select") == [{"nodes": ["source"], "edge": None}], "it knows no node 'gone'"


@pytest.mark.gesture("marquee", "mouse")
def test_shift_drag_is_a_marquee(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.keyboard.down("Shift")
    canvas.drag((520, 80), (760, 480), drop=False)
    assert canvas.page.locator(".weft-marquee").is_visible()
    canvas.mouse.up()
    canvas.keyboard.up("Shift")
    assert canvas.selection() == ["research", "web"]
    assert not canvas.page.locator(".weft-marquee").is_visible()
    assert canvas.said() == "2 nodes selected."


def test_escape_gives_back_the_selection_a_marquee_began_with(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.click(canvas.title("source"))
    canvas.keyboard.down("Shift")
    canvas.drag((520, 80), (760, 480), drop=False)
    canvas.keyboard.up("Shift")
    canvas.press("Escape")
    canvas.mouse.up()
    assert canvas.selection() == ["source"]


@pytest.mark.gesture("marquee", "keys")
def test_select_all_and_none_by_keyboard(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.call("() => weft.editor.stage.root.focus()")
    canvas.press("Control+a")
    assert canvas.selection() == ["report", "research", "source", "web"]
    canvas.press("Escape")
    assert canvas.selection() == []


@pytest.mark.gesture("select", "mouse")
def test_a_click_on_nothing_clears_the_selection_and_a_drag_does_not(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.click(canvas.title("web"))
    canvas.drag(EMPTY, (EMPTY[0] + 60, EMPTY[1] - 30))
    assert canvas.selection() == ["web"]
    canvas.click(EMPTY)
    assert canvas.selection() == []


@pytest.mark.gesture("select", "keys")
def test_tab_walks_in_topological_order_and_leaves_at_the_end(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.call("() => document.getElementById('before').focus()")
    walked = []
    for _ in range(8):
        canvas.press("Tab")
        walked.append(canvas.focused())
    assert walked == [None, "inputs", "source", "research", "web", "report", "outputs", None]
    assert canvas.call("() => document.activeElement.id") == "after"


def test_shift_tab_walks_back(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.walk_to("web")
    canvas.press("Shift+Tab")
    assert canvas.focused() == "research"
    canvas.press("Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab")
    assert canvas.call("() => document.activeElement.id") == "before"


def test_a_node_reached_by_keyboard_comes_into_view(canvas: Canvas) -> None:
    canvas.open(essay(), at=(-3000, -2000, 0.8))
    canvas.walk_to("outline")
    x, y = canvas.title("outline")
    assert 0 < x < 1400
    assert 0 < y < 850
    assert canvas.card("outline").get_attribute("aria-label").startswith("Outline, idle")


# The view -------------------------------------------------------------------------------------------------------


@pytest.mark.gesture("zoom", "mouse")
def test_the_wheel_zooms_at_the_pointer(canvas: Canvas) -> None:
    canvas.open(report())
    before = canvas.title("report")
    canvas.mouse.move(*before)
    canvas.mouse.wheel(0, -300)
    canvas.frames()
    after = canvas.title("report")
    assert canvas.camera()["k"] == pytest.approx(0.8 * 1.616, rel=0.01)
    assert after == pytest.approx(before, abs=1)


@pytest.mark.parametrize("way", ["left", "middle", "space"])
@pytest.mark.gesture("pan", "mouse")
def test_dragging_empty_canvas_pans(canvas: Canvas, way: str) -> None:
    canvas.open(report())
    start = canvas.title("report") if way != "left" else EMPTY
    if way == "space":
        canvas.keyboard.down("Space")
    canvas.drag(start, (start[0] - 120, start[1] - 45), button="middle" if way == "middle" else "left")
    if way == "space":
        canvas.keyboard.up("Space")
    assert canvas.camera() == pytest.approx({"x": -80, "y": 15, "k": 0.8}, abs=0.01)
    assert canvas.ops() == []


def test_shift_wheel_pans_sideways(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.mouse.move(*EMPTY)
    canvas.keyboard.down("Shift")
    canvas.mouse.wheel(0, 100)
    canvas.keyboard.up("Shift")
    canvas.frames()
    assert canvas.camera() == {"x": -60, "y": 60, "k": 0.8}


@pytest.mark.gesture("pan", "keys")
@pytest.mark.gesture("zoom", "keys")
@pytest.mark.gesture("fit", "keys")
def test_arrows_pan_when_nothing_is_selected_and_keys_zoom_and_fit(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.call("() => weft.editor.stage.root.focus()")
    canvas.press("ArrowRight")
    assert canvas.camera()["x"] == -20
    canvas.press("+")
    assert canvas.camera()["k"] == pytest.approx(1)
    canvas.press("-", "-")
    assert canvas.camera()["k"] == pytest.approx(0.64)
    canvas.press("0")
    assert canvas.camera()["k"] == 1
    canvas.press("f")
    for name in ("inputs", "source", "report", "outputs"):
        x, y = canvas.title(name)
        assert 0 < x < 1400, name
        assert 0 < y < 850, name


@pytest.mark.gesture("minimap", "mouse")
def test_the_minimap_takes_the_view_where_it_is_pressed_and_dragged(canvas: Canvas) -> None:
    canvas.open(essay())
    minimap = canvas.page.locator(".weft-minimap").bounding_box()
    assert minimap
    canvas.drag((minimap["x"] + 20, minimap["y"] + 65), (minimap["x"] + 180, minimap["y"] + 65), drop=False)
    right = canvas.camera()["x"]
    canvas.mouse.move(minimap["x"] + 20, minimap["y"] + 65, steps=3)
    canvas.mouse.up()
    assert canvas.camera()["x"] - right > 500
    assert canvas.selection() == []
    assert canvas.ops() == []


def test_a_fitted_view_stays_fitted_when_the_canvas_changes_its_size(canvas: Canvas) -> None:
    canvas.open(essay())
    canvas.press("f")
    canvas.page.set_viewport_size({"width": 1000, "height": 420})
    canvas.page.wait_for_function("() => weft.editor.camera.width === 1000")
    for name in ("inputs", "pros_cons", "outline", "essay", "outputs"):
        x, y = canvas.title(name)
        assert 0 < x < 1000, name
        assert 0 < y < 420, name
    canvas.call("() => weft.editor.camera.set({x: 11, y: 22, k: 0.5})")
    canvas.page.set_viewport_size({"width": 1400, "height": 850})
    canvas.page.wait_for_function("() => weft.editor.camera.width === 1400")
    assert canvas.camera() == {"x": 11, "y": 22, "k": 0.5}


def test_the_minimap_makes_room_for_cards_while_it_has_nothing_to_tell(canvas: Canvas) -> None:
    canvas.open(essay())
    minimap = canvas.page.locator(".weft-minimap")
    canvas.call("() => weft.editor.camera.set({x: 940, y: 720, k: 0.2})")
    minimap.wait_for(state="hidden")
    canvas.call("() => weft.editor.camera.set({x: 940, y: 720, k: 1})")
    minimap.wait_for(state="visible")


def test_dragging_at_the_border_pulls_the_view_along(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.drag(canvas.title("web"), (1396, 400), drop=False)
    x = canvas.camera()["x"]
    canvas.page.wait_for_function("x => weft.editor.camera.x < x - 50", arg=x)
    canvas.mouse.up()
    [change] = canvas.ops()
    assert change["positions"]["web"][0] > 1500


def test_view_and_selection_outlive_a_reload(canvas: Canvas) -> None:
    canvas.open(report(), "kept")
    canvas.click(canvas.title("web"))
    canvas.call("() => weft.editor.camera.set({x: 11, y: 22, k: 0.5})")
    canvas.call("() => weft.restart()")
    canvas.open(report(), "kept", at=None)
    assert canvas.camera() == {"x": 11, "y": 22, "k": 0.5}
    assert canvas.selection() == ["web"]


def test_a_flow_seen_for_the_first_time_is_shown_whole(canvas: Canvas) -> None:
    canvas.open(essay(), "new", at=None)
    for name in ("inputs", "outputs"):
        assert 0 < canvas.title(name)[0] < 1400


def test_a_flow_too_large_to_be_read_whole_is_shown_from_its_beginning(canvas: Canvas) -> None:
    canvas.open(flow({f"n{i}": node("web") for i in range(20)}), "long", at=None)
    x, y = canvas.title("inputs")
    assert 0 < x < 400
    assert 0 < y < 850
    assert canvas.card("n0").is_visible()
    canvas.press("f")  # its beginning again, in cards as small as they get
    canvas.page.wait_for_function("() => weft.editor.camera.k === 0.4 && !weft.editor.camera.glide")
    assert canvas.card("n0").is_visible()
    canvas.press("f")
    canvas.page.wait_for_function("() => weft.editor.camera.k < 0.4")
