"""What the cards of the canvas show of the run: each node's step, or inside a node those of all its items together."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from weft.engine.cost import told
from weft.runs.state import RunState, StepState
from weft.ui.passing import Given
from weft.ui.session import Session
from weft.ui.showing import Inside, card, ghosts, in_rounds, node_of

NOT_YET = {**card(StepState("")), "status": "idle"}
NO_GHOSTS: dict[str, Any] = {"nodes": [], "edges": [], "removed": []}
FIRST = ("paused", "running", "failed", "waiting", "cancelled", "succeeded", "skipped")
"""How several steps of one node stand together: as the first of these that one of them has."""


class Cards:
    """Follows one run for one tab."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._grown, self._given = 0, Given()
        self._inside = Inside()
        self._known: dict[str, dict[str, StepState]] = {}
        """By node its steps that are looked at, by their pass."""

    def send(self, state: RunState, steps: Mapping[str, StepState], *, reset: bool = False) -> None:
        """Tell the canvas of these steps of the run, which have changed; with `reset` they are all there are."""
        canvas, place = self._session.canvas, self._session.place
        if canvas is None:
            return
        if reset:
            self._inside, self._known, self._grown = Inside(), {}, 0
        changed: dict[str, None] = {}
        for path, step in steps.items():
            found = place.find(path)
            if found is None or not place.shows(found):
                continue
            node = node_of(found[1])
            if "/" in found[1]:
                if self._inside.note(step, node):
                    changed[node] = None
            else:
                changed[node] = None
                mine = self._known.setdefault(node, {})
                if path in state.steps:
                    mine[found[0]] = step
                else:
                    mine.pop(found[0], None)
        asking = {name: path for path in reversed(state.questions) if (name := place.node(path))}
        nodes = {name: self._card(state, name, asking) for name in changed}
        if not place.inside:
            nodes |= self._given.news(state, again=reset)
        added = self._ghosts(state) if len(state.expansions) != self._grown or reset else None
        self._grown = len(state.expansions)
        canvas.run_state(nodes, reset=reset, ghosts=added)

    def _card(self, state: RunState, name: str, asking: Mapping[str, str]) -> dict[str, Any]:
        mine = list(self._known.get(name, {}).values())
        if not mine:
            return NOT_YET
        document = self._session.document
        node, ports = document.flow.nodes.get(name), document.ports.get(name)
        component = document.workspace.catalog.get(node.component) if node else None
        shown = card(
            mine[-1],
            nested=self._inside.counts.get(name),
            asks=asking.get(name, ""),
            question=str(state.questions.get(asking.get(name, ""), {}).get("text", "")),
            outputs=[port.name for port in ports.outputs] if ports else (),
            rounds=component is not None and in_rounds(component.ui),
        )
        return shown if len(mine) == 1 else {**shown, **_together(mine, shown)}

    def _ghosts(self, state: RunState) -> dict[str, Any]:
        """What a run has added here, and of a past one what the flow has lost since."""
        place = self._session.place
        grown: list[dict[str, Any]] = []
        for one in state.expansions:
            found = place.find(str(one.get("by", "")))
            if found is not None and found[0] == (place.focus(state) if place.inside else ""):
                grown.append({**one, "by": found[1]})
        added = ghosts(replace(state, expansions=grown), self._session.title) or NO_GHOSTS
        gone = self._session.past.gone(self._session.flow) if self._session.past else []
        return {**added, "nodes": [*added["nodes"], *gone]}


def _together(steps: list[StepState], shown: Mapping[str, Any]) -> dict[str, Any]:
    """Of one node in several items or rounds: how many are done, and what they took."""
    statuses = [step.status for step in steps]
    status = next(one for one in FIRST if one in statuses)
    if status == "waiting" and "succeeded" in statuses:
        status = "running"
    over = status not in ("paused", "running", "waiting")
    of_that = next((step for step in reversed(steps) if step.status == status), steps[-1])
    one = card(of_that, question=shown["because"] if status == "paused" else "")
    counts = {
        "running": statuses.count("running"),
        "done": statuses.count("succeeded"),
        "failed": statuses.count("failed"),
        "asks": statuses.count("paused"),
    }
    costs = [step.cost for step in steps]
    return {
        "status": status,
        "cached": all(step.cached for step in steps),
        "text": one["text"],
        "error": one["error"],
        "because": one["because"],
        "seconds": None,
        "tokens": sum(
            step.usage.get("input_tokens", 0) + step.usage.get("output_tokens", 0) for step in steps
        ),
        "cost": told(sum(cost or 0.0 for cost in costs), sum(step.unpriced_calls for step in steps)),
        "progress": None if over else [counts["done"] + counts["failed"], len(steps)],
        "rounds": False,
        "nested": counts,
        "together": len(steps),
    }
