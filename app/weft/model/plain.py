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
    infinities, half characters, bytes, any other object, and whatever is deeper or larger than the bounds.
    """
    kind = _kind(value)
    if kind is bool or value is None or (kind is str and value.isascii() and len(value) <= max_characters):
        return value
    return _Gate(max_depth, max_values, max_characters).plain(value, (name,))


class _Gate:
    """One pass over one value, counting what is left of its allowance."""

    def __init__(self, depth: int, values: int, characters: int) -> None:
        self.depth, self.max_values, self.max_characters = depth, values, characters
        self.values, self.characters = values, characters

    def plain(self, value: Any, path: tuple[Any, ...], depth: int = 0) -> Any:
        self.values -= 1
        if self.values < 0:
            raise _not_plain(path, f"holds more than {self.max_values:,} values")
        kind = _kind(value)
        if kind is str:
            return self.text(value, path)
        if value is None or kind is bool:
            return value
        if kind is int or kind is float:
            return _number(value, path)
        if depth >= self.depth:
            raise _not_plain(path, f"is nested deeper than {self.depth}, or contains itself")
        if kind is dict:
            return {
                self.key(key, path): self.plain(item, (*path, key), depth + 1) for key, item in value.items()
            }
        if kind is list or kind is tuple:
            return [self.plain(item, (*path, index), depth + 1) for index, item in enumerate(value)]
        return self.plain(_unpack(value, path), path, depth + 1)

    def key(self, key: Any, path: tuple[Any, ...]) -> str:
        if isinstance(key, Enum):
            key = key.value
        if type(key) is int:
            return str(_number(key, path))
        if not isinstance(key, str):
            raise _not_plain(path, f"has the key {_short(key)}, and keys must be text")
        return self.text(str(key), path)

    def text(self, value: str, path: tuple[Any, ...]) -> str:
        self.characters -= len(value)
        if self.characters < 0:
            raise _not_plain(path, f"holds more than {self.max_characters:,} characters")
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError as error:
                raise _not_plain(path, f"has half a character (a lone surrogate) at {error.start}") from None
        return value


def _number(value: float, path: tuple[Any, ...]) -> float:
    if isinstance(value, int):
        if value.bit_length() > _MAX_BITS:
            raise _not_plain(path, "is a whole number of more than 308 digits")
    elif not math.isfinite(value):
        raise _not_plain(path, f"is {value}, which is no JSON number")
    return value


def _unpack(value: Any, path: tuple[Any, ...]) -> Any:
    """The simpler value that stands for one of another type; the caller looks into it."""
    for kind, unpacked in _UNPACKED:
        if isinstance(value, kind):
            return unpacked(value)
    if isinstance(value, bytes | bytearray | memoryview):
        raise _not_plain(path, "is bytes, and JSON has only text")
    if isinstance(value, Sequence):
        return list(cast("Sequence[Any]", value))
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if callable(tolist := getattr(value, "tolist", None)):  # numbers and arrays of numpy
        return tolist()
    raise _not_plain(path, f"is an object of type {type(value).__name__!r}, which is no JSON")


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


def _not_plain(path: tuple[Any, ...], what: str) -> WeftError:
    where = str(path[0]) + "".join(
        f"[{part!r}]" if isinstance(part, str) else f"[{part}]" for part in path[1:]
    )
    return WeftError(
        f"{where[:300]} {what}.",
        code="not-plain",
        hint="Values that pass between steps are plain JSON: text, numbers, true, false, null, lists, objects.",
        retryable=False,
    )
