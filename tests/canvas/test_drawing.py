"""Notes and frames: added, written, coloured, moved with what is inside, resized, copied, deleted."""

from __future__ import annotations

import json

import pytest
from tests.canvas.drive import Canvas, Flow, pair
from tests.canvas.test_pure import call

pytestmark = pytest.mark.browser


def drawn() -> Flow:
    document = pair()
    document["layout"]["notes"] = {"hint": {"text": "Read me", "x": 300, "y": 500, "color": "warn"}}
    document["layout"]["frames"] = {
        "box": {"title": "Both", "x": 260, "y": 40, "width": 800, "height": 400, "color": "accent"}
    }
    return document


def at(canvas: Canvas, x: float, y: float) -> tuple[float, float]:
    sx, sy = canvas.call(
        "([x, y]) => { const p = weft.editor.camera.toScreen({x, y}); return [p.x, p.y]; }", [x, y]
    )
    return sx, sy


@pytest.mark.gesture("note", "keys")
@pytest.mark.gesture("note-escape", "keys")
def test_a_note_is_added_written_coloured_and_taken_back_by_keys(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.call("() => weft.editor.stage.root.focus()")
    canvas.press("t")
    canvas.keyboard.type("# Plan\n- **one**\n- <b>two</b>")
    canvas.press("Control+Enter")
    note = canvas.document()["layout"]["notes"]["note"]
    assert note["text"] == "# Plan\n- **one**\n- <b>two</b>"
    shown = canvas.page.locator(".weft-sticky")
    assert shown.locator("h3").inner_text() == "Plan"
    assert shown.locator("li").all_inner_texts() == ["one", "<b>two</b>"]
    assert canvas.focused() == "note:note"
    canvas.press("k", "Control+ArrowRight", "ArrowDown")
    after = canvas.document()["layout"]["notes"]["note"]
    assert (after["color"], after["width"], after["y"]) == ("error", 260, note["y"] + 10)
    canvas.press("F2")
    canvas.keyboard.type("Nothing is lost")
    canvas.press("Escape")
    assert canvas.document()["layout"]["notes"]["note"]["text"] == "Nothing is lost"
    assert canvas.focused() == "note:note"
    canvas.press("Delete")
    assert canvas.document()["layout"]["notes"] == {}
    assert canvas.labels() == [
        "Add a note",
        "Edit a note",
        "Colour",
        "Resize",
        "Move Note: # Plan",
        "Edit a note",
        "Delete Note: Nothing is lost",
    ]


def test_a_note_at_the_edge_of_the_view_lies_within_it(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.call("() => weft.editor.stage.root.focus()")
    canvas.mouse.move(30, 30)
    canvas.press("t")
    box = canvas.page.locator(".weft-sticky").bounding_box()
    assert box is not None
    assert min(box["x"], box["y"]) > 0


def test_a_note_is_put_where_no_card_covers_it(canvas: Canvas) -> None:
    canvas.open(pair())
    name = next(iter(canvas.document()["nodes"]))
    box = canvas.card(name).bounding_box()
    assert box is not None
    canvas.call("() => weft.editor.stage.root.focus()")
    canvas.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    canvas.press("t")
    [change] = canvas.ops()
    place = [change["note"][side] for side in ("x", "y", "width", "height")]
    covering = """([x, y, width, height]) =>
        weft.editor.scene.nodeGrid.query({x0: x, y0: y, x1: x + width, y1: y + height}).length"""
    assert canvas.call(covering, place) == 0


def test_tab_walks_on_from_nodes_to_what_is_drawn(canvas: Canvas) -> None:
    canvas.open(drawn())
    canvas.walk_to("note:hint")
    assert canvas.selection() == ["note:hint"]
    assert canvas.heard("select")[-1]["nodes"] == []
    canvas.press("m")
    assert canvas.page.get_by_role("menu", name="Note: Read me").is_visible()


@pytest.mark.gesture("frame", "keys")
def test_a_frame_goes_around_the_selection_and_takes_its_title(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.call("() => weft.editor.selectAll()")
    canvas.press("Shift+T")
    canvas.keyboard.type("Sources")
    canvas.press("Enter")
    frame = canvas.document()["layout"]["frames"]["frame"]
    assert frame["title"] == "Sources"
    assert frame["x"] < 300
    assert frame["x"] + frame["width"] > 700 + 288
    assert frame["y"] < 100 - 36


@pytest.mark.gesture("frame", "mouse")
def test_a_frame_moves_with_what_is_inside_in_one_batch(canvas: Canvas) -> None:
    canvas.open(drawn())
    x, y = at(canvas, 300, 58)
    canvas.drag((x, y), (x + 80, y + 160))
    places = canvas.document()["layout"]
    assert places["nodes"]["source"] == [400, 300]
    assert places["nodes"]["web"] == [800, 300]
    assert (places["frames"]["box"]["x"], places["frames"]["box"]["y"]) == (360, 240)
    assert places["notes"]["hint"]["y"] == 500, "it was outside"
    assert len(canvas.labels()) == 1


def test_inside_a_frame_the_canvas_is_as_empty_as_elsewhere(canvas: Canvas) -> None:
    canvas.open(drawn())
    before = canvas.camera()
    x, y = at(canvas, 640, 420)
    canvas.drag((x, y), (x + 50, y))
    assert canvas.camera()["x"] == before["x"] + 50
    assert canvas.ops() == []


@pytest.mark.gesture("note", "mouse")
def test_the_grip_resizes_and_escape_gives_the_size_back(canvas: Canvas) -> None:
    canvas.open(drawn())
    x, y = at(canvas, 300 + 240 - 8, 500 + 120 - 8)
    canvas.drag((x, y), (x + 80, y + 40), drop=False)
    canvas.press("Escape")
    canvas.mouse.up()
    assert canvas.ops() == []
    canvas.drag((x, y), (x + 80, y + 40))
    note = canvas.document()["layout"]["notes"]["hint"]
    assert (note["width"], note["height"], note["text"]) == (340, 170, "Read me")
    canvas.drag(at(canvas, 632, 662), at(canvas, 0, 0))
    note = canvas.document()["layout"]["notes"]["hint"]
    assert (note["width"], note["height"]) == (120, 60)


def test_what_is_drawn_is_copied_and_pasted_with_nodes(canvas: Canvas) -> None:
    canvas.open(drawn())
    canvas.call("() => weft.editor.select(['web', 'note:hint', 'frame:box'])")
    canvas.press("Control+c")
    copied = json.loads(canvas.call("() => navigator.clipboard.readText()"))
    assert (list(copied["nodes"]), list(copied["notes"]), list(copied["frames"])) == (
        ["web"],
        ["hint"],
        ["box"],
    )
    canvas.mouse.move(900, 500)
    canvas.press("Control+v")
    layout = canvas.document()["layout"]
    assert sorted(layout["notes"]) == ["hint", "note"]
    assert sorted(layout["frames"]) == ["box", "frame"]
    assert canvas.selection() == ["frame:frame", "note:note", "web_2"]
    assert layout["frames"]["frame"]["title"] == "Both"


@pytest.mark.gesture("note", "mouse")
def test_a_double_click_edits_and_leaving_the_field_keeps_it(canvas: Canvas) -> None:
    canvas.open(drawn())
    canvas.mouse.dblclick(*at(canvas, 400, 540))
    canvas.keyboard.type("New words")
    canvas.click((1300, 300))
    assert canvas.document()["layout"]["notes"]["hint"]["text"] == "New words"


def test_the_little_markdown_of_notes_never_makes_markup_of_text(canvas: Canvas) -> None:
    html = call(
        canvas,
        "markdown",
        "const d = document.createElement('div'); d.append(m.rendered(a)); return d.innerHTML;",
        "**<img src=x onerror=1>** *it* `<b>`\n1. a\n2) b\n\n[x](javascript:alert(1))",
    )
    assert "<img" not in html
    assert "<a" not in html
    assert "<b>&lt;img src=x onerror=1&gt;</b> <i>it</i> <code>&lt;b&gt;</code>" in html
    assert "<ol><li>a</li><li>b</li></ol>" in html
