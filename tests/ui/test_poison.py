"""Whatever a step gives out, its run is recorded, or the step fails with a name: and every page that shows it opens, in
Chromium; whoever reads it at the command line or over HTTP gets JSON, and a terminal nothing that it would obey.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.counted import count
from tests.server.live import Live, live_server
from tests.ui.hands import Hands
from tests.ui.poison import ASKED, FAILING, RECORDED, REFUSED, node, poison
from tests.ui.watching import Watched
from typer.testing import CliRunner

from weft.cli.app import app
from weft.workspace import Workspace

pytestmark = pytest.mark.browser
PATIENCE = 20_000
LOOKED_AT = ("huge", "keys", "items", "escapes", "bidi", "markdown")
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    root: Path = tmp_path_factory.mktemp("poisoned")
    poison(root)
    with live_server(Workspace(root, env={}), ui=True) as server:
        yield server


@pytest.fixture(scope="module")
def run(live: Live) -> str:
    """A run of all of it."""
    return ran(live, "poison")


@pytest.fixture(scope="module")
def pair(live: Live) -> tuple[str, str]:
    """Two runs of what isn't large."""
    return ran(live, "written"), ran(live, "written")


@pytest.fixture(scope="module")
def watched(browser: Browser, live: Live) -> Iterator[Watched]:
    watched = Watched(browser, live)
    yield watched
    watched.close()
    assert (watched.struck, watched.elsewhere, watched.errors) == ([], [], [])
    count("poison", outputs=len(RECORDED) + len(REFUSED) + len(FAILING), places=len(watched.places))


def ran(live: Live, slug: str, *, wait: bool = True) -> str:
    async def started() -> str:
        assert live.state is not None
        run_id = await live.state.runs.start(live.state.workspace.load(slug), {}, slug=slug, model="demo")
        if wait:
            await live.state.runs.result(run_id)
        return run_id

    return live.call(started())


def shown(watched: Watched, page: Page, place: str, at: Locator) -> None:
    """It is there, the page answers, and nothing of it became anything but text."""
    expect(at.first).to_be_visible(timeout=PATIENCE)
    watched.look(page, place)


def opened(page: Page, name: str) -> None:
    """Choose the node in the outline."""
    page.get_by_role("tab", name="Outline").click()
    page.get_by_label("Search the outline").fill(name)
    page.locator(".w-tree-row", has_text=name).first.click()
    expect(page.locator(".w-inspector-head")).to_contain_text(name)


def strict(text: str) -> Any:
    """JSON as any reader has it, in one line, with nothing that a terminal obeys."""

    def refuse(name: str) -> Any:
        raise AssertionError(f"{name} is no JSON")

    assert not OBEYED.search(text)
    assert len(text.splitlines()) == 1
    return json.loads(text, parse_constant=refuse)


def test_each_is_recorded_or_its_step_fails_with_a_name(live: Live, run: str) -> None:
    steps = live.http.get(f"/api/runs/{run}", headers=live.bearer()).json()["steps"]
    failed = [*map(node, REFUSED), *(f"fails_{node(what)}" for what in FAILING)]
    assert {name: steps[name]["status"] for name in map(node, RECORDED)} == dict.fromkeys(
        map(node, RECORDED), "succeeded"
    )
    assert {name: steps[name]["because"]["code"] for name in failed} == {
        name: "refused"
        if name.startswith("fails_")
        else "limit-exceeded"
        if name == "too_many_items"
        else "bad-output"
        for name in failed
    }


def test_whoever_follows_it_gets_json(live: Live, run: str) -> None:
    """Over HTTP: each event is one line of JSON that every reader takes, without a control character in it."""
    seen = 0
    with live.http.stream("GET", f"/api/runs/{run}/events", headers=live.bearer()) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: "):
                assert strict(line[6:])["run"] == run
                seen += 1
    assert seen > 2 * len(RECORDED)


def test_a_run_of_the_past_opens_and_its_values_are_shown(watched: Watched, live: Live, run: str) -> None:
    page = watched.open("/flows/poison")
    hands = Hands(page)
    hands.tab("History")
    shown(watched, page, "History", page.locator(f'[data-run="{run}"]'))
    page.locator(f'[data-run="{run}"]').click()
    shown(watched, page, "a run of the past", page.get_by_role("region", name="Run of the past"))
    for what in LOOKED_AT:
        opened(page, node(what))
        hands.tab("Data")
        expect(page.locator(".w-values-head")).to_contain_text(node(what))
        shown(watched, page, f"{what} in Data", page.locator(".w-values-body"))
        hands.tab("Run")
        shown(watched, page, f"{what} in Run", page.locator(".w-detail-title", has_text=node(what)))
    page.close()


def test_two_runs_are_compared(watched: Watched, pair: tuple[str, str]) -> None:
    page = watched.open("/flows/written")
    Hands(page).tab("History")
    page.locator(f'[data-run="{pair[1]}"]').click()
    page.get_by_role("button", name="Compare with the one before").first.click()
    shown(watched, page, "Compare", page.locator("[data-pair]"))
    page.close()


def test_questions_about_it_are_asked(watched: Watched, live: Live) -> None:
    asking = ran(live, "asks", wait=False)
    page = watched.open("/waiting")
    rows = page.get_by_role("listbox", name="Open questions").get_by_role("option")
    expect(rows).to_have_count(len(ASKED), timeout=PATIENCE)
    for at in range(len(ASKED)):
        rows.nth(at).click()
        expect(rows.nth(at)).to_have_attribute("aria-selected", "true")
        shown(watched, page, f"question {at}", page.locator(".w-ask-text"))
    page.close()
    assert live.state is not None
    live.call(live.state.runs.cancel(asking))


def test_an_answer_in_the_chat(watched: Watched) -> None:
    page = watched.open("/flows/talks")
    Hands(page).tab("Chat")
    page.locator(".w-chat textarea").fill("Go on")
    page.keyboard.press("Enter")
    shown(watched, page, "an answer in the chat", page.locator(".w-chat-text", has_text="owned"))
    page.close()


def test_the_command_line_says_it_and_a_terminal_obeys_none_of_it(live: Live, pair: tuple[str, str]) -> None:
    """Piped or not: a pipe ends in a terminal as well."""
    assert live.state is not None
    root = str(live.state.workspace.root)
    for args in (["show", pair[1]], ["compare", *pair], ["export", pair[1]], ["watch", pair[1], "--json"]):
        with ThreadPoolExecutor(1) as beside:  # the browser's loop runs in this thread
            told = ["runs", *args, "-w", root]
            done = beside.submit(CliRunner().invoke, app, told, prog_name="weft").result()
        assert done.exit_code in (0, 1), done.output[-500:]
        assert not OBEYED.search(re.sub("\x1b\\[[0-9;]*m|\r", "", done.output)), args
        if "--json" in args:
            assert all(strict(line) for line in done.stdout.split("\n") if line)
        elif args[0] == "export":
            assert json.loads(done.stdout)["run"]["id"] == pair[1]
