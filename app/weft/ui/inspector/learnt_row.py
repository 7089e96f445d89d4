"""What a node that chooses among models has learnt in the sessions of its flow, and the way to have it forgotten."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from weft.engine.cost import dollars
from weft.engine.events import Event
from weft.model.errors import WeftError
from weft.model.flow import Node
from weft.providers.estimating import about_conversation
from weft.runs.learnt import Learnt, kind_key, learnt
from weft.ui import dialogs
from weft.ui.elements import Box, button
from weft.ui.session import Session
from weft.workspace import Workspace
from weft.workspace.foreseeing.budgets import price_of

log = logging.getLogger("weft.ui")
MOST = 12
"""Sessions that are shown, the last used first."""


@dataclass(frozen=True)
class Table:
    """What one session knows of one kind of task. `costs` are what a call is about, in words, "" where nobody knows."""

    session: str
    kind: str
    runs: int
    models: Sequence[tuple[Learnt, str]]


class Lessons:
    """Read again when another node is shown and when a run ends; `redraw` is called when there is something new."""

    def __init__(self, session: Session, redraw: Callable[[], None]) -> None:
        self._session, self._redraw = session, redraw
        self._of: tuple[Any, ...] = ()
        self._tables: Sequence[Table] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._stale = False
        self._leave = session.running.listen(self._ran)

    def of(self, node_id: str, node: Node, kind: str) -> Sequence[Table] | None:
        """The tables of this node; None while they aren't known. `kind` is its param that names the kind of task."""
        wanted = None if kind in node.inputs else kind_key(str(node.params.get(kind) or "task"))
        key = (node_id, wanted, node.params.get("answer_tokens"))
        if key != self._of or self._stale:
            if key[:2] != self._of[:2]:
                self._tables = None
            self._of, self._stale = key, False
            self._begin(node, wanted)
        return self._tables

    async def forget(self, table: Table) -> None:
        """Have that session forget what it learnt of that kind of task."""
        try:
            await self._session.running.unlearn(table.session, table.kind)
        except WeftError as error:
            self._session.say(error.message, error.hint)
        self._stale = True
        self._redraw()

    def close(self) -> None:
        self._leave()
        if self._reading is not None:
            self._reading.cancel()

    def _ran(self, event: Event | None) -> None:
        if event is not None and event.kind == "run-finished" and self._of:
            self._stale = True
            self._redraw()

    def _begin(self, node: Node, wanted: str | None) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._reading = asyncio.create_task(self._read(node, wanted), name="read what was learnt")
        self._reading.add_done_callback(_report)

    async def _read(self, node: Node, wanted: str | None) -> None:
        answer: Any = node.params.get("answer_tokens")
        tokens = answer if isinstance(answer, int) else 400
        task = str(node.params.get("task") or "")
        known = [
            (one, kind, rows)
            for one in (await self._session.running.known_sessions())[:MOST]
            for kind, rows in learnt(one.state).items()
            if wanted is None or kind == wanted
        ]
        names = list(dict.fromkeys(row.model for _, _, rows in known for row in rows))
        costs = await asyncio.to_thread(_costs, self._session.document.workspace, names, task, tokens)
        tables = [
            Table(one.name, kind, one.runs, tuple((row, costs[row.model]) for row in rows))
            for one, kind, rows in known
        ]
        if tables != self._tables:
            self._tables = tables
            self._redraw()


def kind_port(hints: Mapping[str, Any]) -> str:
    """The port that names the kind of task whose record a component keeps: `{"kind": {"record": ...}}`; "" if none."""
    return next((name for name, hint in hints.items() if isinstance(hint, Mapping) and "record" in hint), "")


def _costs(workspace: Workspace, models: Sequence[str], task: str, tokens: int) -> dict[str, str]:
    """What a call of about this length costs of each, by the prices here; "" where nobody knows."""
    used = {"input_tokens": about_conversation([{"content": task}]), "output_tokens": tokens}
    costs: dict[str, str] = {}
    for model in models:
        try:
            price = price_of(workspace, model)
        except WeftError:
            price = None  # the list of prices can't be read, which is said where it is used
        costs[model] = dollars(price.of(used)) if price is not None else ""
    return costs


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("what was learnt of models could not be read", exc_info=error)


@dataclass(frozen=True, kw_only=True)
class LearntRow:
    """`tables` is None while it isn't known yet. With `locked` nothing can be forgotten."""

    key: str
    tables: Sequence[Table] | None
    on_forget: Callable[[Table], Any]
    locked: bool = False

    def make(self) -> "LearntWidget":
        return LearntWidget(self)


class LearntWidget:
    def __init__(self, row: LearntRow) -> None:
        self.element = Box("section", "w-section w-learnt").mark("learnt")
        with self.element:
            Box("div", "w-section-head", "What it has learnt")
            self._inner = Box("div", "w-stack w-section-rows")
        self._shown: Any = self

    def show(self, row: LearntRow) -> None:
        if row.tables == self._shown:
            return
        self._shown = row.tables
        self._inner.clear()
        with self._inner:
            for table in row.tables or ():
                _draw(row, table)
            if not row.tables:
                Box("div", "w-field-help", NOTHING if row.tables is not None else "Looking…")


NOTHING = (
    "Nothing yet. Runs of one session learn from each other: give a run a session, and rate the answers with "
    "“Rate model”."
)


def _draw(row: LearntRow, table: Table) -> None:
    runs = "1 run" if table.runs == 1 else f"{table.runs:,} runs"
    with Box("div", "w-list"):
        with Box("div", "w-row"):
            said = f"{table.session} · {table.kind} · {runs}"
            Box("div", "w-label w-grow w-ellipsis", said, {"title": said})
            if not row.locked:
                button("Forget…", partial(_ask, row, table), small=True).mark(f"unlearn-{table.session}")
        with Box("table", "w-learnt-table"):
            with Box("thead"), Box("tr"):
                for name in ("Model", "Tried", "Score", "A call, about"):
                    Box("th", text=name, attributes={"scope": "col"})
            with Box("tbody"):
                for one, cost in table.models:
                    with Box("tr"):
                        Box("th", "w-mono", one.model, {"scope": "row"})
                        Box("td", text=f"{one.tried:,}×")
                        Box("td", text=f"{one.score:.2f}")
                        Box("td", text=cost or "unknown")


def _ask(row: LearntRow, table: Table) -> None:
    models = "this model" if len(table.models) == 1 else f"these {len(table.models)} models"
    text = (
        f"The session {table.session!r} forgets how {models} did at {table.kind!r}: its next run tries "
        "them anew. The rest of the session stays. This can't be undone."
    )

    def answered(answer: str) -> Any:
        return row.on_forget(table) if answer == "forget" else None

    dialogs.ask("Forget it?", text, (("cancel", "Cancel", ""), ("forget", "Forget it", "primary")), answered)
