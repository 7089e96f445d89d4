"""The tab Changes: two revisions of the flow, from the journal, the file or git, gone through change by change.

What is compared with the flow as it is now is drawn on the canvas too, and each change of it can be taken back.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from weft.model.changes import as_json
from weft.model.comparing import Difference
from weft.model.errors import ChangeRefused, NotFound
from weft.model.reviewing import Entry, Review, Wire, review, taken_back
from weft.runs.differing import changes, pieces, shown
from weft.ui import assets
from weft.ui.dock import Dock
from weft.ui.history.asking import Asking
from weft.ui.session import Session, spoken
from weft.workspace import revisions
from weft.workspace.layered import places

MOST_TEXT, MOST_PLACES, MOST_ENTRIES = 48_000, 100, 2_000
_SECTIONS = ("params", "inputs", "options")
_SINGLE = {"nodes": "Node", "inputs": "Input", "outputs": "Output", "state": "State"}
_WIRES = 2_000


class Table(Asking):
    """See `static/ui/changes.js`."""

    component = assets.component("changes.js")


class Changes:
    """A pane of the editor: compares when it is asked to, and again when the flow is another."""

    def __init__(self, session: Session, dock: Dock) -> None:
        self._session, self._dock = session, dock
        self._made: Review | None = None
        self._live = False  # whether the newer side is the flow as it is now
        self._rev = -1
        self._here = ""
        assets.link("ui/changes.css")
        with dock.body("changes"):
            self._table = Table(
                {"sources": self.sources, "compare": self.compare, "detail": self.detail}
                | {"here": self.here, "back": self.back}
            )
        self._table.mark("changes")
        dock.listeners.append(self._turned)

    def open(self, old: str = "") -> None:
        """Open the tab; with a revision's name, compared with that one."""
        self._dock.choose("changes")
        self._table.run_method("begin", old)

    def redraw(self) -> None:
        """The flow may be another now."""
        if (
            self._dock.open == "changes"
            and (self._live or not self._made)
            and self._rev != self._session.document.rev
        ):
            self._rev = self._session.document.rev
            self._table.run_method("again")

    # What the page asks for -----------------------------------------------------------------------------------------

    async def sources(self) -> dict[str, Any]:
        """The revisions that there are to choose from, and whether the last commit has the flow."""
        document = self._session.document
        found = await revisions.revisions(document)
        listed = [
            {"name": f"rev:{one.rev}", "label": one.label or one.kind, "who": self._who(one.person)}
            | {"when": one.time, "rev": one.rev}
            for one in found
        ]
        if found:
            first = found[-1].rev - 1
            listed.append(
                {"name": f"rev:{first}", "label": "Before that", "who": "", "when": "", "rev": first}
            )
        return {"edits": listed, "committed": await asyncio.to_thread(revisions.committed, document)}

    async def compare(self, old: str, new: str) -> dict[str, Any]:
        """What leads from one to the other; their names are those of `workspace/revisions.py`."""
        document = self._session.document
        before, after = await revisions.flow_of(document, old), await revisions.flow_of(document, new)
        self._live, self._rev = new == revisions.NOW, document.rev
        self._made = made = await asyncio.to_thread(review, before, after)
        if self._here not in {entry.key for entry in made.entries}:
            self._here = ""
        self._draw()
        return {
            "live": self._live and not document.read_only,
            "entries": [self._row(entry) for entry in made.entries[:MOST_ENTRIES]],
            "count": len(made.entries),
        }

    async def detail(self, key: str) -> list[dict[str, Any]]:
        """Each part of a change, before and after."""
        entry = self._entry(key)
        return await asyncio.to_thread(lambda: [*_parts(entry)])

    def here(self, key: str) -> None:
        """One has come to this change: it is shown on the canvas."""
        self._here = key
        self._draw()
        node = self._entry(key).node
        if node in self._session.flow.nodes and self._live:
            self._session.select((node,), reveal=True)

    def back(self, key: str, part: int = -1) -> bool:
        """Take a change back, or one part of it. Whether that could be done; if not, why was said."""
        made, entry = self._made, self._entry(key)
        if made is None or not self._live or self._session.document.rev != self._rev:
            self._session.say(
                "The flow was changed meanwhile.", "Look at the change again, then take it back."
            )
            return False
        try:
            tx = taken_back(made, entry, entry.parts[part] if part >= 0 else None)
        except ChangeRefused as refused:
            self._session.say(refused.message, refused.hint)
            return False
        return not self._session.do(as_json(tx)["changes"], tx.label)

    # ----------------------------------------------------------------------------------------------------------------

    def _entry(self, key: str) -> Entry:
        found = next((one for one in self._made.entries if one.key == key), None) if self._made else None
        if found is None:
            raise NotFound("That change isn't there any more.", code="no-change")
        return found

    def _who(self, person: str) -> str:
        if person == self._session.person:
            return "you"
        if person == revisions.FILE:
            return "the file"
        return "the API" if ":" in person else "another window"

    def _turned(self) -> None:
        if self._dock.open == "changes":
            self._table.run_method("begin", "")
        self._draw()

    def _draw(self) -> None:
        """Mark the canvas, as long as the tab is open."""
        if (canvas := self._session.canvas) is None:
            return
        made = self._made if self._dock.open == "changes" and self._live else None
        if made is None or not (made.entries or made.came or made.gone):
            canvas.review(None)
            return
        canvas.review(
            {
                "added": made.nodes("added"),
                "changed": made.nodes("changed", "renamed"),
                "removed": [*_removed(made)],
                "came": [_wire(wire) for wire in made.came[:_WIRES]],
                "gone": [_wire(wire) for wire in made.gone[:_WIRES]],
                "here": self._entry(self._here).node if self._here else "",
            }
        )

    def _row(self, entry: Entry) -> dict[str, Any]:
        return {"key": entry.key, "kind": entry.kind, "was": entry.was, **self._words(entry)}

    def _words(self, entry: Entry) -> dict[str, str]:
        if entry.kind == "moved":
            return {"title": "On the canvas", "what": f"{len(entry.parts)} moved, which changes no meaning"}
        section, name = entry.place[0], entry.place[-1]
        if entry.kind == "reordered":
            return {"title": spoken(section), "what": "in another order"}
        single = _SINGLE.get(section, "Flow")
        names = ", ".join([".".join(one.parts[len(entry.place) :][-1:]) for one in entry.parts][:3])
        if entry.node and self._made is not None:
            flow = self._made.old if entry.kind == "removed" else self._made.new
            node = flow.nodes[name]
            kind = "" if entry.kind == "changed" else node.component
            return {"title": node.title or spoken(name), "what": names or kind}
        return {"title": f"{single}: {name}" if len(entry.place) > 1 else spoken(section), "what": names}


def _removed(made: Review) -> Iterator[dict[str, Any]]:
    """The nodes that went, and where they stood."""
    gone = made.nodes("removed")
    flow = made.old
    edges = ((edge.ref.node, edge.node) for edge in flow.edges())
    spots = {**places([*flow.nodes], edges), **flow.layout.nodes} if gone else {}
    for name in gone:
        title = flow.nodes[name].title or spoken(name)
        yield {"id": name, "title": title, "at": list(spots.get(name, (0, 0)))}


def _wire(wire: Wire) -> dict[str, str]:
    return wire._asdict()


def _parts(entry: Entry) -> Iterator[dict[str, Any]]:
    for number, one in enumerate(entry.parts[:MOST_PLACES]):
        whole = one.before if one.after is None else one.after
        if one.parts == entry.place and entry.node and isinstance(whole, dict):
            yield from _of_node(cast("Mapping[str, Any]", whole), "gone" if one.after is None else "new")
        else:
            yield {**_part(_name(entry, one), one.before, one.after), "number": number}


def _name(entry: Entry, one: Difference) -> str:
    rest = one.parts[len(entry.place) :] or one.parts[-1:]
    if rest[0] in _SECTIONS and len(rest) > 1:
        return f"{'edge into' if rest[0] == 'inputs' else rest[0][:-1]} {'.'.join(rest[1:])}"
    return ".".join(rest)


def _of_node(node: Mapping[str, Any], side: str) -> Iterator[dict[str, Any]]:
    """A whole node that came or went, part by part."""
    flat: dict[str, Any] = {}
    for name, value in node.items():
        inner = (
            cast("Mapping[str, Any]", value).items() if name in _SECTIONS and isinstance(value, dict) else ()
        )
        prefix = "edge into" if name == "inputs" else name[:-1]
        flat |= {f"{prefix} {key}": one for key, one in inner} if inner else {name: value}
    for name, value in flat.items():
        old, new = (value, None) if side == "gone" else (None, value)
        yield _part(name, old, new)


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
