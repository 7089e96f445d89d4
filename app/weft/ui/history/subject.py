"""What the tab Data is about: a step with its inputs and outputs, or an edge with what went through it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from weft.model.flow import Flow
from weft.runs.reading.wired import Inputs
from weft.runs.state import RunState, StepState
from weft.ui.history.reading import about

Side = Literal["in", "out", "live", "edge"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of the subject. `event` is the one that has it whole, where only its beginning is at hand."""

    side: Side
    port: str
    value: Any
    source: str = ""
    event: int = 0

    @property
    def key(self) -> str:
        return f"{self.side}:{self.port}"

    def line(self) -> dict[str, Any]:
        said = about("" if self.side == "live" else self.value)
        if self.event:
            said["size"] = "large"
        return {"key": self.key, "side": self.side, "port": self.port, "source": self.source, **said}


@dataclass(frozen=True, slots=True)
class Subject:
    """`path` is the step, or the node an edge leads into; `words` is what is said in place of values."""

    path: str = ""
    title: str = ""
    status: str = ""
    entries: list[Entry] = field(default_factory=list[Entry])
    words: str = ""


def of_step(
    flow: Flow, state: RunState, path: str, title: str, cut: Mapping[tuple[str, str], int]
) -> Subject:
    """Its inputs, as far as they are known, and what it gave or is giving."""
    step = state.steps.get(path)
    entries = [
        Entry("in", one.port, one.value, ", ".join(one.sources)) for one in Inputs(flow, state).of(path)
    ]
    if step is None:
        return Subject(path, title, "", entries, "It has not run yet: what it gives is shown here.")
    entries += _outputs(step, cut)
    gave = any(entry.side in ("out", "live") for entry in entries)
    return Subject(path, title, step.status, entries, "" if gave else _why_nothing(step))


def of_edge(flow: Flow, state: RunState, edge: Mapping[str, Any], title: str, inside: str = "") -> Subject:
    """The last value that went through it. `inside` is the way to the flow it is in: `each[3]/`."""
    source, target = str(edge.get("ref", "")), f"{edge.get('node', '')}.{edge.get('port', '')}"
    value = Inputs(flow, state).through(source, inside=inside)
    if value is None:
        return Subject(target, title, "", [], "Nothing has gone through this edge in this run.")
    return Subject(target, title, "", [Entry("edge", source, value, target)])


def _outputs(step: StepState, cut: Mapping[tuple[str, str], int]) -> list[Entry]:
    if step.value:
        return [
            Entry("out", port, value, "", cut.get((step.path, port)) or step.cut)
            for port, value in step.value.items()
        ]
    if step.text or step.status == "running":
        return [Entry("live", "text", step.text)]
    return []


def _why_nothing(step: StepState) -> str:
    if step.error:
        return f"It gave nothing: {step.error.get('message', '')}"
    if step.because:
        return f"It was skipped: {step.because.get('message') or step.because.get('reason') or ''}"
    return "It has given nothing yet."
