"""A run's events, folded: what a screen shows of it, live or years later."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from weft.engine.events import Event
from weft.runs.busy import UNSETTLED, Busy
from weft.runs.record import Status, no_usage

StepStatus = Literal["waiting", "running", "succeeded", "failed", "skipped", "cancelled", "paused"]


@dataclass
class StepState:
    """One step. `text` is what it streamed in its latest attempt, `value` its outputs by port, `seconds` from its first
    attempt to its end, `calls` the model calls of all attempts, `error` has `code`, `message`, `hint`, `answers` what
    persons said: `number`, `value`, `by`, `how`."""

    path: str
    status: StepStatus = "waiting"
    by: str = ""  # the step that added it while the run went on; "" for those of the document
    component: str = ""
    attempt: int = 0
    text: str = ""
    thought: str = ""  # what a model thinks, as it comes; once it has answered, `calls` have it
    progress: tuple[int, int] | None = None  # how much of how much is done, of a step that says so
    value: dict[str, Any] | None = None
    ended: int = 0  # the number of its `step-finished`
    cut: bool = False  # whether `value` is cut short: that event has the whole
    usage: dict[str, int] = field(default_factory=no_usage)
    cost: float | None = 0.0
    unpriced_calls: int = 0
    waits: str = ""
    seconds: float | None = None
    ready: float | None = None  # since when it could have run, in seconds since the run started
    started: float | None = None  # seconds since the run started
    cached: bool = False
    origin: str = ""  # the run that a cached value comes from
    saved: dict[str, Any] | None = None  # what that took: usage, cost, seconds
    put: str = ""  # `pinned` or `edited`, of a value that a person put there
    error: dict[str, Any] | None = None
    because: dict[str, Any] | None = None
    calls: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    answers: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@dataclass
class RunState:
    """One run, as far as its events go. `apply` takes the next one; the steps are in the order of their first event.

    `questions` are those that are open, by the path of the step that asks, each with the number of the `event` that put
    it; `answered` counts those that were.
    `expansions` are how its graph has grown: `nodes`, `edges`, `removed`, `by`, ids and edges as the flow has them in
    which that step stands."""

    status: Status = "running"
    flow: str = ""
    hash: str = ""
    inputs: dict[str, Any] = field(default_factory=dict[str, Any])
    time: str = ""
    steps: dict[str, StepState] = field(default_factory=dict[str, StepState])
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    usage: dict[str, int] = field(default_factory=no_usage)
    cost: float | None = 0.0
    unpriced_calls: int = 0
    warned: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    error: dict[str, Any] | None = None
    seconds: float | None = None
    seq: int = 0
    at: float = 0.0
    questions: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    answered: int = 0
    expansions: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def __post_init__(self) -> None:
        self._busy = Busy(self.steps)

    def count_anew(self, other: "RunState") -> None:
        """Go on counting from where `other` is, whose steps these are."""
        self._busy = other._busy.over(self.steps)

    def apply(self, event: Event) -> None:
        """Take the next event into account. A run that is over stays as it ended; unknown kinds change nothing."""
        if self.seconds is not None:
            return
        self.seq, self.at = event.seq, event.at
        if (change := _CHANGES.get(event.kind)) is not None:
            change(self, event)
            if self.questions or self.status == "waiting":
                self._wait_or_go_on()

    def move(self, step: StepState, status: StepStatus) -> None:
        """Give the step this status. One that doesn't wait for a person has no open question."""
        before, step.status = step.status, status
        self._busy.move(step.path, before, status)
        if status != "paused":
            self.questions.pop(step.path, None)

    def _wait_or_go_on(self) -> None:
        if self.seconds is None:
            self.status = "waiting" if self.questions and not self._busy.count else "running"

    def step(self, path: str) -> StepState:
        if path not in self.steps:
            self.steps[path] = StepState(path)
            self._busy.move(path, "", "waiting")
        return self.steps[path]

    def inside(self, path: str) -> dict[str, StepState]:
        """The steps of the flows nested in a step, by their full path."""
        return {name: step for name, step in self.steps.items() if name.startswith(f"{path}/")}


def fold(events: Iterable[Event]) -> RunState:
    """The state after these events, which begin with the run's first."""
    state = RunState()
    for event in events:
        state.apply(event)
    return state


def _run_started(run: RunState, event: Event) -> None:
    data = event.data
    run.flow, run.hash, run.time = data.get("flow", ""), data.get("hash", ""), data.get("time", "")
    run.inputs = dict(data.get("inputs") or {})


def _run_resumed(run: RunState, event: Event) -> None:
    """What ran when the run was left runs no more; a person who was asked still is."""
    for step in run.steps.values():
        if step.status == "running":
            run.move(step, "waiting")
            step.waits = ""


def _step_ready(run: RunState, event: Event) -> None:
    run.step(event.path).ready = event.at


def _step_started(run: RunState, event: Event) -> None:
    step = run.step(event.path)
    if (
        step.status != "paused"
    ):  # begun again in a resumed run, it asks the same again, and its question stays open
        run.move(step, "running")
    step.text, step.thought, step.error, step.progress = "", "", None, None
    step.attempt = event.data.get("attempt", step.attempt + 1)
    step.component = event.data.get("component", step.component)
    if step.started is None:
        step.started = event.at


def _step_waiting(run: RunState, event: Event) -> None:
    run.step(event.path).waits = event.data.get("message", "")


def _budget_warned(run: RunState, event: Event) -> None:
    run.warned.append({"path": event.path, **event.data})


def _graph_expanded(run: RunState, event: Event) -> None:
    run.expansions.append(dict(event.data))
    inside = event.path[: event.path.rfind("/") + 1]
    for name, node in event.data.get("nodes", {}).items():
        step = run.step(inside + name)
        step.by, step.component = event.path, node.get("component", "")


def _step_output(run: RunState, event: Event) -> None:
    step = run.step(event.path)
    step.text += event.data.get("text", "")
    step.waits = ""


def _step_thought(run: RunState, event: Event) -> None:
    step = run.step(event.path)
    step.thought += event.data.get("text", "")
    step.waits = ""


def _step_progress(run: RunState, event: Event) -> None:
    run.step(event.path).progress = event.data["done"], event.data["total"]


def _step_noted(run: RunState, event: Event) -> None:
    """Its calls so far can be seen; what they used counts for the run once the step is over."""
    step, data = run.step(event.path), event.data
    step.calls = [*step.calls, *(data.get("calls") or ())]
    step.usage = {**step.usage, **(data.get("usage") or {})}


def _step_retried(run: RunState, event: Event) -> None:
    step = run.step(event.path)
    run.move(step, "waiting")
    step.error = {"code": event.data.get("code", ""), "message": event.data.get("message", ""), "hint": ""}


def _step_paused(run: RunState, event: Event) -> None:
    if event.data.get("beforehand"):
        return  # it has its answer: nobody is asked
    step = run.step(event.path)
    run.move(step, "paused")
    run.questions[step.path] = {**(event.data.get("ask") or {}), "event": event.seq}


def _step_answered(run: RunState, event: Event) -> None:
    step = run.step(event.path)
    run.move(step, "running")
    step.answers.append({name: event.data.get(name) for name in ("number", "value", "by", "how")})
    run.answered += 1


def _step_finished(run: RunState, event: Event) -> None:
    step, data = run.step(event.path), event.data
    run.move(step, "succeeded")
    step.value, step.ended = dict(data.get("value") or {}), event.seq
    step.cached = bool(data.get("cached"))
    step.origin, step.saved = data.get("from", ""), data.get("saved")
    step.put = next((how for how in ("pinned", "edited") if data.get(how)), "")
    step.error = data.get("error")  # of an attempt that gave way to the node's default
    _spent(run, step, data)
    step.thought = "" if step.calls else step.thought


def _step_failed(run: RunState, event: Event) -> None:
    step, data = run.step(event.path), event.data
    run.move(step, "cancelled" if data.get("code") == "cancelled" else "failed")
    step.error = {name: data.get(name, "") for name in ("code", "message", "hint")}
    step.attempt = data.get("attempts", step.attempt)
    _spent(run, step, data)


def _step_skipped(run: RunState, event: Event) -> None:
    step, data = run.step(event.path), event.data
    run.move(step, "skipped")
    step.because = dict(data.get("because") or {})
    _spent(run, step, data)


def _run_finished(run: RunState, event: Event) -> None:
    data = event.data
    run.status = data["status"]
    run.outputs = dict(data.get("outputs") or {})
    run.error = data.get("error")
    run.usage = dict(data.get("usage") or run.usage)
    run.cost = data.get("cost", run.cost)
    run.unpriced_calls = data.get("unpriced_calls", run.unpriced_calls)
    run.seconds = data.get("seconds", event.at)
    for step in run.steps.values():
        if step.status in UNSETTLED:
            run.move(step, "cancelled")


def _spent(run: RunState, step: StepState, data: Mapping[str, Any]) -> None:
    step.seconds, step.waits = data.get("seconds", step.seconds), ""
    step.calls = list(data.get("calls") or ())
    used: Mapping[str, int] = data.get("usage") or {}
    step.usage = {**step.usage, **used}
    run.usage = {name: run.usage.get(name, 0) + used.get(name, 0) for name in {**run.usage, **used}}
    step.cost, step.unpriced_calls = data.get("cost", 0.0), data.get("unpriced_calls", 0)
    if step.cost:
        run.cost = round((run.cost or 0.0) + step.cost, 12)
    run.unpriced_calls += step.unpriced_calls


_CHANGES: Mapping[str, Callable[[RunState, Event], None]] = {
    "run-started": _run_started,
    "run-resumed": _run_resumed,
    "step-ready": _step_ready,
    "step-started": _step_started,
    "step-waiting": _step_waiting,
    "budget-warned": _budget_warned,
    "graph-expanded": _graph_expanded,
    "step-output": _step_output,
    "step-thought": _step_thought,
    "step-progress": _step_progress,
    "step-noted": _step_noted,
    "step-retried": _step_retried,
    "step-paused": _step_paused,
    "step-answered": _step_answered,
    "step-finished": _step_finished,
    "step-failed": _step_failed,
    "step-skipped": _step_skipped,
    "run-finished": _run_finished,
}
