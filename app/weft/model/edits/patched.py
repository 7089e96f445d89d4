"""A value as somebody wrote it, changed only where it must be: the order of its keys, and what it says although it need
not, stay as they are."""

from __future__ import annotations

import json
from typing import Any, cast


def patched(value: Any, before: Any, after: Any) -> Any:
    """`value` means `before`, and is to mean `after`; these two are canonical."""
    if same(before, after):
        return value
    if not (isinstance(value, dict) and isinstance(before, dict) and isinstance(after, dict)):
        return after
    return _object(
        cast("dict[str, Any]", value), cast("dict[str, Any]", before), cast("dict[str, Any]", after)
    )


def same(one: Any, other: Any) -> bool:
    """Equal to the letter, the order of keys and the kinds of numbers included."""
    return json.dumps(one) == json.dumps(other)


def _object(value: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    kept = {
        key: patched(here, before[key], after[key])
        if key in before and key in after
        else after.get(key, here)
        for key, here in value.items()
        if key in after or key not in before
    }
    moved = [key for key in before if key in after] != [key for key in after if key in before]
    keys = [key for key in after if key in kept] if moved else list(kept)
    previous: str | None = None
    for key in after:
        if key not in kept:
            keys.insert(keys.index(previous) + 1 if previous is not None else 0, key)
        previous = key
    loose = [key for key in kept if key not in keys]
    return {key: kept[key] if key in kept else after[key] for key in [*keys, *loose]}
