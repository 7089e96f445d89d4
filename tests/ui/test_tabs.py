"""The dock's row of tabs: by keys, and where it has no room for all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.ui.conftest import Tabs

pytestmark = pytest.mark.browser
FlowFile = Callable[..., Path]


@pytest.fixture
def page(tabs: Tabs, flow_file: FlowFile) -> Page:
    flow_file("say", nodes={"say": {"component": "text", "params": {"template": "Hello"}}})
    return tabs.editor("say", size=(900, 700))


def test_arrows_go_through_the_tabs_and_open_them_once_one_is_open(page: Page) -> None:
    first, second, last = (page.get_by_role("tab", name=name) for name in ("Problems", "Run", "Tests"))
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    expect(page.locator(".w-dock--closed")).to_have_count(1)  # only the focus has moved
    page.keyboard.press("Enter")
    expect(second).to_have_attribute("aria-selected", "true")
    page.keyboard.press("End")
    expect(last).to_be_focused()
    expect(last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowRight")
    expect(first).to_be_focused()
    expect(first).to_have_attribute("aria-selected", "true")
    expect(page.locator('.w-tab[tabindex="0"]')).to_have_count(1)


def test_tabs_without_room_are_in_a_menu_and_the_chosen_one_has_room(page: Page) -> None:
    more = page.get_by_role("button", name="More tabs")
    more.press("ArrowDown")
    entries = page.get_by_role("menuitem")
    expect(entries.first).to_be_focused()
    page.keyboard.press("End")
    expect(entries.last).to_be_focused()
    expect(entries.last).to_have_text("Tests")
    page.keyboard.press("Enter")
    head = page.get_by_role("tab", name="Tests")
    expect(head).to_be_focused()
    expect(head).to_have_attribute("aria-selected", "true")
    expect(head).to_be_in_viewport(ratio=1)
    expect(entries).to_have_count(0)
    more.click()
    expect(entries.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(entries).to_have_count(0)


def test_with_room_for_all_there_is_no_menu(page: Page) -> None:
    more = page.get_by_role("button", name="More tabs")
    expect(more).to_be_visible()
    page.set_viewport_size({"width": 1600, "height": 900})
    expect(more).to_be_hidden()
    expect(page.locator(".w-tab[data-over]")).to_have_count(0)
