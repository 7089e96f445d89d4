"""The tab Compare: two runs side by side, what differed first, and each step's difference word by word."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from weft.engine.cost import told
from weft.model.errors import WeftError
from weft.runs.reading.comparing import Comparison, Side, StepPair, compare, models_of, tokens_of
from weft.runs.reading.differing import changes, pieces, shown
from weft.runs.reading.wired import Inputs
from weft.runs.service import RunService
from weft.runs.state import StepState
from weft.ui import assets
from weft.ui.dock import Dock
from weft.ui.history.asking import Asking
from weft.ui.history.past import Past, load
from weft.ui.history.revisions import Revisions
from weft.ui.history.rows import moment
from weft.ui.session import Session

PAGE = 200
MOST_TEXT = 48_000
"""Characters of each text that are compared and sent."""
MOST_PLACES = 100
CAUSES = {
    "given": "another input",
    "params": "the flow was changed",
    "component": "another component",
    "model": "another model",
    "answer": "the model answered differently",
    "sent": "another prompt was sent",
    "put": "a value was put there",
}


class Table(Asking):
    """See `static/ui/compare.js`."""

    component = assets.component("compare.js")


class Beside:
    """Loads two runs, compares them beside the loop, and sends what is looked at."""

    def __init__(
        self,
        session: Session,
        dock: Dock,
        runs: RunService,
        revisions: Revisions,
        before: Callable[[str], Any],
        open: Callable[[str], Any],
    ) -> None:
        self._session, self._dock, self._runs, self._revisions = session, dock, runs, revisions
        self._before, self._open = before, open
        self._made: Comparison | None = None
        self._lists: dict[bool, list[StepPair]] = {}
        self._names = session.names()
        self._inputs: tuple[Inputs, Inputs] | None = None
        with dock.body("compare"):
            self._table = Table(
                {"rows": self.rows, "detail": self.detail, "open": self.open, "step": self.step}
            )
        self._table.mark("compare")
        dock.listeners.append(self._turned)

    async def show(self, first: str, second: str = "") -> None:
        """Compare two runs; one alone is compared with the one before it. The earlier one is the first."""
        other = second or await self._before(first)
        if not other:
            self._session.say("There is no run before this one to compare it with.", "")
            return
        self._dock.choose("compare")
        self._table.run_method("begin")
        one, two = sorted((first, other))
        try:
            sides = [await load(self._runs, run_id) for run_id in (one, two)]
            await self._revisions.look()
        except WeftError as error:
            self._table.run_method("failed", f"{error.message} {error.hint}".strip())
            return
        self._names = self._session.names()
        for side in sides:
            self._names.take(side.whole)
        made = await asyncio.to_thread(self._compared, sides[0], sides[1])
        self._made, self._lists = made, {True: made.pairs, False: made.differing}
        self._inputs = Inputs(made.first.flow, made.first.state), Inputs(made.second.flow, made.second.state)
        self._turned()
        self._table.run_method("show", self._head(made))

    def _turned(self) -> None:
        """Nodes are marked on the canvas as long as the tab is open."""
        if self._made is not None and self._session.canvas is not None:
            differing = self._made.differing if self._dock.open == "compare" else []
            nodes = dict.fromkeys(self._session.place.node(pair.path) for pair in differing)
            self._session.canvas.marks(differs=[node for node in nodes if node])

    # What the page asks for -----------------------------------------------------------------------------------------

    def rows(self, start: int = 0, everything: bool = False) -> list[dict[str, Any]]:
        pairs = self._lists.get(bool(everything), [])[max(0, int(start)) :][:PAGE]
        return [self._row(pair) for pair in pairs]

    async def detail(self, path: str) -> list[dict[str, Any]]:
        """Each value of a step that differs, and how."""
        pair = next((pair for pair in self._lists.get(True, []) if pair.path == path), None)
        if pair is None or self._inputs is None:
            return []
        left, right = self._inputs
        return await asyncio.to_thread(lambda: [*_inputs(pair, left, right), *_given(pair)])

    async def open(self, run_id: str) -> None:
        await self._open(run_id)

    def step(self, path: str) -> None:
        """Show the step's node on the canvas."""
        if (node := self._session.place.node(path)) in self._session.flow.nodes:
            self._session.select((node,), reveal=True)

    # ----------------------------------------------------------------------------------------------------------------

    def _compared(self, one: Past, two: Past) -> Comparison:
        titles = {path: self._names.full(path) for side in (one, two) for path in side.whole.steps}
        first, second = (Side(side.record, side.flow, side.whole) for side in (one, two))
        return compare(first, second, titles)

    def _head(self, made: Comparison) -> dict[str, Any]:
        cause = made.cause
        return {
            "runs": [self._run(side) for side in (made.first, made.second)],
            "cause": cause.sentence
            if cause
            else "Nothing differs."
            if not made.differing
            else "They differ, and what differed first can't be told.",
            "kind": CAUSES.get(cause.kind, "") if cause else "",
            "path": cause.path if cause else "",
            "same": made.first.record.hash == made.second.record.hash,
            "counts": {"all": len(made.pairs), "differing": len(made.differing)},
            "inputs": _values(made.inputs, made.first.state.inputs, made.second.state.inputs),
        }

    def _run(self, side: Side) -> dict[str, Any]:
        state = side.state
        return {
            "id": side.record.id,
            "when": moment(side.record.created),
            "status": side.record.status,
            "seconds": state.seconds,
            "tokens": tokens_of(state.usage),
            "cost": told(state.cost, state.unpriced_calls),
            "steps": sum(step.status == "succeeded" for step in state.steps.values()),
            "revision": self._revisions.words(side.record.hash)[0],
            "model": side.record.model or "",
        }

    def _row(self, pair: StepPair) -> dict[str, Any]:
        return {
            "path": pair.path,
            "title": self._names.full(pair.path),
            "differs": list(pair.differs),
            "ports": list(pair.ports),
            "first": _figures(pair.first),
            "second": _figures(pair.second),
        }


def _figures(step: StepState | None) -> dict[str, Any] | None:
    if step is None:
        return None
    return {
        "status": "cached" if step.cached and step.status == "succeeded" else step.status,
        "seconds": step.seconds,
        "tokens": tokens_of(step.usage),
        "cost": told(step.cost, step.unpriced_calls),
    }


def _inputs(pair: StepPair, left: Inputs, right: Inputs) -> list[dict[str, Any]]:
    old, new = ({one.port: one.value for one in side.of(pair.path)} for side in (left, right))
    return _values(pair.ports, old, new, "Input ")


def _given(pair: StepPair) -> list[dict[str, Any]]:
    """Outputs, errors and what was sent, where they differ."""
    one, two = pair.first, pair.second
    parts: list[dict[str, Any]] = []
    if "model" in pair.differs and one and two:
        parts.append(_part("Model", ", ".join(models_of(one)), ", ".join(models_of(two))))
    if "sent" in pair.differs and one and two:
        parts.append(_part("Sent to the model", _said(one), _said(two)))
    old, new = (dict(step.value or {}) if step else {} for step in (one, two))
    parts += _values([*dict.fromkeys([*old, *new])], old, new, "Output ", alike=False)
    before, after = (str((step.error or {}).get("message", "")) if step else "" for step in (one, two))
    if before != after:
        parts.append(_part("Error", before, after))
    return parts


def _said(step: StepState) -> str:
    """The messages of its first call."""
    messages: list[Mapping[str, Any]] = step.calls[0].get("messages") or [] if step.calls else []
    return "\n\n".join(
        f"{one.get('role', '')}: {shown(one.get('content', ''), MOST_TEXT)}" for one in messages
    )


def _values(
    names: Any, old: Mapping[str, Any], new: Mapping[str, Any], before: str = "", *, alike: bool = True
) -> list[dict[str, Any]]:
    parts = [
        _part(
            before.strip() if name == before.strip().lower() else f"{before}{name}",
            old.get(name),
            new.get(name),
            name in old,
            name in new,
        )
        for name in names
    ]
    return [part for part in parts if alike or part["kind"] != "same"]


def _part(name: str, old: Any, new: Any, was: bool = True, there: bool = True) -> dict[str, Any]:
    """One value in both runs: its pieces if it is a text, else its places."""
    if isinstance(old, str) and isinstance(new, str):
        cut = max(len(old), len(new)) > MOST_TEXT
        found = pieces(old[:MOST_TEXT], new[:MOST_TEXT])
        same = old == new
        return {
            "name": name,
            "kind": "same" if same else "text",
            "pieces": [[*piece] for piece in found] if not same else [],
            "cut": cut,
        }
    if not was or not there:
        value = old if was else new
        text = value[:MOST_TEXT] if isinstance(value, str) else shown(value, 2000)
        return {"name": name, "kind": "text", "pieces": [["gone" if was else "new", text]], "cut": False}
    places = changes(old, new, MOST_PLACES)
    lines = [
        {
            "place": one.place,
            "kind": one.kind,
            "before": shown(one.before, 400),
            "after": shown(one.after, 400),
        }
        for one in places
    ]
    return {
        "name": name,
        "kind": "json" if lines else "same",
        "places": lines,
        "cut": len(lines) == MOST_PLACES,
    }
