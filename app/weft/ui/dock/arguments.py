"""The value of a question that whoever approves may change: a field for each of its arguments."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from weft.engine.said import said_json
from weft.ui.inspector.rows import Choices, Control

LONG = 60
"""Characters from which on a text has several lines."""


class Argument(NamedTuple):
    """A field, and what stands in it at first."""

    name: str
    control: Control
    start: str | bool
    badge: str
    help: str
    choices: Choices
    mono: bool


def arguments(changes: Mapping[str, Any], value: Any) -> list[Argument] | None:
    """The fields of a value with this schema; None for one that is no object."""
    known = cast("Mapping[str, Any]", changes.get("properties") or {})
    if not isinstance(value, dict):
        return None
    given = cast("dict[str, Any]", value)
    return [_argument(name, known.get(name), given.get(name)) for name in {**given, **known}]


def changed(changes: Mapping[str, Any], value: Mapping[str, Any], typed: Mapping[str, str | bool]) -> Any:
    """The value as it is typed now. What nobody touched stays as it is, and what is left empty stays away."""
    fields = arguments(changes, value) or []
    made: dict[str, Any] = {}
    for field in fields:
        now = typed.get(field.name, field.start)
        if now == field.start:
            if field.name in value:
                made[field.name] = value[field.name]
        elif isinstance(now, bool):
            made[field.name] = now
        elif now or field.name in value:
            made[field.name] = now if _schema(changes, field.name).get("type") == "string" else said_json(now)
    return made


def _schema(changes: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    known = cast("Mapping[str, Any]", changes.get("properties") or {}).get(name)
    return cast("Mapping[str, Any]", known) if isinstance(known, dict) else {}


def _argument(name: str, schema: Any, value: Any) -> Argument:
    about: Mapping[str, Any] = cast("dict[str, Any]", schema) if isinstance(schema, dict) else {}
    kind, help_text = about.get("type"), str(about.get("description") or "")
    options = about.get("enum")
    if isinstance(options, list) and all(isinstance(one, str) for one in cast("list[Any]", options)):
        some = cast("list[str]", options)
        start = value if isinstance(value, str) else ""
        listed = [(one, one) for one in dict.fromkeys([start, *some])]
        return Argument(name, "select", start, "", help_text, listed, mono=False)
    if kind == "boolean" and isinstance(value, bool):
        return Argument(name, "switch", value, "", help_text, (), mono=False)
    if kind == "string" and isinstance(value, str | None):
        start = value or ""
        control: Control = "multiline" if len(start) > LONG or "\n" in start else "text"
        return Argument(name, control, start, "", help_text, (), mono=False)
    start = "" if value is None else json.dumps(value, ensure_ascii=False, indent=2)
    control = "multiline" if isinstance(value, dict | list) else "text"
    return Argument(name, control, start, str(kind or "json"), help_text, (), mono=True)
