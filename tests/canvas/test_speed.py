"""Panning costs what is in view, not what is in the flow."""

from __future__ import annotations

from statistics import median

import pytest
from benchmarks.canvas import measure
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_a_pan_over_2000_nodes_costs_little_more_than_over_100(browser: Browser, address: str) -> None:
    small, large = measure(browser, address, (100, 2000), rounds=5, inputs=20, frames=0, views=("near",))
    ratios = [many / few for few, many in zip(small.near_input, large.near_input, strict=True)]
    assert median(ratios) < 2, ratios


def test_a_frame_reads_nothing_from_the_page(browser: Browser, address: str) -> None:
    """Layouts that a script forces, by asking for a size in the middle of a frame, are what makes editors crawl."""
    context = browser.new_context(viewport={"width": 1400, "height": 850})
    page = context.new_page()
    page.goto(f"{address}/bench/")
    page.wait_for_selector("html[data-ready]")
    page.evaluate("() => bench.open(300)")
    asked = page.evaluate(
        """async () => {
          const asked = [];
          const spy = (owner, name) => {
            const was = Object.getOwnPropertyDescriptor(owner, name);
            const note = () => asked.push(name);
            Object.defineProperty(owner, name, 'value' in was
              ? {...was, value(...a) { note(); return was.value.apply(this, a); }}
              : {...was, get() { note(); return was.get.call(this); }});
          };
          for (const name of ['getBoundingClientRect', 'getClientRects', 'clientWidth', 'clientHeight', 'scrollTop']) spy(Element.prototype, name);
          for (const name of ['offsetWidth', 'offsetHeight', 'offsetTop', 'offsetLeft']) spy(HTMLElement.prototype, name);
          spy(window, 'getComputedStyle');
          await bench.look('life');
          await bench.frames(30);
          bench.editor.runState({nodes: {n5: {status: 'running', text: 'x'}}});
          bench.editor.select(['n5']);
          await bench.frames(5);
          return asked;
        }"""
    )
    context.close()
    assert asked == []
