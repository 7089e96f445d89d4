"""Reading objects with very many keys: whether a key stands in one a second time is seen from how many came out.

Which one it is the parser finds by looking each up as it goes, which takes it three times as long as to read them. Where
most stand in one object, halving it is quicker.
"""

from __future__ import annotations

import json
import re
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
        entries = _entries(data)
        if entries == colons or entries == count_keys(source):
            return data
        _refuse_second(source, _widest(data), count_keys)
        return jiter.from_json(source, allow_inf_nan=False, catch_duplicate_keys=True, cache_mode="none")
    return jiter.from_json(source, allow_inf_nan=False, catch_duplicate_keys=True)


def _entries(data: Any) -> int:
    """How many keys its objects have together."""
    return sum(map(len, _objects(data)))


def _widest(data: Any) -> dict[str, Any]:
    """The object with most keys."""
    return max(_objects(data), key=len)


def _objects(data: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    level = [data]
    while level:
        deeper: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                held = cast("dict[str, Any]", one)
                found.append(held)
                deeper += [item for item in held.values() if type(item) is dict or type(item) is list]
            elif isinstance(one, list):
                items = cast("list[Any]", one)
                deeper += [item for item in items if type(item) is dict or type(item) is list]
        level = deeper
    return found


def _refuse_second(source: bytes, widest: dict[str, Any], count_keys: Callable[[bytes], int]) -> None:
    """Raise the parser's error if a key stands a second time in the widest of its objects, and nothing is nested there.

    The keys that came out are in the order in which they stand first. Up to the first that stands again, as many are
    counted between two of them as came out, so that halving finds it."""
    if b"\\" in source:
        return  # keys may be written in other ways
    keys = list(widest)
    low, high = 0, len(keys) - 1
    begin = at = source.find(_written(keys[0]))
    end = source.find(_written(keys[high]), at)
    if min(at, end) >= 0 and count_keys(source[at:end]) == high:
        low, at = high, end
    while high - low > 1:
        middle = (low + high) // 2
        there = source.find(_written(keys[middle]), at)
        if count_keys(source[at:there]) == middle - low:
            low, at = middle, there
        else:
            high = middle
    found = _NEXT.match(source, at)
    if found is not None and _stand_together(source, begin, found[1], found.start(1)):
        colon = found.end() - 1
        line, column = source.count(b"\n", 0, colon) + 1, colon - source.rfind(b"\n", 0, colon)
        raise ValueError(f"Detected duplicate key {found[1].decode()} at line {line} column {column}")


_NEXT = re.compile(rb'"[^"]*+"\s*+:\s*+(?:"[^"]*+"|[^",\[\]{}]++)\s*+,\s*+("[^"]*+")\s*+:')
"""A key, a value that holds no others, and the next key, where no text has an escape."""
_KEY = re.compile(rb'"[^"]*+"\s*+:')


def _stand_together(source: bytes, begin: int, key: bytes, second: int) -> bool:
    """Whether a key stands before in the same object: it was only looked for as a piece of text."""
    first = source.find(key, begin, second)
    if first < 0 or _KEY.match(source, first) is None:
        return False
    if source.count(b'"', 0, first) % 2 or source.count(b'"', 0, second) % 2:
        return False  # it stands within a text, or across two
    signs = b"".join(source[first:second].split(b'"')[::2])
    return b"{" not in signs and b"}" not in signs


def _written(key: str) -> bytes:
    return json.dumps(key, ensure_ascii=False).encode()
