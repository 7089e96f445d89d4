"""The tab Changes: two revisions of the flow, from the journal, the file or git, gone through change by change.

On request both are drawn together on the canvas; nothing can be edited then, but what is taken back. What is compared
with the flow as it is now is marked on the canvas without that too, as long as the tab is open.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from weft.model.changes import as_json
from weft.model.errors import ChangeRefused, NotFound
from weft.model.flow import Flow
from weft.model.reviewing import Entry, Review, review, taken_back
from weft.ui import assets
from weft.ui.changes.bar import Bar
from weft.ui.changes.drawing import counts, drawing, fields, rows, spot, title
from weft.ui.changes.parts import parts
from weft.ui.changes.sources import called, listed
from weft.ui.dock import Dock
from weft.ui.elements import Action
from weft.ui.history.asking import Asking
from weft.ui.session import Session
from weft.workspace.editing import revisions

HELD = "Two versions are being compared, and nothing is edited meanwhile. End comparing first (Esc)."
COMMANDS = frozenset(
    ["changes", "compare", "change", "change-next", "change-previous", "compare-swap", "compare-end"]
)
RUNS = frozenset(["run", "run-fresh", "run-from", "run-until", "run-only"])
"""Whoever runs the flow looks at it as it is: that ends the comparison."""


class Table(Asking):
    """See `static/ui/changes.js`."""

    component = assets.component("changes.js")


class Changes:
    """A pane of the editor: compares when it is asked to, and again when the flow is another. `draw_bar` comes first,
    `draw_tab` once the dock is there. `now` leads back from a run of the past, `enter` into the flow inside a node;
    `keep` puts a word into the page's address."""

    def __init__(
        self,
        session: Session,
        now: Action,
        enter: Callable[[str], Any],
        keep: Callable[[str, str], Any],
    ) -> None:
        self._session, self._now, self._enter, self._keep = session, now, enter, keep
        self._dock: Dock
        self._made: Review | None = None
        self._drawing: dict[str, Any] = {}
        self._old, self._new = "", ""
        self._labels: dict[str, str] = {}
        self._on = self._wanted = False  # both are drawn on the canvas, or will be once they are compared
        self._turn = 0
        self._rev = -1
        self._here = self._picked = ""
        self._bar = Bar(
            step=lambda by: self._table.run_method("step", by),
            swap=lambda: self._table.run_method("swap"),
            choose=self.open,
            end=self.end,
        )
        self._first = ("", "")

    def draw_bar(self) -> None:
        self._bar.draw()

    def draw_tab(self, dock: Dock) -> None:
        self._dock = dock
        assets.link("ui/changes.css")
        with dock.body("changes"):
            self._table = Table(
                {"sources": self.sources, "compare": self.compare, "detail": self.detail}
                | {"here": self.here, "back": self.back, "hold": self.hold, "inside": self._enter}
            )
        self._table.mark("changes")
        dock.listeners.append(self._turned)

    # What a person does ---------------------------------------------------------------------------------------------

    def open(self, old: str = "", new: str = "") -> None:
        """Open the tab; with revisions' names, comparing those."""
        if self._dock.open == "changes":
            self._table.run_method("begin", old, new)
        else:
            self._first = old, new
            self._dock.choose("changes")

    def takes(self, name: str) -> bool:
        """Whether a command is about the comparison. One that runs the flow ends it."""
        if self._on and name in RUNS:
            self.end()
        if self._on and name in ("undo", "redo"):
            return not self._live
        return name in COMMANDS

    def command(self, name: str, more: Mapping[str, Any]) -> None:
        """Do such a command."""
        match name:
            case "changes":
                self.open()
            case "compare":
                self._wanted = True
                self.open()
            case "compare-end":
                self.end()
            case "compare-swap":
                self._table.run_method("swap")
            case "change-next" | "change-previous":
                self._table.run_method("step", 1 if name == "change-next" else -1)
            case "change":
                self._choose(str(more.get("node", "")))
            case _:
                self._session.say(HELD, "")

    def asked_for(self, address: Mapping[str, str]) -> None:
        """The page's address may name two versions to be compared at once, as `old` and `new`."""
        if old := address.get("old", ""):
            self._wanted = True
            self.open(old, address.get("new", "") or revisions.NOW)

    def hold(self, on: bool) -> None:
        """Draw both on the canvas, or no longer."""
        if not on:
            self.end()
        elif self._made is not None:
            self._begin()

    def end(self) -> None:
        """Back to the flow as it is now, to be edited."""
        self._wanted = False
        if not self._on:
            return
        self._on = False
        self._session.held, self._session.compared = "", ""
        for name in ("old", "new"):
            self._keep(name, "")
        self._bar.show(False)
        self._table.run_method("held", False)
        if (canvas := self._session.canvas) is not None:
            canvas.compare(None)
            canvas.command("focus")
        self._draw()
        self._session.redraw()

    def redraw(self) -> None:
        """The flow may be another now, or the selection."""
        session = self._session
        if self._on and session.past is not None:
            self.end()
        wanted = self._on or self._dock.open == "changes"
        if wanted and (self._live or not self._made) and self._rev != session.document.rev:
            self._rev = session.document.rev
            self._table.run_method("again")
        picked = session.picked[0] if len(session.picked) == 1 else ""
        if self._on and picked != self._picked:
            self._choose(picked)
        self._picked = picked

    # What the page asks for -----------------------------------------------------------------------------------------

    async def sources(self, git: bool = True) -> dict[str, Any]:
        """The revisions that there are to choose from, and whether the last commit has the flow. After an edit git has
        nothing new to tell."""
        found, words = await listed(self._session.document, self._who, git=bool(git))
        self._labels |= words
        return found

    async def compare(self, old: str, new: str) -> dict[str, Any]:
        """What leads from one to the other; their names are those of `workspace/editing/revisions.py`."""
        self._turn += 1
        turn, document = self._turn, self._session.document
        rev = document.rev
        before, after = await revisions.flow_of(document, old), await revisions.flow_of(document, new)
        made, drawn, lines, told = await asyncio.to_thread(_gone_through, before, after)
        live = new == revisions.NOW
        if turn == self._turn:
            self._old, self._new, self._rev = old, new, rev
            self._made, self._drawing = made, drawn
            if self._here not in {entry.key for entry in made.entries}:
                self._here = ""
            self._bar.tell(self._called(old), self._called(new), told, any_changes=bool(made.entries))
            if self._wanted or self._on:
                self._begin()
            else:
                self._draw()
        return {
            "live": live and not document.read_only,
            "held": self._on,
            "entries": lines,
            "count": len(made.entries),
            "told": told,
        }

    async def detail(self, key: str) -> list[dict[str, Any]]:
        """Each part of a change, before and after."""
        entry = self._entry(key)
        return await asyncio.to_thread(lambda: [*parts(entry)])

    def here(self, key: str) -> None:
        """One has come to this change: it is shown on the canvas."""
        made, entry = self._made, self._entry(key)
        self._here = key
        if made is not None:
            place = f"{made.entries.index(entry) + 1} of {len(made.entries)}"
            self._bar.here(f"{place}: {title(made, entry)}, {entry.kind}{fields(entry)}")
        session, at = self._session, spot(entry)
        if session.canvas is None or not (self._on or self._live):
            return
        wanted = (at,) if at and entry.kind != "removed" else ()
        known = at in session.flow.nodes or at in ("inputs", "outputs")
        if (self._on and session.picked != wanted) or (known and session.selection != wanted):
            self._picked = "".join(wanted)
            session.select(wanted)
        session.canvas.compare({"here": at})

    async def back(self, key: str, part: int = -1) -> bool:
        """Take a change back, or one part of it. Whether that could be done; if not, why was said."""
        made, entry, session = self._made, self._entry(key), self._session
        rev = self._rev
        if made is None or not self._live or session.document.rev != rev:
            return self._stale()
        try:
            one = entry.parts[part] if part >= 0 else None
            tx = await asyncio.to_thread(taken_back, made, entry, one)
        except ChangeRefused as refused:
            session.say(refused.message, refused.hint)
            return False
        if session.document.rev != rev:
            return self._stale()
        held, session.held = session.held, ""
        try:
            return not session.do(as_json(tx)["changes"], tx.label)
        finally:
            session.held = held

    # ----------------------------------------------------------------------------------------------------------------

    @property
    def _live(self) -> bool:
        """Whether the newer side is the flow as it is now."""
        return self._new == revisions.NOW

    def _stale(self) -> bool:
        self._session.say("The flow was changed meanwhile.", "Look at the change again, then take it back.")
        return False

    def _entry(self, key: str) -> Entry:
        found = next((one for one in self._made.entries if one.key == key), None) if self._made else None
        if found is None:
            raise NotFound("That change isn't there any more.", code="no-change")
        return found

    def _choose(self, at: str) -> None:
        """What was changed there is shown, if anything was."""
        found = [one.key for one in self._made.entries if spot(one) == at] if self._made and at else []
        if found:
            if self._dock.open != "changes":
                self._first = self._old, self._new
                self._dock.choose("changes")
            self._table.run_method("choose", found[0])

    def _called(self, name: str) -> str:
        return self._labels.get(name) or called(name, saved=self._session.document.safe)

    def _who(self, person: str) -> str:
        if person == self._session.person:
            return "you"
        if person == revisions.FILE:
            return "the file"
        return "the API" if ":" in person else "another window"

    def _turned(self) -> None:
        if self._dock.open == "changes":
            (old, new), self._first = self._first, ("", "")
            self._table.run_method("begin", old, new)
        elif not self._on:
            self._wanted = False
        self._draw()

    def _begin(self) -> None:
        """Draw both on the canvas."""
        session = self._session
        if session.past is not None:
            self._now()
        self._wanted, self._on = False, True
        both = {"old": self._old, "new": self._new}
        session.held, session.compared = HELD, urlencode(both)
        for name, version in both.items():
            self._keep(name, version)
        self._bar.show(True)
        self._table.run_method("held", True)
        self._draw()
        session.redraw()

    def _draw(self) -> None:
        """Both on the canvas, or marks as long as the tab is open."""
        if (canvas := self._session.canvas) is None:
            return
        if self._on:
            canvas.compare({"url": "" if self._live else self._url(), "words": HELD, "review": self._drawing})
        elif self._dock.open == "changes" and self._live and self._made is not None and self._made.entries:
            canvas.review(self._drawing)
        else:
            canvas.review(None)

    def _url(self) -> str:
        """Where the newer version is, as a canvas draws it."""
        place = {"inside": "/".join(self._session.place.nodes), "revision": self._new, "shared": "true"}
        return f"/api/flows/{self._session.whole.slug}/document?{urlencode(place)}"


def _gone_through(old: Flow, new: Flow) -> tuple[Review, dict[str, Any], list[dict[str, Any]], str]:
    made = review(old, new)
    return made, drawing(made), rows(made), counts(made)
