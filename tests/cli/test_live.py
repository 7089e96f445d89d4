"""The live table: what it shows of each step, and what it does when they don't all fit."""

import io
from typing import Any

from rich.console import Console

from weft.cli.live import Live, said
from weft.engine.events import Event
from weft.runs.state import StepState


def drawn(*events: tuple[str, str, dict[str, Any]], height: int = 24) -> list[str]:
    console = Console(file=io.StringIO(), width=80, height=height, legacy_windows=False)
    live = Live(console)
    for seq, (kind, path, data) in enumerate(events, 1):
        live.tell(Event(seq, kind, path, 0.0, data))
    with console.capture() as capture:
        console.print(live.table())
    return [line.rstrip() for line in capture.get().splitlines()]


def finished(path: str) -> tuple[str, str, dict[str, Any]]:
    return (
        "step-finished",
        path,
        {"value": {}, "usage": {"input_tokens": 1000, "output_tokens": 500}, "seconds": 1.25},
    )


def test_each_step_with_its_state_text_tokens_and_time():
    lines = drawn(
        ("step-started", "outline", {"attempt": 1, "component": "prompt"}),
        ("step-output", "outline", {"text": "One\nTwo"}),
        finished("outline"),
        ("step-skipped", "other", {"because": {"reason": "when", "message": "Its condition did not hold."}}),
        ("step-failed", "bad", {"code": "x", "message": "No \x1b[31mluck", "hint": "", "seconds": 0.1}),
    )
    assert lines[0].split() == ["step", "status", "text", "tokens", "time"]
    assert lines[1].split() == ["outline", "succeeded", "One", "Two", "1,500", "1.2", "s"]
    assert lines[2].split() == ["other", "skipped", "Its", "condition", "did", "not", "hold."]
    assert lines[3].startswith("bad")
    assert "No \\x1b[31mluck" in lines[3]


def test_what_matters_most_is_shown_when_not_all_fits():
    ready = [("step-ready", f"w{i}", {}) for i in range(50)]
    started = [("step-started", "w40", {"attempt": 1}), ("step-failed", "w41", {"code": "x", "message": "m"})]
    lines = drawn(*ready, *started, height=12)
    names = [line.split()[0] for line in lines[1:8]]
    assert "w40" in names
    assert "w41" in names
    assert any(line.startswith("… and 44 more") for line in lines)


def test_text_that_grows_shows_its_end_and_whole_text_its_beginning():
    growing = StepState("a", status="running", text="one two three four five")
    assert said(growing, 10) == "…four five"
    assert said(StepState("a", status="succeeded", text="one two three"), 8) == "one two…"
