"""The canonical text: what is written can be read back the same, and what is canonical stays as it is."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.model.strategies import documents, flows, odd_flows

from weft.model import DocumentError, Flow, FlowInput, Node, Options, dumps, from_json, loads, to_json
from weft.model.limits import Limits

GOLDEN = Path(__file__).parents[1] / "golden" / "model"
many = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", ["essay.json", "everything.json"])
def test_a_canonical_file_is_written_as_it_was_read(name: str) -> None:
    text = (GOLDEN / name).read_text(encoding="utf-8")
    assert dumps(loads(text)) == text
    assert dumps(loads(text.encode())) == text
    assert dumps(from_json(json.loads(text))) == text


@many
@given(flows() | odd_flows())
def test_any_flow_is_written_and_read_back_byte_for_byte(flow: Flow) -> None:
    text = dumps(flow)
    again = loads(text)
    assert again == flow
    assert dumps(again) == text
    assert again.hash == flow.hash
    assert list(again.nodes) == list(flow.nodes)
    assert {name: list(node.inputs) for name, node in again.nodes.items()} == {
        name: list(node.inputs) for name, node in flow.nodes.items()
    }


@many
@given(documents(odd=True))
def test_plain_data_is_left_alone_and_travels_whole(document: dict[str, Any]) -> None:
    before = json.dumps(document)
    flow = from_json(document)
    assert json.dumps(document) == before
    wire = to_json(flow)
    assert from_json(json.loads(json.dumps(wire))) == flow


@many
@given(flows())
def test_how_the_json_is_laid_out_makes_no_difference(flow: Flow) -> None:
    assert dumps(loads(json.dumps(to_json(flow)))) == dumps(flow)
    assert dumps(loads(json.dumps(to_json(flow), indent=7, ensure_ascii=False))) == dumps(flow)


@pytest.mark.parametrize("prompt", ["a\nb", "\n", "a\n", "\n\nx", "a\r\nb", "x" * 50 + "\n" + "y" * 90])
def test_text_with_newlines_is_written_line_by_line(prompt: str) -> None:
    flow = Flow(nodes={"a": Node(component="prompt", params={"prompt": prompt})})
    text = dumps(flow)
    assert "\\n" not in text
    assert json.loads(text)["nodes"]["a"]["params"]["prompt"] == {"$lines": prompt.split("\n")}
    assert loads(text).nodes["a"].params["prompt"] == prompt


def test_text_inside_raw_is_literal() -> None:
    raw = {"$raw": {"$lines": ["a\nb"], "c": {"$secret": "no"}}}
    flow = from_json({"format": 1, "nodes": {"a": {"component": "x", "params": {"p": raw}}}})
    assert flow.nodes["a"].params["p"] == raw
    assert loads(dumps(flow)).nodes["a"].params["p"] == raw


def test_lines_are_text_wherever_text_is() -> None:
    lines = {"$lines": ["a", "b"]}
    document = {
        "format": 1,
        "name": lines,
        "description": lines,
        "inputs": {"x": {"description": lines, "default": lines, "choices": [lines]}},
        "state": {"s": [lines]},
        "defaults": {"system": lines},
        "nodes": {"n": {"component": "c", "title": lines, "options": {"when": lines, "default": lines}}},
        "zzz": {"deep": [lines]},
        "layout": {"notes": {"n": {"text": lines}}, "frames": {"f": {"title": lines}}},
    }
    flow = from_json(document)
    assert flow.name == flow.description == flow.inputs["x"].default == flow.nodes["n"].options.when == "a\nb"
    assert flow.state == {"s": ["a\nb"]}
    assert flow.model_extra == {"zzz": {"deep": ["a\nb"]}}
    assert dumps(flow).count('{"$lines": ["a", "b"]}') == 13
    assert "$lines" not in json.dumps(to_json(flow))


def test_a_key_that_starts_with_a_dollar_is_unknown_where_it_is_no_value() -> None:
    document = {"$schema": "flow.schema.json", "format": 1, "nodes": {"a": {"component": "x", "$note": "hi"}}}
    flow = from_json(document)
    assert flow.model_extra == {"$schema": "flow.schema.json"}
    assert loads(dumps(flow)) == flow


def test_orders_that_have_meaning_are_kept_and_the_others_sorted() -> None:
    document = {
        "layout": {"nodes": {"z": [1, 2], "b": [0, 0]}},
        "nodes": {
            "z": {
                "params": {"q": {"z": 1, "a": 2}, "p": 1},
                "inputs": {"y": "inputs.z", "x": ["b", "inputs.a"]},
                "component": "c",
            },
            "b": {"component": "c"},
        },
        "zebra": 1,
        "aardvark": 2,
        "state": {"z": {"b": 1, "a": 2}, "a": 1},
        "outputs": {"z": "z", "a": "b"},
        "inputs": {"z": {}, "a": {}},
        "format": 1,
    }
    assert dumps(from_json(document)) == (
        "{\n"
        '  "format": 1,\n'
        '  "inputs": {"z": {"type": "text"}, "a": {"type": "text"}},\n'
        '  "outputs": {"z": "z", "a": "b"},\n'
        '  "state": {"a": 1, "z": {"b": 1, "a": 2}},\n'
        '  "nodes": {\n'
        '    "z": {\n'
        '      "component": "c",\n'
        '      "params": {"p": 1, "q": {"z": 1, "a": 2}},\n'
        '      "inputs": {"y": "inputs.z", "x": ["b", "inputs.a"]}\n'
        "    },\n"
        '    "b": {\n'
        '      "component": "c"\n'
        "    }\n"
        "  },\n"
        '  "aardvark": 2,\n'
        '  "zebra": 1,\n'
        '  "layout": {"nodes": {"b": [0, 0], "z": [1, 2]}}\n'
        "}\n"
    )


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({}, None),
        ({"timeout": 30.0}, {"timeout": 30}),
        ({"timeout": 0.5, "retries": 0}, {"timeout": 0.5, "retries": 0}),
        ({"on_error": "fail", "cache": "auto", "disabled": False}, None),
        ({"on_error": "continue", "default": None}, {"on_error": "continue", "default": None}),
        (
            {"disabled": True, "on_error": "continue", "default": 0},
            {"on_error": "continue", "default": 0, "disabled": True},
        ),
        ({"future": 1}, {"future": 1}),
    ],
)
def test_defaults_are_left_out(options: dict[str, Any], written: dict[str, Any] | None) -> None:
    flow = from_json({"format": 1, "nodes": {"a": {"component": "x", "options": options}}})
    node = json.loads(dumps(flow))["nodes"]["a"]
    assert node == ({"component": "x"} if written is None else {"component": "x", "options": written})
    assert list(node.get("options", [])) == list(written or [])


def test_an_inputs_default_of_null_isnt_the_same_as_none() -> None:
    given, missing = FlowInput(default=None), FlowInput()
    assert given.has_default
    assert not missing.has_default
    assert given != missing
    text = dumps(Flow(inputs={"a": given, "b": missing}))
    assert '"inputs": {"a": {"type": "text", "default": null}, "b": {"type": "text"}}' in text
    assert loads(text).inputs["a"].has_default


def test_the_hash_is_of_the_meaning_alone() -> None:
    flow = loads((GOLDEN / "essay.json").read_text(encoding="utf-8"))
    assert flow.hash == "6623cd29150f4e7bbe1e4c16ff8c721cf2dc583b2740df9f624196d0a18d3da3"
    assert flow.model_copy(update={"layout": Flow().layout}).hash == flow.hash
    assert flow.model_copy(update={"name": "Other"}).hash != flow.hash
    assert flow.model_copy(update={"nodes": dict(reversed(flow.nodes.items()))}).hash != flow.hash


def test_what_could_not_be_read_back_is_not_written() -> None:
    for params in (
        {"p": float("nan")},
        {"p": object()},
        {"p": "\ud800"},
        {"p": {"$x": 1}},
        {"p": "x" * 65_537},
    ):
        with pytest.raises(DocumentError, match=r"nodes\.a\.params\.p"):
            dumps(Flow(nodes={"a": Node(component="x", params=params)}))


def test_limits_can_be_chosen() -> None:
    text = dumps(Flow(name="y" * 200))
    assert loads(text, limits=Limits(text=200)).name == "y" * 200
    with pytest.raises(DocumentError, match="name is a text of 200 characters, and 199 is the most"):
        loads(text, limits=Limits(text=199))


def test_a_mark_that_some_editors_put_in_front_is_passed_over() -> None:
    assert loads("\ufeff" + '{"format": 1, "nodes": {}}') == Flow()
    assert loads(b"\xef\xbb\xbf" + b'{"format": 1, "nodes": {}}') == Flow()


def test_options_built_in_python_are_written_like_those_read() -> None:
    flow = Flow(nodes={"a": Node(component="x", options=Options(timeout=2, retries=1))})
    assert '"options": {"timeout": 2, "retries": 1}' in dumps(flow)


@given(st.floats(-(2.0**53), 2.0**53))
def test_numbers_survive(number: float) -> None:
    flow = Flow(state={"n": number})
    again = loads(dumps(flow)).state["n"]
    assert repr(again) == repr(number)
