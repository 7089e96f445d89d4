"""What a card shows: title, ports, text, the state of the run, problems; in light and dark, near and far."""

from __future__ import annotations

from typing import Any

import pytest
from tests.canvas.drive import Canvas, essay, flow, node, pair, report

pytestmark = pytest.mark.browser


def run(canvas: Canvas, **steps: dict[str, Any]) -> None:
    canvas.call("nodes => weft.editor.runState({nodes})", steps)
    canvas.frames()


def shown(canvas: Canvas, name: str) -> tuple[str, str, str]:
    card = canvas.card(name)
    texts = [card.locator(f".weft-{part}").text_content() or "" for part in ("pill", "said", "note")]
    return texts[0], texts[1], texts[2]


CASES: list[tuple[dict[str, Any], tuple[str, str, str]]] = [
    ({"status": "waiting"}, ("waiting", "Pros and cons of {{topic}}?", "")),
    ({"status": "running"}, ("running", "Pros and cons of {{topic}}?", "")),
    ({"status": "running", "text": "Once upon\na time"}, ("running", "Once upon a time", "")),
    (
        {"status": "succeeded", "text": "Done.", "seconds": 1.24, "tokens": 1340},
        ("done", "Done.", "1.2 s · 1,340 tokens"),
    ),
    (
        {"status": "succeeded", "cached": True, "text": "Again.", "seconds": 0.001},
        ("cached", "Again.", "1.0 ms"),
    ),
    ({"status": "failed", "error": {"message": "No key.", "code": "auth"}}, ("failed", "No key.", "")),
    ({"status": "failed", "error": "No answer.", "seconds": 61}, ("failed", "No answer.", "1 min 1 s")),
    (
        {"status": "skipped", "because": {"reason": "when", "message": "Not asked for."}},
        ("skipped", "Not asked for.", ""),
    ),
    ({"status": "cancelled"}, ("cancelled", "Stopped before it finished.", "")),
    ({"status": "paused", "because": "Approve?"}, ("asks you", "Approve?", "")),
]


@pytest.mark.parametrize(("step", "expected"), CASES)
def test_the_state_of_a_step(canvas: Canvas, step: dict[str, Any], expected: tuple[str, str, str]) -> None:
    canvas.open(essay())
    run(canvas, pros_cons=step)
    assert shown(canvas, "pros_cons") == expected
    assert f"Pros cons, {expected[0]}" in canvas.card("pros_cons").get_attribute("aria-label")


def test_streamed_text_shows_its_end_from_a_words_start(canvas: Canvas) -> None:
    canvas.open(essay())
    run(canvas, essay={"status": "running", "text": " ".join(f"word{i}" for i in range(400))})
    _, text, _ = shown(canvas, "essay")
    assert text.startswith("… word")
    assert text.endswith("word399")
    box = canvas.card("essay").locator(".weft-text")
    assert box.evaluate("el => el.scrollHeight <= el.clientHeight")


def test_a_new_run_begins_with_idle_cards(canvas: Canvas) -> None:
    canvas.open(essay())
    run(canvas, essay={"status": "failed", "error": "No."})
    canvas.call("() => weft.editor.runState({reset: true, nodes: {}})")
    canvas.frames()
    assert shown(canvas, "essay")[0] == "idle"


def test_what_happens_in_a_run_is_announced(canvas: Canvas) -> None:
    canvas.open(essay())
    run(canvas, pros_cons={"status": "running"})
    assert canvas.said() == "Pros cons running."
    run(canvas, pros_cons={"status": "failed", "error": {"message": "No key."}})
    assert canvas.said() == "Pros cons failed: No key."


def test_edges_flow_only_while_something_runs_and_motion_is_welcome(canvas: Canvas) -> None:
    canvas.open(report())
    run(canvas, source={"status": "running"})
    assert canvas.call("() => weft.editor.animating()") is False
    canvas.page.emulate_media(reduced_motion="no-preference")
    try:
        assert canvas.call("() => weft.editor.animating()") is True
        run(canvas, source={"status": "succeeded"})
        assert canvas.call("() => weft.editor.animating()") is False
    finally:
        canvas.page.emulate_media(reduced_motion="reduce")


def test_problems_are_a_badge_with_their_words(canvas: Canvas) -> None:
    canvas.open(report())
    problems = [
        {
            "code": "missing-input",
            "node": "report",
            "port": "extra",
            "message": "Extra is missing.",
            "hint": "Connect it.",
            "severity": "error",
        },
        {"code": "odd", "node": "report", "message": "Odd.", "severity": "warning"},
        {"code": "odd", "node": "web", "message": "Odd too.", "severity": "warning"},
        {"code": "flow", "node": None, "message": "All of it.", "severity": "error"},
    ]
    canvas.call("list => weft.editor.problems(list)", problems)
    canvas.frames()
    badge = canvas.card("report").locator(".weft-badge")
    assert badge.text_content() == "2"
    assert "weft-badge-error" in badge.get_attribute("class")
    assert "weft-badge-warn" in canvas.card("web").locator(".weft-badge").get_attribute("class")
    assert not canvas.card("source").locator(".weft-badge").is_visible()
    badge.hover()
    canvas.frames()
    assert canvas.tip() == "Extra is missing. Connect it.\nOdd."
    badge.click()
    assert canvas.commands() == [{"name": "problems", "node": "report"}]
    assert "Extra is missing." in canvas.card("report").get_attribute("aria-label")
    canvas.call("() => weft.editor.problems([])")
    canvas.frames()
    assert not badge.is_visible()


def test_an_unknown_component_keeps_its_edges_and_says_that_it_is_missing(canvas: Canvas) -> None:
    canvas.open(
        flow(
            {
                "source": node("source"),
                "x": node("gone@3", inputs={"in": "source"}),
                "web": node("web", inputs={"query": "x.out"}),
            }
        )
    )
    assert shown(canvas, "x")[0] == "missing"
    rows = canvas.card("x").locator(".weft-row span").all_inner_texts()
    assert rows == ["in", "out"]
    assert canvas.call("() => [...weft.editor.scene.edges.values()].every(e => e.curve)")


def test_a_reference_to_nothing_draws_no_edge_until_there_is_something(canvas: Canvas) -> None:
    canvas.open(flow({"web": node("web", inputs={"query": "later"})}))
    assert canvas.call("() => weft.editor.scene.edges.get('data|web|query|later').curve") is None
    canvas.call(
        "() => weft.server.change([{op: 'add-node', id: 'later', node: {component: 'source'}, at: [0, 300]}])"
    )
    assert canvas.call("() => !!weft.editor.scene.edges.get('data|web|query|later').curve")


def test_a_port_the_component_does_not_have_is_marked(canvas: Canvas) -> None:
    canvas.open(flow({"source": node("source"), "web": node("web", inputs={"nonsense": "source"})}))
    row = canvas.card("web").locator(".weft-unknown")
    assert row.text_content() == "nonsense"


def test_holes_of_a_template_become_rows_when_the_server_says_so(canvas: Canvas) -> None:
    canvas.open(flow({"prompt": node("prompt", params={"prompt": "About {{topic}}"})}))
    rows = canvas.card("prompt").locator(".weft-in span")
    assert rows.all_inner_texts() == ["topic", "context"]
    canvas.call(
        "() => weft.server.change([{op: 'set-param', node: 'prompt', name: 'prompt', value: '{{topic}} in {{style}}'}])"
    )
    canvas.frames()
    assert rows.all_inner_texts() == ["topic", "style", "context"]


def test_long_titles_end_in_an_ellipsis(canvas: Canvas) -> None:
    canvas.open(flow({"web": node("web", title="A title that is far too long for a card of this width")}))
    title = canvas.card("web").locator(".weft-title")
    assert title.evaluate("el => el.scrollWidth > el.clientWidth && el.clientHeight < 30")


def test_the_model_says_where_everything_is(canvas: Canvas) -> None:
    """Positions and sizes are computed; the page must agree with them, to the pixel."""
    canvas.open(essay(), at=(40, 60, 1))
    off = canvas.call(
        """() => {
          const wrong = [];
          for (const box of weft.editor.scene.boxes.values()) {
            const el = document.querySelector(`.weft-card[data-node=${box.id}]`);
            const r = el.getBoundingClientRect();
            if (Math.abs(r.width - box.w) > 0.6 || Math.abs(r.height - box.h) > 0.6) wrong.push([box.id, 'size', r.width, r.height]);
            box.rows.forEach((row, i) => {
              const d = el.querySelectorAll('.weft-dot')[i].getBoundingClientRect();
              const [x, y] = weft.where(box.id, row.port, row.slot, row.side);
              if (Math.hypot(d.x + d.width / 2 - x, d.y + d.height / 2 - y) > 0.6) wrong.push([box.id, row.port, d.x + 7 - x, d.y + 7 - y]);
            });
            const rows = el.querySelector('.weft-rows').getBoundingClientRect();
            const text = el.querySelector('.weft-text').getBoundingClientRect();
            if (text.height && text.top < rows.bottom) wrong.push([box.id, 'text over rows']);
          }
          return wrong;
        }"""
    )
    assert off == []


def test_far_away_there_are_no_cards_but_the_focused_one(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.walk_to("web")
    assert canvas.page.locator(".weft-card:not([hidden])").count() == 6
    canvas.call("() => weft.editor.camera.set({x: 300, y: 300, k: 0.3})")
    canvas.frames()
    assert canvas.page.locator(".weft-card:not([hidden])").count() == 1
    assert canvas.focused() == "web"


def test_cards_exist_only_near_the_view(canvas: Canvas) -> None:
    nodes = {f"n{i}": node("web") for i in range(2000)}
    places = {f"n{i}": [(i % 50) * 400, (i // 50) * 300] for i in range(2000)}
    canvas.open(flow(nodes, places), at=(0, 0, 0.41))
    count = canvas.page.locator(".weft-card").count()
    assert 40 < count <= 250
    canvas.call("() => weft.editor.camera.set({x: -5000, y: -3000, k: 1})")
    canvas.frames()
    assert canvas.page.locator(".weft-card:not([hidden])").count() < 60


def test_the_theme_is_read_again_when_it_changes(canvas: Canvas) -> None:
    canvas.open(pair())
    corner = "() => [...document.querySelector('.weft-layer').getContext('2d').getImageData(3, 3, 1, 1).data].slice(0, 3)"
    assert canvas.call("() => weft.editor.theme.colours.bg") == "#f6f7fb"
    canvas.call("() => document.body.classList.add('body--dark')")
    canvas.page.wait_for_function("() => weft.editor.theme.colours.bg === '#0c0f1c'")
    canvas.frames()
    assert canvas.call(corner) == [12, 15, 28]


def test_roles_and_names_for_whoever_listens(canvas: Canvas) -> None:
    canvas.open(essay())
    assert canvas.page.get_by_role("application", name="Flow canvas: Test").count() == 1
    assert canvas.page.get_by_role("group", name="Outline, idle").count() == 1
    assert canvas.page.get_by_role("group", name="Flow inputs: topic").count() == 1


def test_reveal_brings_a_node_and_its_port_into_view(canvas: Canvas) -> None:
    canvas.open(essay(), at=(-4000, -4000, 0.3))
    canvas.call("() => weft.editor.reveal('outline', 'context')")
    canvas.frames()
    x, y = canvas.title("outline")
    assert 0 < x < 1400
    assert 0 < y < 850
    assert canvas.selection() == ["outline"]
    assert canvas.card("outline").locator("[data-pointed]").count() == 1


def test_a_smaller_window_keeps_the_picture_whole(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.page.set_viewport_size({"width": 900, "height": 700})
    canvas.page.wait_for_function("() => weft.editor.camera.width === 900")
    size = canvas.call(
        "() => { const c = document.querySelector('.weft-layer'); return [c.width, c.height]; }"
    )
    assert size == [900, 700]
