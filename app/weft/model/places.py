"""From a path in a document to a line and column of its text, for messages that point at the spot.

The text is scanned, not parsed: siblings on the way are skipped by a regular expression where they are simple, and by
the JSON decoder where they aren't, so that finding a place in the largest document stays cheap.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from json import JSONDecodeError, JSONDecoder
from json.decoder import scanstring  # pyright: ignore[reportUnknownVariableType, reportAttributeAccessIssue]
from typing import Any, cast

from weft.model.errors import Place

Pointer = tuple[str | int, ...]
"""A path in a document: keys of objects and positions in lists, from the root."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def spell(pointer: Pointer) -> str:
    """The path as people read it: `nodes.essay.inputs.context[1]`; the root is `the document`."""
    if not pointer:
        return "the document"
    spelled = ""
    for part in pointer:
        if isinstance(part, str) and _IDENTIFIER.fullmatch(part):
            spelled += f".{part[:64]}" if spelled else part[:64]
        else:
            spelled += f"[{part!r:.64}]"
    return spelled


def place_at(text: str, offset: int) -> Place:
    """The line and column of a character."""
    return Place(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def locate(text: str, pointer: Pointer) -> Place:
    """Where the value at `pointer` stands in `text`, or the nearest thing around it that is there.

    A key that is missing is placed at the object that should have it. Never raises, whatever the text.
    """
    offset = _skip_space(text, 0)
    for part in pointer:
        try:
            found = _member(text, offset, part) if isinstance(part, str) else _item(text, offset, part)
        except (JSONDecodeError, StopIteration, IndexError, RecursionError):
            break
        if found is None:
            break
        offset = found
    return place_at(text, offset)


_SPACE = re.compile(r"[ \t\n\r]*+")
_STRING = r'"(?:[^"\\]++|\\.)*+"'
_SIMPLE = rf'{_STRING}|[^\s,\[\]{{}}"]++'


def _value(levels: int) -> str:
    """An expression for a value that holds others so many levels deep; deeper ones are left to the decoder."""
    inner = f"|{_value(levels - 1)}" if levels > 1 else ""
    return rf'(?:{_SIMPLE}|[\[{{](?:[^"\[\]{{}}]++|{_STRING}{inner})*+[\]}}])'


_VALUE = _value(4)
_LONGEST = 200
_scan: Callable[[str, int], tuple[Any, int]] = cast("Any", JSONDecoder()).scan_once
_text = cast("Callable[[str, int, bool], tuple[str, int]]", scanstring)


def _skip_space(text: str, offset: int) -> int:
    found = _SPACE.match(text, offset)
    return found.end() if found else offset


def _item(text: str, offset: int, index: int) -> int | None:
    """Where the `index`-th item of the list at `offset` starts."""
    if text[offset : offset + 1] != "[":
        return None
    others = re.compile(rf"(?:\s*+{_VALUE}\s*+,){{{index}}}+", re.DOTALL).match(text, offset + 1)
    if others:
        offset, index = others.end() - 1, 0
    offset = _skip_space(text, offset + 1)
    for _ in range(index):
        offset = _after(text, offset)
        if text[offset] != ",":
            return None
        offset = _skip_space(text, offset + 1)
    return None if text[offset] == "]" else offset


def _member(text: str, offset: int, key: str) -> int | None:
    """Where the value of `key` in the object at `offset` starts."""
    if text[offset : offset + 1] != "{":
        return None
    others = re.compile(rf"(?:\s*+(?!{_written(key)}){_STRING}\s*+:\s*+{_VALUE}\s*+,)*+", re.DOTALL)
    offset += 1
    while True:
        run = others.match(text, offset)
        offset = _skip_space(text, run.end() if run else offset)
        if text[offset] != '"':
            return None
        name, offset = _text(text, offset + 1, False)
        offset = _skip_space(text, _skip_space(text, offset) + 1)
        if name == key:
            return offset
        offset = _after(text, offset)
        if text[offset] != ",":
            return None
        offset += 1


def _written(key: str) -> str:
    """An expression for every way to write the key in JSON, or for more than that where there are too many."""
    if len(key) > _LONGEST or not key.isascii():
        return rf'(?:{re.escape(json.dumps(key, ensure_ascii=False))}|"[^"\\]*+\\)'
    letters = (rf"(?:{re.escape(json.dumps(letter)[1:-1])}|\\u(?i:{ord(letter):04x}))" for letter in key)
    return f'"{"".join(letters)}"'


def _after(text: str, offset: int) -> int:
    """Past the value at `offset` and the space behind it."""
    return _skip_space(text, _scan(text, offset)[1])
