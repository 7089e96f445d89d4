"""What a model thinks, in the real browser: on the card and above the output while it comes, folded afterwards."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.fakes.openai_server import FakeOpenAI, Reply
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands

from weft.workspace import Workspace


@pytest.fixture
def home(tmp_path: Path, fake_openai: FakeOpenAI) -> Workspace:
    (tmp_path / "flows").mkdir()
    return Workspace(tmp_path, env={"VLLM_BASE_URL": fake_openai.base_url})


def test_it_thinks_aloud_then_answers_and_the_thoughts_are_folded(
    tabs: Tabs, flow_file: Callable[..., Path], fake_openai: FakeOpenAI
) -> None:
    node = {"component": "prompt", "params": {"prompt": "How many?", "model": "vllm:m"}}
    flow_file("count", nodes={"ask": node}, outputs={"answer": "ask"})
    fake_openai.will(Reply("There are seven.", reasoning="Let me count them one by one.", hang="thought"))
    page = tabs.editor("count")
    hands = Hands(page)
    hands.tab("Run")
    page.get_by_role("button", name="Run", exact=True).last.click()
    thinking = page.locator(".w-thinking")
    expect(thinking.locator("summary")).to_have_text("Thinking…")
    expect(thinking).to_have_attribute("open", "")
    expect(thinking.locator(".w-stream-text")).to_have_text("Let me count them one by one.")
    expect(page.locator(".weft-text-thought .weft-said")).to_have_text("Let me count them one by one.")
    picture(page, "live")
    fake_openai.release()
    expect(page.locator(".weft-text-answer .weft-said")).to_have_text("There are seven.")
    expect(thinking.locator("summary")).to_have_text("What it thought")
    expect(thinking).not_to_have_attribute("open", "")
    thinking.locator("summary").click()
    expect(thinking.locator(".w-stream")).to_be_visible()
    expect(thinking.locator(".w-stream-text")).to_have_text("Let me count them one by one.")
    picture(page, "after")


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("WEFT_LOOK"):
        page.screenshot(path=Path(folder) / f"thinking-{name}.png")
