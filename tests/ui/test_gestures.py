"""Whatever a person does to a flow on the canvas: another tab sees it, and one undo takes it back, there too.

One server and two tabs for all of it: each gesture leaves the flow as it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.server.live import live_server
from tests.ui.conftest import Tabs
from tests.ui.hands import Hands, Point

from weft.workspace import Workspace

pytestmark = pytest.mark.browser
SIZE = (1700, 1050)


def prompt(text: str, **more: Any) -> dict[str, Any]:
    return {"component": "prompt", "params": {"prompt": text}, **more}


FLOW: dict[str, Any] = {
    "format": 1,
    "name": "Hands on",
    "inputs": {"topic": {"type": "text", "default": "tides"}},
    "outputs": {"answer": "third"},
    "nodes": {
        "first": prompt("What is {{topic}}?", inputs={"topic": "inputs.topic"}),
        "second": prompt("Say more.", inputs={"context": ["first"]}),
        "third": prompt("Sum it up.", inputs={"context": ["first", "second"]}),
        "join": {"component": "text", "params": {"template": "Both: {{parts}}"}},
        "alone": {"component": "text", "params": {"template": "Alone"}},
        "inner": {
            "component": "subtask",
            "params": {
                "flow": {
                    "format": 1,
                    "outputs": {"said": "say"},
                    "nodes": {"say": {"component": "text", "params": {"template": "Inside"}}},
                }
            },
        },
    },
    "layout": {
        "nodes": {
            "inputs": [0, 100],
            "first": [320, 0],
            "second": [700, 260],
            "third": [1080, 20],
            "outputs": [1460, 60],
            "join": [320, 560],
            "alone": [700, 560],
            "inner": [1080, 560],
        },
        "notes": {"hint": {"text": "Read me", "x": 0, "y": 330}},
        "frames": {"box": {"title": "Part", "x": 280, "y": -80, "width": 360, "height": 300}},
    },
}

SHOWN = """() => {
  const plain = (v) => Array.isArray(v) ? v.map(plain) : v && typeof v === 'object'
    ? Object.fromEntries(Object.entries(v).map(([k, one]) => [k, plain(one)])
      .filter(([, one]) => !(one && typeof one === 'object' && !Object.keys(one).length)).sort())
    : v;
  const { scene, protocol } = document.querySelector('.w-canvas > *').editor;
  return protocol.pending.length ? '' : JSON.stringify(plain(scene.flow));
}"""
ON_EDGE = """([key, t]) => {
  const { scene, camera, stage } = document.querySelector('.w-canvas > *').editor;
  const c = scene.edges.get(key).curve, u = 1 - t, r = stage.root.getBoundingClientRect();
  const at = (a, b, c, d) => u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d;
  const p = camera.toScreen({ x: at(c.x1, c.c1, c.c2, c.x2), y: at(c.y1, c.y1, c.y2, c.y2) });
  return [p.x + r.left, p.y + r.top];
}"""


class Person(Hands):
    """At the first of two tabs on one flow."""

    def __init__(self, page: Page, beside: Page) -> None:
        super().__init__(page)
        self.beside = beside

    def shown(self) -> str:
        shown: str = self.page.evaluate(SHOWN)
        return shown

    def expect_both(self, what: str, *, differs: bool = False) -> str:
        """Wait until the first tab shows it (or anything else), and the other the same: what either shows may still
        change, so both are looked at until they agree."""
        wanted = f"([what, differs]) => {{ const now = ({SHOWN})(); return now && (now === what) !== differs && now; }}"
        for _ in range(500):
            now, there = (
                page.wait_for_function(wanted, arg=[what, differs]).json_value()
                for page in (self.page, self.beside)
            )
            if now == there:
                return now
            self.beside.evaluate("() => new Promise(requestAnimationFrame)")
        raise AssertionError(f"the tabs don't agree: {now} and {there}")

    def on_edge(self, key: str, t: float = 0.5) -> Point:
        x, y = self.page.evaluate(ON_EDGE, [key, t])
        return x, y

    def at(self, x: float, y: float) -> Point:
        """A point of the plane, on the screen."""
        sx, sy = self.page.evaluate(
            """([x, y]) => {
              const { camera, stage } = document.querySelector('.w-canvas > *').editor;
              const p = camera.toScreen({x, y}), r = stage.root.getBoundingClientRect();
              return [p.x + r.left, p.y + r.top];
            }""",
            [x, y],
        )
        return sx, sy

    def pick(self, *nodes: str) -> None:
        """Select by clicks, the further ones with Shift."""
        self.click(self.title(nodes[0]))
        for node in nodes[1:]:
            self.page.keyboard.down("Shift")
            self.click(self.title(node))
            self.page.keyboard.up("Shift")

    def choose(self, words: str, offer: str = "Add a component") -> None:
        """From the list of components at the pointer."""
        self.page.get_by_role("combobox", name=offer).wait_for()
        self.type(words)
        self.press("Enter")


@pytest.fixture(scope="module")
def person(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    folder = tmp_path_factory.mktemp("hands")
    (folder / "flows").mkdir()
    (folder / "flows" / "all.json").write_text(json.dumps(FLOW))
    (folder / "flows" / "other.json").write_text(
        json.dumps({"format": 1, "name": "Other", "nodes": {"far": prompt("Far", title="Far away")}})
    )
    with live_server(Workspace(folder, env={}), ui=True) as live:
        tabs = Tabs(browser, live)
        beside = tabs.editor("all", size=SIZE)
        page = tabs.editor("all", size=SIZE)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        person = Person(page, beside)
        page.wait_for_function(f"() => ({SHOWN})().includes('third')")
        person.press("f")
        person.card("third").wait_for()
        yield person
        tabs.close()


FIRST_TO_SECOND = "data|second|context|first"
EMPTY = (330, 480)
FREE = (1220, 430)


def add_by_double_click(p: Person) -> None:
    p.mouse.dblclick(*p.at(*EMPTY))
    p.choose("prompt")


def add_by_tab(p: Person) -> None:
    p.click(p.at(*EMPTY))
    p.press("Tab")
    p.choose("text")


def add_from_palette(p: Person) -> None:
    item = p.page.locator('.w-palette-item[data-component="text"]')
    item.drag_to(p.page.locator(".w-canvas"), target_position={"x": 60, "y": 420})


def add_by_command(p: Person) -> None:
    p.press("Control+k")
    p.page.get_by_role("combobox", name="Do anything").wait_for()
    p.type("add text")
    p.press("Enter")


def connect(p: Person) -> None:
    p.drag(p.dot("second", "text", "out"), p.dot("join", "parts"))


def connect_by_keys(p: Person) -> None:
    p.pick("alone")
    p.press("c")
    p.page.locator(".weft-chooser label", has_text="Connect from Alone").wait_for()
    p.press("Enter")
    p.page.locator(".weft-chooser label", has_text="Alone · output to").wait_for()
    p.type("join")
    p.press("Enter")


def drop_on_nothing(p: Person) -> None:
    p.drag(p.dot("second", "text", "out"), p.at(*FREE))
    p.choose("json", "Add a component that fits")


def drop_a_prompt_on_nothing(p: Person) -> None:
    p.drag(p.dot("second", "text", "out"), p.at(*FREE))
    p.choose("prompt", "Add a component that fits")


def insert_on_edge(p: Person) -> None:
    p.mouse.dblclick(*p.on_edge(FIRST_TO_SECOND))
    p.choose("prompt", "Add a component")


def insert_by_dragging(p: Person) -> None:
    p.drag(p.title("join"), p.on_edge("output|outputs|answer|third"))


def reconnect(p: Person) -> None:
    p.drag(p.on_edge("data|third|context|second", 0.96), p.dot("join", "parts"))


def reconnect_by_keys(p: Person) -> None:
    p.pick("second")
    p.press("e")
    p.press("Shift+c")
    p.page.locator(".weft-chooser").wait_for()
    p.type("join")
    p.press("Enter")


def drag_an_edge_away(p: Person) -> None:
    p.drag(p.on_edge(FIRST_TO_SECOND, 0.96), p.at(*FREE))


def delete_an_edge(p: Person) -> None:
    p.pick("second")
    p.press("e")
    p.press("Delete")


def reorder(p: Person) -> None:
    p.pick("third")
    p.press("e")
    p.press("Alt+ArrowDown")


def move(p: Person) -> None:
    x, y = p.title("alone")
    p.drag((x, y), (x + 40, y + 30))


def move_several(p: Person) -> None:
    p.pick("alone", "join")
    x, y = p.title("join")
    p.drag((x, y), (x + 20, y + 40))


def nudge(p: Person) -> None:
    p.pick("alone")
    p.press("Shift+ArrowDown")


def keys(*presses: str, on: tuple[str, ...] = ("second", "third", "join")) -> Callable[[Person], None]:
    def do(p: Person) -> None:
        p.pick(*on)
        for press in presses:
            p.press(press)

    return do


def arrange(p: Person) -> None:
    p.click(p.at(*EMPTY))
    p.press("l")


def paste_text(p: Person) -> None:
    p.page.evaluate("navigator.clipboard.writeText('Write about {{topic}}.')")
    p.click(p.at(*EMPTY))
    p.press("Control+v")


def paste(p: Person) -> None:
    p.pick("first", "second")
    p.press("Control+c")
    p.click(p.at(*EMPTY))
    p.press("Control+v")


def by_menu_key(entry: str, node: str) -> Callable[[Person], None]:
    def do(p: Person) -> None:
        p.pick(node)
        p.press("Shift+F10")
        item = p.page.get_by_role("menuitem", name=entry)
        expect(p.page.get_by_role("menu").get_by_role("menuitem").first).to_be_focused()
        item.focus()
        p.press("Enter")

    return do


def collapse(p: Person) -> None:
    p.pick("first", "second")
    p.press("Control+g")


def inline(p: Person) -> None:
    p.pick("inner")
    p.press("Control+Shift+g")


def note(p: Person) -> None:
    p.click(p.at(*EMPTY))
    p.press("t")
    p.page.locator(".weft-sticky textarea").wait_for()
    p.press("Escape")


def note_by_menu(p: Person) -> None:
    from_menu("Add a note")(p)
    p.page.locator(".weft-sticky textarea").wait_for()
    p.press("Escape")


def frame_by_menu(p: Person) -> None:
    from_menu("Add a frame, around the selection", "join", "alone")(p)
    p.page.locator(".weft-frame textarea").wait_for()
    p.press("Escape")


def note_text(p: Person) -> None:
    p.mouse.dblclick(*p.at(100, 390))
    p.page.locator(".weft-sticky textarea").wait_for()
    p.type("Kept though left by Escape")
    p.press("Escape")


def frame(p: Person) -> None:
    p.pick("join", "alone")
    p.press("Shift+T")
    p.page.locator(".weft-frame textarea").wait_for()
    p.press("Escape")


def move_a_frame(p: Person) -> None:
    x, y = p.at(400, -62)
    p.drag((x, y), (x + 30, y - 20))


def resize(p: Person) -> None:
    x, y = p.at(232, 442)
    p.drag((x, y), (x + 30, y + 30))


def colour(p: Person) -> None:
    p.click(p.at(100, 390))
    p.press("k")


def replace(p: Person) -> None:
    p.click(p.at(*EMPTY))
    p.press("Control+f")
    dialog = p.page.get_by_role("dialog", name="Find and replace")
    dialog.wait_for()
    p.type("alone")
    dialog.get_by_label("Replace with").fill("together")
    dialog.get_by_role("button", name="Replace", exact=True).click()
    done(p)


def replace_by_keys(p: Person) -> None:
    p.click(p.at(*EMPTY))
    p.press("Control+f")
    dialog = p.page.get_by_role("dialog", name="Find and replace")
    dialog.wait_for()
    p.press("Control+a")
    p.type("sum it up")
    expect(dialog.get_by_role("status")).to_contain_text("1 found")
    p.press("Enter")
    p.press("Control+a")
    p.type("Add it up")
    expect(dialog.locator(".weft-after")).to_have_count(1)
    p.press("Enter")
    done(p)


def done(p: Person) -> None:
    """Nothing more is found; the dialog goes."""
    dialog = p.page.get_by_role("dialog", name="Find and replace")
    expect(dialog.get_by_role("status")).to_contain_text("Not found")
    p.press("Escape")
    expect(dialog).to_have_count(0)


def from_menu(entry: str, *nodes: str) -> Callable[[Person], None]:
    """By the right mouse button, on the last of these nodes or on nothing."""

    def do(p: Person) -> None:
        if nodes:
            p.pick(*nodes)
        p.mouse.click(*(p.title(nodes[-1]) if nodes else p.at(*EMPTY)), button="right")
        p.page.get_by_role("menuitem", name=entry).click()

    return do


def reorder_by_mouse(p: Person) -> None:
    p.drag(p.on_edge("data|third|context|second", 0.96), p.dot("third", "context", at=0))


def insert_by_enter(p: Person) -> None:
    p.pick("second")
    p.press("e")
    p.press("Enter")
    p.choose("prompt")


def paste_by_menu(p: Person) -> None:
    p.page.evaluate("navigator.clipboard.writeText('')")
    from_menu("Copy", "first", "second")(p)
    expect(p.page.locator(".weft-live")).to_have_text("Copied 2 nodes.")
    p.page.wait_for_function("async () => (await navigator.clipboard.readText()).includes('weft')")
    p.mouse.click(*p.at(*EMPTY), button="right")
    p.page.get_by_role("menuitem", name="Paste").click()


def add_after(p: Person) -> None:
    """By keys, what a loose end on nothing offers: from the outline."""
    p.pick("second")
    p.press("Alt+o")
    row = p.page.locator('[data-row="second"]')
    expect(row).to_be_focused()
    p.press("Shift+F10")
    p.page.get_by_role("menuitem", name="Add after…").focus()
    p.press("Enter")
    p.choose("json", "Add a component that fits")
    p.page.get_by_role("tab", name="Components").click()
    p.press("Alt+c")


def from_other(p: Person) -> None:
    """Copied in another flow, in another tab."""
    other = p.beside.context.new_page()
    p.beside.context.grant_permissions(["clipboard-read", "clipboard-write"])
    other.goto(p.page.url.replace("/flows/all", "/flows/other"))
    hands = Hands(other)
    hands.card("far").wait_for()
    other.bring_to_front()
    hands.click(hands.title("far"))
    hands.press("Control+c")
    expect(other.locator(".weft-live")).to_have_text("Copied Far away.")
    other.wait_for_function("async () => (await navigator.clipboard.readText()).includes('Far away')")
    other.close()
    p.page.bring_to_front()
    p.click(p.at(*EMPTY))
    p.press("Control+v")
    p.card("far").wait_for()


Case = tuple[str, str, Callable[[Person], None]]
ALIGN, SPREAD = keys("Alt+Shift+ArrowLeft"), keys("Alt+Shift+Y")
CASES: dict[str, Case] = {
    "add by double-click": ("add", "mouse", add_by_double_click),
    "add by Tab": ("add", "keys", add_by_tab),
    "add from the palette": ("add-from-palette", "mouse", add_from_palette),
    "add by command": ("add-from-palette", "keys", add_by_command),
    "connect": ("connect", "mouse", connect),
    "connect by keys": ("connect", "keys", connect_by_keys),
    "an edge let go on nothing": ("edge-on-nothing", "mouse", drop_on_nothing),
    "its ports come later": ("edge-on-nothing", "mouse", drop_a_prompt_on_nothing),
    "add after": ("edge-on-nothing", "keys", add_after),
    "insert by double-click": ("insert", "mouse", insert_on_edge),
    "insert by dragging": ("insert", "mouse", insert_by_dragging),
    "insert by Enter": ("insert", "keys", insert_by_enter),
    "reconnect": ("reconnect", "mouse", reconnect),
    "reconnect by keys": ("reconnect", "keys", reconnect_by_keys),
    "drag an edge away": ("disconnect", "mouse", drag_an_edge_away),
    "delete an edge": ("disconnect", "keys", delete_an_edge),
    "reorder by dragging": ("reorder", "mouse", reorder_by_mouse),
    "reorder": ("reorder", "keys", reorder),
    "move": ("move", "mouse", move),
    "move several": ("move", "mouse", move_several),
    "nudge": ("move", "keys", nudge),
    "align": ("align", "keys", ALIGN),
    "align by menu": ("align", "mouse", from_menu("Align top", "second", "third", "join")),
    "distribute": ("distribute", "keys", SPREAD),
    "distribute by menu": ("distribute", "mouse", from_menu("Distribute down", "second", "third", "join")),
    "arrange": ("arrange", "keys", arrange),
    "arrange by menu": ("arrange", "mouse", from_menu("Arrange the flow")),
    "arrange the selection": ("arrange", "keys", keys("Shift+L")),
    "cut": ("cut", "keys", keys("Control+x")),
    "cut by menu": ("cut", "mouse", from_menu("Cut", "second", "third")),
    "paste": ("copy-paste", "keys", paste),
    "paste by menu": ("copy-paste", "mouse", paste_by_menu),
    "paste what another tab copied": ("paste-elsewhere", "keys", from_other),
    "paste text": ("paste-text", "keys", paste_text),
    "duplicate": ("duplicate", "keys", keys("Control+d")),
    "duplicate by menu": ("duplicate", "mouse", from_menu("Duplicate", "second")),
    "duplicate by the menu's key": ("duplicate", "keys", by_menu_key("Duplicate", "second")),
    "delete": ("delete", "keys", keys("Delete")),
    "delete by menu": ("delete", "mouse", from_menu("Delete", "second")),
    "disable": ("disable", "keys", keys("d")),
    "disable by menu": ("disable", "mouse", from_menu("Disable or enable", "second")),
    "collapse": ("collapse", "keys", collapse),
    "collapse by menu": ("collapse", "mouse", from_menu("Collapse into a subtask", "first", "second")),
    "inline": ("inline", "keys", inline),
    "inline by menu": ("inline", "mouse", from_menu("Put its flow in its place", "inner")),
    "note": ("note", "keys", note),
    "note by menu": ("note", "mouse", note_by_menu),
    "resize a note": ("note", "mouse", resize),
    "colour a note": ("note", "keys", colour),
    "leave a note by Escape": ("note-escape", "keys", note_text),
    "frame": ("frame", "keys", frame),
    "frame by menu": ("frame", "mouse", frame_by_menu),
    "move a frame": ("frame", "mouse", move_a_frame),
    "replace": ("find", "mouse", replace),
    "replace by keys": ("find", "keys", replace_by_keys),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_seen_in_another_tab_and_one_undo_takes_it_back(person: Person, name: str) -> None:
    before = person.shown()
    CASES[name][2](person)
    person.expect_both(before, differs=True)
    person.press("Control+z")
    person.expect_both(before)
    person.press("Escape")


@pytest.mark.gesture("undo", "keys", "undo", "tab")
def test_undo_and_redo_outlive_a_reload(person: Person) -> None:
    before = person.shown()
    nudge(person)
    after = person.expect_both(before, differs=True)
    person.expect_saved("Saved")
    for key, wanted in (("Control+z", before), ("Control+Shift+z", after)):
        person.page.reload()
        person.card("third").wait_for()
        person.press(key)
        person.expect_both(wanted)
    person.press("Control+z")
    person.expect_both(before)
