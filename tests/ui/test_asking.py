"""A run that asks, answered in the editor's dock."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands

pytestmark = pytest.mark.browser
FlowFile = Callable[..., Path]
FIELDS = {
    "amount": {"type": "number", "description": "In euros"},
    "reason": {"default": "none", "multiline": True},
    "colour": {"choices": ["red", "green"]},
    "urgent": "boolean",
}
LETTER = "Dear all,\n\nthe tides were high this week, and the archive in the cellar is wet.\n\nYours, Ada"


def ask(question: str, *, inputs: Any = None, after: Any = (), **params: Any) -> dict[str, Any]:
    return {
        "component": "ask",
        "params": {"question": question, **params},
        "inputs": inputs or {},
        "after": list(after),
    }


def one(flow_file: FlowFile, **params: Any) -> None:
    flow_file(
        "one", name="One question", nodes={"a": ask("Well?", **params)}, layout={"nodes": {"a": [80, 60]}}
    )


def started(tabs: Tabs, slug: str, **more: Any) -> tuple[Page, Hands]:
    page = tabs.editor(slug, **more)
    hands = Hands(page)
    hands.press("Control+Enter")
    expect(page.locator(".w-ask")).to_be_visible()
    return page, hands


def picture(page: Page, name: str) -> None:
    """For whoever wants to look: `WEFT_LOOK=folder`."""
    if folder := os.environ.get("WEFT_LOOK"):
        page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled", caret="hide")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_four_questions_one_after_the_other(tabs: Tabs, flow_file: FlowFile, theme: str) -> None:
    flow_file(
        "letter",
        name="A letter",
        nodes={
            "review": ask("Send this letter to everybody in the list?", value=LETTER),
            "words": ask("Better words?", kind="edit", inputs={"value": "review"}),
            "whom": ask("To whom?", kind="choose", choices=["Ada", "Bob", {"group": "all"}], after=["words"]),
            "details": ask("The details of the payment", kind="form", fields=FIELDS, after=["whom"]),
        },
        layout={"nodes": {"review": [0, 60], "words": [320, 60], "whom": [640, 60], "details": [960, 60]}},
    )
    page, hands = started(tabs, "letter", theme=theme)
    hands.expect_run("waiting")
    hands.expect_card("review", "Send this letter")
    expect(page.locator(".w-ask-value")).to_contain_text("the archive in the cellar is wet")
    picture(page, f"approve-{theme}")
    page.locator(".w-ask").get_by_label("Remark").fill("Fine.")
    page.locator(".w-ask").get_by_role("button", name="Approve").click()

    expect(page.locator(".w-ask-text")).to_have_text("Better words?")
    picture(page, f"edit-{theme}")
    page.locator(".w-ask textarea").fill("Dear all, come in boots.")
    page.locator(".w-ask").get_by_role("button", name="Go on with this").click()

    expect(page.locator(".w-ask-text")).to_have_text("To whom?")
    picture(page, f"choose-{theme}")
    page.locator(".w-ask").get_by_role("button", name="Bob").click()

    expect(page.locator(".w-ask-text")).to_have_text("The details of the payment")
    fields = page.locator(".w-ask-fields")
    page.locator(".w-ask").get_by_role("button", name="Send").click()
    expect(page.locator(".w-ask-foot .w-field-error")).to_have_text("Fill in 'amount' first.")
    fields.get_by_label("amount").fill("a lot")
    page.locator(".w-ask").get_by_role("button", name="Send").click()
    wrong = page.locator(".w-ask .w-field-error").filter(has_text="'amount' doesn't fit: it must be a number")
    expect(wrong).to_be_visible()
    picture(page, f"form-{theme}")
    fields.get_by_label("amount").fill("12.5")
    fields.locator("select").select_option("green")
    page.locator(".w-ask").get_by_role("button", name="Send").click()
    hands.expect_run("done")
    expect(page.locator(".w-ask")).to_be_hidden()
    page.get_by_role("tab", name="Values").click()
    expect(page.locator(".w-message").first).to_contain_text('"amount": 12.5')
    picture(page, f"done-{theme}")


def test_a_question_is_answered_with_keys_alone(tabs: Tabs, flow_file: FlowFile) -> None:
    one(flow_file)
    page, hands = started(tabs, "one")
    page.get_by_label("Remark").focus()
    hands.type("No, thanks.")
    hands.press("Tab")
    expect(page.locator(".w-ask").get_by_role("button", name="Approve")).to_be_focused()
    hands.press("Tab")
    hands.press("Enter")
    hands.expect_run("done")
    page.get_by_role("tab", name="Values").click()
    expect(page.locator(".w-message").filter(has_text="remark")).to_contain_text("No, thanks.")


def test_of_two_tabs_the_first_answers(tabs: Tabs, flow_file: FlowFile) -> None:
    one(flow_file, kind="choose", choices=[f"option {number}" for number in range(12)])
    page, hands = started(tabs, "one")
    other = tabs.editor("one")
    Hands(other).tab("Run")
    other.locator('[data-step="a"]').click()
    expect(other.locator(".w-ask")).to_be_visible()
    page.locator(".w-ask select").select_option("option 7")
    page.locator(".w-ask").get_by_role("button", name="Choose").click()
    hands.expect_run("done")
    expect(other.locator(".w-ask")).to_be_hidden()
    expect(page.get_by_role("log", name="Output of the step")).to_contain_text("option 7")


def test_several_questions_at_once_are_answered_in_any_order(tabs: Tabs, flow_file: FlowFile) -> None:
    flow_file(
        "two",
        name="Two",
        nodes={"a": ask("First?"), "b": ask("Second?", answer_within=3600.0, default=False)},
        layout={"nodes": {"a": [0, 60], "b": [320, 60]}},
    )
    page, hands = started(tabs, "two")
    page.locator('[data-step="b"]').click()
    expect(page.locator(".w-ask-text")).to_have_text("Second?")
    expect(page.locator(".w-ask")).to_contain_text("Without an answer within 3600 s")
    page.locator(".w-ask").get_by_role("button", name="Decline").click()
    expect(page.locator(".w-ask-text")).to_have_text("First?")
    page.get_by_role("button", name="Stop").first.click()
    hands.expect_run("cancelled")
    expect(page.locator(".w-ask")).to_be_hidden()


def test_what_a_question_holds_is_text_and_nothing_else(tabs: Tabs, flow_file: FlowFile) -> None:
    evil = "<img src=x onerror=alert(1)>{{ 7*7 }}"
    one(flow_file, kind="choose", choices=[evil, "b"], value=evil)
    page, hands = started(tabs, "one")
    expect(page.locator(".w-ask-value")).to_have_text(evil)
    page.locator(".w-ask").get_by_role("button", name=evil).click()
    hands.expect_run("done")
