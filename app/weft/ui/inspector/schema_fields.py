"""A JSON Schema as the fields of a form, and back; and the schema of an example.

Only what a form can hold is read: objects with named fields, texts, numbers, choices, lists and objects inside them. Of
any other schema `read` gives None, and it is written as JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

Kind = Literal["string", "number", "integer", "boolean", "object", "choice", "any"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DEEPEST = 6
_PLAIN = ("string", "number", "integer", "boolean")
_KEPT = ("title", "description", "additionalProperties", "$schema")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field. `many`: it is a list of that kind. `choices` belong to a `choice`, `fields` to an `object`."""

    name: str
    kind: Kind = "string"
    many: bool = False
    required: bool = True
    description: str = ""
    choices: tuple[Any, ...] = ()
    fields: tuple["Field", ...] = field(default=())


def read(schema: Any, depth: int = 0) -> tuple[Field, ...] | None:
    """The fields of an object's schema; None if a form can't show all of it."""
    if not isinstance(schema, dict) or depth > DEEPEST:
        return None
    given = cast("dict[str, Any]", schema)
    if given.get("type") != "object" or given.keys() - {"type", "properties", "required", *_KEPT}:
        return None
    properties, required = given.get("properties", {}), given.get("required", [])
    if not isinstance(properties, dict) or not isinstance(required, list):
        return None
    found: list[Field] = []
    for name, one in cast("dict[str, Any]", properties).items():
        made = _field(name, one, name in required, depth)
        if made is None:
            return None
        found.append(made)
    if set(cast("list[Any]", required)) - {one.name for one in found}:
        return None
    return tuple(found)


def write(fields: Sequence[Field], before: Any = None) -> dict[str, Any]:
    """The schema of an object with these fields; what `before` says beside them is kept."""
    kept: Mapping[str, Any] = cast("Mapping[str, Any]", before) if isinstance(before, dict) else {}
    schema: dict[str, Any] = {"type": "object"}
    schema |= {key: kept[key] for key in _KEPT if key in kept}
    schema["properties"] = {one.name: _schema(one) for one in fields}
    if required := [one.name for one in fields if one.required]:
        schema["required"] = required
    return schema


def of_example(value: Any, depth: int = 0) -> dict[str, Any]:
    """A schema that the example fits, with all its fields required."""
    match value:
        case _ if depth > DEEPEST:
            return {}
        case bool():
            return {"type": "boolean"}
        case int():
            return {"type": "integer"}
        case float():
            return {"type": "number"}
        case str():
            return {"type": "string"}
        case dict():
            given = cast("dict[str, Any]", value)
            properties = {str(name): of_example(one, depth + 1) for name, one in given.items()}
            return {"type": "object", "properties": properties, "required": list(properties)}
        case list():
            items = [of_example(one, depth + 1) for one in cast("list[Any]", value)]
            return {"type": "array", "items": _joined(items)} if items else {"type": "array"}
        case _:
            return {}


def problem(schema: Any) -> str:
    """What is wrong with a JSON Schema, as a sentence; "" if nothing is."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for

    if not isinstance(schema, dict):
        return "A JSON Schema is an object."
    kind: Any = validator_for(cast("Any", schema), default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        parts = [str(part) for part in cast("Any", error).absolute_path]
        place = ".".join(parts)
        return f"This is no JSON Schema{f': at {place}' if place else ''}: {_said(error, parts)}."
    return ""


def _said(error: Any, parts: list[str]) -> str:
    """What is wrong at this place; the library's own words speak of schemas that nobody sees."""
    if error.validator == "anyOf" and parts and parts[-1] == "type":
        return f"{error.instance!r} is no type (string, number, integer, boolean, array, object, null)"
    return str(error.message[:200])


def _field(name: str, schema: Any, required: bool, depth: int) -> Field | None:
    if not isinstance(schema, dict):
        return None
    given = cast("dict[str, Any]", schema)
    description = str(given.get("description", ""))
    rest = {key: value for key, value in given.items() if key != "description"}
    if rest.get("type") == "array" and rest.keys() <= {"type", "items"}:
        inner = _field(name, rest.get("items", {}), required, depth + 1)
        if inner is None or inner.many or inner.description:
            return None
        return Field(
            name=name, kind=inner.kind, many=True, required=required, description=description,
            choices=inner.choices, fields=inner.fields,
        )  # fmt: skip
    if not rest:
        return Field(name=name, kind="any", required=required, description=description)
    if isinstance(rest.get("enum"), list) and rest.keys() <= {"type", "enum"}:
        if rest.get("type", "string") != "string" or not all(isinstance(one, str) for one in rest["enum"]):
            return None
        choices = tuple(cast("list[str]", rest["enum"]))
        return Field(name=name, kind="choice", required=required, description=description, choices=choices)
    if rest.get("type") in _PLAIN and rest.keys() == {"type"}:
        return Field(name=name, kind=cast("Kind", rest["type"]), required=required, description=description)
    if (fields := read(rest, depth + 1)) is not None:
        return Field(name=name, kind="object", required=required, description=description, fields=fields)
    return None


def _schema(one: Field) -> dict[str, Any]:
    match one.kind:
        case "any":
            inner: dict[str, Any] = {}
        case "choice":
            inner = {"type": "string", "enum": list(one.choices)}
        case "object":
            inner = write(one.fields)
        case kind:
            inner = {"type": kind}
    made = {"type": "array", "items": inner} if one.many else inner
    return made | ({"description": one.description} if one.description else {})


def _joined(schemas: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One schema for all items of a list."""
    first = schemas[0]
    if all(one == first for one in schemas):
        return first
    if all(one.get("type") == "object" for one in schemas):
        properties: dict[str, Any] = {}
        for one in schemas:
            for name, inner in one["properties"].items():
                properties[name] = _joined([properties[name], inner]) if name in properties else inner
        required = [name for name in properties if all(name in one["properties"] for one in schemas)]
        return {"type": "object", "properties": properties, "required": required}
    kinds = {one.get("type") for one in schemas}
    return {"type": "number"} if kinds <= {"integer", "number"} else {}
