"""What a run would do, before it: each step with what becomes of it, and because of what."""

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

from weft.engine.explaining import StepPlan
from weft.ui.dialogs import opened
from weft.ui.elements import Box, button

MOST = 300
WORDS = {
    "cached": ("cached", "succeeded"),
    "pinned": ("pinned", "succeeded"),
    "given": ("kept", "succeeded"),
    "run": ("runs", "running"),
    "depends": ("depends", "waiting"),
    "skipped": ("skipped", "skipped"),
}


def show_plan(
    steps: Sequence[StepPlan], title: Callable[[str], str], command: Callable[[str], Any]
) -> ui.dialog:
    """A dialog with the plan, from which the run can be started."""
    dialog, box = opened("What would run", classes="w-dialog--wide", heading=False)
    running = sum(step.status == "run" for step in steps)

    def run(name: str) -> Callable[[], Any]:
        def go() -> Any:
            dialog.close()
            return command(name)

        return go

    with box:
        with Box("div", "w-row"):
            Box("h2", "w-grow", "What would run")
            button(kind="icon", symbol="close", tip="Close", side="left", on_click=dialog.close)
        Box("p", "w-muted", f"{running} of {len(steps)} steps would run for sure.")
        with Box("div", "w-plan", attributes={"role": "list"}):
            for step in steps[:MOST]:
                _line(step, title)
            if len(steps) > MOST:
                Box("div", "w-muted", f"and {len(steps) - MOST:,} more")
        with Box("div", "w-dialog-foot"):
            button("Run all anew", run("run-fresh"))
            button("Run", run("run"), kind="primary").mark("plan-run")
    return dialog


def _line(step: StepPlan, title: Callable[[str], str]) -> None:
    word, tone = WORDS[step.status]
    with Box("div", "w-plan-line", attributes={"role": "listitem"}):
        Box("span", f"w-chip w-chip--{tone}", word)
        with Box("div", "w-grow"):
            Box("div", "w-plan-title", title(step.path))
            if step.because:
                Box("div", "w-field-help", step.because)
