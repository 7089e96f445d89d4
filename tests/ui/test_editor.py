"""The editor in Chromium: a person builds, runs, saves; what goes wrong is said where it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.chromium import PATIENCE
from tests.ui.conftest import Tabs, put
from tests.ui.hands import Hands

from weft.ui.session import Session
from weft.workspace import Workspace

pytestmark = pytest.mark.browser
FlowFile = Callable[..., Path]
TOPIC = {"topic": {"type": "text", "default": "the tides"}}


def prompt(text: str, **more: Any) -> dict[str, Any]:
    return {"component": "prompt", "params": {"prompt": text}, **more}


def two(flow_file: FlowFile) -> Path:
    """A prompt and one that builds on it, laid out."""
    return flow_file(
        "two",
        name="Two prompts",
        inputs=TOPIC,
        outputs={"answer": "second"},
        nodes={
            "first": prompt("What is {{topic}}?", inputs={"topic": "inputs.topic"}),
            "second": prompt("Say more.", inputs={"context": ["first"]}),
        },
        layout={
            "nodes": {"inputs": [0, 120], "first": [320, 60], "second": [700, 60], "outputs": [1080, 120]}
        },
    )


def on_disk(home: Workspace, slug: str) -> Any:
    return json.loads((home.root / "flows" / f"{slug}.json").read_text())


# --- building ------------------------------------------------------------------------------------------------------


@pytest.mark.gesture("build-and-run", "mouse")
def test_a_flow_built_with_the_mouse_runs_and_is_there_after_a_reload(tabs: Tabs, home: Workspace) -> None:
    page = tabs.open("/")
    page.get_by_role("button", name="New flow").first.click()
    page.get_by_label("Name").fill("Greeting")
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/flows/greeting")
    hands = Hands(page)

    page.locator('.w-palette-item[data-component="prompt"]').drag_to(
        page.locator(".w-canvas"), target_position={"x": 420, "y": 240}
    )
    hands.select("prompt")
    hands.field("prompt/param/prompt").fill("Greet {{name}} kindly.")
    hands.row("prompt", "name").wait_for()
    hands.expect_problems(1)

    hands.drag(hands.dot("inputs", "new input", "out"), hands.dot("prompt", "name"))
    hands.expect_problems(0)
    hands.drag(hands.dot("prompt", "text", "out"), hands.dot("outputs", "new output"))
    hands.click(hands.title("inputs"))
    hands.field("inputs/name/default").fill("Ada")
    hands.expect_saved("Saved")

    page.get_by_role("button", name="Run").first.click()
    hands.expect_run("done")
    hands.expect_card("prompt", "done")
    expect(page.get_by_role("log", name="Output of the step")).to_contain_text("demo model")
    page.get_by_role("tab", name="Messages").click()
    expect(page.locator(".w-message").filter(has_text="Greet Ada kindly.").first).to_be_visible()

    page.keyboard.press("Control+s")
    hands.expect_saved("Saved")
    page.reload()
    hands.row("prompt", "name").wait_for()
    hands.expect_saved("Saved")
    saved = on_disk(home, "greeting")
    assert saved["nodes"]["prompt"]["inputs"] == {"name": "inputs.name"}
    assert saved["inputs"]["name"]["default"] == "Ada"
    assert list(saved["outputs"].values()) == ["prompt"]


def test_a_flow_built_with_the_keyboard_alone(tabs: Tabs, home: Workspace, flow_file: FlowFile) -> None:
    flow_file("keys", name="Keys", nodes={})
    page = tabs.editor("keys")
    hands = Hands(page)
    hands.press("Control+k")
    page.get_by_role("combobox", name="Do anything").wait_for()
    hands.type("add prom")
    hands.press("Enter")
    hands.card("prompt").wait_for()
    hands.press("Enter")  # opens the node: the caret is in its prompt
    expect(hands.field("prompt/param/prompt")).to_be_focused()
    hands.type("Explain {{topic}} to a child.")
    expect(hands.field("prompt/param/topic")).to_be_visible()
    hands.press("Tab")  # past the way to wire the prompt's port, to the field of the new one
    hands.field("prompt/param/topic").focus()
    hands.type("gravity")
    hands.press("Control+s")
    hands.expect_saved("Saved")
    params = {"prompt": "Explain {{topic}} to a child.", "topic": "gravity"}
    eventually(page, lambda: on_disk(home, "keys")["nodes"]["prompt"].get("params") == params)
    hands.press("Control+Enter")
    hands.expect_run("done")


def test_a_port_is_wired_from_the_form(tabs: Tabs, flow_file: FlowFile) -> None:
    two(flow_file)
    page = tabs.editor("two")
    hands = Hands(page)
    hands.select("second")
    hands.field("second/param/prompt").fill("Say more of {{topic}}.")
    page.locator('[data-field="second/param/topic"] .w-pick').select_option("inputs.topic")
    expect(page.locator('[data-field="second/wire/topic"]')).to_contain_text("inputs.topic")
    page.locator('[data-field="second/wire/topic"]').get_by_role("button", name="Disconnect").click()
    expect(hands.field("second/param/topic")).to_be_visible()


def test_undo_and_redo_follow_the_person(tabs: Tabs, flow_file: FlowFile) -> None:
    two(flow_file)
    page = tabs.editor("two")
    hands = Hands(page)
    hands.select("first")
    hands.press("Delete")
    expect(hands.card("first")).to_have_count(0)
    hands.press("Control+z")
    hands.card("first").wait_for()
    expect(hands.row("second", "context")).to_have_count(2)
    page.get_by_role("button", name="Redo").click()
    expect(hands.card("first")).to_have_count(0)


def test_the_caret_stays_where_one_types(tabs: Tabs, flow_file: FlowFile) -> None:
    two(flow_file)
    page = tabs.editor("two")
    hands = Hands(page)
    hands.select("second")
    area = hands.field("second/param/prompt")
    area.fill("")
    for piece in ("About {{a}}", " and {{b}}", " and {{c}}"):
        hands.type(piece)
        expect(hands.field(f"second/param/{piece[-3]}")).to_be_visible()
        expect(area).to_be_focused()
    expect(area).to_have_value("About {{a}} and {{b}} and {{c}}")


def test_an_edge_that_would_close_a_cycle_is_refused_with_the_reason(tabs: Tabs, flow_file: FlowFile) -> None:
    two(flow_file)
    page = tabs.editor("two")
    hands = Hands(page)
    start, end = hands.dot("second", "messages", "out"), hands.dot("first", "context")
    hands.mouse.move(*start)
    hands.mouse.down()
    hands.mouse.move(*end, steps=8)
    expect(page.locator(".weft-tip")).to_contain_text("loop")
    hands.mouse.up()
    hands.expect_saved("Saved")


# --- problems ------------------------------------------------------------------------------------------------------


def test_a_problem_is_listed_reached_and_fixed(tabs: Tabs, flow_file: FlowFile) -> None:
    flow_file(
        "wrong",
        inputs=TOPIC,
        nodes={"ask": prompt("About {{topic}}", inputs={"topic": "inputs.topik"})},
        layout={"nodes": {"ask": [200, 100]}},
    )
    page = tabs.editor("wrong")
    hands = Hands(page)
    hands.tab("Problems")
    problem = page.locator(".w-problem").filter(has_text="topik").first
    problem.locator(".w-problem-go").click()
    expect(page.locator(".w-inspector-title")).to_have_text("Ask")
    problem.locator(".w-button").click()  # what it does stands on it
    expect(page.locator(".w-problem").filter(has_text="topik")).to_have_count(0)
    hands.expect_saved("Saved")


def test_a_flow_with_problems_shows_them_instead_of_running(tabs: Tabs, flow_file: FlowFile) -> None:
    flow_file("wrong", nodes={"ask": prompt("About {{topic}}")})
    page = tabs.editor("wrong")
    page.get_by_role("button", name="Run").first.click()
    expect(page.locator(".w-problem").first).to_be_visible()
    expect(page.locator(".w-toast")).to_contain_text("problems")


def test_bad_json_is_said_at_its_field_and_loses_nothing(tabs: Tabs, flow_file: FlowFile) -> None:
    flow_file("json", nodes={"make": {"component": "json"}}, layout={"nodes": {"make": [200, 100]}})
    page = tabs.editor("json")
    hands = Hands(page)
    page.locator(".w-section-head", has_text="State").click()
    hands.field("flow/state/value").fill('{"a": [1, 2}')
    expect(page.locator('[data-field="flow/state/value"] .w-field-error')).to_contain_text("Not valid JSON")
    hands.select("make")
    hands.click(hands.empty(0, 500))
    expect(hands.field("flow/state/value")).to_have_value('{"a": [1, 2}')
    hands.expect_saved("Saved")


# --- running -------------------------------------------------------------------------------------------------------


def test_a_run_can_be_stopped(tabs: Tabs, flow_file: FlowFile) -> None:
    long = " ".join(["word"] * 4000)
    flow_file(
        "long",
        nodes={name: prompt(f"{long} {name}") for name in "abcdefgh"},
        layout={"nodes": {name: [320 * index, 0] for index, name in enumerate("abcdefgh")}},
    )
    page = tabs.editor("long")
    hands = Hands(page)
    page.get_by_role("button", name="Run").first.click()
    page.get_by_role("button", name="Stop").click()
    hands.expect_run("cancelled")
    expect(page.get_by_role("button", name="Run").first).to_be_visible()


def test_a_failed_step_says_why_and_what_to_do(tabs: Tabs, flow_file: FlowFile) -> None:
    flow_file("fail", nodes={"pick": {"component": "json", "params": {"value": {"a": 1}, "pick": "b"}}})
    page = tabs.editor("fail")
    hands = Hands(page)
    hands.press("Control+Enter")
    hands.expect_run("failed")
    box = page.locator(".w-detail .w-box--error")
    expect(box).to_contain_text("There is no 'b' in the JSON")
    expect(box).to_contain_text("Look at the step before")


def test_an_input_without_a_value_is_asked_for(tabs: Tabs, flow_file: FlowFile) -> None:
    flow_file(
        "ask", inputs={"topic": {"type": "text"}}, nodes={"a": prompt("{{t}}", inputs={"t": "inputs.topic"})}
    )
    page = tabs.editor("ask")
    hands = Hands(page)
    hands.press("Control+Enter")
    expect(page.locator('[data-field="run/topic"] .w-field-error')).to_contain_text("give it a value")
    hands.field("run/topic").fill("sand")
    hands.press("Control+Enter")
    hands.expect_run("done")


def test_a_tab_that_comes_late_sees_the_run(tabs: Tabs, flow_file: FlowFile) -> None:
    two(flow_file)
    hands = Hands(tabs.editor("two"))
    hands.press("Control+Enter")
    hands.expect_run("done")
    late = Hands(tabs.editor("two"))
    late.expect_run("done")
    late.expect_card("second", "done")


def test_closing_a_tab_stops_nothing(tabs: Tabs, flow_file: FlowFile) -> None:
    names = "abcdefgh"
    flow_file(
        "chain",
        nodes={
            name: prompt(f"Step {name}", inputs={"context": [names[i - 1]]} if i else {})
            for i, name in enumerate(names)
        },
        layout={"nodes": {name: [320 * i, 0] for i, name in enumerate(names)}},
    )
    first = tabs.editor("chain")
    Hands(first).press("Control+Enter")
    Hands(first).expect_run("running")
    first.context.close()
    second = Hands(tabs.editor("chain"))
    second.tab("Run")
    second.expect_run("done")
    expect(second.page.locator(".w-step")).to_have_count(len(names))


# --- several tabs, and the file --------------------------------------------------------------------------------------


def test_two_tabs_stay_in_step(tabs: Tabs, flow_file: FlowFile) -> None:
    two(flow_file)
    here, there = Hands(tabs.editor("two")), Hands(tabs.editor("two"))
    there.select("first")
    here.select("first")
    here.field("first/title").fill("Opening")
    there.expect_card("first", "Opening")
    expect(there.field("first/title")).to_have_value("Opening")
    there.select("second")
    there.press("Delete")
    expect(here.card("second")).to_have_count(0)
    here.expect_saved("Saved")
    there.press("Control+s")
    here.expect_saved("Saved")
    here.press("Escape")
    here.click(here.empty(0, 500))
    here.press("Control+z")  # what this person did, not the deletion of the other
    there.expect_card("first", "First")
    expect(here.card("second")).to_have_count(0)


def test_a_tab_that_lost_its_connection_catches_up(tabs: Tabs, flow_file: FlowFile) -> None:
    two(flow_file)
    here, there = Hands(tabs.editor("two")), Hands(tabs.editor("two"))
    here.page.evaluate("window.socket.disconnect()")
    there.select("first")
    there.field("first/title").fill("Meanwhile")
    there.expect_card("first", "Meanwhile")
    here.page.evaluate("window.socket.connect()")
    here.expect_card("first", "Meanwhile")
    here.select("second")
    here.field("second/title").fill("Back again")
    there.expect_card("second", "Back again")


def test_what_breaks_is_told_with_the_id_that_the_log_has(
    tabs: Tabs,
    flow_file: FlowFile,
    home: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_: Session) -> None:
        raise RuntimeError("the secret detail")

    two(flow_file)
    page = tabs.editor("two")
    hands = Hands(page)
    hands.field("flow/description").fill("Mine")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    eventually(page, lambda: on_disk(home, "two").get("description") == "Mine")
    hands.expect_saved("Saved")
    monkeypatch.setattr(Session, "undo", broken)
    page.get_by_role("button", name="Undo").click()
    toast = page.locator(".w-toast")
    expect(toast).to_contain_text("Something went wrong")
    assert "secret" not in toast.inner_text()
    identity = toast.inner_text().split("error ")[1][:8]
    assert f"Shown to the person as error {identity}" in caplog.text


def eventually(page: Page, holds: Callable[[], bool]) -> None:
    """Wait until it is so, which nothing on the page tells."""
    for _ in range(PATIENCE // 25):
        if holds():
            return
        page.wait_for_timeout(25)
    raise AssertionError("it did not come true")


@pytest.fixture
def waiting_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for before the server: files are written when somebody asks for it, and looked at when somebody comes back."""
    monkeypatch.setattr("weft.workspace.editing.keeping.PAUSE", 1000.0)
    monkeypatch.setattr("weft.workspace.editing.keeping.LONGEST", 1000.0)
    monkeypatch.setattr("weft.workspace.upkeep.GLANCE", 1000.0)


def test_an_edit_is_saved_and_its_file_follows(tabs: Tabs, flow_file: FlowFile, home: Workspace) -> None:
    two(flow_file)
    page = tabs.editor("two")
    hands = Hands(page)
    hands.field("flow/description").fill("Mine")
    eventually(page, lambda: on_disk(home, "two").get("description") == "Mine")
    hands.expect_saved("Saved")
    page.reload()
    expect(hands.field("flow/description")).to_have_value("Mine")
    page.get_by_role("button", name="Undo").click()
    expect(hands.field("flow/description")).to_have_value("")
    eventually(page, lambda: "description" not in on_disk(home, "two"))


def test_what_was_just_typed_outlives_a_reload(tabs: Tabs, flow_file: FlowFile, home: Workspace) -> None:
    two(flow_file)
    page = tabs.editor("two")
    hands = Hands(page)
    hands.field("flow/description").fill("Typed at the last moment")
    page.reload()
    expect(hands.field("flow/description")).to_have_value("Typed at the last moment")


def test_what_another_program_writes_is_seen_in_every_tab(
    tabs: Tabs, flow_file: FlowFile, home: Workspace
) -> None:
    two(flow_file)
    here, there = Hands(tabs.editor("two")), Hands(tabs.editor("two"))
    plain = on_disk(home, "two")
    plain["nodes"]["first"]["title"] = "From outside"
    flow_file("two", **plain)
    for hands in (here, there):
        hands.expect_card("first", "From outside")
        expect(hands.page.locator(".w-toast")).to_contain_text("changed on disk")
    here.select("second")
    here.field("second/title").fill("From here")
    there.expect_card("second", "From here")


def test_a_file_changed_on_disk_is_not_overwritten_unasked(
    waiting_files: None, tabs: Tabs, flow_file: FlowFile, home: Workspace
) -> None:
    two(flow_file)
    page = tabs.editor("two")
    hands = Hands(page)
    hands.field("flow-name").fill("Mine")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    flow_file("two", name="Theirs", nodes={})
    page.keyboard.press("Control+s")
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("changed by another program where it was changed here too: name")
    dialog.get_by_role("button", name="Cancel").click()
    assert on_disk(home, "two")["name"] == "Theirs"
    hands.expect_saved("Changed on disk")
    page.locator(".w-saved").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Overwrite").click()
    hands.expect_saved("Saved")
    assert on_disk(home, "two")["name"] == "Mine"
    (kept,) = (home.root / ".weft" / "aside").iterdir()
    assert "Theirs" in kept.read_text()


def test_mine_can_be_kept_as_a_copy_and_theirs_read(
    waiting_files: None, tabs: Tabs, flow_file: FlowFile, home: Workspace
) -> None:
    two(flow_file)
    page = tabs.editor("two")
    hands = Hands(page)
    hands.field("flow-name").fill("Mine")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    flow_file("two", name="Theirs", nodes={"only": prompt("Hi")}, layout={"nodes": {"only": [200, 100]}})
    page.keyboard.press("Control+s")
    page.get_by_role("alertdialog").get_by_role("button", name="Keep mine as a copy").click()
    hands.card("only").wait_for()
    expect(hands.field("flow-name")).to_have_value("Theirs")
    hands.expect_saved("Saved")
    assert sorted(on_disk(home, "mine_mine")["nodes"]) == ["first", "second"]


def test_a_file_that_breaks_or_goes_is_said_and_nothing_is_lost(
    tabs: Tabs, flow_file: FlowFile, home: Workspace
) -> None:
    path = two(flow_file)
    page = tabs.editor("two")
    hands = Hands(page)
    hands.field("flow/description").fill("Mine")
    eventually(page, lambda: on_disk(home, "two").get("description") == "Mine")
    put(path, '{"format": 1,')
    hands.expect_saved("Broken on disk")
    expect(page.locator(".w-toast").first).to_contain_text("two.json:1:13")
    page.locator(".w-saved").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Overwrite").click()
    hands.expect_saved("Saved")
    assert on_disk(home, "two")["description"] == "Mine"
    path.rename(path.with_name("other.json"))
    hands.expect_saved("File is gone")
    page.locator(".w-saved").click()
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("It seems to have been renamed to 'other.json'.")
    dialog.get_by_role("button", name="Save it again").click()
    hands.expect_saved("Saved")
    assert on_disk(home, "two")["description"] == "Mine"


# --- the look --------------------------------------------------------------------------------------------------------


def expect_bar(page: Page, colour: str) -> None:
    expect(page.locator(".w-top")).to_have_css("background-color", colour)


def test_the_theme_follows_the_system_until_one_is_chosen(tabs: Tabs, flow_file: FlowFile) -> None:
    two(flow_file)
    page = tabs.editor("two", theme="dark")
    expect_bar(page, "rgb(26, 28, 45)")
    theme = page.get_by_role("button", name="Theme")
    theme.click()  # light
    expect(page.locator("body.body--light")).to_have_count(1)
    expect_bar(page, "rgb(255, 255, 255)")
    page.reload()
    page.wait_for_selector(".w-editor")
    expect_bar(page, "rgb(255, 255, 255)")


def test_the_shortcuts_are_on_a_sheet(tabs: Tabs, flow_file: FlowFile) -> None:
    two(flow_file)
    page = tabs.editor("two")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Shortcuts")).to_contain_text("Ctrl Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Shortcuts")).to_have_count(0)


def test_hostile_text_stays_text(tabs: Tabs, flow_file: FlowFile) -> None:
    evil = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>{{constructor}}'
    flow_file(
        "evil",
        name=evil,
        description=evil,
        inputs={"topic": {"type": "text", "default": evil, "description": evil}},
        nodes={"a": {"component": "text", "title": evil, "params": {"template": evil}}},
        layout={"nodes": {"a": [200, 100]}},
    )
    page = tabs.editor("evil")
    hands = Hands(page)
    hands.select("a")
    hands.tab("Problems")
    hands.tab("Run")
    page.goto(page.url.replace("/flows/evil", "/"))
    page.get_by_text("<img src=x").first.wait_for()
    assert page.evaluate("window.hurt") is None
