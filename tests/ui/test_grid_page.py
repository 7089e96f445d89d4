"""The page of a grid in Chromium: pasted rows, a variant, a score, the cost asked for, cells, their runs, taken and undone."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.fakes.openai_server import FakeOpenAI, Reply, Request
from tests.ui.access import problems
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands

from weft.workspace import Workspace

pytestmark = pytest.mark.browser
FlowFile = Callable[..., Path]
MODEL = "openai:gpt-x"
LONG = 30_000  # ms for runs to end: the first imports what asks the model
ROWS = "it,expected\ntea,cup\noil,can\n"


@pytest.fixture
def home(tmp_path: Path, fake_openai: FakeOpenAI) -> Workspace:
    """With a model that has a price, and one flow that asks it."""
    fake_openai.default = answered
    (tmp_path / "flows").mkdir()
    (tmp_path / "prices.toml").write_text(f'["{MODEL}"]\ninput = 100.0\noutput = 100.0\n')
    (tmp_path / "weft.toml").write_text(f'model = "{MODEL}"\n')
    return Workspace(tmp_path, env=fake_openai.env)


def answered(request: Request) -> str | Reply:
    asked = str(request.messages[-1]["content"])
    if "hang" in asked:
        return Reply(hang="headers")
    return ("A cup of tea" if "tea" in asked else "Oil") + (" in a can." if "where" in asked else ".")


def say(flow_file: FlowFile) -> None:
    node = {"component": "prompt", "params": {"prompt": "Say {{it}}"}, "inputs": {"it": "inputs.it"}}
    flow_file("say", name="Say", inputs={"it": {}}, outputs={"out": "ask"}, nodes={"ask": node})


def prompt(home: Workspace) -> str:
    document = json.loads((home.root / "flows" / "say.json").read_text())
    return str(document["nodes"]["ask"]["params"]["prompt"])


def test_prompts_are_compared_and_the_better_one_is_taken(
    tabs: Tabs, flow_file: FlowFile, home: Workspace
) -> None:
    say(flow_file)
    page = tabs.editor("say")
    hands = Hands(page)
    hands.card("ask").wait_for()
    page.locator(".weft-canvas").first.focus()
    hands.press("Control+k")
    hands.type("compare prompts")
    hands.press("Enter")
    total, cells = page.locator('[data-mark="grid-sum"]'), page.locator(".w-grid-cell")
    expect(total).to_have_text("To be put right first: data.")
    page.locator('[data-mark="grid-rows"]').fill("tea\n1")
    expect(page.get_by_text("has no column named after an input")).to_be_visible()
    page.locator('[data-mark="grid-rows"]').fill(ROWS)
    expect(total).to_contain_text("2 runs: about $")
    page.locator('[data-mark="grid-variant"]').click()
    expect(page.get_by_text("It is left out: the flow, or another variant, is the same.")).to_be_visible()
    page.get_by_label("Text", exact=True).fill("Say where {{it}} is")
    expect(total).to_contain_text("4 runs: about $")
    page.locator('[data-mark="grid-score"]').fill("contains(out, row.")
    expect(total).to_have_text("To be put right first: score.")
    page.locator('[data-mark="grid-score"]').fill("contains(out, row.expected)")
    expect(total).to_contain_text("4 runs: about $")

    page.locator('[data-mark="grid-run"]').click()
    expect(page.get_by_role("alertdialog")).to_contain_text("4 runs will cost about $")
    page.get_by_role("button", name="Run them").click()
    expect(total).to_have_text("All 4 runs are done.", timeout=LONG)
    best = page.locator("th.w-grid-best")
    expect(best).to_contain_text("2 of 2 passed")
    expect(best).to_contain_text("variant 1")
    expect(page.locator(".w-dialog")).to_have_count(0)
    assert problems(page) == []

    cells.first.focus()
    hands.press("ArrowDown")
    expect(page.locator('[data-cell="1,0"]')).to_be_focused()
    hands.press("Enter")
    detail = page.get_by_role("region", name="The cell")
    expect(detail).to_contain_text("it isn't so that contains(out, row.expected)")
    hands.press("ArrowRight")
    hands.press("Enter")
    expect(detail).to_contain_text("Oil in a can.")
    with page.expect_download() as download:
        page.locator('[data-mark="grid-csv"]').click()
    lines = list(csv.DictReader(download.value.path().read_text("utf-8-sig").splitlines()))
    assert [(one["variant"], one["score"]) for one in lines] == [
        ("as it is", "1.0"),
        ("variant 1", "1.0"),
        ("as it is", "0.0"),
        ("variant 1", "1.0"),
    ]

    page.locator('[data-mark="grid-take"]').click()
    expect(page.locator('[data-mark="grid-progress"]')).to_contain_text("The flow has 'variant 1' now.")
    expect(page.get_by_text("It is left out: the flow, or another variant, is the same.")).to_be_visible()
    expect(total).to_have_text("All 2 runs are done.", timeout=LONG)
    page.locator('[data-mark="grid-undo"]').click()
    expect(total).to_have_text("All 4 runs are done.", timeout=LONG)

    cells.nth(3).click()
    page.locator('[data-mark="grid-compare"]').click()
    expect(page.get_by_label("Run of the past")).to_contain_text("Run of")
    expect(page.locator(".w-dock")).to_contain_text("ask was changed: prompt", ignore_case=True)
    assert prompt(home) == "Say {{it}}"


def test_a_grid_is_stopped_found_again_and_gone_on_with(
    tabs: Tabs, flow_file: FlowFile, home: Workspace, fake_openai: FakeOpenAI
) -> None:
    say(flow_file)
    page = tabs.open("/flows/say/grid")
    page.locator('[data-mark="grid-rows"]').fill("it\ntea\nhang\n")
    total = page.locator('[data-mark="grid-sum"]')
    expect(total).to_contain_text("2 runs: about $")
    page.locator('[data-mark="grid-most"]').fill("much")
    expect(page.get_by_text("“much” is no amount of dollars.")).to_be_visible()
    page.locator('[data-mark="grid-most"]').fill("5")
    expect(page.locator('[data-mark="grid-run"]')).to_be_enabled()
    page.locator('[data-mark="grid-run"]').click()
    expect(page.get_by_role("alertdialog")).to_contain_text("It spends at most $5.00.")
    page.get_by_role("button", name="Run them").click()
    progress = page.locator('[data-mark="grid-progress"]')
    expect(progress).to_have_text(re.compile(r"1 of 2 runs done, \$\d"), timeout=LONG)

    page.reload()
    expect(progress).to_contain_text("1 of 2 runs done")
    page.locator('[data-mark="grid-stop"]').click()
    expect(progress).to_contain_text("Stopped. What was done is kept")
    expect(total).to_contain_text("1 run, 1 kept from before: about $")
    fake_openai.default = "Oil."
    page.locator('[data-mark="grid-run"]').click()
    page.get_by_role("button", name="Run them").click()
    expect(total).to_have_text("All 2 runs are done.", timeout=LONG)
    expect(page.locator(".w-grid-cell").last).to_contain_text("Oil.")
