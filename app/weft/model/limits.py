"""What a document may hold, checked in one pass over plain data before anything is built from it.

The same pass folds `{"$lines": [...]}` into text, so that in memory a text is a text, and refuses objects that look
like a wrapped value and aren't one. It is iterative and stops at the first thing to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

from weft.model.errors import DocumentError
from weft.model.places import Pointer, spell

_kind: Callable[[Any], object] = type

LARGEST_NUMBER = 2**53
"""Beyond it, not every whole number is a float: JavaScript and others would silently change it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a document may be. `size` is in bytes of UTF-8, `text` in characters of one text value.

    20,000 nodes need at most some 250,000 values; `values` keeps the time to refuse a hostile file short.
    """

    size: int = 5_000_000
    depth: int = 64
    nodes: int = 20_000
    text: int = 65_536
    values: int = 250_000


LIMITS = Limits()


def tidy(value: Any, *, at: Pointer = (), limits: Limits = LIMITS) -> Any:
    """Check plain data against the limits and fold its `$lines`; DocumentError says what stands where.

    `at` is where in a document the value stands, or will. The value may come from anywhere and is left alone: what is
    returned shares no container with it.
    """
    return _Pass(at, limits, foreign=True, copy=True, fold=True).over(value)


def tidy_parsed(document: dict[str, Any], *, has_wrapped: bool, limits: Limits = LIMITS) -> dict[str, Any]:
    """The same for what comes fresh from the JSON parser, which is changed in place. `has_wrapped` may be true in doubt."""
    return _Pass((), limits, foreign=False, copy=False, fold=True, has_wrapped=has_wrapped).over(document)


def check(document: dict[str, Any], *, limits: Limits = LIMITS) -> None:
    """DocumentError if the document couldn't be read back from a file."""
    _Pass((), limits, foreign=True, copy=False, fold=False).over(document)


class _Pass:
    """One look at every value, level by level. `foreign` data may hold what JSON can't.

    The containers found so far, each with the index of the one that holds it and the key it has there, are three lists
    instead of one of records, and keys are looked at a level at a time: this is a third of the time to read a file.
    """

    def __init__(
        self, at: Pointer, limits: Limits, *, foreign: bool, copy: bool, fold: bool, has_wrapped: bool = True
    ) -> None:
        self.at, self.limits = at, limits
        self.foreign, self.copy, self.fold, self.has_wrapped = foreign, copy, fold, has_wrapped
        self.containers: list[Any] = []
        self.parents: list[int] = []
        self.keys: list[Any] = []
        self.literal: set[int] = set()

    def over(self, value: Any) -> Any:
        box = {"": value}
        self.containers, self.parents, self.keys = [box], [-1], [""]
        start, depth, count = 0, len(self.at), 0
        while start < len(self.containers):
            level = self.containers[start:]
            count += sum(map(len, level))
            if count > self.limits.values:
                what = f"and the rest hold more than {self.limits.values:,} values"
                raise self.refuse(start, None, "too-many-values", what)
            if depth > self.limits.depth:
                raise self.refuse(start, None, "too-deep", f"is nested deeper than {self.limits.depth}")
            passed = self.check_keys(level, start) if start and self.has_wrapped else set[int]()
            self.check_items(level, start, passed)
            start, depth = start + len(level), depth + 1
        return box[""]

    def check_items(self, level: list[Any], start: int, passed: set[int]) -> None:
        """Check what the containers of a level hold themselves, and add the containers in them to the next."""
        longest, foreign, copy = self.limits.text, self.foreign, self.copy
        add, add_parent, add_key = self.containers.append, self.parents.append, self.keys.append
        for index, container in enumerate(level, start):
            if passed and index in passed:
                continue
            for key, item in container.items() if _kind(container) is dict else enumerate(container):
                kind = _kind(item)
                if kind is str:
                    if len(item) > longest or (foreign and not item.isascii()):
                        self.check_text(item, index, key)
                elif kind is dict or kind is list:
                    if copy:
                        item = container[key] = item.copy()
                    add(item)
                    add_parent(index)
                    add_key(key)
                elif kind is int or kind is float:
                    if not -LARGEST_NUMBER <= item <= LARGEST_NUMBER:
                        raise self.bad_number(item, index, key)
                elif item is not None and kind is not bool:
                    raise self.not_json(item, index, key)

    def check_keys(self, level: list[Any], start: int) -> set[int]:
        """Look at the keys of the objects, and say which of them are wrapped values with nothing more to check."""
        keys = chain.from_iterable(container for container in level if _kind(container) is dict)
        passed: set[int] = set()
        if self.literal or _are_odd(keys):
            for index, container in enumerate(level, start):
                if self.parents[index] in self.literal:
                    self.literal.add(index)
                if _kind(container) is dict and self.check_object(container, index):
                    passed.add(index)
        return passed

    def check_object(self, container: dict[Any, Any], index: int) -> bool:
        """Look at each key; whether it is a wrapped value with nothing more to check."""
        for key in container:
            self.check_key(key, index)
            if key[:1] == "$" and index not in self.literal:
                wrapped = self.check_wrapped(container, index)
                if wrapped == "$raw":
                    self.literal.add(index)
                return wrapped not in ("", "$raw")
        return False

    def pointer(self, index: int, key: Any = None) -> Pointer:
        """The path from the document's root to a container, or to what it has under `key`."""
        keys: list[str | int] = [] if key is None else [key]
        while index > 0:
            keys.append(self.keys[index])
            index = self.parents[index]
        return self.at + tuple(reversed(keys))[1:]

    def refuse(self, index: int, key: Any, code: str, what: str, hint: str = "") -> DocumentError:
        pointer = self.pointer(index, key)
        return DocumentError(f"{spell(pointer)} {what}.", code=code, hint=hint, pointer=pointer)

    def check_key(self, key: Any, index: int) -> None:
        if not isinstance(key, str):
            raise self.refuse(index, None, "bad-value", f"has the key {key!r:.60}, and keys must be text")
        if not key.isascii() and _half_character(key) is not None:
            raise self.refuse(
                index, None, "bad-text", "has a key with half a character (a lone surrogate) in it"
            )

    def check_text(self, text: Any, index: int, key: Any) -> None:
        if len(text) > self.limits.text:
            raise self.refuse(
                index,
                key,
                "text-too-long",
                f"is a text of {len(text):,} characters, and {self.limits.text:,} is the most",
                'Keep long texts in a file of the workspace and name it with {"$file": "path"}.',
            )
        if not text.isascii() and (found := _half_character(text)) is not None:
            raise self.refuse(
                index,
                key,
                "bad-text",
                f"has half a character (the lone surrogate U+{ord(text[found]):04X}) at position {found}",
                "Write the whole character, or leave it out.",
            )

    def bad_number(self, number: float, index: int, key: Any) -> DocumentError:
        shown = f"{number:.6g}" if isinstance(number, float) else _digits(number)
        what = "which is no JSON number" if shown in ("nan", "inf", "-inf") else "which is past 2^53"
        return self.refuse(
            index, key, "bad-number", f"is {shown}, {what}", "Write it as text if every digit matters."
        )

    def not_json(self, item: Any, index: int, key: Any) -> DocumentError:
        return self.refuse(index, key, "bad-value", f"is of type {type(item).__name__!r}, which is no JSON")

    def check_wrapped(self, container: dict[str, Any], index: int) -> str:
        """What kind of wrapped value this object is ("" for none), refusing what only looks like one.

        `$lines` are replaced by their text in the parent.
        """
        pointer = self.pointer(index)
        if _is_structure(pointer):
            return ""
        if pointer[:1] == ("nodes",) and pointer[2:] == ("params",):
            raise self.bad_wrapped(
                index,
                "has a name that starts with '$', and its names are those of ports",
                "Put the wrapped value under the name of a port.",
            )
        kind, inner = next(iter(container.items()))
        if len(container) != 1 or kind not in _FAULTS:
            name = next(key for key in container if key[:1] == "$")
            raise self.bad_wrapped(
                index,
                f"has the key {name[:60]!r}, and an object with a key that starts with '$' is one of "
                '{"$lines": [...]}, {"$secret": "NAME"}, {"$file": "path"}, {"$raw": ...}, with no other key',
                'Write a literal object with such a key as {"$raw": {...}}.',
            )
        if fault := _FAULTS[kind](inner):
            raise self.bad_wrapped(index, fault)
        if pointer == ("state",) and not (kind == "$raw" and isinstance(inner, dict)):
            raise self.bad_wrapped(index, "must be an object")
        if kind == "$lines":
            text = "\n".join(cast("list[str]", inner))
            self.check_text(text, self.parents[index], self.keys[index])
            if self.fold:
                self.containers[self.parents[index]][self.keys[index]] = text
        return kind

    def bad_wrapped(self, index: int, what: str, hint: str = "") -> DocumentError:
        return self.refuse(index, None, "bad-wrapped-value", what, hint)


def _are_odd(keys: Iterable[Any]) -> bool:
    """Whether any of the keys needs a look of its own: it may belong to a wrapped value, or be no text at all."""
    try:
        joined = "".join(keys)
    except TypeError:
        return True
    return "$" in joined or not joined.isascii()


def _is_structure(pointer: Pointer) -> bool:
    """Whether an object there is a part of the document, in which a `$` key is an unknown key, and no wrapped value."""
    match pointer:
        case () | ("inputs" | "outputs" | "defaults" | "nodes" | "layout",):
            return True
        case ("inputs" | "nodes", _) | ("nodes", _, "inputs" | "options"):
            return True
        case ("layout", "nodes" | "notes" | "frames", *entry):
            return len(entry) <= 1
        case _:
            return False


_SECRET = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


def _secret_fault(name: Any) -> str:
    if isinstance(name, str) and _SECRET.fullmatch(name):
        return ""
    return "has a $secret that isn't a name of letters, digits and '_'"


def _file_fault(path: Any) -> str:
    if not isinstance(path, str) or not path.strip() or "\0" in path:
        return "has a $file that isn't the path of a file"
    parts = path.replace("\\", "/").split("/")
    if not parts[0] or ":" in parts[0] or ".." in parts:
        return f"has the $file {path[:100]!r}, which isn't inside the workspace"
    return ""


def _lines_fault(lines: Any) -> str:
    if isinstance(lines, list) and {_kind(line) for line in cast("list[Any]", lines)} <= {str}:
        return ""
    return "has $lines that aren't a list of texts"


def _raw_fault(value: Any) -> str:
    return ""


_FAULTS: dict[str, Callable[[Any], str]] = {
    "$lines": _lines_fault,
    "$secret": _secret_fault,
    "$file": _file_fault,
    "$raw": _raw_fault,
}
"""The wrapped values there are, each with what is wrong with what one holds; "" for nothing."""


_HALF = re.compile("[\ud800-\udfff]")


def _half_character(text: str) -> int | None:
    found = _HALF.search(text)
    return found.start() if found else None


def _digits(number: int) -> str:
    """A whole number as shown to people; Python refuses to print the very long ones."""
    return (
        str(number)
        if number.bit_length() < 200
        else f"a number of about {int(number.bit_length() * 0.30103):,} digits"
    )
