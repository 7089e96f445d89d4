"""Every page and pane as a person meets it: a table of states, and how to bring a page there.

Each place is opened once; its states follow one another on the same page.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from tests.ui.hands import Hands

from weft.workspace import Workspace

CHECK = (Path(__file__).parent / "looks.js").read_text("utf-8")
ROOT = Path(__file__).parents[2]
LONG = "A very long name that somebody gave without a thought for those who have to read it in a narrow pane"
RIGHT_TO_LEFT = "שלום עולם — סיכום המסמך"
WAIT = '''
import asyncio
from weft import component

@component
async def wait(text: str = "") -> str:
    """Wait until it is stopped."""
    await asyncio.Event().wait()
    return text
'''


@dataclass(frozen=True)
class Look:
    """A state: its name, and what leads there from the one before."""

    name: str
    reach: Callable[[Page], Any]


@dataclass(frozen=True)
class Place:
    """A page, and its states. What the browser may complain about is forgiven."""

    path: str
    looks: tuple[Look, ...]
    forgiven: tuple[str, ...] = ()
    files: Callable[[Workspace], Any] = lambda _: None
    later: Callable[[Workspace], Any] = lambda _: None
    """What happens to the workspace once it is served."""


def flow(home: Workspace, slug: str, **document: Any) -> None:
    (home.root / "flows").mkdir(exist_ok=True)
    (home.root / "flows" / f"{slug}.json").write_text(json.dumps({"format": 1, **document}))


def essay(home: Workspace) -> None:
    for name in ("essay.json", "essay.test.json", "essay.cassette.json"):
        (home.root / "flows" / name).write_text((ROOT / "flows" / name).read_text())


def awkward(home: Workspace) -> None:
    """Long names, right-to-left text, and a step that fails."""
    name = LONG.replace(" ", "_").lower()[:60].rstrip("_")
    prompt = {
        "component": "prompt",
        "params": {"prompt": f"{RIGHT_TO_LEFT} {{{{{name}}}}}"},
        "inputs": {name: f"inputs.{name}"},
    }
    nodes = {
        "a" * 60: {"title": LONG, **prompt},
        "rtl": {"title": RIGHT_TO_LEFT, "component": "text", "params": {"template": RIGHT_TO_LEFT * 9}},
        "broken": {"component": "file", "params": {"path": "not/there.txt"}},
    }
    inputs = {name: {"type": "text", "default": LONG, "description": LONG}}
    flow(home, "awkward", name=LONG, description=RIGHT_TO_LEFT, inputs=inputs, nodes=nodes)


def others(home: Workspace) -> None:
    """A step that goes on until it is stopped, one that asks, a flow of a thousand nodes, and one that is torn."""
    (home.root / "weft.toml").write_text("grace = 0\n")
    (home.root / "components").mkdir()
    (home.root / "components" / "wait.py").write_text(WAIT)
    flow(home, "waits", name="Waits", nodes={"wait": {"component": "wait"}})
    ask = {"component": "ask", "params": {"question": "Is this right, and would you sign it?"}}
    flow(home, "asks", name="Asks", nodes={"ask": ask})
    nodes = {f"n{i}": {"component": "text", "params": {"template": "x"}} for i in range(1_000)}
    places = {f"n{i}": [i % 40 * 320, i // 40 * 200] for i in range(1_000)}
    flow(home, "large", name="Large", nodes=nodes, layout={"nodes": places})
    (home.root / "flows" / "torn.json").write_text('{"format": 1, "nodes": ')


def versions(home: Workspace) -> None:
    """A flow in git, and what became of it since: a node came, one went, a text and a note were changed."""
    long = {"title": LONG, "component": "text", "params": {"template": RIGHT_TO_LEFT}}
    note = {"x": 0, "y": 260, "width": 240, "height": 90, "text": "Ask first"}
    layout = {"nodes": {"plan": [0, 0], "facts": [340, 0], "new": [340, 0]}, "notes": {"n": note}}
    plan = {"component": "text", "params": {"template": "In three lines"}}
    flow(home, "essay", name=LONG, nodes={"plan": plan, "facts": long}, layout=layout)
    for command in (["init", "-q"], ["add", "flows"], ["commit", "-qm", LONG]):
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *command], cwd=home.root, check=True
        )
    plan = {"component": "text", "params": {"template": "In five lines"}}
    layout["notes"] = {"n": {**note, "text": "Ask last"}}
    flow(home, "essay", name=LONG, nodes={"plan": plan, "new": {"component": "math"}}, layout=layout)


def many(home: Workspace) -> None:
    essay(home)
    awkward(home)
    for i in range(12):
        flow(home, f"flow_{i}", name=f"Flow {i}", nodes={"t": {"component": "text"}})
    (home.root / "flows" / "torn.json").write_text('{"format": 1, "nodes": ')


# --- hands -----------------------------------------------------------------------------------------------------------


def tab(name: str) -> Callable[[Page], Any]:
    return lambda page: Hands(page).tab(name)


def press(*keys: str, then: str) -> Callable[[Page], Any]:
    def reach(page: Page) -> None:
        page.locator(".w-canvas").focus()
        for key in keys:
            page.keyboard.press(key)
        page.locator(then).first.wait_for()

    return reach


def click(name: str, then: str, role: Any = "button") -> Callable[[Page], Any]:
    def reach(page: Page) -> None:
        page.get_by_role(role, name=name).first.click()
        page.locator(then).first.wait_for()

    return reach


def leave(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.locator(".q-dialog, .w-dialog, .w-prompt--large, .weft-dialog[open]")).to_have_count(0)


def there(path: str, then: str) -> Callable[[Page], Any]:
    """On another page of the same server."""

    def reach(page: Page) -> None:
        page.goto("/".join(page.url.split("/")[:3]) + path)
        page.locator(then).first.wait_for(state="attached")

    return reach


def run(words: str) -> Callable[[Page], Any]:
    def reach(page: Page) -> None:
        page.keyboard.press("Control+Enter")
        Hands(page).expect_run(words)

    return reach


def choose(node: str) -> Callable[[Page], Any]:
    def reach(page: Page) -> None:
        page.locator(".w-canvas").focus()
        page.locator(f'.weft-card[data-node="{node}"]:not([hidden]) .weft-title').click()
        page.locator(".w-inspector-head").wait_for()

    return reach


def written(name: str, text: str) -> Callable[[Page], Any]:
    """Write rubbish into a field: its form says what is wrong."""

    def reach(page: Page) -> None:
        field = Hands(page).field(name)
        field.scroll_into_view_if_needed()
        field.fill(text)
        field.press("Tab")
        page.locator(f'[data-field="{name}"] .w-field-error').wait_for()

    return reach


def unfold(page: Page) -> None:
    """Everything a form has."""
    folded = page.locator('.w-pane--right button.w-section-head[aria-expanded="false"]:visible')
    for left in range(folded.count(), 0, -1):
        folded.first.click()
        expect(folded).to_have_count(left - 1)


def nothing(_: Page) -> None:
    """As it is once it is there."""


def drop(page: Page) -> None:
    """Give the page a file of somebody else's."""
    fetch = {"component": "http", "params": {"url": "https://else.example/"}}
    text = json.dumps({"format": 1, "name": "A gift", "nodes": {"get": fetch}})
    file: Any = {"name": "gift.json", "mimeType": "application/json", "buffer": text.encode()}
    page.locator(".w-opener input").set_input_files(file)
    page.locator(".w-dialog h2").wait_for()


def deleted(page: Page) -> None:
    """Put a flow into the trash, and open that."""
    leave(page)
    click("What to do with Flow 3", ".w-menu--here")(page)
    page.get_by_role("menuitem", name="Move to the trash").click()
    page.locator(".w-undo:visible").wait_for()
    page.locator(".w-bin summary").click()
    page.locator(".w-bin-row").wait_for()


TABS = ("Problems", "Run", "Data", "History", "Compare", "Approvals", "Chat", "Changes", "Tests")
DIALOG = ".w-dialog h2"

PLACES: dict[str, Place] = {
    "empty": Place(
        "/flows/empty",
        (Look("an empty flow", nothing), *(Look(f"{name}, with nothing in it", tab(name)) for name in TABS)),
        files=lambda home: flow(home, "empty", nodes={}),
    ),
    "typical": Place(
        "/flows/essay",
        (
            Look("a flow", nothing),
            Look("a prompt's form", choose("essay")),
            Look("all of a prompt's form", unfold),
            Look("a bad number", written("essay/option/timeout", "soon")),
            Look("the large prompt editor", click("Edit prompt large", ".w-prompt--large .w-seen-message")),
            Look("the end of a run", lambda page: (leave(page), run("done")(page))),
            *(Look(f"{name}, after a run", tab(name)) for name in ("Run", "Data", "History", "Tests")),
            Look("do anything", press("Control+k", then=".weft-dialog[open]")),
            Look("the sheet", lambda page: (leave(page), press("?", then=".weft-sheet")(page))),
            Look("find", lambda page: (leave(page), press("Control+f", then=".weft-finder")(page))),
        ),
        files=essay,
    ),
    "versions": Place(
        "/flows/essay",
        (
            Look("two versions on the canvas", press("v", then=".weft-compared [data-diff]")),
            Look("a change of them", press("j", then=".w-changes-detail .w-part")),
        ),
        files=versions,
    ),
    "awkward": Place(
        "/flows/awkward",
        (
            Look("long names", nothing),
            Look("a failed run", run("failed")),
            Look("problems", tab("Problems")),
            Look("its history", tab("History")),
            Look("right to left", choose("rtl")),
        ),
        files=awkward,
    ),
    "gallery": Place(
        "/",
        (
            Look("many flows", nothing),
            Look("a card's menu", click("What to do with", ".w-menu--here")),
            Look("a new flow", lambda page: (page.keyboard.press("Escape"), click("New flow", DIALOG)(page))),
            Look("an import", lambda page: (leave(page), drop(page))),
            Look("what can be undone", deleted),
        ),
        files=many,
    ),
    "nothing": Place("/", (Look("an empty workspace", nothing),)),
    "others": Place(
        "/settings",
        (
            Look("the settings", nothing),
            Look("a secret", click("Keep a secret", DIALOG)),
            Look("a provider", lambda page: (leave(page), click("Edit OpenAI", DIALOG)(page))),
            Look("nothing waits", there("/waiting", ".w-asked")),
            Look("no such flow", there("/flows/nope", ".w-sorry")),
            Look("a flow that can't be read", there("/flows/torn", ".w-sorry")),
            Look("a thousand nodes", there("/flows/large", ".weft-card")),
            Look("a run", lambda page: (there("/flows/waits", ".weft-card")(page), run("running")(page))),
            Look("a question", lambda page: (there("/flows/asks", ".weft-card")(page), run("waiting")(page))),
            Look("approvals", tab("Approvals")),
        ),
        forgiven=("404", "422"),
        files=others,
    ),
    "broken": Place(
        "/settings",
        (Look("settings that can't be read", nothing),),
        forgiven=("422",),
        later=lambda home: (home.root / "weft.toml").write_text('model = "demo"\nparallel = many\n'),
    ),
}  # fmt: skip
