"""The editor on a phone: nothing hangs out of the page, and all of it can be reached."""

from __future__ import annotations

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
