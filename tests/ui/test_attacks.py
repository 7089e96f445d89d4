"""Attacks on the pages, in Chromium: whatever a flow, a model, a tool or a file holds is shown, and does nothing.

In each place the texts of `attacks.py` are seen to be there; then nothing of them has run, nothing was asked of anybody
but the server, and nothing became an element, a handler or an address.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.counted import count
from tests.server.live import Live, live_server
from tests.ui.attacks import attack
from tests.ui.hands import Hands
from tests.ui.watching import Watched

from weft.workspace import Workspace

pytestmark = pytest.mark.browser
MARK = "struck("
PATIENCE = 20_000
VIEWS = {
    "fails": (),
    "svg": ("text",),
    "drawn": ("text",),
    "whole": ("text", "markdown"),
    "tree": ("text", "tree"),
    "table": ("tree", "table"),
    "prompted": ("text", "markdown"),
}
"""Steps, each with how its value is looked at."""
PATHS = (
    "/flows/broken", "/flows/newer", "/nothing/%3Cimg%20data-hole%20src=x%20onerror=struck(1)%3E",
    "/login?next=javascript:struck(1)&code=%3Cscript%3Estruck(1)%3C/script%3E", "/login?next=//127.0.0.1:9/x",
    "/api/%3Cscript%20data-hole%3Estruck(1)%3C/script%3E", "/flows/attacks/inside/%3Cimg%20data-hole%20onerror=struck(1)%3E",
    "/api/runs/%3Cimg%20data-hole%20src=x%20onerror=struck(1)%3E", "/?%3Cscript%20data-hole%3Estruck(1)%3C/script%3E",
)  # fmt: skip


@pytest.fixture(scope="module")
def canary() -> Iterator[socket.socket]:
    """Listens, and is never spoken to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory, canary: socket.socket) -> tuple[Path, list[str]]:
    root = tmp_path_factory.mktemp("attacked")
    return root, attack(root, f"http://127.0.0.1:{canary.getsockname()[1]}")


@pytest.fixture(scope="module")
def live(every: tuple[Path, list[str]]) -> Iterator[Live]:
    with live_server(Workspace(every[0], env={}), ui=True) as server:
        yield server


@pytest.fixture(scope="module")
def watched(
    browser: Browser, live: Live, every: tuple[Path, list[str]], canary: socket.socket
) -> Iterator[Watched]:
    watched = Watched(browser, live)
    yield watched
    watched.close()
    with pytest.raises(BlockingIOError):
        canary.accept()
    count("browser attacks", payloads=len(every[1]), places=len(watched.places), executed=len(watched.struck),
          requests_elsewhere=len(watched.elsewhere), refused_by_policy=len(watched.refused), elements=len(watched.holes))  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_came_of_it(watched: Watched) -> Iterator[None]:
    yield
    assert (watched.struck, watched.elsewhere, watched.refused, watched.holes, watched.errors) == (
        [],
        [],
        [],
        [],
        [],
    )


def looked(watched: Watched, page: Page, place: str, shown: Locator, words: str = MARK) -> None:
    """The place shows what was written into it, and nothing came of it."""
    expect(shown.filter(has_text=words).first).to_be_visible(timeout=PATIENCE)
    watched.look(page, place)


def opened(page: Page, node: str) -> None:
    """Choose the node whose title begins so, in the outline."""
    page.get_by_role("tab", name="Outline").click()
    page.get_by_label("Search the outline").fill(node)
    page.locator(".w-tree-row", has_text=f"{node} <").click()
    expect(page.locator(".w-inspector-head")).to_contain_text(f"{node} <")


def tab(page: Page, name: str) -> None:
    """Open a tab of the dock, and wait until it is open."""
    Hands(page).tab(name)
    expect(page.locator(".w-tab", has_text=name)).to_have_attribute("aria-selected", "true")


def ran(live: Live, slug: str, *, wait: bool = True, **inputs: str) -> str:
    async def run() -> str:
        assert live.state is not None
        run_id = await live.state.runs.start(live.state.workspace.load(slug), inputs, slug=slug, model="demo")
        if wait:
            await live.state.runs.result(run_id)
        return run_id

    return live.call(run())


def test_what_is_attacked_could_be_hit(watched: Watched, live: Live) -> None:
    """The watch sees what it is there for: each kind of hole, made on purpose in a page of its own."""
    other = Watched(watched.browser, live)
    page = other.open("/settings")
    page.evaluate("""() => {
      document.body.insertAdjacentHTML("beforeend", `<img data-hole src=x onerror="struck('it')"><a href="javascript:1">x</a>
        <b style="background:url(http://127.0.0.1:9/x)">62710561</b><img src="http://127.0.0.1:9/y">`);
    }""")
    page.wait_for_function("() => document.body.innerText.includes('62710561')")
    other.look(page, "there")
    page.evaluate("() => fetch('http://127.0.0.1:9/z').catch(() => {})")
    page.wait_for_function("() => window.struck('wait').then(() => true)")
    other.close()
    assert any("it" in one for one in other.struck)
    assert {"an element", "a handler", "an address", "a style", "a template was filled in"} <= {
        hole.removeprefix("there: ").split(":")[0] for hole in other.holes
    }
    assert any("connect-src" in one for one in other.refused)
    assert any("img-src" in one for one in other.refused)


def test_the_gallery_and_what_is_imported(watched: Watched, every: tuple[Path, list[str]]) -> None:
    page = watched.open("/")
    card = page.locator(".w-card, .w-shelf-card, article").filter(has_text=MARK)
    looked(watched, page, "cards of flows", card)
    page.get_by_role("searchbox").or_(page.get_by_placeholder("Search")).first.fill("struck")
    looked(watched, page, "cards that were searched for", card)
    flow: dict[str, Any] = json.loads((every[0] / "flows" / "attacks.json").read_text())
    name = "x<img data-hole src=x onerror=struck('name')>.json"
    chosen = page.locator("input[type=file]")
    chosen.set_input_files(
        {"name": name, "mimeType": "application/json", "buffer": json.dumps(flow).encode()}
    )
    sheet = page.get_by_role("alertdialog")
    looked(watched, page, "the sheet of an import", sheet)
    sheet.get_by_role("button", name="Import, only to look at").click()
    expect(sheet).to_have_count(0)
    watched.look(page, "a toast")
    chosen.set_input_files({"name": name, "mimeType": "application/json", "buffer": b"{"})
    looked(watched, page, "a toast of a refusal", page.locator(".w-toast", has_text=MARK))
    page.close()


def test_a_flow_that_is_opened(watched: Watched) -> None:
    page = watched.open("/flows/attacks")
    hands = Hands(page)
    expect(page).to_have_title(re.compile(re.escape(MARK)))
    looked(watched, page, "the form of a flow", page.locator('[data-field="flow-name"]'), "")
    looked(watched, page, "notes", page.locator(".weft-md"))
    looked(watched, page, "frames", page.locator(".weft-frame-title"))
    looked(watched, page, "cards of nodes", page.locator(".weft-card"))
    page.get_by_placeholder("Search components").fill("struck")
    looked(watched, page, "the palette", page.locator(".w-palette-name", has_text=MARK))
    looked(watched, page, "components that can't be loaded", page.locator(".w-palette-item .w-field-error"))
    page.get_by_role("tab", name="Outline").click()
    looked(watched, page, "the outline", page.locator(".w-tree-name", has_text=MARK))
    page.locator(".weft-canvas").first.focus()
    hands.press("Control+f")
    page.keyboard.type("struck")
    looked(watched, page, "find and replace", page.locator(".weft-found", has_text=MARK))
    hands.press("Escape")
    page.locator(".weft-canvas").first.focus()
    hands.press("Control+k")
    page.keyboard.type("struck")
    looked(watched, page, "the command palette", page.locator(".weft-commands-list"))
    hands.press("Escape")
    page.close()


def test_what_is_taken_hold_of(watched: Watched) -> None:
    """Quick add, menus, the forms of notes and frames, and what a file is called that is kept."""
    page = watched.open("/flows/small")
    hands = Hands(page)
    expect(hands.card("web")).to_be_visible(timeout=PATIENCE)
    page.mouse.dblclick(*hands.empty(4, 4))
    page.locator(".w-quick input").fill("struck")
    looked(watched, page, "quick add", page.locator(".w-quick-item"))
    hands.press("Escape")
    expect(page.locator(".w-quick")).to_have_count(0)
    page.mouse.click(*hands.title("n"), button="right")
    expect(page.get_by_role("menuitem").first).to_be_visible()
    watched.look(page, "the menu of a card")
    hands.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    for place, held in (("note", ".weft-sticky"), ("frame", ".weft-frame-title")):
        box = page.locator(held).first.bounding_box()
        assert box is not None
        page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        text = page.locator(".weft-layer textarea, .weft-sticky textarea, .weft-frame textarea").first
        expect(text).to_have_value(re.compile(re.escape(MARK)))
        watched.look(page, f"the form of a {place}")
        hands.press("Escape")
        expect(text).to_have_count(0)
    page.goto(page.url.partition("/flows/")[0] + "/")
    card = page.locator(".w-card, .w-shelf-card, article").filter(has=page.locator('a[href="/flows/small"]'))
    card.get_by_role("button", name=re.compile("What to do with")).click()
    looked(watched, page, "the menu of a flow", page.locator(".w-card, .w-shelf-card, article"))
    with page.expect_download() as kept:
        page.locator('[data-item="export"], a[download]').first.click()
    assert kept.value.suggested_filename == "small.json"
    page.close()


def test_a_prompt_that_is_edited(watched: Watched) -> None:
    page = watched.open("/flows/edited")
    hands = Hands(page)
    opened(page, "prompted")
    field = page.locator('[data-field="prompted/param/prompt"]')
    expect(page.locator(".w-inspector-head")).to_contain_text(MARK)
    looked(watched, page, "the form of a node and the marks of a prompt", field.locator(".w-area-mirror"))
    page.locator(".w-section-head", has_text="What it will see").click()
    looked(watched, page, "what a node will see", page.locator(".w-seen"))
    field.locator("textarea").click()
    hands.press("Control+End")
    page.keyboard.type(" {{")
    expect(page.locator(".w-offers")).to_be_visible()
    watched.look(page, "completion")
    page.close()


def test_a_run_as_it_goes_and_ends(watched: Watched, live: Live) -> None:
    page = watched.open("/flows/attacks")
    hands = Hands(page)
    page.locator(".weft-canvas").first.focus()
    hands.press("Control+Enter")
    looked(watched, page, "a run that goes on", page.locator(".w-step-title"))
    hands.expect_run("done")
    looked(watched, page, "steps", page.locator(".w-step-title", has_text=MARK))
    looked(watched, page, "what a step wrote", page.locator(".w-stream-text"))
    for node, views in VIEWS.items():
        opened(page, node)
        tab(page, "Run")
        expect(page.locator(".w-detail-title")).to_contain_text(f"{node} <")
        watched.look(page, f"the step {node}")
        tab(page, "Data")
        expect(page.locator(".w-values-head")).to_contain_text(f"{node} <")
        for view in views:
            expect(page.locator('[data-value^="out:"][aria-selected="true"]')).to_be_visible()
            page.locator(f'[data-view="{view}"]').click()
            body = page.locator(".w-values-body")
            looked(watched, page, f"{node} as {view}", body, "svg+xml" if node == "drawn" else MARK)
    page.close()


def test_runs_of_the_past(watched: Watched, live: Live, every: tuple[Path, list[str]]) -> None:
    for said in every[1][4], every[1][0]:
        ran(live, "attacks", said=said)
    page = watched.open("/flows/attacks")
    tab(page, "History")
    page.locator("[data-run]").first.click()
    expect(page.get_by_role("region", name="Run of the past")).to_be_visible()
    watched.look(page, "a run of the past")
    page.get_by_role("button", name="Compare with the one before").first.click()
    page.locator("[data-pair]").first.click()
    looked(watched, page, "two runs compared", page.locator("[data-pair]"))
    looked(watched, page, "what differs in a step", page.locator(".w-beside-detail"))
    page.get_by_role("button", name="Back to now").click()
    expect(page.locator(".weft-past")).to_have_count(0)
    page.locator(".weft-canvas").first.focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    expect(page.locator(".weft-card[data-node]:not([hidden]):not(.weft-face)")).to_have_count(0)
    tab(page, "Changes")
    page.locator('[data-mark="changes-canvas"]').click()
    page.locator(".weft-removed").first.wait_for()
    page.locator(".w-change").last.click()
    looked(watched, page, "two versions on the canvas", page.locator(".weft-removed, .w-changes-detail"))
    page.get_by_role("button", name="End comparing").click()
    page.locator(".weft-canvas").first.focus()
    page.keyboard.press("Control+z")
    page.locator(".weft-card:not(.weft-face)").first.wait_for()
    page.close()


def test_cases_and_what_is_wrong_with_them(watched: Watched) -> None:
    page = watched.open("/flows/cased")
    tab(page, "Tests")
    looked(watched, page, "cases", page.locator(".w-change"))
    page.locator('[data-mark="tests-run"]').click()
    looked(watched, page, "what is wrong with a case", page.locator(".w-tests-wrong"))
    page.close()


def test_a_chat(watched: Watched) -> None:
    page = watched.open("/flows/talks")
    tab(page, "Chat")
    page.locator(".w-chat textarea").fill(f"<img data-hole src=x onerror={MARK}'said')>")
    page.keyboard.press("Enter")
    looked(watched, page, "what is said in the chat", page.locator(".w-chat-said"))
    looked(watched, page, "what is answered in the chat", page.locator(".w-chat-text"))
    looked(watched, page, "steps of an answer", page.locator(".w-chat-steps"), "")
    page.close()


def test_prompts_compared_on_a_grid(watched: Watched) -> None:
    page = watched.open("/flows/edited/grid")
    looked(watched, page, "the page of a grid", page.locator("main, body"))
    expect(page).to_have_title(re.compile(re.escape(MARK)))
    page.close()


def test_mistakes_are_told_with_what_is_written(watched: Watched) -> None:
    page = watched.open("/flows/wrong")
    tab(page, "Problems")
    looked(watched, page, "problems", page.locator(".w-problem", has_text=MARK))
    looked(watched, page, "models that are named", page.locator(".w-top .w-model"))
    page.close()


def test_what_a_person_is_asked(watched: Watched, live: Live) -> None:
    run = ran(live, "asks", wait=False)
    page = watched.open("/waiting")
    row = page.get_by_role("listbox", name="Open questions").get_by_role("option")
    expect(row).to_have_count(4, timeout=PATIENCE)
    for at, kind in enumerate(("a text to approve", "a choice", "a form", "a value to edit")):
        row.nth(at).click()
        looked(watched, page, f"{kind}, on the page of all", page.locator(".w-ask"))
    page.close()
    page = watched.open("/flows/asks")
    tab(page, "Approvals")
    looked(watched, page, "approvals", page.locator(".w-ask", has_text=MARK))
    page.close()
    assert live.state is not None
    live.call(live.state.runs.cancel(run))


def test_settings_and_pages_that_are_not_there(watched: Watched, live: Live) -> None:
    live.auth.new_token("<img data-hole src=x onerror=struck('token')>", ("read",))
    page = watched.open("/settings")
    looked(watched, page, "names of tokens", page.locator(".w-list-row", has_text=MARK))
    page.get_by_role("button", name="Keep a secret").click()
    form = page.get_by_role("dialog", name="Keep a secret")
    for line in form.locator("input").all():
        line.fill(f"<img data-hole src=x onerror={MARK}1)>")
    form.get_by_role("button", name=re.compile("Keep")).last.click()
    looked(watched, page, "the name of a secret that is refused", form.locator(".w-field-error"), "")
    page.keyboard.press("Escape")
    expect(form).to_have_count(0)
    for path in PATHS:
        page.goto(live.base_url + path)
        expect(page.locator("body")).not_to_be_empty()
        watched.look(page, f"the page {path[:30]}")
    page.goto(f"{live.base_url}/flows/%3Cimg%20data-hole%20src=x%20onerror=struck(1)%3E")
    looked(watched, page, "a flow that has no name", page.locator("main, body"))
    page.close()
