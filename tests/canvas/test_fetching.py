"""How the canvas gets its document: ports that are sent once, and what never arrived."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

TOPIC, TEXT = {"name": "topic", "type": "text"}, {"name": "text", "type": "text"}
SENT = {
    "rev": 3,
    "flow": {"nodes": {"a": {"component": "x"}, "b": {"component": "x"}}},
    "ports": {"a": 0, "b": 0},
    "kinds": [[[0], [1]]],
    "parts": [TOPIC, TEXT],
}


@pytest.fixture
def module(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 850})
    page = context.new_page()
    page.goto(f"{address}/bench/")
    page.wait_for_selector("html[data-ready]")
    page.evaluate("async () => { window.fetching = await import('/static/canvas/fetching.js'); }")
    yield page
    context.close()


def test_nodes_of_a_kind_get_the_same_ports(module: Page) -> None:
    spread = module.evaluate("sent => fetching.spread(sent)", SENT)
    its = {"inputs": [TOPIC], "outputs": [TEXT]}
    assert spread == {"rev": 3, "flow": SENT["flow"], "ports": {"a": its, "b": its}}


def test_what_the_page_asked_for_is_taken_once(module: Page) -> None:
    module.route("**/api/late", lambda route: route.fulfill(json={"rev": 9}))
    first = module.evaluate(
        """async () => {
          window.weftDocument = { url: '/api/late', response: Promise.resolve(new Response('{"rev": 8}')) };
          return [(await fetching.documentAt('/api/late')).rev, (await fetching.documentAt('/api/late')).rev];
        }"""
    )
    assert first == [8, 9]


def test_a_revision_that_never_arrived_is_fetched(module: Page) -> None:
    asked = module.evaluate(
        """() => {
          const { editor } = bench;
          let asked = 0;
          editor.load({ rev: 4, slug: 's', flow: { nodes: {} }, ports: {} });
          editor.fetchSnapshot = () => { asked++; };
          editor.isAt({ rev: 4 });
          const before = asked;
          editor.isAt({ rev: 5 });
          return [before, asked];
        }"""
    )
    assert asked == [0, 1]
