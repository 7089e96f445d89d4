"""The editor where there is little room: nothing hangs out of the page, all of it can be reached, and cards are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands

from weft.ui.dock import TABS

pytestmark = pytest.mark.browser


def test_a_phone_has_the_canvas_and_all_around_it_on_demand(
    tabs: Tabs, flow_file: Callable[..., Path]
) -> None:
    flow_file("say", nodes={"say": {"component": "text", "params": {"template": "Hello"}}})
    page = tabs.editor("say", size=(390, 800))
    hands = Hands(page)
    inspector, run = page.locator(".w-pane--right"), page.get_by_role("button", name="Run", exact=True).first
    expect(inspector).to_be_hidden()
    page.get_by_role("button", name="Inspector").click()
    expect(inspector).to_be_visible()
    page.get_by_role("button", name="Inspector").click()
    box = run.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] < 390
    run.click()
    hands.expect_run("done")
    for tab in TABS.values():
        hands.tab(tab)
        head = page.get_by_role("tab", name=tab)
        expect(head).to_have_attribute("aria-selected", "true")
        expect(head).to_be_in_viewport(ratio=1)
        page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")


def test_one_pane_stands_beside_the_canvas_and_a_small_flow_is_fitted_in_cards(
    tabs: Tabs, flow_file: Callable[..., Path]
) -> None:
    nodes = {name: {"component": "text", "params": {"template": name}} for name in ("a", "b", "c")}
    places = {"a": [0, 0], "b": [700, 0], "c": [1500, 0]}
    flow_file("row", nodes=nodes, layout={"nodes": places})
    page = tabs.editor("row", size=(900, 700))
    hands = Hands(page)
    left, right = page.locator(".w-pane--left"), page.locator(".w-pane--right")
    expect(right).to_be_visible()
    expect(left).to_be_hidden()
    page.get_by_role("button", name="Components").click()
    expect(left).to_be_visible()
    expect(right).to_be_hidden()
    page.get_by_role("button", name="Inspector").click()
    expect(right).to_be_visible()
    expect(left).to_be_hidden()
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")  # nothing may stick out
    page.locator(".weft-canvas").focus()
    for _ in range(2):
        hands.press("f")  # whatever is shown: first the beginning of it, as cards
        expect(page.locator(".weft-live")).to_have_text(re.compile("^The flow is larger than the canvas"))
        expect(hands.card("a")).to_be_visible()
        hands.press("f")
        expect(hands.card("a")).to_have_count(0)  # all of it, from afar
