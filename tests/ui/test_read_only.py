"""A workspace served to be looked at only: every edit is refused in words, and nothing is called saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.server.live import live_server
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands

from weft.workspace import Workspace

pytestmark = pytest.mark.browser
ONLY = "This workspace is open to be looked at only."


@pytest.fixture
def looking(browser: Browser, home: Workspace, flow_file: Callable[..., Path]) -> Iterator[tuple[Tabs, Path]]:
    node: dict[str, Any] = {"component": "text", "params": {"template": "Hello"}}
    path = flow_file("greet", name="Greet", nodes={"a": node}, layout={"nodes": {"a": [80, 60]}})
    home.read_only = True
    with live_server(home, ui=True) as server:
        opened = Tabs(browser, server)
        yield opened, path
        opened.close()


def test_an_edit_is_refused_in_words_and_taken_back(looking: tuple[Tabs, Path]) -> None:
    tabs, path = looking
    before = path.read_bytes()
    page = tabs.editor("greet")
    hands = Hands(page)
    hands.expect_saved("Read only")
    hands.select("a")
    title = hands.field("a/title")
    title.fill("Other")
    title.press("Tab")
    expect(page.locator(".w-toast, .w-field-error").filter(has_text=ONLY).first).to_be_visible()

    hands.select("a")
    hands.press("Delete")
    expect(page.locator(".w-toast").filter(has_text=ONLY).first).to_be_visible()
    expect(page.get_by_text("Something went wrong")).to_have_count(0)
    expect(hands.card("a")).to_be_visible()
    hands.press("Control+z")
    expect(page.locator(".w-toast").filter(has_text=ONLY).first).to_be_visible()
    expect(page.get_by_text("Something went wrong")).to_have_count(0)
    assert path.read_bytes() == before
