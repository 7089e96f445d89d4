"""A flow drawn: where its layout says, in layers without one, and nothing of a hostile author's in it."""

import re
from xml.etree import ElementTree

from weft.model import Flow, from_json
from weft.workspace.flows.layered import places
from weft.workspace.flows.picture import mermaid, svg

ESSAY = {
    "format": 1,
    "name": "Essay",
    "inputs": {"topic": {}},
    "outputs": {"essay": "essay"},
    "nodes": {
        "outline": {"component": "prompt", "inputs": {"topic": "inputs.topic"}},
        "essay": {
            "component": "prompt",
            "title": "The essay",
            "inputs": {"topic": "inputs.topic", "context": ["outline"]},
        },
        "log": {"component": "file", "after": ["essay"]},
    },
}
HOSTILE = '"]; click x "javascript:alert(1)" <script>alert(1)</script> & \x07'


def test_mermaid():
    assert mermaid(from_json(ESSAY)) == (
        "flowchart LR\n"
        '  w_inputs(["topic"])\n'
        '  n_outline["outline<br/>prompt"]\n'
        '  n_essay["The essay<br/>prompt"]\n'
        '  n_log["log<br/>file"]\n'
        '  w_outputs(["essay"])\n'
        "  w_inputs -->|topic| n_outline\n"
        "  w_inputs -->|topic| n_essay\n"
        "  n_outline -->|context| n_essay\n"
        "  n_essay -.-> n_log\n"
        "  n_essay -->|essay| w_outputs\n"
    )


def test_svg_is_xml_with_a_card_for_each_node():
    root = ElementTree.fromstring(svg(from_json(ESSAY)))
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == [
        "Inputs",
        "topic",
        "outline",
        "prompt",
        "The essay",
        "prompt",
        "log",
        "file",
        "Outputs",
        "essay",
    ]
    dashed = [p for p in root.iter("{http://www.w3.org/2000/svg}path") if "w-after" in p.get("class", "")]
    assert len(dashed) == 1


def test_the_layout_is_followed():
    flow = from_json({**ESSAY, "layout": {"nodes": {"outline": [0, 0], "essay": [500, 70], "log": [900, 0]}}})
    assert 'x="500" y="70"' in svg(flow)


def test_a_hostile_flow_draws_no_markup_of_its_own():
    flow = from_json(
        {
            "format": 1,
            "name": HOSTILE,
            "inputs": {HOSTILE: {}},
            "nodes": {HOSTILE: {"component": HOSTILE, "title": HOSTILE, "after": [HOSTILE]}},
            "outputs": {HOSTILE: HOSTILE},
        }
    )
    drawn = svg(flow)
    ElementTree.fromstring(drawn)
    assert "<script" not in drawn
    for line in mermaid(flow).splitlines():
        assert not re.search(r"click |javascript:|<script", line.replace("<br/>", "")) or "#34;" in line
        assert line.count('"') in (0, 2)


def test_an_empty_flow_has_a_picture():
    ElementTree.fromstring(svg(Flow()))
    assert mermaid(Flow()) == "flowchart LR\n"


def test_layers_put_each_node_right_of_what_it_depends_on():
    spots = places(["c", "a", "b"], [("a", "b"), ("b", "c"), ("a", "c"), ("x", "a")])
    assert spots["a"][0] < spots["b"][0] < spots["c"][0]


def test_a_cycle_is_still_placed():
    spots = places(["a", "b", "c"], [("a", "b"), ("b", "a"), ("b", "c"), ("c", "c")])
    assert len(set(spots.values())) == 3
