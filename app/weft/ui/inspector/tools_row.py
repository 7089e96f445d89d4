"""What can be done with a node beside changing it: run it or a part around it, pin, edit or make up what it gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from weft.engine.cost import told
from weft.runs.state import RunState, StepState
from weft.ui.elements import Box, button
from weft.ui.figures import duration
from weft.ui.looking import changes
from weft.workspace.foreseeing.foreseen import clock

RUN = (
    ("run-only", "Run this", "Run this node alone; what it needs must be known"),
    ("run-from", "From here", "Run this node anew, and all that depends on it"),
    ("run-until", "Until here", "Run only what this node needs, and it"),
)
EDIT = "Change what it gave, and run what depends on it"
PART = (
    "What it gave is part of what the node around it gave, and can't be edited by itself: pin it, or mock it"
)


@dataclass(frozen=True, kw_only=True)
class ToolsRow:
    """`state` says in a line how the node stands; `pinned` and `given` decide what is offered."""

    key: str
    state: str
    tone: str
    pinned: bool
    given: bool
    inside: bool = False
    """Whether it is of a flow inside a node, whose outputs can't be edited one by one."""
    busy: bool
    on_command: Callable[[str], Any]

    def make(self) -> "ToolsWidget":
        return ToolsWidget(self)


class ToolsWidget:
    def __init__(self, row: ToolsRow) -> None:
        self._row = row
        self.element = Box("section", "w-section w-tools", attributes={"aria-label": "Run and output"})
        with self.element:
            self._state = Box("div", "w-tools-state", attributes={"role": "status"})
            with changes(Box("div", "w-tools-row")):
                self._runs = [self._button(name, label, tip) for name, label, tip in RUN]
            with changes(Box("div", "w-tools-row")):
                self._pin = self._button("pin", "Pin", "Use what it gave last instead of running it")
                self._unpin = self._button("unpin", "Unpin", "Run it again")
                self._edit = self._button("edit-output", "Edit output", EDIT)
                self._button("mock", "Mock…", "Type what it is to give instead of running it")

    def show(self, row: ToolsRow) -> None:
        self._row = row
        self._state.text = row.state
        self._state.set_classes(f"w-tools-state w-tools-state--{row.tone}")
        self._pin.show(row.given and not row.pinned)
        self._unpin.show(row.pinned)
        self._edit.show(row.given and not row.busy)
        self._edit.attributes(
            aria_disabled="true" if row.inside else None, title=PART if row.inside else EDIT
        )
        for one in self._runs:
            one.attributes(aria_disabled="true" if row.busy else None)

    def _button(self, name: str, label: str, tip: str) -> Box:
        made = button(label, lambda: self._row.on_command(name), small=True)
        made.attributes(title=tip).mark(f"tool-{name}")
        return made


def tools_row(
    node_id: str,
    run: RunState | None,
    pins: Mapping[str, Any],
    on_command: Callable[[str, str], Any],
    *,
    inside: bool = False,
) -> ToolsRow:
    """How the node stands, from the last run and the pins."""
    step = run.steps.get(node_id) if run is not None else None
    pinned = node_id in pins
    state, tone = _state(step, run)
    if pinned:
        state, tone = "Pinned: it isn't run, and gives the pinned value.", "pinned"
    return ToolsRow(
        key=f"{node_id}/tools",
        state=state,
        tone=tone,
        pinned=pinned,
        given=step is not None and step.status == "succeeded" and bool(step.value),
        inside=inside,
        busy=run is not None and run.status in ("queued", "running", "waiting"),
        on_command=lambda name: on_command(name, node_id),
    )


def _state(step: StepState | None, run: RunState | None) -> tuple[str, str]:
    if step is None or run is None:
        return "It has not run here yet.", "idle"
    tokens = step.usage.get("input_tokens", 0) + step.usage.get("output_tokens", 0)
    figures = [
        duration(step.seconds) if step.seconds is not None and not step.cached else "",
        f"{tokens:,} tokens" if tokens else "",
        told(step.cost, step.unpriced_calls) if tokens else "",
        f"run of {clock(run)}",
    ]
    figured = " · ".join(figure for figure in figures if figure)
    match step.status:
        case "succeeded":
            return f"{'Cached' if step.cached else 'Done'} · {figured}", "ok"
        case "failed":
            return f"Failed: {(step.error or {}).get('message', '')}", "error"
        case "skipped":
            because = step.because or {}
            return f"Skipped: {because.get('message') or because.get('reason') or ''}", "idle"
        case status:
            return f"{status.capitalize()} · run of {clock(run)}", "warn" if status != "cancelled" else "idle"
