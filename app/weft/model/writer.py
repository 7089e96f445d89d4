"""Plain data as text a person likes to read and to review: what is short on one line, the rest item by item."""

from __future__ import annotations

from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Any, cast

WIDTH = 120
"""A list or object is written on one line if the whole line, comma included, has at most so many characters."""

_INDENT = "  "
_kind: Callable[[Any], object] = type


def write(document: dict[str, Any]) -> str:
    """The canonical text of a document that is in canonical order. Its top, its nodes and each node are always broken.

    Text with newlines is written as `$lines`, except inside `$raw`, where everything is literal.
    """
    sections = [f"{_INDENT}{_quote(key)}: {_section(key, value)}" for key, value in document.items()]
    return "{\n" + ",\n".join(sections) + "\n}\n"


def write_value(value: Any) -> str:
    """Any plain value in the same style, its keys in the order they have, with a newline at the end."""
    return _value(value, "", 0, raw=False) + "\n"


def _section(name: str, value: Any) -> str:
    if name != "nodes" or not value:
        return _value(value, _INDENT, len(name) + 5, raw=False)
    nodes: list[str] = []
    for node_id, node in value.items():
        lines = [
            f"{_INDENT * 3}{_quote(key)}: {_value(item, _INDENT * 3, len(key) + 5, raw=False)}"
            for key, item in node.items()
        ]
        nodes.append(f"{_INDENT * 2}{_quote(node_id)}: {{\n" + ",\n".join(lines) + f"\n{_INDENT * 2}}}")
    return "{\n" + ",\n".join(nodes) + f"\n{_INDENT}}}"


def _value(value: Any, indent: str, before: int, *, raw: bool) -> str:
    """The text of a value that starts `before` characters behind its indent; the rest of it is indented by that."""
    flat = _flat(value, WIDTH - len(indent) - before, raw)
    if flat is not None:
        return flat
    inner = indent + _INDENT
    if isinstance(value, str):
        if raw or "\n" not in value:
            return _quote(value)
        lines = [inner + _quote(line) for line in value.split("\n")]
        return '{"$lines": [\n' + ",\n".join(lines) + f"\n{indent}]}}"
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value)
        raw = raw or _is_raw(items)
        written = [
            f"{inner}{_quote(key)}: {_value(item, inner, len(key) + 5, raw=raw)}"
            for key, item in items.items()
        ]
        return "{\n" + ",\n".join(written) + f"\n{indent}}}"
    written = [inner + _value(item, inner, 1, raw=raw) for item in value]
    return "[\n" + ",\n".join(written) + f"\n{indent}]"


def _flat(value: Any, room: int, raw: bool) -> str | None:
    """A value on one line, or None as soon as that is longer than `room`; what can't be broken always fits."""
    kind = _kind(value)
    if kind is str:
        if "\n" not in value or raw:
            return _quote(value)
        return _flat({"$lines": value.split("\n")}, room, True) if len(value) <= room else None
    if kind is list or kind is tuple:
        return _flat_items(((None, item) for item in value), "[]", room, raw)
    if kind is dict:
        return _flat_items(value.items(), "{}", room, raw or _is_raw(value))
    return _scalar(value)


def _flat_items(items: Any, brackets: str, room: int, raw: bool) -> str | None:
    written: list[str] = []
    used = 2
    for key, item in items:
        name = "" if key is None else f"{_quote(key)}: "
        text = _flat(item, room - used - len(name), raw)
        if text is None:
            return None
        used += len(name) + len(text) + (2 if written else 0)
        if used > room:
            return None
        written.append(name + text)
    return brackets[0] + ", ".join(written) + brackets[1]


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def _is_raw(value: dict[str, Any]) -> bool:
    return len(value) == 1 and "$raw" in value


def _quote(text: str) -> str:
    return encode_basestring(text)
