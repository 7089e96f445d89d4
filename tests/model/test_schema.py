"""The shipped JSON Schema says what loading says."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from tests.model.strategies import flows

import weft.model as model
from weft.model import (
    Flow,
    dumps,
)
from weft.model.schema import json_schema, schema_text

GOLDEN = Path(__file__).parents[1] / "golden" / "model"


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
