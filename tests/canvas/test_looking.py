"""What changes nothing but the view: fitting, gliding, the hint on an empty flow."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.canvas.drive import Canvas, essay, flow, report
from tests.canvas.test_editing import DROP

pytestmark = pytest.mark.browser

SPAN = """ids => {
  const { scene, camera } = weft.editor, rects = ids.map((id) => scene.rectOf(id));
  const x = rects.flatMap((r) => [r.x0, r.x1]).map((v) => v * camera.k + camera.x);
  return [Math.min(...x) / camera.width, Math.max(...x) / camera.width];
}"""


@pytest.mark.gesture("fit", "keys")
def test_the_selection_fills_the_view_and_the_whole_flow_does_by_keys(canvas: Canvas) -> None:
    canvas.page.set_viewport_size({"width": 900, "height": 600})
    canvas.page.wait_for_function("() => weft.editor.camera.width === 900")
    canvas.open(report())
    canvas.walk_to("research")
    canvas.press("Shift+F")
    near = canvas.camera()["k"]
    left, right = canvas.call(SPAN, ["research"])
    assert left > 0
    assert right < 1
    canvas.press("f")
    assert canvas.camera()["k"] < near
    left, right = canvas.call(SPAN, ["inputs", "source", "report", "outputs"])
    assert left > 0
    assert right < 1


@pytest.mark.gesture("fit", "mouse")
def test_the_flow_is_fitted_from_the_menu(canvas: Canvas) -> None:
    canvas.open(report(), at=(-600, -300, 1.4))
    canvas.click((700, 790), button="right")
    canvas.page.get_by_role("menuitem", name="Fit everything").click()
    canvas.frames()
    left, right = canvas.call(SPAN, ["inputs", "source", "report", "outputs"])
    assert left > 0
    assert right < 1


@pytest.mark.gesture("hint", "mouse")
def test_the_hint_is_gone_with_the_first_thing_and_comes_back_with_the_last(canvas: Canvas) -> None:
    hint = canvas.page.locator(".weft-hint")
    canvas.page.set_viewport_size({"width": 390, "height": 700})
    canvas.page.wait_for_function("() => weft.editor.camera.width === 390")
    canvas.open(flow({}, {}), at=None)
    expect(hint).to_be_visible()
    assert hint.evaluate("el => el.scrollWidth <= el.clientWidth"), "on a phone too"
    canvas.call(DROP, ["web", 200, 300])
    expect(hint).to_be_hidden()
    canvas.press("Delete")
    expect(hint).to_be_visible()
    canvas.press("t", "Escape")
    expect(hint).to_be_hidden()


def test_what_is_arranged_glides_to_its_place_unless_less_motion_is_wanted(canvas: Canvas) -> None:
    document = essay()
    document["layout"]["nodes"] |= {"essay": [0, 600], "outline": [0, 900], "pros_cons": [900, 900]}
    arranged = "() => { weft.editor.command('arrange'); return !!weft.editor.glider.ways; }"
    canvas.open(document)
    assert canvas.call(arranged) is False
    canvas.page.emulate_media(reduced_motion="no-preference")
    try:
        canvas.open(document, "again")
        assert canvas.call(arranged) is True
        canvas.page.wait_for_function("() => !weft.editor.glider.ways")
    finally:
        canvas.page.emulate_media(reduced_motion="reduce")
    assert canvas.labels() == ["Arrange the flow"], "one step"
    written = canvas.document()["layout"]["nodes"]
    shown = canvas.call(
        "() => Object.fromEntries([...weft.editor.scene.boxes.keys()].map((id) => [id, weft.editor.scene.placeOf(id)]))"
    )
    assert shown == written
