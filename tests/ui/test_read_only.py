"""A workspace served to be looked at only: what can't be done isn't offered, or says why, and nothing is called saved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.server.live import live_server
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands

from weft.model.errors import ReadOnly
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


def test_what_cant_be_done_isnt_offered_and_said_once(looking: tuple[Tabs, Path], home: Workspace) -> None:
    tabs, path = looking
    before = path.read_bytes()
    page = tabs.editor("greet")
    hands = Hands(page)
    hands.expect_saved("Read only")
    for name in ("Save", "Undo", "Redo", "Other ways to run", "New conversation"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    run = page.get_by_role("button", name="Run", exact=True)
    expect(run).to_have_count(1)
    expect(run).to_have_attribute("aria-disabled", "true")
    expect(run).to_have_attribute("title", re.compile(ONLY))
    expect(page.get_by_role("tab", name="Outline")).to_have_attribute("aria-selected", "true")
    hands.select("a")
    title = hands.field("a/title")
    expect(title).not_to_be_editable()
    expect(page.locator('[data-field="a/param/template"] textarea')).not_to_be_editable()
    for name in ("Run this", "Mock…", "Delete", "Duplicate", "Save to the state"):
        expect(page.locator(".w-pane--right").get_by_role("button", name=name, exact=True)).to_have_count(
            1 if name == "Save to the state" else 0  # the fold, and not what adds
        )
    hands.card("a").click(button="right")
    delete = page.get_by_role("menuitem", name="Delete")
    expect(delete).to_have_attribute("aria-disabled", "true")
    expect(delete).to_have_attribute("title", ONLY)
    hands.press("Escape")
    for key in ("Delete", "Control+z", "Control+Enter", "Tab"):
        hands.press("Escape")
        hands.select("a")
        hands.press(key)
        expect(page.locator(".weft-tip" if key != "Tab" else "body")).to_contain_text(ONLY)
    expect(hands.card("a")).to_be_visible()
    start, end = hands.title("a"), hands.empty(300, 300)
    hands.drag(start, end)
    expect(page.locator(".weft-tip")).to_contain_text(ONLY)
    expect(page.get_by_text("Something went wrong")).to_have_count(0)
    assert path.read_bytes() == before

    page.goto("/".join(page.url.split("/")[:3]))
    expect(page.locator(".w-look-chip")).to_have_text("read only")
    for name in ("New flow", "Import", "Use template", "Put back"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.get_by_role("button", name="What to do with Greet").click()
    expect(page.get_by_role("menuitem")).to_have_text(["Download the file", "Copy link"])
    with pytest.raises(ReadOnly) as refused:
        home.new_flow("Another")
    assert refused.value.message == ONLY
    page.goto("/".join(page.url.split("/")[:3]) + "/settings")
    expect(page.locator(".w-look-chip")).to_have_text("read only")
    expect(page.get_by_role("button", name="Keep a secret")).to_be_disabled()
    expect(page.locator('[data-field="set/model"] input')).to_be_disabled()
