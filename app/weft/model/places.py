"""From a path in a document to a line and column of its text, for messages that point at the spot.

The text is scanned, not parsed: siblings on the way are skipped by a regular expression where they are simple, and by
the JSON decoder where they aren't, so that finding a place in the largest document stays cheap.
"""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder
from json.decoder import scanstring  # pyright: ignore[reportUnknownVariableType, reportAttributeAccessIssue]
from typing import Any

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


_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = r'"(?:[^"\\]++|\\.)*+"'
_SIMPLE = rf"(?:{_STRING}|[^\s,\[\]{{}}\"]++)"
_scan = JSONDecoder().scan_once


def _skip_space(text: str, offset: int) -> int:
    found = _SPACE.match(text, offset)
    return found.end() if found else offset


def _item(text: str, offset: int, index: int) -> int | None:
    """Where the `index`-th item of the list at `offset` starts."""
    if text[offset : offset + 1] != "[":
        return None
    simple_items = re.compile(rf"(?:\s*+{_SIMPLE}\s*+,)*+", re.DOTALL)
    one_item = re.compile(rf"\s*+{_SIMPLE}\s*+,", re.DOTALL)
    offset, passed = offset + 1, 0
    while True:
        run = simple_items.match(text, offset)
        skipped = sum(1 for _ in one_item.finditer(text, offset, run.end())) if run else 0
        if passed + skipped > index:
            for _ in range(index - passed):
                step = one_item.match(text, offset)
                offset = step.end() if step else offset
            return _skip_space(text, offset)
        passed, offset = passed + skipped, _skip_space(text, run.end() if run else offset)
        if text[offset] == "]":
            return None
        if passed == index:
            return offset
        offset, passed = _after(text, offset), passed + 1
        if text[offset] != ",":
            return None
        offset += 1


def _member(text: str, offset: int, key: str) -> int | None:
    """Where the value of `key` in the object at `offset` starts."""
    if text[offset : offset + 1] != "{":
        return None
    # Passes simple members in one go, but none whose key could be the one: equal as written, or written with escapes.
    others = re.compile(
        rf'(?:\s*+(?!"{re.escape(key)}"|"[^"\\]*+\\){_STRING}\s*+:\s*+{_SIMPLE}\s*+,)*+', re.DOTALL
    )
    offset += 1
    while True:
        run = others.match(text, offset)
        offset = _skip_space(text, run.end() if run else offset)
        if text[offset] != '"':
            return None
        name: Any
        name, offset = scanstring(text, offset + 1, False)
        offset = _skip_space(text, _skip_space(text, offset) + 1)
        if name == key:
            return offset
        offset = _after(text, offset)
        if text[offset] != ",":
            return None
        offset += 1


def _after(text: str, offset: int) -> int:
    """Past the value at `offset` and the space behind it."""
    return _skip_space(text, _scan(text, offset)[1])
