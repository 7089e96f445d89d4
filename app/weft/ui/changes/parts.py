"""A change part by part: each value before and after, as the tab Changes shows it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from weft.model.comparing import Difference
from weft.model.parts import Path
from weft.model.reviewing import Entry
from weft.runs.reading.differing import changes, pieces, shown

MOST_TEXT, MOST_PLACES = 48_000, 100
_SECTIONS = ("params", "inputs", "options")


def parts(entry: Entry) -> Iterator[dict[str, Any]]:
    """Its values, with the number by which one of them can be taken back alone."""
    for number, one in enumerate(entry.parts[:MOST_PLACES]):
        whole = one.before if one.after is None else one.after
        if one.parts == entry.place and (entry.node or entry.drawn) and isinstance(whole, dict):
            yield from _of_whole(one)
        elif one.only_layout and one.parts[-2:-1] == ("nodes",):
            yield {**_part(_moved(one), _place(one.before), _place(one.after)), "number": number}
        else:
            yield {**_part(_name(entry, one), one.before, one.after), "number": number}


def _name(entry: Entry, one: Difference) -> str:
    return spelled(one.parts[len(entry.place) :] or one.parts[-1:])


def spelled(rest: Path) -> str:
    """A part of a node as one says it: `param prompt`; in a flow that is written there `flow › plan › param prompt`."""
    kind, name, *inner = (*rest, "", "")[: max(2, len(rest))]
    if kind == "params" and inner:
        if inner[0] != "nodes":
            return f"{name} › {'.'.join(inner)}"
        return " › ".join([name, *inner[1:2], *([spelled(tuple(inner[2:]))] if inner[2:] else [])])
    if kind in _SECTIONS and name:
        return f"{'edge into' if kind == 'inputs' else kind[:-1]} {'.'.join(rest[1:])}"
    return ".".join(rest)


def _moved(one: Difference) -> str:
    return f"place of {' › '.join([*one.parts[1:-3:4], one.parts[-1]])}"


def _place(value: Any) -> str | None:
    return None if value is None else ", ".join(map(str, value))


def _of_whole(one: Difference) -> Iterator[dict[str, Any]]:
    """A whole node, note or frame that came or went, or a note or frame that says something else, part by part."""
    before, after = _flat(one.before), _flat(one.after)
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            yield _part(name, before.get(name), after.get(name))


def _flat(whole: Any) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in cast("Mapping[str, Any]", whole or {}).items():
        inner = (
            cast("Mapping[str, Any]", value).items() if name in _SECTIONS and isinstance(value, dict) else ()
        )
        prefix = "edge into" if name == "inputs" else name[:-1]
        flat |= {f"{prefix} {key}": one for key, one in inner} if inner else {name: value}
    return flat


def _part(name: str, before: Any, after: Any) -> dict[str, Any]:
    """One value: its pieces if it is a text, else the places in it."""
    if before is None or after is None or (isinstance(before, str) and isinstance(after, str)):
        old, new = _text(before), _text(after)
        found = pieces(old[:MOST_TEXT], new[:MOST_TEXT])
        cut = max(len(old), len(new)) > MOST_TEXT
        return {"name": name, "kind": "text", "pieces": [[*piece] for piece in found], "cut": cut}
    listed = changes(before, after, MOST_PLACES)
    lines = [
        {
            "place": one.place,
            "kind": one.kind,
            "before": shown(one.before, 400),
            "after": shown(one.after, 400),
        }
        for one in listed
    ]
    return {"name": name, "kind": "json", "places": lines, "cut": len(lines) == MOST_PLACES}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
