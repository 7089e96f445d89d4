"""The smaller questions about a document: ids, references, edges, unknown keys, places, wrapped values, the schema."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.model.strategies import documents, flows

import weft.model as model
from weft.model import (
    Edge,
    FileRef,
    Flow,
    Node,
    Place,
    Ref,
    SecretRef,
    document_problems,
    dumps,
    from_json,
    is_id,
    loads,
    locate,
    nearest,
    parse_ref,
    unwrap,
)
from weft.model.errors import DocumentError
from weft.model.flow import FORMAT
from weft.model.migrations import MIGRATIONS, migrate
from weft.model.places import spell
from weft.model.schema import json_schema, schema_text

GOLDEN = Path(__file__).parents[1] / "golden" / "model"


# Ids and references


@pytest.mark.parametrize("text", ["a", "a1", "a_b", "x" * 63, "outline"])
def test_ids(text: str) -> None:
    assert is_id(text)
    assert parse_ref(text) == Ref(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "1a",
        "_a",
        "a-b",
        "a b",
        "é",
        "x" * 64,
        "a\n",
        "inputs",
        "outputs",
        "state",
        "secrets",
        "item",
    ],
)
def test_what_is_no_id(text: str) -> None:
    assert not is_id(text)
    with pytest.raises(ValueError, match="is no reference"):
        parse_ref(text)


def test_references() -> None:
    assert parse_ref("a.data") == Ref("a", "data")
    assert parse_ref("a.A_1") == Ref("a", "A_1")
    assert parse_ref("inputs.topic") == Ref("inputs", "topic")
    assert parse_ref("inputs.topic").is_input
    assert [str(parse_ref(text)) for text in ("a", "a.data", "inputs.x")] == ["a", "a.data", "inputs.x"]


@pytest.mark.parametrize(
    "text", ["a.", ".a", "a.b.c", "a.1", "inputs.", "state.x", "item.x", "a .b", "a.b\n"]
)
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(ValueError, match="is no reference"):
        parse_ref(text)


def test_edges_in_document_order_without_those_that_cannot_be_read() -> None:
    flow = Flow(
        nodes={
            "b": Node(component="c", inputs={"y": ["a", "inputs.t"], "x": "a.data"}, after=["c"]),
            "a": Node(component="c", inputs={"z": "not a ref"}),
            "c": Node(component="c"),
        }
    )
    assert flow.edges() == [
        Edge(Ref("a"), "b", "y", 0),
        Edge(Ref("inputs", "t"), "b", "y", 1),
        Edge(Ref("a", "data"), "b", "x", 0),
    ]
    assert flow.sinks() == ["b", "c"]


# Unknown keys


def test_unknown_keys_are_problems_with_the_nearest_known_name() -> None:
    flow = from_json(
        {
            "format": 1,
            "$schema": "x",
            "node": {},
            "inputs": {"t": {"typ": "text"}},
            "nodes": {"a": {"component": "c", "optoins": {}, "options": {"retires": 1}}},
            "layout": {"zoom": 1, "notes": {"n": {"colour": "red"}}},
        }
    )
    problems = document_problems(flow)
    assert [(problem.code, problem.severity, problem.node) for problem in problems if problem.node] == [
        ("unknown-key", "warning", "a"),
        ("unknown-key", "warning", "a"),
    ]
    assert {
        problem.pointer: problem.hint.partition(" It is")[0]
        for problem in problems
        if "Did you" in problem.hint
    } == {
        ("node",): "Did you mean 'nodes'?",
        ("inputs", "t", "typ"): "Did you mean 'type'?",
        ("nodes", "a", "optoins"): "Did you mean 'options'?",
        ("nodes", "a", "options", "retires"): "Did you mean 'retries'?",
        ("layout", "notes", "n", "colour"): "Did you mean 'color'?",
    }
    assert [problem.pointer for problem in problems if "Known here" in problem.hint] == [
        ("$schema",),
        ("layout", "zoom"),
    ]
    assert problems[0].message == "The document has the key '$schema', which Weft doesn't know."
    assert loads(dumps(flow)) == flow


def test_a_flow_with_known_keys_alone_has_no_problem_of_its_own() -> None:
    assert document_problems(loads((GOLDEN / "essay.json").read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("word", "names", "found"),
    [
        ("promt", ["prompt", "text"], "prompt"),
        ("Prompt", ["prompt"], "prompt"),
        ("zzz", ["prompt"], None),
        ("x" * 10_000, ["prompt"], None),
        ("a", [], None),
    ],
)
def test_nearest(word: str, names: list[str], found: str | None) -> None:
    assert nearest(word, names) == found


# Places


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_value_of_any_document_is_found_where_it_stands(data: st.DataObject) -> None:
    document = data.draw(documents(odd=True))
    text = json.dumps(
        document, indent=data.draw(st.sampled_from([None, 1, 4])), ensure_ascii=data.draw(st.booleans())
    )
    lines = text.split("\n")
    decoder = json.JSONDecoder()
    for pointer, value in _every_value(document, ()):
        place = locate(text, pointer)
        offset = sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1
        found, _ = decoder.raw_decode(text, offset)
        assert repr(found) == repr(value), (pointer, place)


def test_what_is_not_there_is_placed_at_what_should_have_it() -> None:
    text = '{"nodes":\n {"a": {"b": [1, 2]}}}'
    assert locate(text, ("nodes", "a", "component")) == Place(2, 8)
    assert locate(text, ("nodes", "a", "b", 2)) == Place(2, 14)
    assert locate(text, ("nodes", "a", "b", "c")) == Place(2, 14)
    assert locate(text, ("zzz", "a")) == Place(1, 1)
    assert locate(text, ()) == Place(1, 1)


@given(st.text(max_size=30), st.lists(st.sampled_from(["a", 0, 1, "é"]), max_size=3))
def test_locating_in_any_text_never_fails(text: str, pointer: list[str | int]) -> None:
    for shown in (text, '{"a": ' + text, '{"a": [' + text):
        place = locate(shown, tuple(pointer))
        assert place >= (1, 1)


def test_keys_written_with_escapes_are_found() -> None:
    text = '{"\\u0061\\u006F": {"x": 1}, "b\\/\\"": {"a": {"b": [[[[[[1]]]]], 2]}}, "\\u00e9": 3}'
    assert locate(text, ("ao", "x")).column == text.index("1}") + 1
    assert locate(text, ('b/"', "a", "b", 1)).column == text.index("2]") + 1
    assert locate(text, ("é",)).column == text.index("3}") + 1


def test_paths_are_spelled_as_people_read_them() -> None:
    assert spell(("nodes", "a", "inputs", "context", 1)) == "nodes.a.inputs.context[1]"
    assert spell(("nodes", "Bad Name", "x")) == "nodes['Bad Name'].x"
    assert spell(()) == "the document"


def _every_value(value: Any, pointer: tuple[str | int, ...]) -> list[tuple[tuple[str | int, ...], Any]]:
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [
        (pointer, value),
        *(found for key, item in inner for found in _every_value(item, (*pointer, key))),
    ]


# Wrapped values


def test_wrapped_values_are_unwrapped_wherever_they_stand() -> None:
    value = {
        "a": [{"$secret": "KEY"}, {"b": {"$file": "notes/x.md"}}],
        "c": {"$raw": {"$secret": "literal", "d": {"$lines": ["x"]}}},
        "e": {"$lines": ["x", "y"]},
        "f": {"plain": 1},
    }
    assert unwrap(value) == {
        "a": [SecretRef("KEY"), {"b": FileRef("notes/x.md")}],
        "c": {"$secret": "literal", "d": {"$lines": ["x"]}},
        "e": "x\ny",
        "f": {"plain": 1},
    }
    assert unwrap("text") == "text"
    assert repr(SecretRef("KEY")) == "SecretRef(name='KEY')"


# The schema


def test_the_shipped_schema_is_the_generated_one() -> None:
    assert model.__file__ is not None
    shipped = Path(model.__file__).with_name("flow.schema.json")
    assert shipped.read_text(encoding="utf-8") == schema_text(), (
        "write it again with weft.model.schema.schema_text()"
    )


@pytest.mark.parametrize("name", ["essay.json", "everything.json", "format-1.json"])
def test_flow_files_are_valid_by_the_schema(name: str) -> None:
    jsonschema.Draft202012Validator(json_schema()).validate(
        json.loads((GOLDEN / name).read_text(encoding="utf-8"))
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows())
def test_any_flow_is_valid_by_the_schema(flow: Flow) -> None:
    jsonschema.Draft202012Validator(json_schema()).validate(json.loads(dumps(flow)))


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"nodes": {"A b": {"component": "x"}}},
        {"nodes": {"a": {}}},
        {"nodes": {"a": {"component": "x", "options": {"on_error": "maybe"}}}},
        {"nodes": {"a": {"component": "x", "inputs": {"p": 1}}}},
        {"name": {"$lines": [1]}},
        {"outputs": {"a": ["b"]}},
        {"layout": {"nodes": {"a": [1, 2, 3]}}},
        {"layout": {"nodes": {"a": [0.5, 2]}}},
    ],
)
def test_the_schema_refuses_what_loading_refuses(change: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    assert validator.is_valid({"format": 1, "nodes": {}})
    assert not validator.is_valid({"format": 1, "nodes": {}, **change})


# Migrations


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_a_file_of_every_format_is_read_as_it_was_meant(number: int) -> None:
    old = GOLDEN / f"format-{number}.json"
    now = GOLDEN / f"format-{number}.now.json"
    assert json.loads(old.read_text(encoding="utf-8"))["format"] == number
    assert dumps(loads(old.read_bytes())) == now.read_text(encoding="utf-8")


def test_there_is_a_migration_from_every_older_format() -> None:
    assert sorted(MIGRATIONS) == list(range(1, FORMAT))


def test_migrations_are_a_chain() -> None:
    def nodes_from_steps(data: dict[str, Any]) -> dict[str, Any]:
        rest = {key: value for key, value in data.items() if key != "steps"}
        return {**rest, "nodes": {step["id"]: {"component": step["kind"]} for step in data["steps"]}}

    def titled(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "nodes": {name: {**node, "title": name} for name, node in data["nodes"].items()}}

    old = {"format": 1, "steps": [{"id": "a", "kind": "prompt"}], "kept": 1}
    new = migrate(old, migrations={1: nodes_from_steps, 2: titled}, current=3)
    assert new == {"format": 3, "kept": 1, "nodes": {"a": {"component": "prompt", "title": "a"}}}
    assert old["format"] == 1
    assert migrate(new, migrations={}, current=3) is new
    with pytest.raises(DocumentError, match="of format 4, and this Weft knows formats up to 3"):
        migrate({"format": 4}, migrations={}, current=3)
