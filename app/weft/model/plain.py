"""The one gate at every border: whatever a component made, as plain JSON, or a sentence why not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from pathlib import PurePath
from typing import Any, cast
from uuid import UUID

from pydantic import BaseModel

from weft.model.errors import WeftError

MAX_DEPTH = 64
MAX_VALUES = 1_000_000
MAX_CHARACTERS = 16_000_000
_SMALL = 2**63
_MAX_BITS = 1024  # the size of the largest finite float: what any reader of JSON survives
_kind: Callable[[Any], object] = type


def to_plain(
    value: Any,
    *,
    name: str = "value",
    max_depth: int = MAX_DEPTH,
    max_values: int = MAX_VALUES,
    max_characters: int = MAX_CHARACTERS,
) -> Any:
    """Make `value` out of dicts, lists, str, int, float, bool and None alone: a copy that shares no container with it.

    Takes models of pydantic, dataclasses, mappings, sequences, sets (sorted where they can be), enums, paths, dates,
    UUIDs and numbers of numpy. Refuses, with a WeftError of code `not-plain` that says where under `name`: NaN and
    infinities, half characters, bytes, any other object, and whatever is deeper than the bound; with `too-large` what has
    more values or characters.
    """
    kind = _kind(value)
    if value is None or kind is bool or (kind is int and -_SMALL < value < _SMALL):
        return value
    if kind is str and value.isascii() and len(value) <= max_characters:
        return value
    return _Gate(max_depth, max_values, max_characters).plain(value, (None, name), 0)


# Where a value is: (where what holds it is, its key there); a tuple of all keys would be copied for each value.
_Link = tuple["_Link | None", Any]


class _Gate:
    """One pass over one value, counting what is left of its allowance."""

    def __init__(self, depth: int, values: int, characters: int) -> None:
        self.depth, self.max_values, self.max_characters = depth, values, characters
        self.values, self.characters = values, characters

    def plain(self, value: Any, link: _Link, depth: int) -> Any:
        kind = _kind(value)
        if kind is str:
            return self.text(value, link)
        if value is None or kind is bool:
            return value
        if kind is int or kind is float:
            return _number(value, link)
        if depth >= self.depth:
            raise _not_plain(link, f"is nested deeper than {self.depth}, or contains itself")
        depth += 1
        if kind is dict:
            self.count(value, link)
            plain = self.plain
            return {
                self.key(key, link) if _kind(key) is not str or not key.isascii() else key: (
                    item if item is None or item is True or item is False else plain(item, (link, key), depth)
                )
                for key, item in value.items()
            }
        if kind is list or kind is tuple:
            self.count(value, link)
            return [self.plain(item, (link, index), depth) for index, item in enumerate(value)]
        return self.plain(_unpack(value, link), link, depth)

    def count(self, container: Any, link: _Link) -> None:
        self.values -= len(container)
        if self.values < 0:
            raise _not_plain(link, f"holds more than {self.max_values:,} values", "too-large")

    def key(self, key: Any, link: _Link) -> str:
        if isinstance(key, Enum):
            key = key.value
        if type(key) is int:
            return str(_number(key, link))
        if not isinstance(key, str):
            raise _not_plain(link, f"has the key {_short(key)}, and keys must be text")
        return self.text(str(key), link)

    def text(self, value: str, link: _Link) -> str:
        self.characters -= len(value)
        if self.characters < 0:
            raise _not_plain(link, f"holds more than {self.max_characters:,} characters", "too-large")
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError as error:
                raise _not_plain(link, f"has half a character (a lone surrogate) at {error.start}") from None
        return value


def _number(value: float, link: _Link) -> float:
    if isinstance(value, int):
        if value.bit_length() > _MAX_BITS:
            raise _not_plain(link, "is a whole number of more than 308 digits")
    elif not math.isfinite(value):
        raise _not_plain(link, f"is {value}, which is no JSON number")
    return value


def _unpack(value: Any, link: _Link) -> Any:
    """The simpler value that stands for one of another type; the caller looks into it."""
    for kind, unpacked in _UNPACKED:
        if isinstance(value, kind):
            return unpacked(value)
    if isinstance(value, bytes | bytearray | memoryview):
        raise _not_plain(link, "is bytes, and JSON has only text")
    if isinstance(value, Sequence):
        return list(cast("Sequence[Any]", value))
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if callable(tolist := getattr(value, "tolist", None)):  # numbers and arrays of numpy
        return tolist()
    raise _not_plain(link, f"is an object of type {type(value).__name__!r}, which is no JSON")


def _fields(model: BaseModel) -> dict[str, Any]:
    return {name: getattr(model, name) for name in type(model).model_fields} | (model.model_extra or {})


def _ordered(values: Any) -> list[Any]:
    """A set has no order; the same set must always make the same list."""
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=repr)


_UNPACKED: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (Enum, lambda value: value.value),
    (BaseModel, _fields),
    (Mapping, dict[Any, Any]),
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
    (PurePath, PurePath.as_posix),
    ((datetime, date, time), lambda value: value.isoformat()),
    (UUID, str),
    (Set, _ordered),
)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _not_plain(link: _Link, what: str, code: str = "not-plain") -> WeftError:
    where, at = "", link
    while at[0] is not None:
        where, at = f"[{at[1]!r}]{where}", at[0]
    where = f"{at[1]}{where}"
    return WeftError(
        f"{where[:300]} {what}.",
        code=code,
        hint="Values that pass between steps are plain JSON: text, numbers, true, false, null, lists, objects.",
        retryable=False,
    )
