"""The format as a JSON Schema, generated from the models: for editors that complete and check flow files as one types.

It is shipped as `flow.schema.json` beside this file. What a schema can't say (references that lead somewhere, ports that
fit) is left to checking.
"""

from __future__ import annotations

import json
from typing import Any

from weft.model.flow import Flow
from weft.model.limits import LIMITS

_ID = {"pattern": "^[a-z][a-z0-9_]{0,62}$"}
_WITH_IDS = ("inputs", "outputs", "nodes")


def json_schema() -> dict[str, Any]:
    """The schema of a flow file, of JSON Schema's draft 2020-12."""
    schema = Flow.model_json_schema()
    properties: dict[str, Any] = schema["properties"]
    for name in _WITH_IDS:
        properties[name]["propertyNames"] = _ID
        properties[name]["maxProperties"] = LIMITS.nodes
    _drop_titles(schema)
    about = {"title": "A flow of Weft", "description": "What a person wires on the canvas, format 1."}
    schema.pop("description", None)
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {**dialect, **about, **schema, "required": ["format", "nodes"]}


def schema_text() -> str:
    """The schema as it is shipped."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _drop_titles(schema: Any) -> None:
    """Pydantic titles each property with its own name: noise. A property may be called `title`, and stays."""
    if isinstance(schema, list):
        for item in schema:  # pyright: ignore[reportUnknownVariableType]
            _drop_titles(item)
    elif isinstance(schema, dict):
        if isinstance(schema.get("title"), str):  # pyright: ignore[reportUnknownMemberType]
            del schema["title"]
        for item in schema.values():  # pyright: ignore[reportUnknownVariableType]
            _drop_titles(item)
