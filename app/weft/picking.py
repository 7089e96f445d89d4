"""A part of JSON by its path: `items.0.title`, `items[0].title`, `items.*.title` for the titles of all."""
# What is inside JSON isn't known before it is looked at.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

import re
from typing import Any


def pick(value: Any, path: str) -> Any:
    """The part at the path, all of it for an empty one. Raises `LookupError` with what is there instead."""
    return pick_parts(value, [part for part in re.split(r"[.\[\]]+", path.strip()) if part])


def pick_parts(value: Any, parts: list[str]) -> Any:
    """The same with the path already taken apart."""
    for index, part in enumerate(parts):
        if part == "*" and isinstance(value, list):
            return [pick_parts(item, parts[index + 1 :]) for item in value]
        value = _part(value, part)
    return value


def _part(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        if part in value:
            return value[part]
        raise LookupError(f"no {part!r} among {', '.join(map(repr, list(value)[:8])) or 'no keys at all'}")
    if isinstance(value, list):
        if re.fullmatch(r"-?[0-9]{1,6}", part) and -len(value) <= int(part) < len(value):
            return value[int(part)]
        raise LookupError(f"no {part!r} in a list of {len(value)}")
    raise LookupError(f"nothing called {part!r} in {'null' if value is None else type(value).__name__}")
