"""The form of a node's model: fallbacks without a bar, what a provider lacks, settings that its provider takes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.chromium import PATIENCE
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands

from weft.ui.inspector.model_row import lacking
from weft.ui.inspector.settings_row import read
from weft.ui.models import ModelName
from weft.workspace import Workspace

from tests.ui.test_asking import picture  # isort: skip

FlowFile = Callable[..., Path]


def prompt(**params: Any) -> dict[str, Any]:
    return {"component": "prompt", "params": {"prompt": "How many?", **params}}


@pytest.mark.parametrize(
    ("theme", "size"),
    [("light", (1400, 850)), ("dark", (1400, 850)), ("light", (900, 700)), ("dark", (900, 700))],
)
def test_fallbacks_and_settings_are_a_form(
    tabs: Tabs, flow_file: FlowFile, home: Workspace, theme: str, size: tuple[int, int]
) -> None:
    flow_file("count", nodes={"ask": prompt()}, outputs={"answer": "ask"})
    page = tabs.editor("count", theme=theme, size=size)
    hands = Hands(page)
    hands.select("ask")
    more = page.get_by_role("button", name="More inputs")
    expect(more).to_have_attribute("aria-expanded", "false")
    more.click()
    expect(hands.field("ask/param/settings/temperature")).to_be_visible()
    hands.field("ask/param/model").fill("anthropic:claude-haiku-5-5")
    expect(page.locator(".w-box--warning", has_text="anthropic isn't set up")).to_contain_text(
        "weft secrets set ANTHROPIC_API_KEY"
    )
    hands.field("ask/param/model/2").fill("demo")
    expect(hands.field("ask/param/model/3")).to_be_visible()
    expect(page.locator('[data-field="ask/param/settings/seed"]')).to_have_count(0)  # which Anthropic lacks
    hands.field("ask/param/settings/temperature").fill("7")
    expect(page.locator('[data-field="ask/param/settings/temperature"] [role=alert]')).to_have_text(
        "It is a number from 0 to 2."
    )
    hands.field("ask/param/settings/temperature").fill("0.2")
    hands.field("ask/param/settings/max_tokens").fill("1,500")
    hands.field("ask/param/settings/reasoning").select_option("low")
    hands.field("ask/param/settings/stop").fill("END\nSTOP")
    whole = '"stop":["END","STOP"]', '"max_tokens":1500', '"reasoning":"low"', '"temperature":0.2'
    assert_saved(
        page, home.root / "flows" / "count.json", *whole, '"model":"anthropic:claude-haiku-5-5|demo"'
    )
    hands.field("ask/param/settings/temperature").scroll_into_view_if_needed()
    picture(page, f"model-form-{theme}-{size[0]}")


def assert_saved(page: Any, path: Path, *parts: str) -> None:
    """Once the file holds these, spaces aside."""
    text = ""
    for _ in range(PATIENCE // 50):
        text = "".join(path.read_text().split())
        if all(part in text for part in parts):
            return
        page.wait_for_timeout(50)
    raise AssertionError(text)


def test_what_is_lacking_is_said_once_for_each_provider() -> None:
    models = ["demo", ModelName("openai:gpt", "weft secrets set OPENAI_API_KEY")]
    assert lacking(["openai:a", "OpenAI:b", "demo"], models) == [
        ("openai", "weft secrets set OPENAI_API_KEY")
    ]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("temperature", "0", 0),
        ("max_tokens", "1,000", 1000),
        ("seed", "-3", -3),
        ("stop", "a\n b", ["a", " b"]),
        ("reasoning", "high", "high"),
    ],
)
def test_a_text_is_read_as_the_setting(name: str, text: str, value: Any) -> None:
    assert read(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("temperature", "hot"),
        ("top_p", "2"),
        ("max_tokens", "0"),
        ("seed", "1.5"),
        ("reasoning", "deep"),
        ("temperature", "NaN"),
    ],
)
def test_a_text_that_is_none_is_refused_with_what_to_write(name: str, text: str) -> None:
    with pytest.raises(ValueError, match="It is "):
        read(name, text)
