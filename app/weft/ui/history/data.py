"""The tab Data: what went into the selected step and what it gave, or the last value of the selected edge."""

import asyncio
import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from weft.model.errors import NotFound
from weft.runs.reading.wired import Inputs
from weft.runs.service import RunService
from weft.runs.state import RunState
from weft.ui import assets
from weft.ui.dock import Dock
from weft.ui.history.asking import Asking
from weft.ui.history.forks import Forks
from weft.ui.history.past import whole_value
from weft.ui.history.reading import MOST_COPIED, Reading
from weft.ui.history.subject import Entry, Subject, of_edge, of_step
from weft.ui.session import Session

MOST_PICTURE = 4_000_000
"""Bytes of a picture that are sent to the page."""
PICTURES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif", ".webp": "webp"}
TAIL = 64 * 1024
"""Characters of a growing text that are shown."""


class Values(Asking):
    """See `static/ui/values.js`."""

    component = assets.component("values.js")


class DataTab:
    """`chosen` says which step the Run tab shows, where none is selected."""

    def __init__(
        self, session: Session, dock: Dock, runs: RunService, forks: Forks, chosen: Callable[[], str]
    ) -> None:
        self._session, self._dock, self._runs, self._forks = session, dock, runs, forks
        self._chosen = chosen
        self._subject = Subject()
        self._shown: Any = None
        self._streamed: tuple[str, str] = ("", "")
        self._reading: tuple[str, Reading] | None = None
        with dock.body("data"):
            self._values = Values(
                {
                    "view": self.view,
                    "text": self.text,
                    "find": self.find,
                    "children": self.children,
                    "rows": self.rows,
                    "part": self.part,
                    "act": self.act,
                }
            )
        self._values.mark("data")
        dock.listeners.append(self.redraw)

    def redraw(self) -> None:
        """Show what is selected now; nothing is done while the tab is closed."""
        if self._dock.open != "data":
            return
        subject = self._found()
        lines = [entry.line() for entry in subject.entries]
        shown = (subject.path, subject.title, subject.status, subject.words, lines)
        if shown == self._shown and subject.path == self._subject.path:
            self._stream(subject)
            return
        if subject.path != self._subject.path or not self._same_values(subject):
            self._reading = None
        self._shown, self._subject = shown, subject
        node = self._session.place.node(subject.path)
        past = self._session.past is not None
        self._values.run_method(
            "show",
            {
                "path": subject.path,
                "title": subject.title,
                "status": subject.status,
                "words": subject.words,
                "entries": lines,
                "acts": bool(subject.status) and node in self._session.flow.nodes,
                "gave": any(entry.side == "out" for entry in subject.entries),
                "inner": self._session.title(node)
                if node and subject.path.rpartition("/")[2] != node
                else "",
                "pinned": node in self._session.pins() if subject.status else False,
                "past": past,
            },
        )
        self._stream(subject)

    # What the page asks for -----------------------------------------------------------------------------------------

    async def view(self, key: str) -> dict[str, Any]:
        """How a value can be looked at, and its beginning."""
        entry = self._entry(key)
        value = entry.value
        if entry.event and (run_id := self._run_id) is not None:
            value = await whole_value(self._runs, run_id, entry.event, entry.port, value)
        picture = await asyncio.to_thread(self._picture, value)
        reading = Reading(picture or value)
        self._reading = (key, reading)
        text = await asyncio.to_thread(lambda: reading.text)  # of a large value it takes a moment
        found: dict[str, Any] = {"views": reading.views, "length": len(text)}
        if "picture" in reading.views:
            found["picture"] = reading.value
        else:
            found["text"] = reading.page(0)
        if "tree" in reading.views:
            found["count"] = len(reading.data)
        if "table" in reading.views:
            found["columns"] = reading.columns
        return found

    def text(self, key: str, start: int) -> str:
        return self._of(key).page(int(start))

    def find(self, key: str, words: str, after: int = -1, back: bool = False) -> dict[str, int]:
        return self._of(key).find(words, int(after), back=back)

    def children(self, key: str, path: list[str | int], start: int = 0) -> list[dict[str, Any]]:
        return self._of(key).children(path, int(start))

    def rows(self, key: str, start: int = 0, sort: str = "", down: bool = False) -> list[list[str]]:
        return self._of(key).rows(int(start), sort=sort, down=down)

    def part(self, key: str, path: list[str | int]) -> str:
        """A part of a value as a text, to be copied."""
        reading = self._of(key)
        text = Reading(reading.at(list(path))).text if path else reading.text
        if len(text) > MOST_COPIED:
            raise ValueError(f"it has {len(text):,} characters; download it instead")
        return text

    async def act(self, name: str, key: str = "") -> str:
        """Run on from the subject's step, edit a value of it first, or pin it."""
        path, port = self._subject.path, key.partition(":")[2]
        if name == "again":
            return await self._forks.again_from(path)
        if name == "edit":
            await self._forks.edit(path, port if key.startswith("out:") else "")
        elif name == "pin":
            self._pin(self._session.place.node(path))
        return ""

    def _pin(self, node: str) -> None:
        session, state = self._session, self._session.shown
        step = state.steps.get(session.step_of(node)) if state is not None else None
        if node in session.pins():
            session.unpin(node)
        elif step is not None and step.value and not step.cut:
            session.pin(node, step.value)
        else:
            self._session.say(f"{self._session.title(node)} has given nothing yet that could be pinned.", "")
            return
        self._shown = None
        if self._session.canvas is not None:
            self._session.canvas.marks(pinned=list(session.pins()))
        self.redraw()

    # ----------------------------------------------------------------------------------------------------------------

    @property
    def _run_id(self) -> str | None:
        past = self._session.past
        return past.record.id if past is not None else self._session.running.run_id

    def _found(self) -> Subject:
        session, past = self._session, self._session.past
        state = session.shown or RunState()
        flow, place = session.run_flow, session.place
        if session.edge is not None:
            edge: Mapping[str, Any] = session.edge
            source = str(edge.get("ref", "")).partition(".")[0]
            return of_edge(
                flow,
                state,
                edge,
                f"{session.title(source)} → {session.title(str(edge.get('node')))}",
                place.focus(state),
            )
        chosen, selected = self._chosen(), session.selection
        if past is not None and past.node:
            selected = (past.node,)
        mine = not selected or place.node(chosen) in selected
        path = chosen if mine else selected[0]
        if not path or path in ("inputs", "outputs"):
            return _of_face(path, state) if not place.inside else self._of_inner_face(path, state)
        path = chosen if mine else session.step_of(path)
        names = session.names()
        names.take(state)
        return of_step(flow, state, path, names.full(path), past.cut if past is not None else {})

    def _of_inner_face(self, path: str, state: RunState) -> Subject:
        """What the flow inside a node was given, or gave back, in the item or round that is looked at."""
        session = self._session
        focus, known = session.place.focus(state), Inputs(session.run_flow, state)
        if path == "inputs":
            values = {name: known.given(focus, name) for name in session.flow.inputs}
        else:
            values = {name: known.through(ref, inside=focus) for name, ref in session.flow.outputs.items()}
        there = {name: value for name, value in values.items() if value is not None}
        return _of_face(path, RunState(inputs=there, outputs=there))

    def _same_values(self, subject: Subject) -> bool:
        """Whether what is being read is still a value of the subject."""
        if self._reading is None:
            return True
        key = self._reading[0]
        before = next((one for one in self._subject.entries if one.key == key), None)
        after = next((one for one in subject.entries if one.key == key), None)
        return before is not None and after is not None and before.value is after.value

    def _stream(self, subject: Subject) -> None:
        """The text of a step that is still writing: only what is new goes to the page."""
        live = next((one for one in subject.entries if one.side == "live"), None)
        if live is None:
            return
        path, before = self._streamed
        text = str(live.value)[-TAIL:]
        if path != subject.path or not text.startswith(before):
            before = ""
        if text != before or path != subject.path:
            self._values.run_method("grew", len(before.encode("utf-16-le")) // 2, text[len(before) :])
        self._streamed = (subject.path, text)

    def _entry(self, key: str) -> Entry:
        found = next((entry for entry in self._subject.entries if entry.key == key), None)
        if found is None:
            raise NotFound("This value is gone.", hint="Choose it again.")
        return found

    def _of(self, key: str) -> Reading:
        if self._reading is None or self._reading[0] != key:
            self._reading = (key, Reading(self._entry(key).value))
        return self._reading[1]

    def _picture(self, value: Any) -> str:
        """A picture among the workspace's files as an address that holds it; "" for anything else."""
        name: Any = value.get("$file") if isinstance(value, dict) and len(value) == 1 else value  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType, reportUnknownVariableType]
        if not isinstance(name, str) or len(name) > 400 or Path(name).suffix.lower() not in PICTURES:
            return ""
        folder = (self._session.document.workspace.root / "files").resolve()
        path = (folder / name.removeprefix("files/")).resolve()
        if not path.is_relative_to(folder) or any(
            part.startswith(".") for part in path.relative_to(folder).parts
        ):
            return ""
        try:
            if path.stat().st_size > MOST_PICTURE:
                return ""
            content = path.read_bytes()
        except (OSError, ValueError):
            return ""
        return f"data:image/{PICTURES[path.suffix.lower()]};base64,{base64.b64encode(content).decode()}"


def _of_face(path: str, state: RunState) -> Subject:
    """What the run was given, or gave back; without a choice, an invitation."""
    if not path:
        return Subject(words="Select a node, a step or an edge to see its values.")
    values = state.inputs if path == "inputs" else state.outputs
    side = "in" if path == "inputs" else "out"
    entries = [Entry(side, name, value) for name, value in values.items()]
    words = (
        ""
        if entries
        else "The run was given nothing."
        if path == "inputs"
        else "The run has given nothing back yet."
    )
    return Subject(path, "Flow inputs" if path == "inputs" else "Flow outputs", "", entries, words)
