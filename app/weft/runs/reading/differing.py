"""How two values differ: texts by line and word, JSON by key. Bounded, whatever the values are."""

import json
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Any, Literal, NamedTuple, cast

Kind = Literal["same", "gone", "new"]
MOST_PAIRS = 400_000
"""Pairs of lines, or of words, that are compared at most; what is larger is one change."""
MOST_CHANGES = 500
DEEPEST = 64
"""Levels of a value that are compared one by one."""
_WORDS = re.compile(r"\s+|[^\s\w]|\w+")


class Piece(NamedTuple):
    """A part of a text: in both, only in the first (`gone`), only in the second (`new`)."""

    kind: Kind
    text: str


class Change(NamedTuple):
    """A place of a value, as `answers[2].name`, and what stands there; `kind` says where nothing does."""

    place: str
    kind: Literal["changed", "gone", "new"]
    before: Any = None
    after: Any = None


def pieces(before: str, after: str) -> list[Piece]:
    """The two texts as one. Same and gone make the first, same and new the second."""
    found: list[Piece] = []
    for kind, old, new in _blocks(before.splitlines(keepends=True), after.splitlines(keepends=True)):
        if kind == "equal":
            _put(found, "same", old)
            continue
        for inner, gone, come in _blocks(_WORDS.findall("".join(old)), _WORDS.findall("".join(new))):
            if inner == "equal":
                _put(found, "same", gone)
            else:
                _put(found, "gone", gone)
                _put(found, "new", come)
    return found


def changes(before: Any, after: Any, most: int = MOST_CHANGES) -> list[Change]:
    """Where two plain values differ, at most so many places; none if they are alike."""
    found: list[Change] = []
    for change in _changes(before, after, "", DEEPEST):
        found.append(change)
        if len(found) >= most:
            break
    return found


def alike(before: Any, after: Any) -> bool:
    """Whether they are the same as JSON: `1` is neither `true` nor `"1"`."""
    if before is after:
        return True
    if isinstance(before, bool) or isinstance(after, bool):
        return before is after
    if isinstance(before, dict) and isinstance(after, dict):
        old, new = cast("dict[str, Any]", before), cast("dict[str, Any]", after)
        return old.keys() == new.keys() and all(alike(value, new[key]) for key, value in old.items())
    if isinstance(before, list) and isinstance(after, list):
        left, right = cast("list[Any]", before), cast("list[Any]", after)
        return len(left) == len(right) and all(map(alike, left, right))
    return bool(before == after)


def shown(value: Any, most: int = 200) -> str:
    """A value on a line: a text as it is, all else as JSON."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    flat = " ".join(text[: 2 * most].split())
    return flat if len(flat) <= most and len(text) <= 2 * most else f"{flat[: most - 1]}…"


def _put(found: list[Piece], kind: Kind, parts: Sequence[str]) -> None:
    if not parts:
        return
    text = "".join(parts)
    if found and found[-1].kind == kind:
        found[-1] = Piece(kind, found[-1].text + text)
    else:
        found.append(Piece(kind, text))


def _blocks(old: list[str], new: list[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    """What is equal and what isn't, in order. Equal ends are taken away first."""
    head = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    rest = zip(reversed(old[head:]), reversed(new[head:]), strict=False)
    tail = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], rest))
    if head:
        yield "equal", old[:head], new[:head]
    left, right = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(left) * len(right) > MOST_PAIRS:
        yield "replace", left, right
    elif left or right:
        for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
            yield kind, left[a:b], right[c:d]
    if tail:
        yield "equal", old[len(old) - tail :], new[len(new) - tail :]


def _changes(before: Any, after: Any, place: str, deep: int) -> Iterator[Change]:
    if alike(before, after):
        return
    if deep and isinstance(before, dict) and isinstance(after, dict):
        yield from _by_key(cast("dict[str, Any]", before), cast("dict[str, Any]", after), place, deep - 1)
    elif deep and isinstance(before, list) and isinstance(after, list):
        yield from _by_place(cast("list[Any]", before), cast("list[Any]", after), place, deep - 1)
    else:
        yield Change(place, "changed", before, after)


def _by_key(old: dict[str, Any], new: dict[str, Any], place: str, deep: int) -> Iterator[Change]:
    for key in dict.fromkeys([*old, *new]):
        at = (
            f"{place}.{key}"
            if place and key.isidentifier()
            else key
            if key.isidentifier()
            else f"{place}[{key!r}]"
        )
        if key not in new:
            yield Change(at, "gone", before=old[key])
        elif key not in old:
            yield Change(at, "new", after=new[key])
        else:
            yield from _changes(old[key], new[key], at, deep)


def _by_place(old: list[Any], new: list[Any], place: str, deep: int) -> Iterator[Change]:
    for index in range(max(len(old), len(new))):
        at = f"{place}[{index}]"
        if index >= len(new):
            yield Change(at, "gone", before=old[index])
        elif index >= len(old):
            yield Change(at, "new", after=new[index])
        else:
            yield from _changes(old[index], new[index], at, deep)
