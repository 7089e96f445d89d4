"""Every state a node can be in, all beside each other: readable in light and dark, near and far, nothing cut or covered."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.canvas.drive import Canvas, Flow, node
from tests.ui.access import problems

pytestmark = pytest.mark.browser
WORDS = (
    "Long words about the sea, its tides and whoever lives by them, told once more for the fourth time. " * 6
)
FACTS = {"seconds": 754.3, "tokens": 1_234_567, "cost": "$12.34"}
STATES: dict[str, dict[str, Any]] = {
    "idle": {},
    "waiting": {"status": "waiting"},
    "running": {"status": "running"},
    "streaming": {"status": "running", "text": WORDS},
    "mapping": {
        "status": "running",
        "progress": [3_000, 10_000],
        "nested": {"running": 20, "done": 2_980, "failed": 12, "asks": 3},
    },
    "repeating": {"status": "running", "progress": [3, 10], "rounds": True},
    "succeeded": {"status": "succeeded", "text": WORDS, **FACTS},
    "inside": {"status": "succeeded", "text": WORDS, **FACTS, "nested": {"done": 9, "failed": 1}},
    "cached": {"status": "succeeded", "cached": True, "text": WORDS, "from": "0123456789abcdef"},
    "pinned": {"status": "succeeded", "cached": True, "how": "pinned", "text": "As it was pinned."},
    "edited": {"status": "succeeded", "cached": True, "how": "edited", "text": "As somebody wrote it."},
    "failed": {
        "status": "failed",
        "error": {"message": f"The model refused the call: {WORDS}"},
        "seconds": 0.4,
    },
    "skipped": {"status": "skipped", "because": {"message": "Its condition is not met: score >= 7."}},
    "cancelled": {"status": "cancelled", "text": "Stopped in the mid"},
    "paused": {"status": "paused", "because": f"May I take all of it? {WORDS}", "asks": "paused"},
    "asking": {
        "status": "running",
        "progress": [1, 3],
        "nested": {"running": 1, "done": 1, "failed": 0, "asks": 1},
        "asks": "asking[1]/ask",
    },
    "unbroken": {"status": "succeeded", "text": "x" * 400, "seconds": 1},
    "arabic": {"status": "succeeded", "text": "ما هو المد والجزر؟ " * 9, "seconds": 1},
}
GHOSTS = {"new": "waiting", "busy": "running", "done": "succeeded", "wrong": "failed"}

CUT = """(far) => {
  const found = [];
  const inside = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const rect = (el) => { const r = document.createRange(); r.selectNodeContents(el); return r.getBoundingClientRect(); };
  for (const card of document.querySelectorAll('.weft-card:not([hidden]), .weft-ghost')) {
    const name = card.dataset.node ?? card.dataset.ghost, own = card.getBoundingClientRect();
    for (const el of card.querySelectorAll('.weft-head, .weft-pill, .weft-row, .weft-text, .weft-note, .weft-answer, b, span, em')) {
      if (!el.checkVisibility() || el.matches('.weft-badge')) continue;
      if (!inside(el.getBoundingClientRect(), own)) found.push(`${name}: ${el.className || el.tagName} hangs out of its card`);
    }
    const note = card.querySelector('.weft-note'), text = card.querySelector('.weft-text'), answer = card.querySelector('.weft-answer');
    const much = far || ['mapping', 'inside', 'asking'].includes(name); // the first of it is read, and all where one rests
    if (note && note.scrollWidth > note.clientWidth && !(much && note.title === note.textContent)) found.push(`${name}: its figures are cut: ${note.textContent}`);
    if (note?.textContent && !inside(note.getBoundingClientRect(), text.getBoundingClientRect())) found.push(`${name}: its figures hang out of its text`);
    if (answer && !answer.hidden) for (const part of card.querySelectorAll('.weft-said, .weft-note')) {
      if (part.textContent && meet(rect(part), answer.getBoundingClientRect()) && meet(part.getBoundingClientRect(), answer.getBoundingClientRect())) found.push(`${name}: the way to answer covers ${part.className}`);
    }
    const pill = card.querySelector('.weft-pill');
    if (pill && pill.scrollWidth > pill.clientWidth + 1) found.push(`${name}: its state is cut`);
  }
  return found;
}"""


def every() -> Flow:
    nodes: dict[str, Any] = {
        name: node("prompt", title=f"{name.title()} with quite a long title", params={"prompt": "Say it."})
        for name in STATES
    }
    nodes |= {
        "off": node("prompt", params={"prompt": "Not now."}, options={"disabled": True}),
        "gone": node("nobody@3"),
    }
    places = {name: [(i % 5) * 330, (i // 5) * 250] for i, name in enumerate(nodes)}
    return {
        "format": 1,
        "name": "Every state",
        "nodes": nodes,
        "layout": {"nodes": places | {"inputs": [0, 1040], "outputs": [300, 1040]}},
    }


@pytest.mark.parametrize("zoom", [1.0, 0.6])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_state_can_be_read(canvas: Canvas, theme: str, zoom: float) -> None:
    page = canvas.page
    canvas.call("dark => { document.body.className = dark ? 'body--dark' : ''; }", theme == "dark")
    page.set_viewport_size({"width": 1760, "height": 1500})
    page.wait_for_function("() => weft.editor.camera.width === 1760")
    canvas.open(every(), at=(40, 40, zoom))
    canvas.call(
        """([steps, ghosts]) => {
          const nodes = Object.entries(ghosts).map(([id]) => ({id, title: `Added ${id} at run time`, by: 'off', refs: ['off']}));
          weft.editor.runState({reset: true, nodes: steps, ghosts: {nodes, edges: [{from: 'off', to: 'new'}], removed: []}});
          weft.editor.runState({nodes: Object.fromEntries(Object.entries(ghosts).map(([id, status]) => [id, {status, text: 'It says a little more than fits on two lines of it, surely.', error: 'No key.'}]))});
          weft.editor.marks({pinned: ['pinned'], critical: ['succeeded', 'cached'], differs: ['edited']});
          weft.editor.problems([{code: 'x', node: 'idle', message: 'Something is missing.', severity: 'error'}, {code: 'x', node: 'waiting', message: 'Odd.', severity: 'warning'}]);
        }""",
        [STATES, GHOSTS],
    )
    canvas.frames()
    expect(page.locator(".weft-ghost")).to_have_count(len(GHOSTS))
    expect(page.locator(".weft-card:not([hidden])")).to_have_count(len(STATES) + 4)
    if folder := os.environ.get("WEFT_SHOTS"):
        page.screenshot(path=Path(folder) / f"states-{theme}-{zoom}.png")
    assert page.evaluate(CUT, zoom < 1) == []
    assert problems(page) == []
