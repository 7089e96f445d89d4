"""What a document may hold, checked in one pass over plain data before anything is built from it.

The same pass folds `{"$lines": [...]}` into text, so that in memory a text is a text, and refuses objects that look
like a wrapped value and aren't one. It is iterative and stops at the first thing to refuse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from weft.model.errors import DocumentError
from weft.model.places import Pointer, spell

LARGEST_NUMBER = 2**53
"""Beyond it, not every whole number is a float: JavaScript and others would silently change it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a document may be. `size` is in bytes of UTF-8, `text` in characters of one text value or key.

    20,000 nodes need at most some 300,000 values; `values` keeps the time to refuse a hostile file short.
    """

    size: int = 5_000_000
    depth: int = 64
    nodes: int = 20_000
    text: int = 65_536
    values: int = 300_000


LIMITS = Limits()

# A path from the document's root, from its end: (the path to the parent, the key in it); None is the root.
_Link = tuple["_Link | None", str | int] | None


def tidy(value: Any, *, at: Pointer = (), copy: bool = True, limits: Limits = LIMITS) -> Any:
    """Check plain data against the limits and fold its `$lines`; DocumentError says what stands where.

    `at` is where in a document the value stands, or will. With `copy` the value is left alone and may come from
    anywhere; without, it is changed in place and must come fresh from the JSON parser.
    """
    return _Pass(at, copy, limits).over(value)


class _Pass:
    def __init__(self, at: Pointer, copy: bool, limits: Limits) -> None:
        self.at, self.copy, self.limits = at, copy, limits

    def over(self, value: Any) -> Any:
        """Breadth first, each container once; what a container is found to hold is checked in its own turn."""
        limits, copy = self.limits, self.copy
        longest, largest = limits.text, LARGEST_NUMBER
        box: dict[Any, Any] = {"": value}
        queue: list[tuple[Any, Any, _Link, int, bool]] = [(box, None, None, len(self.at), False)]
        count = 0
        for container, parent, link, depth, raw in queue:
            count += len(container)
            if count > limits.values:
                raise self.refuse(
                    link, "too-many-values", f"the document holds more than {limits.values:,} values"
                )
            is_dict = type(container) is dict
            for key, item in container.items() if is_dict else enumerate(container):
                if is_dict:
                    if copy or len(key) > longest:
                        self.check_key(key, link)
                    if key[:1] == "$" and not raw and parent is not None:
                        wrapped = self.check_wrapped(container, parent, link)
                        if wrapped == "$raw":
                            raw = True
                        elif wrapped:
                            break
                kind = type(item)
                if kind is str:
                    if len(item) > longest or copy:
                        self.check_text(item, (link, key))
                elif kind is dict or kind is list:
                    if depth >= limits.depth:
                        raise self.refuse((link, key), "too-deep", f"is nested deeper than {limits.depth}")
                    if copy:
                        item = item.copy()
                        container[key] = item
                    queue.append((item, container, (link, key), depth + 1, raw))
                elif kind is int or kind is float:
                    if not -largest <= item <= largest:
                        raise self.bad_number(item, (link, key))
                elif item is not None and kind is not bool:
                    raise self.not_json(item, (link, key))
        return box[""]

    def pointer(self, link: _Link) -> Pointer:
        """The path from the document's root; the outermost link is the box that holds the value itself."""
        keys: list[str | int] = []
        while link is not None:
            link, key = link
            keys.append(key)
        return self.at + tuple(reversed(keys[:-1]))

    def refuse(self, link: _Link, code: str, what: str, hint: str = "") -> DocumentError:
        pointer = self.pointer(link)
        return DocumentError(f"{spell(pointer)} {what}.", code=code, hint=hint, pointer=pointer)

    def check_key(self, key: Any, link: _Link) -> None:
        if not isinstance(key, str):
            raise self.refuse(link, "bad-value", f"has the key {key!r:.60}, and keys must be text")
        if len(key) > self.limits.text:
            raise self.refuse(link, "text-too-long", f"has a key of {len(key):,} characters")
        if not key.isascii() and _half_character(key) is not None:
            raise self.refuse(link, "bad-text", "has a key with half a character (a lone surrogate) in it")

    def check_text(self, text: str, link: _Link) -> None:
        if len(text) > self.limits.text:
            raise self.refuse(
                link,
                "text-too-long",
                f"is a text of {len(text):,} characters, and {self.limits.text:,} is the most",
                'Keep long texts in a file of the workspace and name it with {"$file": "path"}.',
            )
        if not text.isascii() and (found := _half_character(text)) is not None:
            raise self.refuse(
                link,
                "bad-text",
                f"has half a character (the lone surrogate U+{ord(text[found]):04X}) at position {found}",
                "Write the whole character, or leave it out.",
            )

    def bad_number(self, number: float, link: _Link) -> DocumentError:
        shown = f"{number:.6g}" if isinstance(number, float) else _digits(number)
        what = "which is no JSON number" if shown in ("nan", "inf", "-inf") else "which is past 2^53"
        return self.refuse(
            link, "bad-number", f"is {shown}, {what}", "Write it as text if every digit matters."
        )

    def not_json(self, item: Any, link: _Link) -> DocumentError:
        return self.refuse(link, "bad-value", f"is of type {type(item).__name__!r}, which is no JSON")

    def check_wrapped(self, container: dict[str, Any], parent: Any, link: _Link) -> str:
        """What kind of wrapped value this object is ("" for none), refusing what only looks like one.

        `$lines` are replaced by their text in the parent.
        """
        pointer = self.pointer(link)
        if _is_structure(pointer):
            return ""
        if pointer[:1] == ("nodes",) and pointer[2:] == ("params",):
            raise self.refuse(
                link,
                "bad-wrapped-value",
                "has a name that starts with '$', and its names are those of ports",
                "Put the wrapped value under the name of a port.",
            )
        kind, inner = next(iter(container.items()))
        if len(container) != 1 or kind not in _WRAPPED:
            name = next(key for key in container if key[:1] == "$")
            raise self.refuse(
                link,
                "bad-wrapped-value",
                f"has the key {name[:60]!r}, and an object with a key that starts with '$' is "
                'one of {"$lines": [...]}, {"$secret": "NAME"}, {"$file": "path"}, {"$raw": ...}, with no other key',
                'Write a literal object with such a key as {"$raw": {...}}.',
            )
        if kind == "$lines" and isinstance(inner, list):
            if not all(type(line) is str for line in inner):  # pyright: ignore[reportUnknownVariableType]
                raise self.refuse(link, "bad-wrapped-value", "has $lines that aren't all text")
            text = "\n".join(inner)  # pyright: ignore[reportUnknownArgumentType]
            self.check_text(text, link)
            assert link is not None
            parent[link[1]] = text
            return kind
        if pointer == ("state",) and not (kind == "$raw" and isinstance(inner, dict)):
            raise self.refuse(link, "bad-wrapped-value", "must be an object")
        if fault := _WRAPPED[kind](inner):
            raise self.refuse(link, "bad-wrapped-value", fault)
        return kind


def _is_structure(pointer: Pointer) -> bool:
    """Whether an object there is a part of the document, in which a `$` key is an unknown key, and no wrapped value."""
    match pointer:
        case () | ("inputs" | "outputs" | "defaults" | "nodes" | "layout",):
            return True
        case ("inputs" | "nodes" | "layout", _) | ("nodes", _, "inputs" | "options") | ("layout", _, _):
            return True
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


_WRAPPED: dict[str, Any] = {
    "$lines": lambda lines: "has $lines that aren't a list of texts",
    "$secret": _secret_fault,
    "$file": _file_fault,
    "$raw": lambda value: "",
}


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
