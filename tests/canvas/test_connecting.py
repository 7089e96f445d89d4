"""Edges: drawn, refused, moved, removed, reordered; each with the mouse and each with the keyboard alone."""

from __future__ import annotations

import pytest
from tests.canvas.drive import Canvas, essay, flow, node, pair, report

pytestmark = pytest.mark.browser

QUERY = {"op": "connect", "node": "web", "port": "query", "ref": "source"}
NOWHERE = (1300.0, 780.0)


@pytest.mark.gesture("connect", "mouse")
def test_from_an_output_to_an_input(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.drag(canvas.port("source", "text"), canvas.port("web", "query"))
    assert canvas.ops() == [QUERY]
    assert canvas.labels() == ["Connect Source to Web"]
    assert canvas.said() == "Connect Source to Web."
    assert canvas.document()["nodes"]["web"]["inputs"] == {"query": "source"}


def test_backwards_from_an_input_to_an_output_that_is_not_the_main_one(canvas: Canvas) -> None:
    canvas.open(flow({"research": node("research"), "report": node("report")}))
    canvas.drag(canvas.port("report", "sources"), canvas.port("research", "sources"))
    assert canvas.ops() == [{"op": "connect", "node": "report", "port": "sources", "ref": "research.sources"}]


@pytest.mark.gesture("snap", "mouse")
def test_a_loose_end_jumps_to_a_port_within_20_pixels_and_not_beyond(canvas: Canvas) -> None:
    canvas.open(pair())
    x, y = canvas.port("web", "query")
    canvas.drag(canvas.port("source", "text"), (x - 16, y + 10))
    assert canvas.ops() == [QUERY]
    canvas.open(pair())
    canvas.drag(canvas.port("source", "text"), (x - 21, y + 10))
    assert canvas.ops() == []


@pytest.mark.gesture("fitting", "mouse")
def test_while_drawing_ports_that_fit_are_lit_and_others_fade_with_the_reason(canvas: Canvas) -> None:
    canvas.open(flow({"source": node("source"), "research": node("research"), "add": node("add")}))
    canvas.drag(canvas.port("source", "attachments"), (520, 700), drop=False)
    state = "([id, i]) => document.querySelectorAll(`.weft-card[data-node=${id}] .weft-row`)[i].className"
    assert "weft-port-dim" in canvas.call(state, ["research", 0])
    assert "weft-port-fits" in canvas.call(state, ["research", 1])
    assert "weft-port-dim" in canvas.call(state, ["add", 0])
    canvas.mouse.move(*canvas.port("add", "a"))
    canvas.frames()
    assert canvas.tip() == "A file value doesn't fit a, which takes number."
    canvas.mouse.move(*canvas.port("research", "files"))
    canvas.frames()
    assert canvas.tip() == "Research · files"
    canvas.mouse.up()
    assert canvas.ops() == [
        {"op": "connect", "node": "research", "port": "files", "ref": "source.attachments"}
    ]
    assert "weft-port" not in canvas.call(state, ["add", 0])


@pytest.mark.gesture("fitting", "mouse")
def test_a_type_that_does_not_fit_is_refused_with_the_reason(canvas: Canvas) -> None:
    canvas.open(flow({"source": node("source"), "add": node("add")}))
    canvas.drag(canvas.port("source", "text"), canvas.port("add", "b"))
    assert canvas.ops() == []
    assert canvas.tip() == "A text value doesn't fit b, which takes number."
    assert canvas.said() == canvas.tip()


def test_an_edge_that_would_close_a_loop_is_refused_with_its_way(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.drag(canvas.port("report", "report"), canvas.port("research", "question"))
    assert canvas.ops() == []
    assert canvas.tip() == "That would close a loop: Research → Report → Research."


def test_an_order_without_data_counts_for_loops(canvas: Canvas) -> None:
    canvas.open(flow({"source": node("source", after=["web"]), "web": node("web")}))
    canvas.drag(canvas.port("source", "text"), canvas.port("web", "query"))
    assert canvas.ops() == []
    assert canvas.tip().startswith("That would close a loop")


def test_a_taken_single_port_gives_its_edge_up_to_a_new_one(canvas: Canvas) -> None:
    canvas.open(
        flow({"one": node("source"), "two": node("source"), "web": node("web", inputs={"query": "one"})})
    )
    canvas.drag(canvas.port("two", "text"), canvas.port("web", "query"), drop=False)
    assert canvas.tip() == "Web · query, instead of its edge"
    canvas.mouse.up()
    assert canvas.ops() == [{"op": "connect", "node": "web", "port": "query", "ref": "two"}]
    assert canvas.document()["nodes"]["web"]["inputs"] == {"query": "two"}


def test_an_adapter_is_named_before_it_is_used(canvas: Canvas) -> None:
    canvas.open(flow({"add": node("add"), "web": node("web")}))
    canvas.drag(canvas.port("add", "output"), canvas.port("web", "query"), drop=False)
    assert canvas.tip() == "Web · query (by to_text)"
    canvas.mouse.up()
    assert canvas.ops() == [{"op": "connect", "node": "web", "port": "query", "ref": "add"}]


def test_the_same_edge_twice_is_refused(canvas: Canvas) -> None:
    canvas.open(essay())
    canvas.drag(canvas.port("pros_cons", "messages"), canvas.port("outline", "context", 1))
    assert canvas.ops() == []
    assert canvas.tip() == "These two are connected already."


# Ports that take several ----------------------------------------------------------------------------------------


def test_a_list_port_shows_a_slot_for_each_connection_and_one_that_is_free(canvas: Canvas) -> None:
    canvas.open(essay())
    rows = "id => [...document.querySelectorAll(`.weft-card[data-node=${id}] .weft-row`)].map(r => r.textContent)"
    assert canvas.call(rows, "essay") == ["topic", "context1", "context2", "context+", "text", "messages"]
    canvas.drag(canvas.port("pros_cons", "text"), canvas.port("essay", "context", 2))
    assert canvas.ops() == [
        {"op": "connect", "node": "essay", "port": "context", "ref": "pros_cons.text", "many": True}
    ]
    assert canvas.call(rows, "essay")[1:5] == ["context1", "context2", "context3", "context+"]


def test_dropping_on_a_taken_slot_inserts_before_it(canvas: Canvas) -> None:
    canvas.open(essay())
    canvas.drag(canvas.port("outline", "text"), canvas.port("essay", "context", 0))
    assert canvas.document()["nodes"]["essay"]["inputs"]["context"] == [
        "outline.text",
        "pros_cons",
        "outline",
    ]


@pytest.mark.gesture("reorder", "mouse")
def test_dragging_between_slots_reorders(canvas: Canvas) -> None:
    canvas.open(essay())
    canvas.drag(canvas.port("essay", "context", 0), canvas.port("essay", "context", 1))
    assert canvas.ops() == [
        {"op": "reorder", "node": "essay", "port": "context", "refs": ["outline", "pros_cons"]}
    ]


@pytest.mark.gesture("reorder", "keys")
def test_reordering_by_keyboard(canvas: Canvas) -> None:
    canvas.open(essay())
    canvas.walk_to("essay")
    canvas.press("e", "e")
    assert canvas.edge() == {"node": "essay", "port": "context", "ref": "pros_cons"}
    canvas.press("Alt+ArrowDown")
    assert canvas.ops() == [
        {"op": "reorder", "node": "essay", "port": "context", "refs": ["outline", "pros_cons"]}
    ]
    assert canvas.said() == "Now number 2 of 2."


# The flow's own inputs and outputs ------------------------------------------------------------------------------


def test_from_the_free_row_of_the_inputs_a_new_input_is_made(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.drag(canvas.port("inputs", "+"), canvas.port("web", "query"))
    assert canvas.ops() == [
        {"op": "set-input", "name": "query", "input": {"type": "text"}},
        {"op": "connect", "node": "web", "port": "query", "ref": "inputs.query"},
    ]


def test_to_the_free_row_of_the_outputs_a_new_output_is_made(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.drag(canvas.port("report", "report"), canvas.port("outputs", "+"))
    canvas.drag(canvas.port("research", "sources", side="out"), canvas.port("outputs", "+"))
    assert canvas.document()["outputs"] == {"report": "report", "sources": "research.sources"}


def test_an_edge_to_an_output_is_replaced_and_taken_away(canvas: Canvas) -> None:
    canvas.open(report() | {"outputs": {"result": "report"}})
    canvas.drag(canvas.port("web", "pages"), canvas.port("outputs", "result"))
    assert canvas.ops()[-1] == {"op": "set-output", "name": "result", "ref": "web"}
    canvas.drag(canvas.port("outputs", "result"), NOWHERE)
    assert canvas.ops()[-1] == {"op": "remove-output", "name": "result"}


# Onto a card, onto nothing --------------------------------------------------------------------------------------


def test_on_a_card_with_one_port_that_fits_the_edge_goes_there(canvas: Canvas) -> None:
    canvas.open(pair())
    x, y = canvas.title("web")
    canvas.drag(canvas.port("source", "text"), (x, y + 120))
    assert canvas.ops() == [QUERY]


def test_on_a_card_with_several_ports_that_fit_one_chooses(canvas: Canvas) -> None:
    canvas.open(flow({"web": node("web"), "report": node("report")}))
    x, y = canvas.title("report")
    canvas.drag(canvas.port("web", "pages"), (x + 20, y + 120))
    options = canvas.page.get_by_role("option")
    assert options.all_inner_texts() == [
        "Report · draft\ntext, by to_text",
        "Report · sources\njson",
        "Report · extra\njson",
    ]
    options.nth(1).click()
    assert canvas.ops() == [{"op": "connect", "node": "report", "port": "sources", "ref": "web"}]


def test_on_a_card_where_nothing_fits_the_reason_is_shown(canvas: Canvas) -> None:
    canvas.open(flow({"source": node("source"), "other": node("source")}))
    x, y = canvas.title("other")
    canvas.drag(canvas.port("source", "text"), (x, y))
    assert canvas.tip() == "Other takes no input."


@pytest.mark.gesture("edge-on-nothing", "mouse")
def test_on_empty_canvas_the_palette_is_asked_for_and_what_is_chosen_is_connected(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.drag(canvas.port("source", "text"), (700, 600))
    [command] = canvas.commands()
    assert command["name"] == "palette"
    assert command["at"] == [825, 675]
    assert command["from"] == {"node": "source", "port": "text", "side": "out", "type": "text"}
    canvas.call("() => weft.editor.command('add', {component: 'web'})")
    canvas.page.wait_for_function("() => weft.server.ops().length === 2")
    assert canvas.ops() == [
        {"op": "add-node", "id": "web_2", "node": {"component": "web"}, "at": [825, 652]},
        {"op": "connect", "node": "web_2", "port": "query", "ref": "source"},
    ]
    assert canvas.labels() == ["Add Web tool"], "one step to undo"


def test_back_on_its_own_card_nothing_happens(canvas: Canvas) -> None:
    canvas.open(pair())
    x, y = canvas.title("source")
    canvas.drag(canvas.port("source", "text"), (x, y))
    assert canvas.ops() == []
    assert canvas.commands() == []
    assert canvas.tip() == ""


def test_escape_drops_the_edge_being_drawn(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.drag(canvas.port("source", "text"), canvas.port("web", "query"), drop=False)
    canvas.press("Escape")
    canvas.mouse.up()
    assert canvas.ops() == []
    assert canvas.page.locator(".weft-wire").get_attribute("d") == ""


# Taking away and moving ends ------------------------------------------------------------------------------------


@pytest.mark.gesture("disconnect", "mouse")
def test_dragging_the_end_of_an_edge_away_disconnects(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.drag(canvas.port("web", "query"), NOWHERE)
    assert canvas.ops() == [{"op": "disconnect", "node": "web", "port": "query", "ref": "source"}]
    assert canvas.labels() == ["Disconnect Source to Web query"]


@pytest.mark.gesture("reconnect", "mouse")
def test_dragging_the_end_to_another_port_moves_the_edge(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.drag(canvas.port("report", "sources"), canvas.port("report", "extra"))
    assert canvas.ops() == [
        {"op": "disconnect", "node": "report", "port": "sources", "ref": "research.sources"},
        {"op": "connect", "node": "report", "port": "extra", "ref": "research.sources"},
    ]


@pytest.mark.gesture("reconnect", "mouse")
def test_dragging_the_beginning_of_an_edge_gives_it_another_source(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.drag(canvas.on_edge("data|report|sources|research.sources", 0.14), canvas.port("web", "pages"))
    assert canvas.ops() == [{"op": "connect", "node": "report", "port": "sources", "ref": "web"}]


def test_putting_the_end_back_changes_nothing(canvas: Canvas) -> None:
    canvas.open(report())
    start = canvas.port("web", "query")
    canvas.mouse.move(*start)
    canvas.mouse.down()
    canvas.mouse.move(start[0] - 90, start[1] + 60, steps=3)
    canvas.mouse.move(*start, steps=3)
    canvas.mouse.up()
    assert canvas.ops() == []


@pytest.mark.gesture("select", "mouse")
@pytest.mark.gesture("disconnect", "keys")
def test_an_edge_is_selected_with_a_click_and_deleted_with_a_key(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.click(canvas.on_edge("data|web|query|source"))
    assert canvas.edge() == {"node": "web", "port": "query", "ref": "source"}
    canvas.press("Delete")
    assert canvas.ops() == [{"op": "disconnect", "node": "web", "port": "query", "ref": "source"}]
    assert canvas.edge() is None


def test_an_order_without_data_is_selected_and_deleted(canvas: Canvas) -> None:
    canvas.open(flow({"source": node("source"), "web": node("web", after=["source"])}))
    canvas.click(canvas.on_edge("after|web||source"))
    canvas.press("Delete")
    assert canvas.ops() == [{"op": "set-after", "node": "web", "after": []}]


# By keyboard alone ----------------------------------------------------------------------------------------------


@pytest.mark.gesture("connect", "keys")
def test_c_connects_by_choosing_from_lists(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.walk_to("source")
    canvas.press("c")
    assert canvas.page.get_by_role("option").all_inner_texts() == [
        "text\noutput, text",
        "attachments\noutput, file",
    ]
    canvas.press("Enter")
    assert canvas.page.get_by_role("option").all_inner_texts() == [
        "Web · query\ntext",
        "Flow outputs · new output\nany",
    ]
    canvas.press("Enter")
    assert canvas.ops() == [QUERY]
    assert canvas.focused() == "source"


@pytest.mark.gesture("fitting", "keys")
def test_the_list_is_narrowed_by_typing_and_walked_with_arrows(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.walk_to("web")
    canvas.press("c")
    canvas.press("Enter")
    canvas.keyboard.type("report")
    assert canvas.page.get_by_role("option").all_inner_texts() == [
        "Report · draft\ntext, by to_text",
        "Report · sources\njson",
        "Report · extra\njson",
    ]
    canvas.press("ArrowDown", "ArrowDown")
    active = canvas.page.get_by_role("combobox").get_attribute("aria-activedescendant")
    assert canvas.page.locator(f"#{active}").inner_text() == "Report · extra\njson"
    canvas.press("Enter")
    assert canvas.ops() == [{"op": "connect", "node": "report", "port": "extra", "ref": "web"}]


def test_the_list_offers_optional_ports_that_the_card_hides(canvas: Canvas) -> None:
    canvas.open(flow({"source": node("source"), "prompt": node("prompt")}))
    canvas.walk_to("source")
    canvas.press("c", "Enter")
    assert [text.split("\n")[0] for text in canvas.page.get_by_role("option").all_inner_texts()] == [
        "Prompt · prompt",
        "Prompt · context",
        "Prompt · system",
        "Flow outputs · new output",
    ]


def test_escape_closes_the_list_and_gives_the_focus_back(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.walk_to("source")
    canvas.press("c", "Escape")
    assert canvas.focused() == "source"
    assert canvas.page.get_by_role("listbox").count() == 0
    assert canvas.ops() == []


def test_backwards_from_an_input_by_keyboard(canvas: Canvas) -> None:
    canvas.open(pair())
    canvas.walk_to("web")
    canvas.press("c", "ArrowDown", "Enter")
    assert canvas.page.get_by_role("option").all_inner_texts() == [
        "Flow inputs · new input\nany",
        "Source · text\ntext",
    ]
    canvas.press("ArrowDown", "Enter")
    assert canvas.ops() == [QUERY]


@pytest.mark.gesture("disconnect", "keys")
def test_e_walks_the_edges_of_a_node_and_delete_takes_one_away(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.walk_to("research")
    canvas.press("e", "e")
    assert canvas.said() == "Selected the edge Source attachments to Research files."
    canvas.press("Delete")
    assert canvas.ops() == [
        {"op": "disconnect", "node": "research", "port": "files", "ref": "source.attachments"}
    ]
    assert canvas.said() == "Disconnected Source attachments to Research files."
