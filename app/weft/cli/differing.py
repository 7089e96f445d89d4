"""What differs between two revisions of a flow, as lines for a terminal and as plain data for programs."""

import json
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import Any, cast

from weft.cli.terminal import Style, clean, styled
from weft.model.comparing import Comparison, Difference
from weft.model.flow import Flow

SHORT = 60
"""Characters of a value that is shown in its line."""
_SIGNS: dict[str, Style] = {"+": "green", "-": "red", "~": "yellow", ">": "cyan"}


def plain(heading: str, old: Flow | None, new: Flow | None, found: Comparison) -> dict[str, Any]:
    """For programs: the same words as the file."""
    return {
        "flow": heading,
        "status": "added" if old is None else "removed" if new is None else "changed" if found else "same",
        "renamed": found.renamed,
        "reordered": list(found.reordered),
        "differences": [
            {"path": one.path, "before": one.before, "after": one.after, "layout": one.only_layout}
            for one in found.differences
        ],
    }


def lines(
    heading: str, old: Flow | None, new: Flow | None, found: Comparison, *, layout: bool
) -> Iterator[str]:
    """One block: a heading with counts, then what came, went, was renamed and changed."""
    yield styled(f"{clean(heading)}: {_counted(old, new, found)}", "bold")
    for before, after in found.renamed.items():
        yield _signed(">", f"node {before} is now called {after}")
    by_node: dict[str | None, list[Difference]] = {}
    for one in found.meant:
        by_node.setdefault(one.node, []).append(one)
    for one in by_node.pop(None, []):
        yield from _part(one, one.path, "  ")
    for node, parts in by_node.items():
        yield from _node(str(node), parts, new)
    for section in found.reordered:
        yield _signed("~", f"the {section} are in another order")
    if layout:
        for one in found.places:
            yield from _part(one, one.path, "  ")
    elif found.places:
        yield styled(f"  {_number(len(found.places), 'thing')} moved on the canvas", "dim")
    yield ""


def _counted(old: Flow | None, new: Flow | None, found: Comparison) -> str:
    if old is None or new is None:
        return "a new flow" if old is None else "the flow is gone"
    whole = {one.node: one for one in found.meant if one.node and len(one.parts) == 2}
    come = sum(one.before is None for one in whole.values())
    changed = {one.node for one in found.meant if one.node} - whole.keys()
    counts = {
        "added": come,
        "removed": len(whole) - come,
        "renamed": len(found.renamed),
        "changed": len(changed),
    }
    told = [f"{_number(count, 'node')} {how}" for how, count in counts.items() if count]
    others = sum(one.node is None for one in found.meant)
    if others:
        told.append(_number(others, "other change" if told else "change"))
    return ", ".join(told) or "the same in meaning"


def _node(name: str, parts: list[Difference], new: Flow | None) -> Iterator[str]:
    first = parts[0]
    if len(first.parts) == 2:
        sign, node = ("+", first.after) if first.before is None else ("-", first.before)
        yield _signed(sign, f"node {name}{_described(node)}")
        yield from _whole(sign, cast("Mapping[str, Any]", node))
        return
    found = new.nodes.get(name) if new is not None else None
    yield _signed("~", f"node {name}{f' ({found.component})' if found else ''}")
    for one in parts:
        yield from _part(one, ".".join(one.parts[2:]), "      ")


def _described(node: Mapping[str, Any]) -> str:
    title = f' "{node["title"]}"' if node.get("title") else ""
    return f" ({node.get('component')}){title}"


def _whole(sign: str, node: Mapping[str, Any]) -> Iterator[str]:
    """The params and wires of a node that came or went."""
    for section in ("params", "inputs", "after", "options"):
        value = node.get(section)
        parts = (
            cast("dict[str, Any]", value).items()
            if isinstance(value, dict)
            else [("", value)]
            if value
            else []
        )
        for name, part in parts:
            title = f"{section}.{name}" if name else section
            text = _text(part).splitlines() or [""]
            if len(text) == 1 and len(text[0]) <= SHORT:
                yield _paint(sign, f"      {title}: {text[0]}")
            else:
                yield _paint(sign, f"      {title}:")
                yield from (_paint(sign, f"        {line}") for line in text)


def _part(one: Difference, title: str, indent: str) -> Iterator[str]:
    before, after = _text(one.before), _text(one.after)
    if one.before is None or one.after is None:
        sign, text = ("+", after) if one.before is None else ("-", before)
        yield from _titled(sign, title, text, indent)
    elif max(len(before), len(after)) <= SHORT and "\n" not in before + after:
        yield f"{indent}{styled('~', 'yellow')} {clean(title)}: {clean(before)} → {clean(after)}"
    else:
        yield f"{indent}{styled('~', 'yellow')} {clean(title)}"
        for line in [*unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)][2:]:
            if not line.startswith("@@"):
                yield _paint(line[:1], f"{indent}    {line[:1]} {line[1:]}")


def _titled(sign: str, title: str, text: str, indent: str) -> Iterator[str]:
    rows = text.splitlines() or [""]
    if len(rows) == 1 and len(text) <= SHORT:
        yield _paint(sign, f"{indent}{sign} {title}: {text}")
        return
    yield _paint(sign, f"{indent}{sign} {title}")
    yield from (_paint(sign, f"{indent}    {sign} {row}") for row in rows)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    short = json.dumps(value, ensure_ascii=False)
    return short if len(short) <= SHORT else json.dumps(value, ensure_ascii=False, indent=2)


def _signed(sign: str, text: str) -> str:
    return f"  {styled(sign, _SIGNS[sign])} {clean(text)}"


def _paint(sign: str, text: str) -> str:
    style = _SIGNS.get(sign) if sign in "+-" else None
    return styled(clean(text), style) if style else clean(text)


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
