"""A JSON Schema of arguments as ports, for tools that come from elsewhere and bring one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

from weft.catalog.kinds import Kind, PortType
from weft.catalog.ports import RESERVED, Port
from weft.model.refs import is_port

_KINDS: Final[Mapping[str, Kind]] = {
    "string": "text",
    "number": "number",
    "integer": "integer",
    "boolean": "boolean",
    "object": "json",
}
_ANY: Final = PortType("any")
_DEEPEST: Final = 12
_MOST: Final = 100
"""Arguments of a tool."""
_LEFT_OUT: Final = ("$defs", "definitions", "$id", "$schema", "pattern", "patternProperties", "format")
"""What is nothing to a model, or would let a stranger's regular expression run here."""


class Argument(NamedTuple):
    """An argument: what its port is called, and what the tool calls it."""

    port: Port
    name: str
    schema: dict[str, Any]


def arguments(schema: Any) -> list[Argument]:
    """The arguments that an object's schema describes. Raises `ValueError` with a sentence for what isn't one."""
    if not isinstance(schema, dict):
        raise ValueError("the schema of its arguments is no object")
    whole = cast("dict[str, Any]", schema)
    properties = whole.get("properties", {})
    if whole.get("type", "object") != "object" or not isinstance(properties, dict):
        raise ValueError("the schema of its arguments describes no object")
    if len(cast("dict[str, Any]", properties)) > _MOST:
        raise ValueError(f"it takes more than {_MOST} arguments")
    wanted = whole.get("required", [])
    required = set(map(str, cast("list[Any]", wanted))) if isinstance(wanted, list) else set[str]()
    found: list[Argument] = []
    taken: set[str] = set()
    for name, given in cast("dict[str, Any]", properties).items():
        plain = _inlined(given, whole, 0)
        called = _port_name(str(name), taken)
        taken.add(called)
        found.append(Argument(_port(called, plain, required=name in required), str(name), plain))
    return found


def _port(name: str, schema: Mapping[str, Any], *, required: bool) -> Port:
    port_type = _type(schema)
    default = None if required else schema.get("default")
    if default is not None and port_type.complaint(default):
        default = None
    return Port(
        name,
        port_type,
        required=required,
        default=default,
        many=port_type.kind == "list",
        help=str(schema.get("description") or schema.get("title") or "")[:1000],
        choices=port_type.choices,
    )


def _type(schema: Mapping[str, Any]) -> PortType:
    choices = schema.get("enum")
    if isinstance(choices, list) and choices and all(type(one) is str for one in cast("list[Any]", choices)):
        return PortType("text", choices=tuple(cast("list[str]", choices)))
    either = schema.get("anyOf")
    if isinstance(either, list):  # a type, or nothing
        some = [one for one in cast("list[Any]", either) if one != {"type": "null"}]
        return (
            _type(cast("dict[str, Any]", some[0])) if len(some) == 1 and isinstance(some[0], dict) else _ANY
        )
    kind = schema.get("type")
    if kind == "array":
        items = schema.get("items")
        inner = _type(cast("dict[str, Any]", items)) if isinstance(items, dict) else PortType("any")
        return PortType("list", PortType("json") if inner.item is not None else PortType(inner.kind))
    return PortType(_KINDS.get(kind, "any") if isinstance(kind, str) else "any")


def _port_name(name: str, taken: set[str]) -> str:
    made = re.sub(r"[^A-Za-z0-9_]", "_", name).lstrip("_")[:60] or "argument"
    made = made if not made[0].isdigit() else f"n{made[:59]}"
    made = f"{made}_" if made in RESERVED or not is_port(made) else made
    number = 2
    free = made
    while free in taken:
        free, number = f"{made}_{number}", number + 1
    return free


def _inlined(schema: Any, whole: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """The schema by itself, what it refers to in its place; what goes too deep, or in a circle, may be anything."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return {}
    given = cast("dict[str, Any]", schema)
    if isinstance(ref := given.get("$ref"), str):
        rest = {key: value for key, value in given.items() if key != "$ref"}
        return _inlined({**_referred(ref, whole), **rest}, whole, depth + 1)
    made: dict[str, Any] = {}
    for key, value in given.items():
        if key in _LEFT_OUT:
            continue
        if key == "properties" and isinstance(value, dict):
            inner = cast("dict[str, Any]", value)
            made[key] = {name: _inlined(one, whole, depth + 1) for name, one in inner.items()}
        elif key in ("anyOf", "oneOf", "allOf", "prefixItems") and isinstance(value, list):
            made[key] = [_inlined(one, whole, depth + 1) for one in cast("list[Any]", value)]
        elif key in ("items", "additionalProperties", "not") and isinstance(value, dict):
            made[key] = _inlined(value, whole, depth + 1)
        else:
            made[key] = value
    return made


def _referred(ref: str, whole: Mapping[str, Any]) -> dict[str, Any]:
    found: Any = whole
    for part in ref.removeprefix("#/").split("/"):
        found = cast("dict[str, Any]", found).get(part) if isinstance(found, dict) else None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
