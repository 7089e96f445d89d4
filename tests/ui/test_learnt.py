"""What a node that chooses among models has learnt is shown in its form, and forgotten when a person says so."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands

from weft.workspace import Workspace

pytestmark = pytest.mark.browser

MODEL = "openai:gpt-4.1-mini"
NODES: dict[str, Any] = {
    "pick": {
        "component": "choose_model",
        "params": {"task": "Add two numbers.", "candidates": [MODEL, "vllm:mine"], "kind": "Short sums"},
    },
    "rate": {
        "component": "rate_model",
        "params": {"score": 0.75, "kind": "Short sums"},
        "inputs": {"model": "pick.model"},
    },
}


@pytest.fixture
def home(home: Workspace) -> Workspace:
    """A workspace with a flow that ran twice in a session, and once in none."""
    flow = {"format": 1, "nodes": NODES, "layout": {"nodes": {"pick": [80, 60], "rate": [480, 60]}}}
    (home.root / "flows" / "sums.json").write_text(json.dumps(flow))

    async def ran() -> None:
        workspace = Workspace(home.root, env={})
        runs = workspace.runs()
        for session in ("main", "main", None):
            await runs.result(await runs.start(workspace.load("sums"), {}, slug="sums", session=session))
        await workspace.close()

    with ThreadPoolExecutor() as beside:  # the browser has a loop in this thread
        beside.submit(lambda: asyncio.run(ran())).result()
    return home


def test_what_was_learnt_is_shown_and_forgotten_when_it_is_confirmed(tabs: Tabs) -> None:
    page = tabs.editor("sums")
    hands = Hands(page)
    hands.select("pick")
    learnt = page.locator(".w-learnt")
    expect(learnt).to_contain_text("main · short_sums · 2 runs")
    cells = learnt.locator("tbody").locator("th, td")
    expect(cells).to_have_count(4)
    expect(cells.nth(0)).to_have_text(MODEL)
    expect(cells.nth(1)).to_have_text("2×")
    expect(cells.nth(2)).to_have_text("0.75")
    expect(cells.nth(3)).to_contain_text("$0.000")
    forget = learnt.get_by_role("button", name="Forget…")
    forget.click()
    page.get_by_role("alertdialog").get_by_role("button", name="Cancel").click()
    expect(cells).to_have_count(4)
    forget.click()
    page.get_by_role("alertdialog").get_by_role("button", name="Forget it").click()
    expect(learnt).to_contain_text("Nothing yet")
    page.reload()
    hands.card("pick").wait_for()
    hands.select("pick")
    expect(learnt).to_contain_text("Nothing yet")
    hands.select("rate")
    expect(learnt).to_contain_text("Nothing yet")
