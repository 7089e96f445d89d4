"""Reading objects with very many keys: whether a key stands in one a second time is seen from how many came out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import jiter

_MANY = 20_000
"""Keys from which it is worth it."""
_EACH = 10
"""Keys of an object, in the mean: the objects of a flow of very many nodes have fewer."""


def read(source: bytes, count_keys: Callable[[bytes], int]) -> Any:
    """What JSON says; ValueError as the parser has it, also for a key that stands in an object a second time."""
    colons = source.count(b":")
    if colons > _MANY and colons > _EACH * source.count(b"{"):
        # Such keys are in few objects: the parser needn't remember them either.
        data: Any = jiter.from_json(source, allow_inf_nan=False, cache_mode="none")
        if _entries(data) in (colons, count_keys(source)):
            return data
    return jiter.from_json(source, allow_inf_nan=False, catch_duplicate_keys=True)


def _entries(data: Any) -> int:
    """How many keys its objects have together."""
    count, level = 0, [data]
    while level:
        deeper: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                held = cast("dict[str, Any]", one)
                count += len(held)
                deeper += [item for item in held.values() if type(item) is dict or type(item) is list]
            elif isinstance(one, list):
                items = cast("list[Any]", one)
                deeper += [item for item in items if type(item) is dict or type(item) is list]
        level = deeper
    return count
