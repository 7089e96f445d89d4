"""On edges: a component or a node dropped there, an edge's end moved by keys, what went through it."""

from __future__ import annotations

import pytest
from tests.canvas.drive import Canvas, essay, flow, node, report
from tests.canvas.test_editing import DROP

pytestmark = pytest.mark.browser
QUERY = "data|web|query|source"


@pytest.mark.gesture("insert", "mouse")
def test_a_component_dropped_on_an_edge_goes_between(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.call(DROP, ["text", *canvas.on_edge(QUERY, 0.4)])
    assert canvas.labels() == ["Add Text"], "a text takes no text: its ports come from its template"
    assert canvas.said().startswith("Text takes no text")
    canvas.open(report())
    canvas.call(DROP, ["join", *canvas.on_edge(QUERY, 0.4)])
    assert canvas.labels() == ["Insert Join"]
    after = canvas.document()["nodes"]
    assert after["join"]["inputs"] == {"parts": ["source"]}
    assert after["web"]["inputs"] == {"query": "join"}
    assert canvas.selection() == ["join"]


@pytest.mark.gesture("insert", "keys")
def test_in_a_list_the_place_is_kept(canvas: Canvas) -> None:
    canvas.open(essay())
    canvas.call("() => weft.editor.selectEdge('data|essay|context|pros_cons')")
    canvas.call("() => weft.editor.stage.root.focus()")
    canvas.press("Enter")
    [command] = canvas.commands()
    assert command["edge"] == "data|essay|context|pros_cons"
    assert command["types"] == ["messages", "list[messages]"]
    canvas.call("edge => weft.editor.command('add', {component: 'prompt', edge})", command["edge"])
    after = canvas.document()["nodes"]
    assert after["prompt"]["inputs"] == {"context": ["pros_cons"]}
    assert after["essay"]["inputs"]["context"] == ["prompt", "outline"]


def test_a_node_without_edges_dropped_on_one_is_put_in_and_one_with_edges_is_only_moved(
    canvas: Canvas,
) -> None:
    document = report()
    document["nodes"]["join"] = node("join")
    document["layout"]["nodes"]["join"] = [240, 640]
    canvas.open(document)
    x, y = canvas.on_edge("data|research|question|source", 0.5)
    start = canvas.title("join")
    canvas.drag(start, (x, y), drop=False)
    assert canvas.call("() => weft.editor.hover.edge") == "data|research|question|source"
    canvas.mouse.up()
    canvas.frames()
    assert canvas.labels() == ["Insert Join"]
    after = canvas.document()["nodes"]
    assert after["join"]["inputs"] == {"parts": ["source"]}
    assert after["research"]["inputs"]["question"] == "join"
    canvas.drag(canvas.title("join"), canvas.on_edge(QUERY, 0.5))
    assert canvas.labels()[-1] == "Move Join"


def test_an_edge_of_the_flows_outputs_takes_a_node_too(canvas: Canvas) -> None:
    canvas.open(flow({"source": node("source")}, outputs={"answer": "source"}))
    canvas.call("() => weft.editor.actions.add('join', [500, 300], null, 'output|outputs|answer|source')")
    assert canvas.document()["outputs"] == {"answer": "join"}


@pytest.mark.gesture("reconnect", "keys")
def test_the_end_of_an_edge_is_moved_by_keys(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.walk_to("web")
    canvas.press("e", "Shift+C")
    canvas.keyboard.type("extra")
    canvas.press("Escape")
    assert canvas.ops() == []
    canvas.press("Shift+C")
    canvas.keyboard.type("research")
    assert canvas.page.get_by_role("option").count() == 0, "both its inputs are taken or of another type"
    canvas.press("Escape", "Shift+C")
    canvas.keyboard.type("new output")
    canvas.press("Enter")
    assert canvas.document()["nodes"]["web"]["inputs"] == {}
    assert list(canvas.document()["outputs"].values()) == ["source"]


@pytest.mark.gesture("edge-value", "mouse")
def test_resting_on_an_edge_shows_what_went_through_it(canvas: Canvas) -> None:
    canvas.open(report())
    canvas.call("() => weft.editor.runState({nodes: {source: {status: 'succeeded', text: 'Deep water'}}})")
    canvas.mouse.move(*canvas.on_edge(QUERY, 0.5))
    canvas.frames()
    assert canvas.tip() == "Source gave\nDeep water"
    canvas.mouse.move(1380, 20)
    canvas.frames()
    assert canvas.tip() == ""


@pytest.mark.gesture("edge-value", "mouse", "keys")
def test_every_output_and_input_of_the_flow_says_what_went_through_also_to_keys(canvas: Canvas) -> None:
    document = report()
    document["inputs"] = {"topic": {"type": "text"}}
    document["nodes"]["web"]["inputs"] = {"query": "inputs.topic"}
    canvas.open(document)
    canvas.call(
        """() => weft.editor.runState({nodes: {
          inputs: {outputs: {topic: 'tides'}},
          research: {status: 'succeeded', text: 'An answer', outputs: {sources: '["a book"]'}},
          source: {status: 'running', text: 'not yet'},
        }})"""
    )
    for key, said in (
        ("data|report|sources|research.sources", 'Research gave sources\n["a book"]'),
        ("data|report|draft|research", "Research gave\nAn answer"),
        ("data|web|query|inputs.topic", "Flow inputs gave topic\ntides"),
        ("data|research|question|source", ""),
    ):
        canvas.mouse.move(*canvas.on_edge(key, 0.5))
        canvas.frames()
        assert canvas.tip() == said
    canvas.walk_to("report")
    canvas.press("e", "e")
    assert canvas.tip() == 'Research gave sources\n["a book"]'
    assert canvas.said() == (
        'Selected the edge Research sources to Report sources. Research gave sources: ["a book"]'
    )
