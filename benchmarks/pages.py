"""How soon is a page there, and what does it cost to keep it alive: against a real server, in a real browser.

    .venv/bin/python -m benchmarks.pages [ready] [edits] [stream] [--nodes 10000] [--rounds 5]

The server is a process of its own, put together as `weft serve` does, on a workspace made for it. Said are milliseconds
on the wall, which other work on the machine lengthens, and processor time, which it doesn't: of the page's main thread
(Chromium's `TaskDuration` in thread ticks), and of the server's event loop (the longest callback).

* *ready*: from navigation to the first picture of the flow, and until it can be used: the socket is connected and the
  page is idle. Cold is a browser that has never seen the page; again is the same browser with its modules cached.
* *edits*: one edit of a large flow, from the gesture's end: drawn, and saved (`Saved` in the bar); undo; find.
* *stream*: so many nodes stream at 10 Hz; the share of the main thread it takes, with the dock closed and with Run open.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect
from tests.chromium import chromium

WHAT = ("ready", "edits", "stream")
STREAM_SECONDS = 8

MARKS = """
window.marks = {};
{
  const mark = (name) => { marks[name] ??= performance.now(); };
  const look = () => {
    if (document.querySelector('.weft-card:not([hidden])')) requestAnimationFrame(() => setTimeout(() => mark('drawn')));
    if (!marks.drawn || !window.socket?.connected) requestAnimationFrame(look);
    else requestIdleCallback(() => mark('usable'));
  };
  requestAnimationFrame(look);
}
"""
MIDDLE = """() => {
  const card = [...document.querySelectorAll('.weft-card:not([hidden]):not(.weft-face)')]
    .map((el) => el.querySelector('.weft-title').getBoundingClientRect())
    .find((r) => r.left > 420 && r.right < 1000 && r.top > 150 && r.bottom < 600);
  return { x: card.left + card.width / 2, y: card.top + card.height / 2 };
}"""
WATCH = """() => {
  const { editor } = document.querySelector('.weft-canvas'), before = editor.protocol.view;
  let begun;
  delete window.drawnAfter;
  for (const kind of ['pointerup', 'keydown']) addEventListener(kind, () => { begun ??= performance.now(); }, { capture: true, once: true });
  const look = () => {
    if (editor.protocol.view === before) return requestAnimationFrame(look);
    setTimeout(() => { window.drawnAfter = performance.now() - begun; });
  };
  requestAnimationFrame(look);
}"""
SAVED = """() => !document.querySelector('.weft-canvas').editor.protocol.pending.length
  && document.querySelector('.w-saved').textContent.trim() === 'Saved'"""
STREAMING = '''
import asyncio
from weft import Context, component

@component
async def streams(context: Context, seconds: float = 8.0) -> str:
    """Streams a word ten times a second."""
    said = ""
    for number in range(int(seconds * 10)):
        await asyncio.sleep(0.1)
        context.emit(f"word {number} of an answer that grows, ")
        said += "word "
    return said
'''


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", nargs="*", default=WHAT, help=f"of {', '.join(WHAT)}")
    parser.add_argument("--nodes", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="weft-pages-") as folder:
        workspace(Path(folder), options.nodes)
        with Server.started(Path(folder)) as server, chromium() as browser:
            if "ready" in options.what:
                ready(browser, server, options.rounds)
            if "edits" in options.what:
                edits(browser, server, options.rounds)
            if "stream" in options.what:
                stream(browser, server)


# --- the server -----------------------------------------------------------------------------------------------------


def workspace(root: Path, nodes: int) -> None:
    for name in ("flows", "components"):
        (root / name).mkdir()
    (root / "components" / "streams.py").write_text(STREAMING)
    (root / "weft.toml").write_text("parallel = 64\n")
    for slug, flow in {
        "small": layered(200),
        "large": layered(nodes),
        "streams": {"format": 1, "nodes": {f"s{i}": {"component": "streams"} for i in range(50)}},
    }.items():
        (root / "flows" / f"{slug}.json").write_text(json.dumps(flow))


def layered(count: int) -> dict[str, Any]:
    """As `made` in benchmarks/canvas/made.js."""
    rows = math.ceil(math.sqrt(count))
    nodes: dict[str, Any] = {}
    places: dict[str, list[int]] = {"inputs": [-400, 0], "outputs": [math.ceil(count / rows) * 420, 0]}
    for i in range(count):
        before = i - rows
        inputs: dict[str, Any] = {"topic": "inputs.topic"}
        if before >= 0:
            second = [f"n{before + 1}"] if i % 3 and (before + 1) % rows else []
            inputs = {"topic": f"n{before}", "context": [f"n{before}", *second]}
        text = f"Step {i}: write about {{{{topic}}}} and keep to the outline."
        nodes[f"n{i}"] = {"component": "prompt", "params": {"prompt": text}, "inputs": inputs}
        places[f"n{i}"] = [i // rows * 420, i % rows * 330]
    return {
        "format": 1,
        "name": f"Bench {count}",
        "inputs": {"topic": {"type": "text"}},
        "outputs": {"text": f"n{count - 1}"},
        "nodes": nodes,
        "layout": {"nodes": places},
    }


class Server:
    """A server in a process of its own that says, when asked, how long its loop was kept since it was last asked."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout is not None
        door = json.loads(process.stdout.readline())
        self.url: str = door["url"]
        self.cookies: dict[str, str] = door["cookies"]

    @classmethod
    @contextmanager
    def started(cls, root: Path) -> Generator[Server]:
        command = [sys.executable, "-m", "benchmarks.pages_server", str(root)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            yield cls(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(30)

    def longest(self) -> float:
        """Milliseconds of processor time of the longest callback."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("longest\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def browser(self, browser: Browser) -> BrowserContext:
        context = browser.new_context(viewport={"width": 1400, "height": 850})
        context.add_cookies([{"name": n, "value": v, "url": self.url} for n, v in self.cookies.items()])
        context.add_init_script(MARKS)
        return context


class Thread:
    """The main thread of one page."""

    def __init__(self, page: Page) -> None:
        self._wire: CDPSession = page.context.new_cdp_session(page)
        self._wire.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.begin()

    def begin(self) -> None:
        self._from, self._wall = self._busy(), time.monotonic()

    def busy(self) -> float:
        """Milliseconds since `begin`."""
        return (self._busy() - self._from) * 1000

    def share(self) -> float:
        return self.busy() / 10 / (time.monotonic() - self._wall)

    def _busy(self) -> float:
        metrics: list[dict[str, Any]] = self._wire.send("Performance.getMetrics")["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")


# --- what is asked --------------------------------------------------------------------------------------------------


def ready(browser: Browser, server: Server, rounds: int) -> None:
    print("page            drawn ms  usable ms  main thread ms  longest on the loop ms")
    for slug in ("small", "large"):
        found: dict[str, list[list[float]]] = {"cold": [], "again": []}
        for turn in range(rounds + 1):
            context = server.browser(browser)
            for kind, figures in found.items():
                one = _opened(context, server, slug)
                if turn:  # the first one opens the document
                    figures.append(one)
                elif kind == "cold":
                    print(f"{slug + ', first':<15}" + _row(one), flush=True)
            context.close()
        for kind, figures in found.items():
            print(
                f"{slug + ', ' + kind:<15}" + _row([median(ones) for ones in zip(*figures, strict=True)]),
                flush=True,
            )


def _opened(context: BrowserContext, server: Server, slug: str) -> list[float]:
    page = context.new_page()
    thread = Thread(page)
    server.longest()
    page.goto(f"{server.url}/flows/{slug}", wait_until="commit")
    page.wait_for_function("window.marks?.usable", timeout=60_000)
    marks = page.evaluate("marks")
    found = [marks["drawn"], marks["usable"], thread.busy(), server.longest()]
    page.close()
    return found


def _row(figures: list[float]) -> str:
    return "".join(f"{figure:>12.0f}" for figure in figures)


def edits(browser: Browser, server: Server, rounds: int) -> None:
    context = server.browser(browser)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{server.url}/flows/large")
    page.wait_for_function("window.marks?.usable", timeout=60_000)
    thread = Thread(page)
    found: dict[str, list[list[float]]] = {}
    for turn in range(rounds):
        for name, gesture in {"drag": _drag, "undo": _undo, "type": _type}.items():
            server.longest()
            thread.begin()
            begun = time.monotonic()
            drawn = gesture(page, turn)
            page.wait_for_function(SAVED)
            saved = (time.monotonic() - begun) * 1000
            found.setdefault(name, []).append([drawn, saved, thread.busy(), server.longest()])
    print("one edit        drawn ms   saved ms  main thread ms  longest on the loop ms")
    for name, figures in found.items():
        print(f"{name:<15}" + _row([median(ones) for ones in zip(*figures, strict=True)]), flush=True)
    context.close()


def _drag(page: Page, turn: int) -> float:
    """A card moved by the mouse; until the picture in which it stands there."""
    at = page.evaluate(MIDDLE)
    page.mouse.move(at["x"], at["y"])
    page.mouse.down()
    page.mouse.move(at["x"] + 80, at["y"] + 40 + turn, steps=4)
    return _until_drawn(page, page.mouse.up)


def _undo(page: Page, turn: int) -> float:
    return _until_drawn(page, lambda: page.keyboard.press("Control+z"))


def _type(page: Page, turn: int) -> float:
    """A letter into the title of the node that is selected; until its card says so."""
    field = page.locator('[data-field$="/title"]').locator("input")
    page.evaluate("() => { window.was = document.querySelector('.weft-selected .weft-title')?.textContent; }")
    begun = time.monotonic()
    field.fill(f"Title {turn}")
    page.wait_for_function("document.querySelector('.weft-selected .weft-title')?.textContent !== window.was")
    return (time.monotonic() - begun) * 1000


def _until_drawn(page: Page, does: Callable[[], None]) -> float:
    """From the event to the frame after the document is another, as the page's own clock says."""
    page.evaluate(WATCH)
    does()
    page.wait_for_function("window.drawnAfter !== undefined")
    return page.evaluate("window.drawnAfter")


def stream(browser: Browser, server: Server) -> None:
    print(f"50 nodes at 10 Hz for {STREAM_SECONDS} s    share of the main thread    longest on the loop ms")
    context = server.browser(browser)
    page = context.new_page()
    page.goto(f"{server.url}/flows/streams")
    page.wait_for_function("window.marks?.usable", timeout=60_000)
    page.keyboard.press("Shift+1")
    for name in ("dock closed", "Run open"):
        _dock(page, name == "Run open")
        page.locator(".w-canvas").focus()
        page.keyboard.press("Control+Enter")
        page.locator(".weft-running").first.wait_for()
        _dock(page, name == "Run open")
        page.wait_for_timeout(1500)
        thread = Thread(page)
        server.longest()
        page.wait_for_timeout(4000)
        print(f"{name:<30}{thread.share():>18.0f} %{server.longest():>22.0f}", flush=True)
        expect(page.locator(".w-tab", has_text="Run")).to_contain_text("done", timeout=60_000)
    context.close()


def _dock(page: Page, wanted: bool) -> None:
    head = page.locator(".w-tab", has_text="Run")
    if (head.get_attribute("aria-selected") == "true") != wanted:
        head.click()


if __name__ == "__main__":
    main()
