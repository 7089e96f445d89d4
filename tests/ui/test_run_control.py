"""Parts of a flow run, plans, pins, edited outputs, budgets, sessions; and what cards show of it all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands
from tests.ui.test_control_forms import picture

pytestmark = pytest.mark.browser
FlowFile = Callable[..., Path]


def text(template: str, **more: Any) -> dict[str, Any]:
    return {"component": "text", "params": {"template": template}, **more}


def chain(flow_file: FlowFile) -> None:
    """Three texts in a row."""
    flow_file(
        "chain",
        name="Chain",
        inputs={"topic": {"default": "tides"}},
        nodes={
            "a": text("A {{it}}", inputs={"it": "inputs.topic"}),
            "b": text("B {{it}}", inputs={"it": "a"}),
            "c": text("C {{it}}", inputs={"it": "b"}),
        },
        layout={"nodes": {"inputs": [-260, 80], "a": [40, 60], "b": [380, 60], "c": [720, 60]}},
    )


def opened(tabs: Tabs, slug: str, **more: Any) -> tuple[Page, Hands]:
    page = tabs.editor(slug, **more)
    hands = Hands(page)
    hands.press("f")
    return page, hands


def control_flow(flow_file: FlowFile) -> None:
    """A branch that leaves one way, a map with a question in it, a loop, a cached text, a failing one."""
    one = {"inputs": {"item": {}}, "nodes": {"say": text("{{item}}!", inputs={"item": "inputs.item"})}}
    asking = {
        "inputs": {"item": {}},
        "nodes": {
            "ask": {
                "component": "ask",
                "params": {"question": "Take {{item}}?"},
                "inputs": {"item": "inputs.item"},
            }
        },
    }
    again = {
        "inputs": {"t": {"default": "x"}},
        "outputs": {"t": "more"},
        "nodes": {"more": text("{{t}}x", inputs={"t": "inputs.t"})},
    }
    flow_file(
        "control",
        name="Control flow",
        nodes={
            "way": {
                "component": "branch",
                "params": {
                    "cases": [{"name": "good", "when": "score >= 7"}, {"name": "poor", "when": "score < 3"}],
                    "score": 8,
                    "value": "text",
                },
            },
            "praise": text("Praise {{it}}", inputs={"it": "way.good"}),
            "mend": text("Mend {{it}}", inputs={"it": "way.poor"}),
            "each": {"component": "map", "params": {"flow": {"format": 1, **one}, "items": ["x", "y", "z"]}},
            "asks": {
                "component": "map",
                "params": {"flow": {"format": 1, **asking}, "items": ["p", "q", "r"]},
            },
            "loop": {
                "component": "repeat",
                "params": {"flow": {"format": 1, **again}, "until": "rounds >= 3"},
            },
            "grow": {"component": "expand", "params": {"plan": ["What is near?", "What is far?"]}},
            "end": {
                "component": "prompt",
                "params": {"prompt": "Sum it up."},
                "inputs": {"context": ["grow.answers"]},
            },
        },
        layout={
            "nodes": {
                "inputs": [0, -130],
                "outputs": [300, -130],
                "way": [0, 0],
                "loop": [0, 300],
                "praise": [320, 0],
                "mend": [320, 230],
                "each": [640, 0],
                "asks": [640, 240],
                "end": [1280, 0],
                "grow": [960, 0],
            }
        },
    )


@pytest.mark.parametrize(
    ("theme", "size"), [("light", (1400, 900)), ("dark", (1400, 900)), ("dark", (900, 700))]
)
def test_cards_show_what_a_run_did(
    tabs: Tabs, flow_file: FlowFile, theme: str, size: tuple[int, int]
) -> None:
    control_flow(flow_file)
    page, hands = opened(tabs, "control", theme=theme, size=size)
    hands.press("Control+Enter")
    hands.expect_run("waiting")
    page.locator(".w-canvas").click(position={"x": 5, "y": 5})
    hands.press("f")
    if size[0] < 1000:  # too far away for cards: rectangles in their colours
        picture(page, f"run-{theme}-{size[0]}")
        return
    hands.expect_card("each", "done")
    hands.expect_card("loop", "done")
    hands.expect_card("asks", "0 of 3")
    hands.expect_card("asks", "3 questions")
    expect(hands.card("asks").locator(".weft-bar")).to_be_visible()
    expect(hands.row("way", "poor", "out")).to_have_class("weft-row weft-out weft-passed")
    expect(hands.row("way", "good", "out")).to_have_class("weft-row weft-out")
    hands.expect_card("mend", "skipped")
    expect(page.locator(".weft-ghost")).to_have_count(2)
    expect(page.locator(".weft-ghost").first).to_contain_text("What is near?")
    picture(page, f"run-{theme}-{size[0]}")
    if theme == "light":
        hands.card("asks").get_by_role("button", name="Answer").click()
        for item in "pqr":
            expect(page.locator(".w-ask-text")).to_have_text(f"Take {item}?")
            page.locator(".w-ask").get_by_role("button", name="Approve").click()
        hands.expect_run("done")
        expect(hands.card("asks").locator(".weft-bar")).to_be_hidden()
        page.locator(".weft-ghost").first.click()
        expect(page.locator(".w-detail-title")).to_have_text("What is near?")
        picture(page, f"done-{theme}-{size[0]}")


def test_parts_of_a_flow_are_run_with_keys(tabs: Tabs, flow_file: FlowFile) -> None:
    chain(flow_file)
    _, hands = opened(tabs, "chain")
    hands.select("b")
    hands.press("Shift+R")
    hands.expect_run("done")
    hands.expect_card("b", "B A tides")
    hands.expect_card("c", "not chosen")
    hands.press("r")
    hands.expect_card("c", "C B A tides")
    hands.expect_card("a", "cached")
    hands.expect_card("a", "from run …")
    hands.press("o")
    hands.expect_card("c", "not chosen")
    hands.expect_card("b", "done")


def test_the_menu_beside_run_and_the_plan(tabs: Tabs, flow_file: FlowFile) -> None:
    chain(flow_file)
    page, hands = opened(tabs, "chain")
    hands.press("Control+Enter")
    hands.expect_card("c", "done")
    hands.expect_run("done")
    hands.press("Control+Enter")
    hands.expect_card("c", "cached")
    page.get_by_role("button", name="Other ways to run").click()
    picture(page, "run-menu")
    page.locator(".w-menu").get_by_text("What would run").click()
    dialog = page.get_by_role("dialog", name="What would run")
    expect(dialog.locator(".w-plan-line")).to_have_count(3)
    expect(dialog).to_contain_text("cached")
    picture(page, "plan")
    dialog.get_by_role("button", name="Run all anew").click()
    hands.expect_card("c", "done")
    hands.expect_run("done")
    hands.press("Control+Enter")
    hands.expect_card("c", "cached")
    hands.expect_run("done")
    page.locator(".w-canvas").click(position={"x": 300, "y": 30})
    hands.press("Control+Shift+Enter")
    hands.expect_card("c", "done")


def test_an_output_is_pinned_and_let_go_from_the_nodes_menu(tabs: Tabs, flow_file: FlowFile) -> None:
    chain(flow_file)
    page, hands = opened(tabs, "chain")
    hands.press("Control+Enter")
    hands.expect_run("done")
    hands.expect_card("b", "done")
    page.mouse.click(*hands.title("b"), button="right")
    menu = page.locator(".weft-menu")
    picture(page, "node-menu")
    menu.get_by_role("menuitem", name="Pin its output").click()
    expect(page.locator(".w-toast").first).to_contain_text("B is pinned")
    hands.press("Control+Enter")
    hands.expect_card("b", "pinned")
    page.reload()
    hands.expect_card("b", "pinned")
    hands.select("b")
    hands.press("m")
    expect(menu).to_be_visible()
    hands.press("ArrowUp")
    hands.press("Escape")
    expect(menu).to_have_count(0)
    hands.press("i")
    expect(page.locator(".w-toast").last).to_contain_text("B is run again")


def test_an_edited_output_runs_what_depends_on_it(tabs: Tabs, flow_file: FlowFile) -> None:
    chain(flow_file)
    page, hands = opened(tabs, "chain")
    hands.press("Control+Enter")
    hands.expect_run("done")
    hands.select("b")
    hands.press("Shift+I")
    dialog = page.get_by_role("dialog", name="Output of B")
    dialog.locator("textarea").fill("my own words")
    picture(page, "edit-output")
    dialog.get_by_role("button", name="Run what depends on it").click()
    hands.expect_card("c", "C my own words")
    hands.expect_card("b", "edited")
    hands.press("x")
    expect(page.locator(".w-toast").last).to_contain_text("Longest way")


def test_limits_estimate_and_sessions_in_the_run_form(tabs: Tabs, flow_file: FlowFile) -> None:
    chain(flow_file)
    page, hands = opened(tabs, "chain")
    hands.tab("Run")
    page.get_by_role("button", name="Session and limits").click()
    page.get_by_role("button", name="What would it cost?").click()
    expect(page.locator(".w-run-options")).to_contain_text("No model would be asked")
    hands.field("run/max_tokens").fill("lots")
    page.get_by_role("button", name="Run", exact=True).last.click()
    expect(page.locator('[data-field="run/max_tokens"]')).to_contain_text("Write a whole number of tokens")
    hands.field("run/max_tokens").fill("20,000")
    hands.field("run/session").fill("ada")
    picture(page, "run-form")
    page.get_by_role("button", name="Run", exact=True).last.click()
    hands.expect_run("done")
    page.get_by_role("button", name="Forget this session").click()
    expect(hands.field("run/session")).to_have_value("")


def test_the_timeline_has_nested_steps_folded_and_few_elements(tabs: Tabs, flow_file: FlowFile) -> None:
    one = {"inputs": {"item": {}}, "nodes": {"say": text("{{item}}!", inputs={"item": "inputs.item"})}}
    flow_file(
        "many",
        name="Many",
        nodes={
            "each": {
                "component": "map",
                "params": {"flow": {"format": 1, **one}, "items": [str(number) for number in range(300)]},
            },
            "after": text("Done {{all}}", inputs={"all": "each"}),
        },
    )
    page, hands = opened(tabs, "many")
    hands.press("Control+Enter")
    hands.expect_run("done")
    lines = page.locator(".w-step")
    expect(lines).to_have_count(2)
    page.locator('[data-step="each"]').click()
    expect(page.locator('[data-step="each"]')).to_have_attribute("aria-selected", "true")
    page.locator(".w-steps").focus()
    hands.press("ArrowRight")
    expect(page.locator('[data-step="each[0]/say"]')).to_contain_text("[0] Say")
    assert lines.count() < 40
    picture(page, "timeline")
    hands.press("End")
    expect(page.locator('[data-step="after"]')).to_have_attribute("aria-selected", "true")
    hands.press("ArrowUp")
    expect(page.locator('[data-step="each[299]/say"]')).to_have_attribute("aria-selected", "true")
    expect(page.locator(".w-detail-title")).to_have_text("Each › [299] Say")
    hands.press("ArrowLeft")
    expect(page.locator('[data-step="each"]')).to_have_attribute("aria-selected", "true")
    hands.press("ArrowLeft")
    expect(lines).to_have_count(2)
