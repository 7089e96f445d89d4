"""Whether plain JSON fits a JSON Schema, in a sentence. What a schema refers to elsewhere is never fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

MOST = 5
"""Complaints that are told at once."""


def misfit(schema: Mapping[str, Any], value: Any) -> str:
    """What doesn't fit, as the end of a sentence; "" if all does. Raises `ValueError` for what is no usable schema."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        Draft202012Validator.check_schema(schema)
        validator: Any = Draft202012Validator(schema, registry=cast(Any, Registry)())
        errors = sorted(validator.iter_errors(value), key=lambda error: [str(part) for part in error.path])
    except (SchemaError, Unresolvable, RecursionError) as error:
        raise ValueError(str(error).partition("\n")[0][:300]) from None
    told = [
        ".".join(map(str, [*error.path])) + (": " if error.path else "") + error.message
        for error in errors[:MOST]
    ]
    return "; ".join(told)[:2000]
