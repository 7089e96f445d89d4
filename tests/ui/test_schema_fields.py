"""The fields of an answer: what a form can show of a JSON Schema, the way back, examples, values made up by hand."""

from typing import Any

import pytest
from jsonschema import validate

from weft.catalog.component import Port
from weft.catalog.kinds import PortType
from weft.model import from_json
from weft.ui.inspector.mock_dialog import read_values
from weft.ui.inspector.prompt_row import known
from weft.ui.inspector.schema_fields import Field, of_example, problem, read, write

PERSON: dict[str, Any] = {
    "type": "object",
    "description": "Somebody",
    "properties": {
        "name": {"type": "string", "description": "In full"},
        "age": {"type": "integer"},
        "mood": {"type": "string", "enum": ["calm", "wild"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "homes": {
            "type": "array",
            "items": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
            "description": "Where",
        },
        "more": {},
    },
    "required": ["name", "homes"],
}


def test_what_is_read_is_written_back_as_it_was():
    fields = read(PERSON)
    assert fields is not None
    assert write(fields, PERSON) == PERSON
    assert [(f.name, f.kind, f.many, f.required) for f in fields] == [
        ("name", "string", False, True),
        ("age", "integer", False, False),
        ("mood", "choice", False, False),
        ("tags", "string", True, False),
        ("homes", "object", True, True),
        ("more", "any", False, False),
    ]


@pytest.mark.parametrize(
    "schema",
    [
        7,
        {"type": "array"},
        {"type": "object", "properties": {"a": {"type": "string", "minLength": 3}}},
        {"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}]}}},
        {"type": "object", "properties": {}, "required": ["gone"]},
        {"type": "object", "properties": {"a": {"enum": [1, 2]}}},
        {"type": "object", "minProperties": 2},
    ],
)
def test_a_schema_that_says_more_stays_json(schema: Any):
    assert read(schema) is None


@pytest.mark.parametrize(
    "example",
    [
        {"a": 1, "b": [1, 2.5], "c": {"d": [{"e": "x"}, {"f": None}]}, "g": True, "h": [], "i": None},
        {},
        {"x": [[1]]},
    ],
)
def test_an_example_fits_the_schema_made_of_it(example: Any):
    schema = of_example(example)
    validate(example, schema)
    assert problem(schema) == ""


def test_a_field_alone_is_a_required_text():
    assert write([Field(name="answer")]) == {
        "type": "object",
        "properties": {"answer": {"type": "string"}},
        "required": ["answer"],
    }


@pytest.mark.parametrize(
    ("schema", "said"),
    [({"type": 7}, "no JSON Schema: at type"), ([], "is an object"), ({"required": "a"}, "at required")],
)
def test_what_is_no_schema_is_told(schema: Any, said: str):
    assert said in problem(schema)


def test_values_made_up_are_held_against_the_ports():
    ports = [
        Port("text", PortType("text")),
        Port("messages", PortType("messages")),
        Port("n", PortType("integer")),
    ]
    values, wrong = read_values(ports, {"text": "Hello", "messages": "", "n": "3"})
    assert (values, wrong) == (
        {"text": "Hello", "n": 3, "messages": [{"role": "assistant", "content": "Hello"}]},
        {},
    )
    _, wrong = read_values(ports, {"text": " ", "messages": "[1", "n": "x"})
    assert set(wrong) == {"text", "messages", "n"}


def test_what_a_hole_may_hold():
    flow = from_json(
        {
            "format": 1,
            "inputs": {"topic": {"type": "text"}},
            "state": {"plan": {"steps": []}},
            "nodes": {
                "a": {"component": "prompt", "params": {"prompt": "x", "save": {"state.tone": ""}}},
                "b": {"component": "prompt", "params": {"prompt": "{{a}} {{x}}"}, "inputs": {"a": "a"}},
            },
        }
    )
    ports = [Port("prompt", PortType("template")), Port("a", PortType("any")), Port("x", PortType("any"))]
    made = known(
        flow, "b", flow.nodes["b"], ports, ["prompt"], "é{{a}} {{x", [("inputs.topic", ""), ("a", ""), ("a.messages", "")],
        lambda name: name.upper(), lambda ref: "text",
    )  # fmt: skip
    assert [(port["name"], port["filled"]) for port in made["ports"]] == [("a", True), ("x", False)]
    assert [(s["ref"], s["name"]) for s in made["sources"]] == [
        ("inputs.topic", "topic"),
        ("a.messages", "a_messages"),
    ]
    assert made["state"] == ["plan", "plan.steps", "tone"]
    assert [wrong["position"] for wrong in made["problems"]] == [7]
