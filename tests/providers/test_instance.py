"""The demo model's example of a JSON Schema is valid by jsonschema's own word."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from weft.providers.instance import NoInstance, instance

FORMATS = ["date", "time", "date-time", "email", "ipv4", "ipv6", "uuid", "uri", "hostname", "regex"]


def bounded(
    low: int, high: int, least: str, most: str, extra: dict[str, Any]
) -> st.SearchStrategy[dict[str, Any]]:
    pair = st.tuples(st.integers(low, high), st.integers(0, 6))
    both = pair.map(lambda p: {**extra, least: p[0], most: p[0] + p[1]})
    return st.one_of(st.just(extra), both, pair.map(lambda p: {**extra, least: p[0]}))


LEAVES = st.one_of(
    bounded(0, 30, "minLength", "maxLength", {"type": "string"}),
    bounded(-50, 50, "minimum", "maximum", {"type": "integer"}),
    bounded(-50, 50, "exclusiveMinimum", "exclusiveMaximum", {"type": "number"}).filter(
        lambda s: s.get("exclusiveMaximum", 99) > s.get("exclusiveMinimum", 98)
    ),
    st.integers(1, 9).map(lambda n: {"type": "integer", "multipleOf": n, "minimum": n * 7 - 3}),
    st.sampled_from(FORMATS).map(lambda f: {"type": "string", "format": f}),
    st.sampled_from(["^[a-z]{3}$", "^\\d{4}-\\d{2}$", "^[A-Z][a-z]+$", "^x", "^[0-9a-f]{8}$"]).map(
        lambda p: {"type": "string", "pattern": p}
    ),
    st.lists(st.one_of(st.text(max_size=5), st.integers(), st.none()), min_size=1).map(lambda v: {"enum": v}),
    st.one_of(st.text(max_size=5), st.integers(), st.booleans()).map(lambda v: {"const": v}),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": ["string", "null"]}, {}, True]),
    st.just({"$ref": "#/$defs/tree"}),
)
NAMES = st.sampled_from(["title", "summary", "items", "score", "x", "a/b", "wörter"])


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    def build(properties: dict[str, Any], required: bool, closed: bool) -> dict[str, Any]:
        made: dict[str, Any] = {"type": "object", "properties": properties}
        return (
            made
            | ({"required": list(properties)} if required else {})
            | ({"additionalProperties": False} if closed else {})
        )

    return st.builds(build, st.dictionaries(NAMES, inner, max_size=4), st.booleans(), st.booleans())


def deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        objects(inner),
        st.tuples(inner, st.integers(0, 4)).map(lambda p: {"type": "array", "items": p[0], "minItems": p[1]}),
        st.integers(0, 5).map(
            lambda n: {"type": "array", "items": {"type": "string"}, "minItems": n, "uniqueItems": True}
        ),
        st.lists(inner, min_size=1, max_size=3).map(lambda s: {"anyOf": s}),
        st.lists(inner, min_size=1, max_size=3).map(lambda s: {"type": "array", "prefixItems": s}),
        st.tuples(objects(inner), inner).map(
            lambda p: {"allOf": [p[0] | {"additionalProperties": True}, {"required": ["extra"]}]}
        ),
        inner.map(
            lambda s: {
                "oneOf": [
                    {"type": "object", "properties": {"kind": {"const": 1}, "v": s}, "required": ["kind"]},
                    {"type": "null"},
                ]
            }
        ),
    )


SCHEMAS = st.recursive(LEAVES, deeper, max_leaves=8)
TREE = {
    "type": "object",
    "properties": {
        "label": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
    },
    "required": ["label"],
}


@settings(max_examples=200, deadline=None)
@given(SCHEMAS)
def test_the_example_is_valid_for_any_schema_that_can_be_met(schema: Any) -> None:
    whole = {"$defs": {"tree": TREE}, **(schema if isinstance(schema, dict) else {"allOf": [schema]})}
    made = instance(whole, "tea")
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(made)
    assert instance(whole, "tea") == made
    json.dumps(made, allow_nan=False)


class Person(BaseModel):
    name: str = Field(min_length=2, pattern=r"^[A-Z]")
    age: int = Field(ge=18, lt=120)
    friend: "Person | None" = None


class Report(BaseModel):
    title: str
    authors: list[Person] = Field(min_length=1, max_length=3)
    scores: dict[str, float]
    pair: tuple[int, str]


CASES: list[Any] = [
    Report.model_json_schema(),
    Person.model_json_schema(),
    {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "items": {"type": "integer"}, "minItems": 10, "uniqueItems": True},
    {"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 50}, "minContains": 2},
    {"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}},
    {
        "type": "object",
        "patternProperties": {"^x_": {"type": "string"}},
        "minProperties": 2,
        "additionalProperties": False,
    },
    {"type": "object", "propertyNames": {"pattern": "^[a-z]{2}$"}, "minProperties": 1},
    {"oneOf": [{"type": "integer", "minimum": 5}, {"type": "integer", "maximum": 7}]},
    {"not": {"type": "string"}, "anyOf": [{"type": "string"}, {"type": "integer"}]},
    {
        "if": {"properties": {"a": {"const": 1}}, "required": ["a"]},
        "then": {"required": ["b"]},
        "type": "object",
    },
    {
        "type": "object",
        "properties": {"n": {"$ref": "#/properties/m"}, "m": {"type": "integer", "minimum": 9}},
    },
    {
        "$anchor": "top",
        "type": "object",
        "properties": {"next": {"anyOf": [{"$ref": "#top"}, {"type": "null"}]}},
    },
    {"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 4}, {"type": "number"}]},
    {"allOf": [{"enum": [1, 2, 3]}, {"enum": [3, 4]}]},
    {"type": "number", "multipleOf": 0.5, "exclusiveMinimum": 1, "maximum": 1.5},
    {"type": "string", "minLength": 5000},
    {"type": "string", "maxLength": 0},
    {"type": "array", "maxItems": 0},
    {"properties": {"a": {"type": "string"}}, "required": ["a", "b"]},
    {"type": "object", "properties": {"a": {}, "b": {}}, "dependentRequired": {"a": ["c"]}},
    {"type": "object", "properties": {"a": False, "b": {"type": "string"}}},
    True,
    {},
]


@pytest.mark.parametrize("schema", CASES, ids=lambda s: json.dumps(s)[:60])
def test_schemas_as_people_write_them(schema: Any) -> None:
    Draft202012Validator(schema).validate(instance(schema, "tea"))


HOPELESS: list[tuple[Any, str]] = [
    (False, "no example fits 'answer'"),
    ({"type": "integer", "minimum": 3, "maximum": 2}, "no example fits"),
    ({"type": "tea"}, "it is no valid schema"),
    ({"$ref": "https://example.com/schema.json"}, "outside itself"),
    ({"$ref": "#/$defs/missing"}, "isn't there"),
    ({"$ref": "#"}, "its references go in a circle"),
    ({"type": "array", "minItems": 1_000_000}, "needs 1,000,000 items"),
    ({"type": "object", "required": ["me"], "properties": {"me": {"$ref": "#"}}}, "without end"),
    ({"type": "string", "pattern": "^(a|b){900}c\\1$"}, "no example fits"),
]


@pytest.mark.parametrize(("schema", "why"), HOPELESS, ids=lambda v: str(v)[:40])
def test_a_schema_that_no_example_meets_is_refused_with_the_reason(schema: Any, why: str) -> None:
    with pytest.raises(NoInstance, match=why):
        instance(schema, "tea")


def test_optional_parts_are_filled_in_so_that_the_example_is_worth_reading() -> None:
    schema = {
        "type": "object",
        "properties": {"title": {"type": "string"}, "tags": {"type": "array", "items": {}}},
    }
    made = instance(schema, "the history of tea")
    assert made["title"] == "Title: the history of tea"
    assert len(made["tags"]) == 3
