"""Two revisions of a flow gone through one by one: what came, went and was changed, and how to take one of it back.

An entry is what a person sees as one change: a node that came, a node with all that was changed in it, an input. What is
taken back is a transaction on the newer revision, so it is undone, kept and shown in other tabs like any other edit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from weft.model.changes import RemoveNode, RenameNode, Transaction, as_json
from weft.model.comparing import Comparison, Difference, compare
from weft.model.difference import difference
from weft.model.edits import apply
from weft.model.errors import ChangeRefused, DocumentError
from weft.model.flow import Flow
from weft.model.parts import Path, alike, names
from weft.model.text import from_json, to_json

Kind = Literal["added", "removed", "changed", "renamed", "reordered", "moved"]
_WHOLE = ("nodes", "inputs", "outputs", "state")
"""Sections of which each part is an entry of its own."""
_DRAWN = {"notes": "note", "frames": "frame"}
_SAID = ("text", "title", "color")
"""What a note or a frame says; all else is where it lies."""


class Wire(NamedTuple):
    """An edge as it is written: what is referred to, and the node's port that does. `port` is "" for `after`; the node
    of an output of the flow is `outputs`."""

    ref: str
    node: str
    port: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `place` leads to it, as in the newer revision; `was` is the node's name in the older one, if that is
    another. `parts` are its differences: none of a node that only has another name."""

    kind: Kind
    place: Path
    parts: tuple[Difference, ...] = ()
    was: str = ""

    @property
    def node(self) -> str:
        """The node that it is about, "" if it is about none."""
        return self.place[1] if self.place[0] == "nodes" and len(self.place) > 1 else ""

    @property
    def drawn(self) -> str:
        """The note or the frame that it is about, as `note:n1`; "" if it is about neither."""
        return f"{_DRAWN[self.place[1]]}:{self.place[2]}" if _is_drawn(self.place) else ""

    @property
    def key(self) -> str:
        """Names it among the entries of its review."""
        return f"{self.kind} {'.'.join(self.place)}"


@dataclass(frozen=True, slots=True)
class Review:
    """`old` has the names that its nodes have in `new`."""

    old: Flow
    new: Flow
    entries: tuple[Entry, ...]
    came: tuple[Wire, ...]
    gone: tuple[Wire, ...]

    def nodes(self, *kinds: Kind) -> list[str]:
        """The nodes that such entries are about."""
        return [entry.node for entry in self.entries if entry.node and entry.kind in kinds]

    @property
    def moved(self) -> list[str]:
        """The nodes that stand elsewhere, and are the same."""
        others = {entry.node for entry in self.entries}
        return [path[2] for path in self._places if path[1] == "nodes" and path[2] not in others]

    @property
    def moved_drawn(self) -> list[str]:
        """The notes and frames that lie elsewhere, and say the same."""
        return [f"{_DRAWN[path[1]]}:{path[2]}" for path in self._places if _is_drawn(path)]

    @property
    def _places(self) -> list[Path]:
        parts = (part.parts for entry in self.entries if entry.kind == "moved" for part in entry.parts)
        return [path for path in parts if path[0] == "layout" and len(path) == 3]


def review(old: Flow, new: Flow) -> Review:
    """From `old` to `new`, in the order of the file; then notes and frames, and what only lies elsewhere, as one."""
    found = compare(old, new)
    known = _named_anew(old, found)
    before, after = dict.fromkeys(_wires(known)), dict.fromkeys(_wires(new))
    return Review(
        known,
        new,
        tuple(_entries(found)),
        came=tuple(wire for wire in after if wire not in before),
        gone=tuple(wire for wire in before if wire not in after),
    )


def taken_back(made: Review, entry: Entry, part: Difference | None = None) -> Transaction:
    """What puts an entry, or one part of it, back as it was; all else stays. A node that went comes with the edges that
    went with it. Raises `ChangeRefused` if that makes no flow."""
    label = f"Take back: {told(entry)}"
    if entry.kind == "added" and entry.node and part is None:
        return Transaction(changes=(RemoveNode(id=entry.node),), label=label)
    plain = to_json(made.new)
    if entry.kind == "reordered":
        section = entry.place[0]
        plain[section] = _in_order(names(plain[section]), list(names(to_json(made.old)[section])))
    before = to_json(made.old)
    for one in (part,) if part is not None else (*entry.parts, *_with(made, entry)):
        _put(plain, before, one)
    try:
        goal = from_json(plain)
    except DocumentError as problem:
        raise ChangeRefused(f"that can't be taken back by itself: {problem}") from None
    tx = difference(made.new, goal, label=label, source="")
    if entry.was and part is None:
        rename = as_json(Transaction(changes=(RenameNode(id=entry.node, to=entry.was),)))["changes"]
        return Transaction.model_validate({"changes": [*as_json(tx)["changes"], *rename], "label": label})
    return tx


def told(entry: Entry) -> str:
    """An entry in words: `node essay added`."""
    if entry.kind == "moved":
        return "places on the canvas"
    if entry.drawn:
        return f"{entry.drawn.replace(':', ' ')} {entry.kind}"
    section, *rest = entry.place
    singular = section[:-1] if section in ("nodes", "inputs", "outputs") and rest else section
    return " ".join([singular, *rest[:1], entry.kind])


def _named_anew(old: Flow, found: Comparison) -> Flow:
    if not found.renamed:
        return old
    changes = tuple(RenameNode(id=before, to=after) for before, after in found.renamed.items())
    return apply(old, Transaction(changes=changes))[0]


def _entries(found: Comparison) -> Iterator[Entry]:
    groups: dict[Path, list[Difference]] = {}
    for one in found.meant:
        depth = 2 if one.parts[0] in _WHOLE else 1
        groups.setdefault(one.parts[:depth], []).append(one)
    was = {after: before for before, after in found.renamed.items()}
    for place, parts in groups.items():
        first, name = parts[0], place[-1]
        whole = first.parts == place
        kind: Kind = "changed"
        if whole and len(place) == 2:
            kind = "added" if first.before is None else "removed" if first.after is None else "changed"
        yield Entry(kind, place, tuple(parts), was.get(name, "") if place[0] == "nodes" else "")
    for after, before in was.items():
        if ("nodes", after) not in groups:
            yield Entry("renamed", ("nodes", after), (), before)
    for section in found.reordered:
        yield Entry("reordered", (section,))
    whole_nodes = {place[1] for place in groups if place[0] == "nodes" and groups[place][0].parts == place}
    drawn = [*_drawn(found.places)]
    yield from drawn
    told = {entry.place for entry in drawn}
    moved = [
        one
        for one in found.places
        if one.parts not in told and (one.parts[-1] not in whole_nodes or one.parts[1:2] != ("nodes",))
    ]
    if moved:
        yield Entry("moved", ("layout",), tuple(moved))


def _is_drawn(path: Path) -> bool:
    return len(path) == 3 and path[0] == "layout" and path[1] in _DRAWN


def _drawn(places: list[Difference]) -> Iterator[Entry]:
    """The notes and frames that came, went, or say something else."""
    for one in places:
        if not _is_drawn(one.parts):
            continue
        if one.before is None or one.after is None:
            yield Entry("added" if one.before is None else "removed", one.parts, (one,))
        elif any(one.before.get(name) != one.after.get(name) for name in _SAID):
            yield Entry("changed", one.parts, (one,))


def _wires(flow: Flow) -> Iterator[Wire]:
    for name, node in flow.nodes.items():
        for port in node.inputs:
            for ref in node.refs(port):
                yield Wire(ref, name, port)
        for ref in node.after:
            yield Wire(ref, name, "")
    for name, ref in flow.outputs.items():
        yield Wire(ref, "outputs", name)


def _with(made: Review, entry: Entry) -> Iterator[Difference]:
    """What went with a node, and comes back with it: its place, and the references that were only to it."""
    if entry.kind != "removed" or not entry.node:
        return
    for other in made.entries:
        for one in other.parts:
            if one.parts == ("layout", "nodes", entry.node):
                yield one
            wired = one.parts[:1] == ("outputs",) or "inputs" in one.parts[2:3] or "after" in one.parts[2:3]
            if wired and other is not entry and _without(one.before, entry.node) == _listed(one.after):
                yield one
    place = made.old.layout.nodes.get(entry.node)
    if place is not None:
        yield Difference(("layout", "nodes", entry.node), list(place), None)


def _listed(refs: Any) -> list[str]:
    return [refs] if isinstance(refs, str) else list(refs or ())


def _without(refs: Any, node: str) -> list[str] | None:
    """The references but for those to the node; None if there are none to it."""
    kept = [ref for ref in _listed(refs) if ref.partition(".")[0] != node]
    return kept if len(kept) < len(_listed(refs)) else None


def _put(plain: dict[str, Any], old: dict[str, Any], one: Difference) -> None:
    """Put the part back as it was, at the place among its like that it had."""
    there, before = plain, old
    for name in one.parts[:-1]:
        there, before = there.setdefault(name, {}), names(before.get(name))
    name = one.parts[-1]
    if one.before is None:
        there.pop(name, None)
    elif name in there or not alike(before.get(name), one.before):
        there[name] = one.before
    else:
        kept = [*there.items()]
        order = list(before)
        ahead = set(order[: order.index(name)])
        at = max((index + 1 for index, (key, _) in enumerate(kept) if key in ahead), default=0)
        there.clear()
        there.update([*kept[:at], (name, one.before), *kept[at:]])


def _in_order(values: dict[str, Any], order: list[str]) -> dict[str, Any]:
    """What both have stands in the old order, where such things stand; what came stays in its place."""
    known = iter([name for name in order if name in values])
    return {name: values[name] for name in (next(known) if one in order else one for one in values)}
