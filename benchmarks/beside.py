"""What does the canvas cost beside React Flow, with the same scene and the same hands?

    .venv/bin/python -m benchmarks.beside [SIZES ...] [--rounds 3] [--most 1000]

The same nodes, edges, texts and sizes; each figure of the one is taken right before that of the other, so that whatever
else the machine does falls on both. React Flow is set up as its documentation advises for large flows: memoised cards,
sizes and ports given, only what is visible mounted. It is fetched and built when this runs, in `.peers/canvas/` (wants
node and npm). A figure is milliseconds of processor time of the page's main thread for one input (a pointer's move, a
wheel's notch): first ours, then theirs, in brackets how many times ours that is. Half and whole views are left out beyond `--most` nodes, where React Flow mounts thousands
of cards and takes minutes.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser
from tests.canvas.server import ROOT, served
from tests.chromium import chromium

from benchmarks.canvas import Canvas

SIZES = (200, 1_000, 5_000, 10_000)
VIEWS = {"near": "life", "half": "half", "whole": "all"}
SOURCE = Path(__file__).parent / "canvas" / "peer"
BUILT = ROOT / ".peers" / "canvas"
INPUTS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="numbers of nodes")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--most", type=int, default=1_000, help="nodes up to which half and whole views are measured"
    )
    options = parser.parse_args()
    build()
    with served() as address, chromium() as browser:
        for size in options.sizes:
            views = list(VIEWS) if size <= options.most else ["near"]
            figures = beside(browser, address, size, views, options.rounds)
            for line in lines(size, figures):
                print(line, flush=True)


def build() -> None:
    """The peer's page as one script, with what npm's own client gets for it."""
    BUILT.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "main.jsx", "index.html"):
        shutil.copyfile(SOURCE / name, BUILT / name)
    quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    subprocess.run(["npm", "install", *quiet], cwd=BUILT, check=True)
    bundle = [
        "--bundle",
        "--format=esm",
        "--jsx=automatic",
        "--minify",
        "--define:process.env.NODE_ENV='production'",
    ]
    esbuild = BUILT / "node_modules" / ".bin" / "esbuild"
    command = [
        str(esbuild),
        "main.jsx",
        *bundle,
        "--external:/bench/*",
        "--outfile=main.js",
        "--log-level=warning",
    ]
    subprocess.run(command, cwd=BUILT, check=True)


def beside(
    browser: Browser, address: str, size: int, views: Sequence[str], rounds: int
) -> dict[str, list[tuple[float, float]]]:
    """What was measured, ours and theirs, by what was done; the first round warms up."""
    context = browser.new_context(viewport={"width": 1400, "height": 850})
    pair: list[Canvas] = []
    for path in ("bench", "peer"):
        page = context.new_page()
        page.set_default_timeout(180_000)
        page.goto(f"{address}/{path}/")
        page.wait_for_selector("html[data-ready]")
        pair.append(Canvas(page, context.new_cdp_session(page)))
    figures: dict[str, list[tuple[float, float]]] = {}
    for turn in range(rounds + 1):
        both = [one_round(canvas, size, views) for canvas in pair]
        if turn:
            for name in both[0]:
                figures.setdefault(name, []).append((both[0][name], both[1][name]))
    context.close()
    return figures


def one_round(canvas: Canvas, size: int, views: Sequence[str]) -> dict[str, float]:
    """All that is done to one canvas, in a front window: one behind another draws no frames."""
    canvas.page.bring_to_front()
    found = {"first picture": canvas.page.evaluate("count => bench.open(count)", size)}
    for view in views:
        look = partial(canvas.page.evaluate, "at => bench.look(at)", VIEWS[view])
        look()
        found[f"{view}: pan"] = canvas.pan(INPUTS)
        found[f"{view}: frames/s"] = canvas.page.evaluate("n => bench.frames(n)", 40)
        look()
        found[f"{view}: zoom"] = canvas.zoom(INPUTS)
        for count in (1, 100):
            look()
            found[f"{view}: drag {count}"] = canvas.drag(
                canvas.page.evaluate("n => bench.choose(n)", count), INPUTS
            )
    return found


def lines(size: int, figures: dict[str, list[tuple[float, float]]]) -> list[str]:
    said: list[str] = []
    for name, pairs in figures.items():
        ratio = median(theirs / ours for ours, theirs in pairs)
        ours, theirs = (median(one) for one in zip(*pairs, strict=True))
        said.append(f"{size:>7,}  {name:<16} {ours:>9.1f} {theirs:>9.1f}  ({ratio:.2f}x)")
    return said


if __name__ == "__main__":
    main()
