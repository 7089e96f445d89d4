"""How the canvas grows: main-thread time and frames while panning, and the first picture, from 200 to 10,000 nodes.

All sizes are open at once in one browser and measured in turn, so that whatever else the machine does falls on each
alike; what counts are the ratios. Software rendering: the system's Chromium, headless, without a GPU.

* *first*: from the snapshot in hand to the picture painted.
* *ms/input*: processor time of the page's main thread for one pointer move of a pan, everything included (Chromium's
  `TaskDuration` in thread ticks: script, style, layout, paint; what else the machine does is not in it).
* *frames/s*: while every frame pans.

Near is life size in the middle of the flow, with cards; far is the whole flow in view, as rectangles.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from playwright.sync_api import Browser, CDPSession, Page
from tests.canvas.server import served
from tests.chromium import chromium

SIZES = (200, 1_000, 5_000, 10_000)
ROUNDS = 5
INPUTS = 40
FRAMES = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="numbers of nodes")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    with served() as address, chromium() as browser:
        figures = measure(browser, address, options.sizes, rounds=options.rounds)
    print(table(figures))


@dataclass
class Figures:
    """What was measured at one size, one entry a round."""

    nodes: int
    first: list[float] = field(default_factory=list[float])
    near_input: list[float] = field(default_factory=list[float])
    near_frames: list[float] = field(default_factory=list[float])
    far_input: list[float] = field(default_factory=list[float])
    far_frames: list[float] = field(default_factory=list[float])
    cards: int = 0


def measure(
    browser: Browser,
    address: str,
    sizes: Sequence[int],
    *,
    rounds: int,
    inputs: int = INPUTS,
    frames: int = FRAMES,
    views: Sequence[str] = ("near", "far"),
) -> list[Figures]:
    """Every size once a round; the first round warms up and is not counted."""
    figures = [Figures(size) for size in sizes]
    with opened(browser, address, len(sizes)) as canvases:
        for turn in range(rounds + 1):
            for canvas, figure in zip(canvases, figures, strict=True):
                one = canvas.turn(figure.nodes, inputs, frames, views)
                if turn:
                    for name, value in one.items():
                        getattr(figure, name).append(value)
                figure.cards = canvas.cards
    return figures


class Canvas:
    """One page with a canvas, driven by real input events."""

    def __init__(self, page: Page, wire: CDPSession) -> None:
        self.page, self.wire = page, wire
        self.cards = 0
        wire.send("Performance.enable", {"timeDomain": "threadTicks"})

    def turn(self, nodes: int, inputs: int, frames: int, views: Sequence[str]) -> dict[str, float]:
        found = {"first": self.page.evaluate("count => bench.open(count)", nodes)}
        for view in views:
            self.page.evaluate("at => bench.look(at)", "all" if view == "far" else "life")
            if view == "near":
                self.cards = self.page.evaluate("() => bench.visible().cards")
            found[f"{view}_input"] = self.pan(inputs)
            if frames:
                found[f"{view}_frames"] = self.page.evaluate("n => bench.frames(n)", frames)
        return found

    def pan(self, inputs: int) -> float:
        """Milliseconds of the main thread for one move of a pan: pressed with the middle button, moved, let go."""
        self._mouse("mousePressed", 700, 425)
        self.page.evaluate("() => new Promise(requestAnimationFrame)")
        before = self._busy()
        for step in range(inputs):
            swing = step if step < inputs / 2 else inputs - step
            self._mouse("mouseMoved", 700 - 8 * swing, 425 - 5 * swing)
        self.page.evaluate("() => new Promise(requestAnimationFrame)")
        busy = self._busy() - before
        self._mouse("mouseReleased", 700, 425)
        return busy * 1000 / inputs

    def zoom(self, inputs: int) -> float:
        """The same for one notch of the wheel, in and out again."""
        before = self._begin()
        for step in range(inputs):
            away = -12 if step < inputs / 2 else 12
            event = {"type": "mouseWheel", "x": 700, "y": 425, "deltaX": 0, "deltaY": away, "modifiers": 2}
            self.wire.send("Input.dispatchMouseEvent", event)
        return self._end(before, inputs)

    def drag(self, at: dict[str, float], inputs: int) -> float:
        """The same for one move of what is taken hold of at a point; it must have gone somewhere."""
        x, y = at["x"], at["y"]
        self._mouse("mousePressed", x, y, "left")
        self._mouse("mouseMoved", x + 9, y + 9, "left")
        before = self._begin()
        for step in range(inputs):
            self._mouse("mouseMoved", x + 9 + 5 * step, y + 9 + 3 * step, "left")
        busy = self._end(before, inputs)
        self._mouse("mouseReleased", x + 5 * inputs, y + 3 * inputs, "left")
        return busy

    def _begin(self) -> float:
        self.page.evaluate("() => new Promise(requestAnimationFrame)")
        return self._busy()

    def _end(self, before: float, inputs: int) -> float:
        self.page.evaluate("() => new Promise(requestAnimationFrame)")
        return (self._busy() - before) * 1000 / inputs

    def _mouse(self, kind: str, x: float, y: float, button: str = "middle") -> None:
        held = {"left": 1, "middle": 4}[button]
        event = {"type": kind, "x": x, "y": y, "button": button, "buttons": held, "clickCount": 1}
        self.wire.send("Input.dispatchMouseEvent", event)

    def _busy(self) -> float:
        metrics = self.wire.send("Performance.getMetrics")["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")


@contextmanager
def opened(browser: Browser, address: str, count: int) -> Iterator[list[Canvas]]:
    """So many pages, each in a process of its own."""
    contexts = [browser.new_context(viewport={"width": 1400, "height": 850}) for _ in range(count)]
    canvases: list[Canvas] = []
    for context in contexts:
        page = context.new_page()
        page.goto(f"{address}/bench/")
        page.wait_for_selector("html[data-ready]")
        canvases.append(Canvas(page, context.new_cdp_session(page)))
    try:
        yield canvases
    finally:
        for context in contexts:
            context.close()


def table(figures: Sequence[Figures]) -> str:
    base = figures[0]
    names = {
        "first": "first ms",
        "near_input": "near ms/input",
        "near_frames": "near frames/s",
        "far_input": "far ms/input",
        "far_frames": "far frames/s",
    }
    lines = [f"{'nodes':>7} {'cards':>6} " + " ".join(f"{title:>20}" for title in names.values())]
    for figure in figures:
        cells: list[str] = []
        for name in names:
            values, first = getattr(figure, name), getattr(base, name)
            ratio = median(one / other for one, other in zip(values, first, strict=True))
            cells.append(f"{median(values):>11.1f} ({ratio:5.2f}x)")
        lines.append(f"{figure.nodes:>7,} {figure.cards:>6} " + " ".join(f"{cell:>20}" for cell in cells))
    return "\n".join(
        [*lines, f"Medians of the rounds; in brackets relative to {base.nodes:,} nodes in the same round."]
    )


if __name__ == "__main__":
    main()
