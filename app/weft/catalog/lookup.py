"""Walking plain JSON by a path: dictionary keys and list positions. No attribute is ever read."""

from __future__ import annotations

from typing import Any, cast


def look_up(value: Any, path: list[str] | tuple[str, ...]) -> tuple[bool, Any]:
    """Walk plain JSON by keys and list positions, and nothing else: `(found, value)`."""
    for part in path:
        kind = cast("type[Any]", type(value))
        if kind is dict and part in value:
            value = value[part]
        elif kind is list and part.isascii() and part.isdigit() and len(part) < 7 and int(part) < len(value):
            value = value[int(part)]
        else:
            return False, None
    return True, value
