"""The canvas by touch, with real touch events, on a tablet and on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from tests.canvas.conftest import Watched
from tests.canvas.drive import Canvas, pair, report
from tests.canvas.touch import Fingers

pytestmark = pytest.mark.browser
SIZES = {"tablet": (1400, 850), "phone": (390, 800)}


@pytest.fixture(scope="module")
def held(browser: Browser, address: str) -> Iterator[Watched]:
    watched = Watched(browser, address, reduced_motion="reduce", has_touch=True)
    watched.page.set_default_timeout(8000)
    yield watched
    watched.context.close()


@pytest.fixture(params=SIZES)
def canvas(held: Watched, request: pytest.FixtureRequest) -> Iterator[Canvas]:
    held.errors.clear()
    width, height = SIZES[request.param]
    held.page.set_viewport_size({"width": width, "height": height})
    held.page.evaluate("() => { weft.restart(); sessionStorage.clear(); }")
    held.page.wait_for_function("w => weft.editor.camera.width === w", arg=width)
    yield Canvas(held.page)
    assert not held.errors, held.errors


@pytest.fixture
def fingers(held: Watched) -> Fingers:
    return Fingers(held.page)


def opened(canvas: Canvas, document: dict[str, object]) -> None:
    canvas.open(document, at=(20, 60, 0.5))


def until(canvas: Canvas, condition: str, argument: object = None) -> None:
    canvas.page.wait_for_function(condition, arg=argument)


@pytest.mark.gesture("pan", "touch")
def test_one_finger_pans_on_empty_canvas_and_over_cards_that_are_not_selected(
    canvas: Canvas, fingers: Fingers
) -> None:
    opened(canvas, pair())
    fingers.drag((200, 600), (140, 640))
    until(canvas, "() => weft.editor.camera.x === -40 && weft.editor.camera.y === 100")
    x, y = canvas.title("source")
    fingers.drag((x, y), (x + 60, y + 100))
    until(canvas, "() => weft.editor.camera.x === 20 && weft.editor.camera.y === 200")
    assert canvas.ops() == []
    assert canvas.selection() == []


@pytest.mark.gesture("zoom", "touch")
def test_two_fingers_zoom_where_they_are_and_one_goes_on(canvas: Canvas, fingers: Fingers) -> None:
    opened(canvas, pair())
    before = canvas.title("source")
    fingers.pinch(before, 100, 200)
    until(canvas, "() => Math.abs(weft.editor.camera.k - 1) < 0.01")
    assert canvas.title("source") == pytest.approx(before, abs=2)
    fingers.pinch((195, 500), 200, 120)
    until(canvas, "() => Math.abs(weft.editor.camera.k - 0.6) < 0.01")
    fingers.down((150, 500), (250, 500))
    fingers.lift_second((250, 500))
    x = canvas.camera()["x"]
    fingers.slide((150, 500), (180, 500))
    fingers.up()
    until(canvas, "x => Math.abs(weft.editor.camera.x - x - 30) < 1", x)
    assert canvas.ops() == []


@pytest.mark.gesture("select", "touch")
@pytest.mark.gesture("edge-value", "touch")
def test_a_tap_selects_a_node_an_edge_or_nothing(canvas: Canvas, fingers: Fingers) -> None:
    opened(canvas, report())
    fingers.tap(canvas.title("source"))
    until(canvas, "() => weft.editor.selection.has('source')")
    canvas.call("() => weft.editor.runState({nodes: {source: {status: 'succeeded', text: 'Went through'}}})")
    fingers.tap(canvas.on_edge("data|research|question|source"))
    until(canvas, "() => weft.editor.edge === 'data|research|question|source'")
    expect(canvas.page.locator(".weft-tip")).to_have_text("Source gave\nWent through")
    fingers.tap((190, 700))
    until(canvas, "() => !weft.editor.edge && !weft.editor.selection.size")


@pytest.mark.gesture("move", "touch")
def test_a_selected_node_follows_the_finger(canvas: Canvas, fingers: Fingers) -> None:
    opened(canvas, pair())
    x, y = canvas.title("source")
    fingers.tap((x, y))
    until(canvas, "() => weft.editor.selection.has('source')")
    fingers.drag((x, y), (x + 50, y + 200), lift=False)
    until(canvas, "() => weft.editor.scene.placeOf('source')[1] === 500")
    fingers.up()
    until(canvas, "() => weft.server.flow.layout.nodes.source[1] === 500")
    assert len(canvas.labels()) == 1
    assert canvas.camera() == {"x": 20, "y": 60, "k": 0.5}


@pytest.mark.gesture("connect", "touch")
@pytest.mark.gesture("disconnect", "touch")
def test_a_finger_draws_an_edge_and_takes_it_away_by_its_end(canvas: Canvas, fingers: Fingers) -> None:
    opened(canvas, pair())
    canvas.call("() => weft.editor.camera.set({x: -130, y: 60, k: 0.5})")
    x, y = canvas.port("source", "text")
    fingers.drag((x + 9, y - 9), canvas.port("web", "query"))
    until(canvas, "() => weft.server.flow.nodes.web.inputs?.query === 'source'")
    key = "data|web|query|source"
    fingers.tap(canvas.on_edge(key))
    until(canvas, "key => weft.editor.edge === key", key)
    fingers.drag(canvas.on_edge(key, 0.96), (200, 600))
    until(canvas, "() => !weft.server.flow.nodes.web.inputs?.query")


@pytest.mark.gesture("edge-on-nothing", "touch")
def test_an_edge_let_go_on_empty_canvas_asks_what_fits(canvas: Canvas, fingers: Fingers) -> None:
    opened(canvas, pair())
    fingers.drag(canvas.port("source", "text"), (200, 640))
    until(canvas, "() => weft.server.commands().length")
    [command] = canvas.commands()
    assert (command["name"], command["from"]["port"]) == ("palette", "text")


@pytest.mark.gesture("menu", "touch")
def test_a_long_press_opens_the_menu_of_what_is_there(canvas: Canvas, fingers: Fingers) -> None:
    opened(canvas, pair())
    menu = canvas.page.get_by_role("menu")
    fingers.down(canvas.title("source"))
    until(canvas, "() => weft.editor.gestures.state?.held")
    fingers.up()
    expect(menu).to_have_attribute("aria-label", "Source")
    until(canvas, "() => weft.editor.selection.has('source')")
    box = menu.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= canvas.call("() => innerWidth")
    fingers.tap((canvas.call("() => innerWidth") - 8, 8))
    expect(menu).to_have_count(0)
    fingers.down((120, 640))
    until(canvas, "() => weft.editor.gestures.state?.held")
    fingers.up()
    expect(menu).to_have_attribute("aria-label", "Canvas")
    entry = menu.get_by_role("menuitem", name="Add a note").bounding_box()
    assert entry is not None
    fingers.tap((entry["x"] + 30, entry["y"] + entry["height"] / 2))
    until(canvas, "() => !!weft.server.flow.layout.notes?.note")


@pytest.mark.gesture("marquee", "touch")
def test_after_a_long_press_on_nothing_a_finger_draws_a_marquee(canvas: Canvas, fingers: Fingers) -> None:
    opened(canvas, pair())
    fingers.down((30, 500))
    until(canvas, "() => weft.editor.gestures.state?.held")
    fingers.slide((30, 500), (360, 80))
    expect(canvas.page.locator(".weft-marquee")).to_be_visible()
    fingers.up()
    until(canvas, "() => weft.editor.selection.has('source')")
    assert canvas.ops() == []


@pytest.mark.gesture("add", "touch")
@pytest.mark.gesture("open", "touch")
def test_two_taps_on_nothing_add_and_on_a_node_open(canvas: Canvas, fingers: Fingers) -> None:
    opened(canvas, pair())
    for _ in range(2):
        fingers.tap((200, 640))
    until(canvas, "() => weft.server.commands().some((one) => one.name === 'palette')")
    for _ in range(2):
        fingers.tap(canvas.title("source"))
    until(canvas, "() => weft.server.events.some((one) => one.name === 'open')")


@pytest.mark.gesture("minimap", "touch")
def test_the_minimap_takes_the_view_along_with_a_finger(canvas: Canvas, fingers: Fingers) -> None:
    opened(canvas, report())
    minimap = canvas.page.locator(".weft-minimap")
    if canvas.call("() => innerWidth") < 400:
        expect(minimap).to_be_hidden()  # there is no room for it
        return
    box = minimap.bounding_box()
    assert box is not None
    fingers.drag((box["x"] + 20, box["y"] + 60), (box["x"] + 180, box["y"] + 60))
    until(canvas, "() => weft.editor.camera.x < -200")
    assert canvas.ops() == []
