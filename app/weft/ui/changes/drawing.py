"""A review as the canvas draws it, and as the list names it: worked out beside the loop, for a flow may be large."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from weft.model.flow import Flow
from weft.model.reviewing import Entry, Review
from weft.ui.session import spoken
from weft.workspace.flows.layered import places

LISTED, DRAWN = 2_000, 5_000
"""Changes in the list, and nodes or edges that went on the canvas, at most."""
SHOWN = 160
"""Characters of a text on what stands for a node that went."""
_SINGLE = {"nodes": "Node", "inputs": "Input", "outputs": "Output", "state": "State"}
_FACES = ("inputs", "outputs")


def spot(entry: Entry) -> str:
    """Where on the canvas it is: a node, `note:n1`, the card of the flow's inputs or outputs; "" for none of them."""
    return entry.node or entry.drawn or (entry.place[0] if entry.place[0] in _FACES else "")


def drawing(made: Review) -> dict[str, Any]:
    """What came, went, was changed or only moved: see `static/canvas/reviewed.js`."""
    added = made.nodes("added")
    known = set(added)
    drawn = {entry.drawn: entry.kind for entry in made.entries if entry.drawn and entry.kind != "removed"}
    return {
        "added": added,
        "changed": _changed(made),
        "moved": made.moved,
        "drawn": {**dict.fromkeys(made.moved_drawn, "moved"), **drawn},
        "removed": [*_removed(made), *_undrawn(made)][:DRAWN],
        "came": [wire._asdict() for wire in made.came if wire.node not in known][:DRAWN],
        "gone": [wire._asdict() for wire in made.gone[:DRAWN]],
    }


def rows(made: Review) -> list[dict[str, Any]]:
    """The changes, a line each."""
    return [
        {"key": one.key, "kind": one.kind, "was": one.was, "spot": spot(one), **_words(made, one)}
        | {"inner": any(len(part.parts) > 4 and part.parts[0] == "nodes" for part in one.parts)}
        for one in made.entries[:LISTED]
    ]


def counts(made: Review) -> str:
    """`1 added · 2 changed`; in words if nothing differs, or only where things lie."""
    if not made.entries:
        return "Nothing differs"
    found = Counter(one.kind for one in made.entries if one.kind != "moved")
    moved = sum(len(one.parts) for one in made.entries if one.kind == "moved")
    told = [f"{count} {kind}" for kind, count in found.items()]
    if moved and not found:
        return f"{moved} moved on the canvas, nothing else: both mean the same"
    return " · ".join([*told, f"{moved} only moved"] if moved else told)


def title(made: Review, entry: Entry) -> str:
    """What a change is about."""
    return _words(made, entry)["title"]


def fields(entry: Entry) -> str:
    """How much of it was changed: `, 2 fields`."""
    if entry.kind not in ("changed", "moved") or not entry.parts:
        return ""
    one, many = ("field", "fields") if entry.kind == "changed" else ("place", "places")
    return f", {len(entry.parts)} {one if len(entry.parts) == 1 else many}"


def _changed(made: Review) -> dict[str, str]:
    """Of each node, and of the cards of inputs and outputs, how much was changed."""
    found: dict[str, str] = {}
    faces: Counter[str] = Counter()
    for entry in made.entries:
        if entry.node and entry.kind in ("changed", "renamed"):
            count = len(entry.parts)
            fields = f"{count} {'field' if count == 1 else 'fields'}" if count else ""
            found[entry.node] = " · ".join(
                ["renamed", fields] if entry.was and fields else [fields or "renamed"]
            )
        elif entry.place[0] in _FACES:
            faces[entry.place[0]] += 1
    return found | {face: f"{count} {'change' if count == 1 else 'changes'}" for face, count in faces.items()}


def _removed(made: Review) -> Iterator[dict[str, Any]]:
    """The nodes that went, and where they stood."""
    gone = made.nodes("removed")
    flow = made.old
    spots = dict(flow.layout.nodes)
    if any(name not in spots for name in gone):
        edges = ((edge.ref.node, edge.node) for edge in flow.edges())
        spots = {**places([*flow.nodes], edges), **spots}
    for name in gone:
        node = flow.nodes[name]
        texts = (value for value in node.params.values() if isinstance(value, str))
        yield {
            "id": name,
            "title": node.title or spoken(name),
            "text": next(texts, node.component)[:SHOWN],
            "at": [*spots.get(name, (0, 0))],
        }


def _undrawn(made: Review) -> Iterator[dict[str, Any]]:
    """The notes and frames that went."""
    for entry in made.entries:
        if entry.drawn and entry.kind == "removed":
            was = entry.parts[0].before
            size = [was.get("width"), was.get("height")]
            at = [was.get("x", 0), was.get("y", 0)]
            yield {"id": entry.drawn, "title": _said(entry), "at": at} | ({"size": size} if all(size) else {})


def _said(entry: Entry) -> str:
    """The first words of a note or a frame."""
    one = entry.parts[0]
    now = one.before if one.after is None else one.after
    text = str(now.get("text") or now.get("title") or "").strip().partition("\n")[0][:80]
    return text or entry.drawn.partition(":")[0].capitalize()


def _words(made: Review, entry: Entry) -> dict[str, str]:
    if entry.kind == "moved":
        return {"title": "On the canvas", "what": f"{len(entry.parts)} moved, which changes no meaning"}
    section, name = entry.place[0], entry.place[-1]
    if entry.kind == "reordered":
        return {"title": spoken(section), "what": "in another order"}
    if entry.drawn:
        kind = entry.drawn.partition(":")[0]
        return {"title": f"{kind.capitalize()}: {_said(entry)}", "what": "changes no meaning"}
    names = ", ".join([".".join(one.parts[len(entry.place) :][-1:]) for one in entry.parts][:3])
    if entry.node:
        flow: Flow = made.old if entry.kind == "removed" else made.new
        node = flow.nodes[name]
        return {
            "title": node.title or spoken(name),
            "what": names or ("" if entry.kind == "changed" else node.component),
        }
    single = _SINGLE.get(section, "Flow")
    return {"title": f"{single}: {name}" if len(entry.place) > 1 else spoken(section), "what": names}
