"""Adding, deleting, duplicating, copying; and the keys that ask the page for something."""

from __future__ import annotations

import json

import pytest
from tests.canvas.drive import Canvas, essay, flow, node, pair, report

pytestmark = pytest.mark.browser

DROP = """([component, x, y]) => {
  const data = new DataTransfer();
  data.setData('application/x-weft-component', component);
  for (const type of ['dragover', 'drop']) {
    document.querySelector('.weft-canvas').dispatchEvent(
      new DragEvent(type, {dataTransfer: data, clientX: x, clientY: y, bubbles: true, cancelable: true}));
  }
}"""


@pytest.mark.gesture("add-from-palette", "mouse")
def test_a_component_dropped_from_the_palette_becomes_a_node_there(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.call(DROP, ["web", 600, 700])
    assert canvas.ops() == [{"op": "add-node", "id": "web_2", "node": {"component": "web"}, "at": [556, 777]}]
    assert canvas.labels() == ["Add Web tool"]
    assert canvas.selection() == ["web_2"]
    canvas.page.wait_for_function("() => weft.editor.scene.boxes.get('web_2').rows.length === 2")


def test_anything_else_dropped_is_left_alone(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.call(
        """() => {
          const data = new DataTransfer();
          data.setData('text/plain', 'prompt');
          const event = new DragEvent('dragover', {dataTransfer: data, bubbles: true, cancelable: true});
          document.querySelector('.weft-canvas').dispatchEvent(event);
          return event.defaultPrevented;
        }"""
    )
    assert canvas.ops() == []


def test_components_added_by_click_do_not_cover_each_other(canvas: Canvas) -> None:
    canvas.open(flow({}, {}), at=(0, 0, 1))
    for _ in range(3):
        canvas.call("() => weft.editor.command('add', {component: 'prompt@2'})")
    ids = list(canvas.shown()["nodes"])
    assert ids == ["prompt", "prompt_2", "prompt_3"]
    places = canvas.shown()["layout"]["nodes"]
    assert len({tuple(places[name]) for name in ids}) == 3


@pytest.mark.gesture("hint", "keys")
def test_an_empty_flow_says_how_to_begin_and_tab_opens_the_palette(canvas: Canvas) -> None:
    canvas.open(flow({}, {}))
    assert canvas.page.get_by_text("An empty flow").is_visible()
    canvas.call("() => weft.editor.stage.root.focus()")
    canvas.press("Tab")
    assert [c["name"] for c in canvas.commands()] == ["palette"]
    canvas.call("() => weft.editor.command('add', {component: 'web'})")
    assert not canvas.page.get_by_text("An empty flow").is_visible()


@pytest.mark.gesture("add", "mouse")
def test_a_double_click_on_nothing_opens_the_palette_and_the_node_goes_there(canvas: Canvas) -> None:
    canvas.open(pair(), at=(0, 0, 1))
    canvas.mouse.dblclick(400, 600)
    assert canvas.commands() == [{"name": "palette", "at": [400, 600], "screen": [400, 600]}]
    canvas.call("() => weft.editor.command('add', {component: 'web'})")
    assert canvas.ops()[0]["at"] == [256, 577]


@pytest.mark.gesture("add", "keys")
def test_after_a_click_on_nothing_tab_opens_the_palette_at_the_pointer(canvas: Canvas) -> None:
    canvas.open(pair(), at=(0, 0, 1))
    canvas.click((400, 600))
    canvas.press("Tab")
    assert canvas.commands()[0]["at"] == [400, 600]
    assert canvas.focused() is None


@pytest.mark.gesture("open", "mouse", "keys")
def test_enter_and_double_click_open_a_node(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.mouse.dblclick(*canvas.title("web"))
    canvas.walk_to("source")
    canvas.press("Enter")
    assert canvas.heard("open") == [{"node": "web"}, {"node": "source"}]


# Deleting -------------------------------------------------------------------------------------------------------


@pytest.mark.gesture("delete", "keys")
def test_delete_removes_the_selected_nodes_and_their_edges(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.click(canvas.title("research"))
    canvas.press("Delete")
    assert canvas.ops() == [{"op": "remove-node", "id": "research"}]
    assert canvas.shown()["nodes"]["report"]["inputs"] == {}
    assert canvas.selection() == ["web"]
    assert canvas.focused() == "web"
    assert canvas.said() == "Deleted Research."


def test_several_are_deleted_in_one_batch(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.call("() => weft.editor.stage.root.focus()")
    canvas.press("Control+a", "Backspace")
    assert canvas.labels() == ["Delete 4 nodes"]
    assert canvas.document()["nodes"] == {}


def test_the_cards_of_the_flow_itself_stay(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.walk_to("inputs")
    canvas.press("Delete")
    assert canvas.ops() == []
    assert canvas.said().startswith("The cards of the flow's inputs and outputs stay.")


# Duplicating and the clipboard ----------------------------------------------------------------------------------


@pytest.mark.gesture("duplicate", "keys")
def test_duplicate_keeps_edges_among_the_copies_and_from_outside(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.walk_to("research")
    canvas.press("Space", "Tab", "Tab", "Space", "Control+d")
    added = {change["id"]: change for change in canvas.ops()}
    assert list(added) == ["research_2", "report_2"]
    assert added["research_2"]["node"]["inputs"] == {"question": "source", "files": "source.attachments"}
    assert added["report_2"]["node"]["inputs"] == {"draft": "research_2", "sources": "research_2.sources"}
    assert added["research_2"]["at"] == [660, 80]
    assert canvas.selection() == ["report_2", "research_2"]


@pytest.mark.gesture("copy-paste", "keys")
def test_copy_and_paste_through_the_systems_clipboard(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.click(canvas.title("research"))
    canvas.press("Control+c")
    copied = json.loads(canvas.call("() => navigator.clipboard.readText()"))
    assert copied["weft"] == 1
    assert list(copied["nodes"]) == ["research"]
    canvas.mouse.move(400, 700)
    canvas.press("Control+v")
    [change] = canvas.ops()
    assert (change["op"], change["id"]) == ("add-node", "research_2")
    assert change["node"]["inputs"] == {"question": "source", "files": "source.attachments"}
    assert canvas.selection() == ["research_2"]
    x, y = canvas.title("research_2")
    assert abs(x - 400) < 5
    assert abs(y - 700) < 120


@pytest.mark.gesture("cut", "keys")
@pytest.mark.gesture("paste-elsewhere", "keys")
def test_cut_and_paste_into_another_flow_leaves_out_what_it_does_not_have(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.click(canvas.title("report"))
    canvas.press("Control+x")
    assert canvas.ops() == [{"op": "remove-node", "id": "report"}]
    canvas.open(flow({"research": node("text")}), "other")
    canvas.press("Control+v")
    chooser = canvas.page.locator(".weft-chooser")
    assert chooser.get_by_role("option").all_inner_texts() == [
        "Paste alone\nWithout the 2 edges from outside",
        "Paste and connect\nWith the 2 edges from what is called the same here",
    ]
    canvas.press("ArrowDown", "Enter")
    [change] = canvas.ops()
    assert change["id"] == "report"
    assert change["node"] == {
        "component": "report",
        "inputs": {"draft": "research", "sources": "research.sources"},
    }
    canvas.open(flow({"other": node("text")}), "third")
    canvas.press("Control+v")
    assert canvas.ops()[0]["node"] == {"component": "report"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"weft": 1, "nodes": ', "it is no JSON ("),
        ('{"weft": 2, "nodes": {"a": {"component": "web"}}}', "it is of version 2"),
        ('{"weft": 1, "nodes": {}}', "it holds no nodes"),
        ('{"weft": 1, "nodes": {"__proto__": {"component": "web"}}}', "is no name of a node"),
        ('{"weft": 1, "nodes": {"A b": {"component": "web"}}}', '"A b" is no name of a node'),
        ('{"weft": 1, "nodes": {"a": {"component": 3}}}', "names no component"),
        ('{"weft": 1, "nodes": {"a": {"component": "web", "inputs": []}}}', "are no object"),
        ('{"weft": 1, "nodes": [1]}', "'nodes' is no object"),
        ('{"weft": 1, "notes": {"a": 3}}', "a note in it is no object"),
    ],
)
@pytest.mark.gesture("paste-rubbish", "keys")
def test_what_is_broken_is_not_pasted_and_the_person_told_why(canvas: Canvas, text: str, why: str) -> None:
    canvas.open(pair())
    canvas.call("() => weft.editor.stage.root.focus()")
    canvas.call("text => navigator.clipboard.writeText(text)", text)
    canvas.press("Control+v")
    assert canvas.ops() == []
    assert canvas.said().startswith("This can't be pasted: ")
    assert why in canvas.said()


@pytest.mark.gesture("paste-text", "keys")
def test_other_text_that_is_pasted_becomes_a_prompt(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.call("() => weft.editor.stage.root.focus()")
    canvas.call("text => navigator.clipboard.writeText(text)", "  Write about {{topic}}.\n")
    canvas.mouse.move(700, 600)
    canvas.press("Control+v")
    [change] = canvas.ops()
    assert (change["op"], change["id"]) == ("add-node", "prompt")
    assert change["node"] == {"component": "prompt", "params": {"prompt": "Write about {{topic}}."}}
    assert canvas.selection() == ["prompt"]


def test_pasted_text_is_never_markup(canvas: Canvas) -> None:
    canvas.open(pair())
    hostile = {
        "weft": 1,
        "nodes": {"a": node("web", title="<img src=x onerror=alert(1)>", params={"query": "<b>hi</b>"})},
    }
    canvas.call("text => weft.editor.actions.paste(text, {x: 500, y: 500})", json.dumps(hostile))
    canvas.frames()
    assert canvas.card("a").locator(".weft-title").inner_text() == "<img src=x onerror=alert(1)>"
    assert canvas.page.locator(".weft-card img, .weft-said b").count() == 0


# What the page is asked for -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("Control+z", "undo"),
        ("Control+Shift+Z", "redo"),
        ("Control+y", "redo"),
        ("Control+s", "save"),
        ("Control+Enter", "run"),
        ("Control+Shift+Enter", "run-fresh"),
    ],
)
@pytest.mark.gesture("undo", "keys")
def test_keys_ask_the_page(canvas: Canvas, key: str, command: str) -> None:
    canvas.open(pair())
    canvas.walk_to("web")
    canvas.press(key)
    assert [c["name"] for c in canvas.commands()] == [command]


def test_letters_belong_to_a_field_outside_and_saving_works_from_there(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.click(canvas.title("web"))
    canvas.call(
        "() => { const i = document.createElement('input'); i.id = 'field'; document.body.append(i); i.focus(); }"
    )
    canvas.keyboard.type("cfe")
    canvas.press("Delete", "Control+z", "Control+s")
    assert canvas.call("() => document.getElementById('field').value") != "cfe"
    assert canvas.ops() == []
    assert [c["name"] for c in canvas.commands()] == ["save"]
    canvas.call("() => document.getElementById('field').remove()")


@pytest.mark.parametrize("way", ["key", "command"])
@pytest.mark.gesture("arrange", "keys")
def test_arranging_is_one_move_of_everything(canvas: Canvas, way: str) -> None:
    canvas.open(essay())
    if way == "key":
        canvas.walk_to("outline")
        canvas.press("l")
    else:
        canvas.call("() => weft.editor.command('arrange')")
    [change] = canvas.ops()
    assert sorted(change["positions"]) == ["essay", "inputs", "outline", "outputs", "pros_cons"]
    xs = [change["positions"][name][0] for name in ("inputs", "pros_cons", "outline", "essay", "outputs")]
    assert xs == sorted(xs)


def test_more_ports_are_shown_when_asked_and_an_edge_can_go_there(canvas: Canvas) -> None:
    canvas.open(flow({"source": node("source"), "prompt": node("prompt")}))
    more = canvas.card("prompt").get_by_role("button")
    canvas.card("prompt").hover()
    assert more.get_attribute("aria-label") == "Show 3 more ports"
    canvas.walk_to("prompt")
    canvas.press("p")
    canvas.drag(canvas.port("source", "text"), canvas.port("prompt", "system"))
    assert canvas.ops() == [{"op": "connect", "node": "prompt", "port": "system", "ref": "source"}]
    more.click()
    canvas.frames()
    rows = canvas.card("prompt").locator(".weft-row span").all_inner_texts()
    assert rows == ["context", "system", "text", "messages"]
