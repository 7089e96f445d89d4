"""`weft runs show ID --step PATH`: one step, whole."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from weft.cli.lines import line_of, seconds, tokens
from weft.cli.runs.shown_run import STYLES, step_json
from weft.cli.terminal import clean, styled
from weft.engine.cost import told

if TYPE_CHECKING:
    from weft.engine.events import Event
    from weft.runs.reading.wired import Wired
    from weft.runs.record import RunRecord
    from weft.runs.state import RunState, StepState


STREAMED = ("step-output", "step-thought")


class ShownStep:
    """A step of a run: what it got, what it gave, its calls, and what happened to it when."""

    def __init__(self, record: "RunRecord", state: "RunState", events: "list[Event]", path: str) -> None:
        from weft.model.text import loads
        from weft.runs.reading.step_names import StepNames
        from weft.runs.reading.wired import Inputs

        flow = loads(record.document)
        names = StepNames(lambda: flow)
        names.take(state)
        self.title = names.full(path) if "/" in path else ""
        self.path, self.run = path, record.id
        self.step: StepState = _step(record, state, path)
        self.given: list[Wired] = Inputs(flow, state).of(path)
        self.log = [event for event in events if event.path == path and event.kind not in STREAMED]

    def json(self) -> dict[str, Any]:
        return {
            "run": self.run,
            "path": self.path,
            "inputs": {one.port: one.value for one in self.given},
            **step_json(self.step),
            "log": [{"at": event.at, "kind": event.kind, "data": _brief(event)} for event in self.log],
        }

    def lines(self) -> Iterator[str]:
        step = self.step
        about = [
            self.title,
            step.component,
            seconds(step.seconds) if step.seconds is not None else "",
            f"{count:,} tokens" if (count := tokens(step.usage)) else "",
            told(step.cost, step.unpriced_calls),
            f"from {step.origin}" if step.origin else "",
        ]
        status = styled(step.status, STYLES.get(step.status, "bold"))
        yield f"{styled(f'Step {clean(self.path)} of the run {self.run}', 'bold')}: {status}"
        yield f"  {clean(' · '.join(filter(None, about)))}".rstrip()
        yield from _values("Inputs", {one.port: one.value for one in self.given})
        yield from _values("Value", step.value or ({"text": step.text} if step.text else {}))
        yield from _calls(step.calls)
        for trouble in (step.error, step.because):
            if trouble:
                yield f"{styled('error:', 'red')} {clean(str(trouble.get('message', '')))}"
                if trouble.get("hint"):
                    yield f"{styled('hint:', 'cyan')} {clean(str(trouble['hint']))}"
        yield styled("Log", "bold")
        for event in self.log:
            yield f"  {event.at:>9.3f} s  {clean(line_of(event).removeprefix(f'{self.path}: ') or event.kind)}"


def _step(record: "RunRecord", state: "RunState", path: str) -> "StepState":
    from weft.model.errors import NotFound
    from weft.workspace.flows.flowfiles import offer

    if path in state.steps:
        return state.steps[path]
    some = f"There are: {', '.join(list(state.steps)[:12])}." if state.steps else "It has none yet."
    raise NotFound(
        f"The run {record.id} has no step {path!r}.",
        code="no-step",
        hint=offer(path, list(state.steps), otherwise=some),
    )


def _brief(event: "Event") -> dict[str, Any]:
    """What isn't in the step itself."""
    return {name: value for name, value in event.data.items() if name not in ("value", "calls", "usage")}


def _calls(calls: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Each with what is new in it: a model that calls tools is sent everything anew each time."""
    from weft.runs.reading.turns import turns

    for turn, call in zip(turns(calls), calls, strict=True):
        about = f"{call.get('model', '')} · {turn.about}".strip(" ·")
        yield styled(f"Call {turn.number}", "bold") + f"  {clean(about)}"
        if turn.before:
            yield styled(f"  after the {turn.before} messages above", "dim")
        for said in turn.said:
            yield from _value("answer" if said.who.startswith("answer · ") else said.who, said.text)


def _values(title: str, values: Mapping[str, Any]) -> Iterator[str]:
    if values:
        yield styled(title, "bold")
    for name, value in values.items():
        yield from _value(name, value)


def _value(name: str, value: Any) -> Iterator[str]:
    """Whole: this is where a person reads all of it."""
    text = clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2))
    first, *rest = text.splitlines() or [""]
    yield f"  {styled(clean(name) + ':', 'cyan')} {first}".rstrip()
    yield from (f"    {line}".rstrip() for line in rest)
