"""Inputs one seldom touches: they stay where they are while one fills them in, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands

pytestmark = pytest.mark.browser


def test_what_is_set_stays_under_more_inputs_until_the_node_is_chosen_anew(
    tabs: Tabs, flow_file: Callable[..., Path]
) -> None:
    node = {"component": "http", "params": {"url": "https://example.org"}}
    other = {"component": "text", "params": {"template": "Hello"}}
    places = {"get": [80, 60], "other": [420, 60]}
    flow_file("page", name="A page", nodes={"get": node, "other": other}, layout={"nodes": places})
    page = tabs.editor("page")
    hands = Hands(page)
    hands.select("get")
    more = page.locator(".w-section").filter(has=page.get_by_role("button", name="More inputs"))
    more.get_by_role("button", name="More inputs").click()
    fields = more.locator("[data-field]")
    names = fields.evaluate_all("all => all.map((one) => one.dataset.field)")
    field = hands.field("get/param/pick")
    field.fill("items")
    field.press("Tab")
    hands.expect_saved("Saved")
    expect(more.locator('[data-field="get/param/pick"]')).to_be_visible()
    page.wait_for_function(
        """(names) => JSON.stringify(names) === JSON.stringify(
          [...document.querySelectorAll(".w-section")].find((one) => /More inputs/.test(one.textContent))
            .querySelectorAll("[data-field]").values().map((one) => one.dataset.field).toArray())""",
        arg=names,
    )

    hands.select("other")
    hands.select("get")
    expect(hands.field("get/param/pick")).to_have_value("items")
    expect(more.locator('[data-field="get/param/pick"]')).to_have_count(0)
