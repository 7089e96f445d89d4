"""The tab Tests in Chromium: a run made a case, run, changed in the form, let go and put back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands

from weft.workspace import Workspace

pytestmark = pytest.mark.browser
FlowFile = Callable[..., Path]


def cases(home: Workspace) -> Any:
    return json.loads((home.root / "flows" / "tea.test.json").read_text())["cases"]


def test_a_run_is_made_a_case_that_is_run_changed_removed_and_put_back(
    tabs: Tabs, flow_file: FlowFile, home: Workspace
) -> None:
    node = {"component": "text", "params": {"template": "A cup of {{it}}"}, "inputs": {"it": "inputs.it"}}
    flow_file("tea", name="Tea", inputs={"it": {"default": "tea"}}, outputs={"cup": "a"}, nodes={"a": node})
    page = tabs.editor("tea")
    hands = Hands(page)
    hands.card("a").wait_for()
    hands.tab("Tests")
    expect(page.locator(".w-tests")).to_contain_text("This flow has no test")
    page.locator('[data-mark="tests-make"]').click()
    expect(page.locator(".w-tests-said")).to_contain_text("There is no run")

    page.locator(".weft-canvas").first.focus()
    hands.press("Control+Enter")
    hands.expect_run("done")
    expect(hands.card("a")).to_contain_text("A cup of tea")
    page.locator(".weft-canvas").first.focus()
    hands.press("Control+k")
    hands.type("make this run a test")
    hands.press("Enter")
    name = page.locator('[data-mark="case-name"]')
    expect(name).to_have_value(re.compile("as in run"))
    name.fill("a cup")
    page.locator('[data-mark="case-save"]').click()
    expect(page.locator(".w-change")).to_contain_text("a cup")

    page.locator('[data-mark="tests-run"]').click()
    expect(page.locator(".w-change")).to_contain_text("passed")
    page.get_by_role("textbox", name="Expected", exact=True).fill("A mug of tea")
    hands.press("Tab")
    page.locator('[data-mark="case-save"]').click()
    page.locator('[data-mark="case-run"]').click()
    expect(page.locator(".w-tests-wrong")).to_contain_text('is "A cup of tea", and should be "A mug of tea"')
    expect(page.locator(".w-change")).to_contain_text("failed")
    assert cases(home) == {
        "a cup": {"inputs": {"it": "tea"}, "expect": [{"output": "cup", "equals": "A mug of tea"}]}
    }

    page.locator('[data-mark="case-remove"]').click()
    expect(page.locator(".w-tests")).to_contain_text("This flow has no test")
    assert cases(home) == {}
    page.locator('[data-mark="tests-restore"]').click()
    expect(page.locator(".w-change")).to_contain_text("a cup")
    page.locator('[data-mark="case-add"]').click()
    page.get_by_role("group", name="Expectation 2").get_by_label("What must be so").select_option("at_least")
    page.locator('[data-mark="case-save"]').click()
    second = page.get_by_role("group", name="Expectation 2")
    expect(second.get_by_role("alert")).to_have_text("'' isn't a number.")
    expect(second.get_by_label("Expected")).to_be_focused()
    second.get_by_label("What must be so").select_option("holds")
    second.get_by_label("Expected").fill("len(valu) > 3")
    page.locator('[data-mark="case-save"]').click()
    expect(second.get_by_role("alert")).to_contain_text("did you mean 'value'?")
    second.get_by_label("Expected").fill("len(value) > 3")
    page.locator('[data-mark="case-save"]').click()
    expect(second.get_by_role("alert")).to_have_count(0)
    expect(page.locator('[data-mark="case-save"]')).to_be_disabled()

    hands.tab("History")
    page.locator(".w-run-row[data-run]").first.hover()
    page.locator('[data-mark="run-test"]').first.click()
    expect(page.locator(".w-change")).to_have_count(2)
    expect(name).to_have_value(re.compile("as in run"))
    assert {"output": "cup", "holds": "len(value) > 3"} in cases(home)["a cup"]["expect"]
