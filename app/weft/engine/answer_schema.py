"""The types of ports as JSON Schema, for whoever shows a question and knows nothing of ports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from weft.catalog.kinds import PortType
from weft.engine.given import type_of_input
from weft.model.flow import FlowInput


def field_schema(given: FlowInput) -> dict[str, Any]:
    """What may be typed into a field of a form."""
    schema = type_schema(type_of_input(given))
    if given.description:
        schema["description"] = given.description
    if given.has_default:
        schema["default"] = given.default
    return schema


_SCHEMAS: Final[Mapping[str, dict[str, Any]]] = {
    "text": {"type": "string"},
    "file": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "messages": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "role": {"enum": ["system", "user", "assistant"]},
                "content": {"type": "string"},
            },
            "required": ["role", "content"],
        },
    },
}


def type_schema(kind: PortType) -> dict[str, Any]:
    """The plain values of a port's type."""
    if kind.choices:
        return {"enum": list(kind.choices)}
    if kind.item is not None:
        return {"type": "array", "items": type_schema(kind.item)}
    return dict(_SCHEMAS.get(kind.kind, {}))
