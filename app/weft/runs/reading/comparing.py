"""Two runs side by side: their steps aligned by path, what differs in each, and what differed first.

A step differs by itself when its inputs are the same and something else isn't: its params, its model, what the model
said. All that comes after it may differ because of it. Pure: nothing is read but what it is given.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from weft.model.flow import Flow
from weft.runs.reading.differing import alike, shown
from weft.runs.reading.wired import Inputs, Wired
from weft.runs.record import RunRecord
from weft.runs.state import RunState, StepState

Kind = Literal[
    "first-only", "second-only", "status", "component", "params", "inputs", "model", "sent", "output"
]
"""What differs in a step. `params` were typed in, `inputs` came over edges, `sent` is what its model was asked."""
_AFTER = {"succeeded": "was done", "failed": "failed", "skipped": "was skipped", "cancelled": "was cancelled"}


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs; `flow` is the revision it pins."""

    record: RunRecord
    flow: Flow
    state: RunState


@dataclass(frozen=True, slots=True)
class StepPair:
    """A step in both runs, or in one of them. `ports` are the inputs and params that differ."""

    path: str
    first: StepState | None
    second: StepState | None
    differs: tuple[Kind, ...] = ()
    ports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """What differed first: the step, in what, and a sentence. The path "" stands for the run's own inputs."""

    path: str
    kind: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """`inputs` are the flow's that differ. `cause` is None where nothing does, or nobody can tell."""

    first: Side
    second: Side
    pairs: list[StepPair]
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    cause: Cause | None = None
    models: tuple[str, str] | None = field(default=None)

    @property
    def differing(self) -> list[StepPair]:
        return [pair for pair in self.pairs if pair.differs]


def compare(first: Side, second: Side, titles: Mapping[str, str] | None = None) -> Comparison:
    """`titles` are what steps are called in sentences, where their paths won't do."""
    given = tuple(_keys(first.state.inputs, second.state.inputs))
    left, right = Inputs(first.flow, first.state), Inputs(second.flow, second.state)
    pairs = [_pair(path, left, right) for path in _merged(first.state.steps, second.state.steps)]
    made = Comparison(
        first,
        second,
        pairs,
        given,
        tuple(_keys(first.state.outputs, second.state.outputs)),
        models=_chosen(first.record, second.record),
    )
    cause = _cause(made, titles or {})
    return Comparison(first, second, pairs, given, made.outputs, cause, made.models)


def _pair(path: str, left: Inputs, right: Inputs) -> StepPair:
    one, two = left.state.steps.get(path), right.state.steps.get(path)
    if one is None or two is None:
        return StepPair(path, one, two, ("second-only" if one is None else "first-only",))
    kinds: list[Kind] = []
    ports, typed = _ports(left.of(path), right.of(path))
    if one.status != two.status:
        kinds.append("status")
    if _component(left, path, one) != _component(right, path, two):
        kinds.append("component")
    if typed:
        kinds.append("params")
    if len(ports) > typed:
        kinds.append("inputs")
    if models_of(one) != models_of(two) and (one.calls and two.calls):
        kinds.append("model")
    if not alike(_sent(one), _sent(two)) and (one.calls and two.calls):
        kinds.append("sent")
    if not alike(one.value or {}, two.value or {}) or (one.text != two.text and not (one.value or two.value)):
        kinds.append("output")
    return StepPair(path, one, two, tuple(kinds), ports)


def _ports(one: Iterable[Wired], two: Iterable[Wired]) -> tuple[tuple[str, ...], int]:
    """The ports that differ, and how many of them by what was typed in or by another wire."""
    old, new = {each.port: each for each in one}, {each.port: each for each in two}
    ports: list[str] = []
    typed = 0
    for port in dict.fromkeys([*old, *new]):
        before, after = old.get(port), new.get(port)
        if before is not None and after is not None and alike(before.value, after.value):
            continue
        ports.append(port)
        sources = {*(before.sources if before else ()), *(after.sources if after else ())}
        rewired = before is not None and after is not None and before.sources != after.sources
        typed += not sources or rewired
    return tuple(ports), typed


def _cause(made: Comparison, titles: Mapping[str, str]) -> Cause | None:
    if made.inputs:
        names = ", ".join(repr(name) for name in made.inputs)
        many = len(made.inputs) > 1
        return Cause(
            "",
            "given",
            f"The run was given {'other values for the inputs' if many else 'another value for the input'} {names}.",
        )
    started = enumerate(made.pairs)
    for _, pair in sorted(started, key=lambda item: (_began(item[1]), item[0])):
        if pair.differs and (cause := _own(pair, titles.get(pair.path) or pair.path)):
            return cause
    return None


def _own(pair: StepPair, name: str) -> Cause | None:
    """Why the step differs, if that is not because of another."""
    one, two, kinds = pair.first, pair.second, pair.differs
    if one is None or two is None:
        return Cause(
            pair.path, kinds[0], f"{name} is a step of the {'second' if one is None else 'first'} run only."
        )
    if "component" in kinds:
        return Cause(pair.path, "component", f"{name} is {two.component!r} now, and was {one.component!r}.")
    if "params" in kinds:
        ports = ", ".join(pair.ports)
        return Cause(pair.path, "params", f"{name} was changed: {ports}.")
    if "inputs" in kinds:
        return None
    if "model" in kinds:
        before, after = ", ".join(models_of(one)), ", ".join(models_of(two))
        return Cause(pair.path, "model", f"{name} asked another model: {before}, then {after}.")
    if one.put != two.put:
        how = two.put or one.put
        return Cause(
            pair.path, "put", f"The output of {name} was {how} in the {'second' if two.put else 'first'} run."
        )
    if "sent" in kinds:
        return Cause(
            pair.path, "sent", f"{name} sent its model something else, though its inputs were the same."
        )
    if "status" in kinds:
        return _by_status(pair.path, name, one, two)
    said = (
        "The model answered differently in"
        if one.calls and two.calls
        else "The same inputs gave another output in"
    )
    return Cause(pair.path, "answer" if one.calls and two.calls else "output", f"{said} {name}.")


def _by_status(path: str, name: str, one: StepState, two: StepState) -> Cause | None:
    if "skipped" in (one.status, two.status) or "cancelled" in (one.status, two.status):
        return None  # that is what another step did
    before, after = (_AFTER.get(step.status, f"is {step.status}") for step in (one, two))
    error = (two.error if two.status == "failed" else one.error) or {}
    reason = f": {shown(error['message'])}" if error.get("message") else "."
    return Cause(path, "status", f"{name} {before} in the first run and {after} in the second{reason}")


def models_of(step: StepState) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(call.get("model", "")) for call in step.calls))


def tokens_of(usage: Mapping[str, int]) -> int:
    return usage.get("input_tokens", 0) + usage.get("output_tokens", 0)


def _sent(step: StepState) -> list[Any]:
    return [call.get("messages") for call in step.calls]


def _component(inputs: Inputs, path: str, step: StepState) -> str:
    if step.component:
        return step.component
    node = inputs.node(path)
    return node.component if node is not None else ""


def _chosen(one: RunRecord, two: RunRecord) -> tuple[str, str] | None:
    return (one.model or "", two.model or "") if one.model != two.model else None


def _began(pair: StepPair) -> float:
    times = [
        step.started for step in (pair.first, pair.second) if step is not None and step.started is not None
    ]
    return min(times, default=float("inf"))


def _keys(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    missing = object()
    return [
        key for key in dict.fromkeys([*old, *new]) if not alike(old.get(key, missing), new.get(key, missing))
    ]


def _merged(old: Iterable[str], new: Iterable[str]) -> list[str]:
    """All paths in the order of the first run; what only the second has comes after what it followed there."""
    known = list(old)
    places = {path: [path] for path in known}
    front: list[str] = []
    group = front
    for path in new:
        if path in places:
            group = places[path]
        else:
            group.append(path)
    return [*front, *(path for each in known for path in places[each])]


def run_json(side: Side) -> dict[str, Any]:
    record, state = side.record, side.state
    return {
        "id": record.id,
        "flow": record.flow,
        "status": record.status,
        "created": record.created,
        "hash": record.hash,
        "model": record.model,
        "seconds": state.seconds,
        "cost": state.cost,
        "tokens": tokens_of(state.usage),
        "calls": state.usage.get("calls", 0),
        "steps": len(state.steps),
    }


def comparison_json(made: Comparison, *, everything: bool = False) -> dict[str, Any]:
    """As a program reads it: with what differs only, or every step."""
    pairs = made.pairs if everything else made.differing
    return {
        "first": run_json(made.first),
        "second": run_json(made.second),
        "same_flow": made.first.record.hash == made.second.record.hash,
        "inputs": list(made.inputs),
        "outputs": list(made.outputs),
        "cause": {"path": made.cause.path, "kind": made.cause.kind, "message": made.cause.sentence}
        if made.cause
        else None,
        "steps": [pair_json(pair) for pair in pairs],
    }


def pair_json(pair: StepPair) -> dict[str, Any]:
    return {
        "path": pair.path,
        "differs": list(pair.differs),
        "ports": list(pair.ports),
        "first": _step_json(pair.first) if pair.first else None,
        "second": _step_json(pair.second) if pair.second else None,
    }


def _step_json(step: StepState) -> dict[str, Any]:
    return {
        "status": step.status,
        "seconds": step.seconds,
        "cost": step.cost,
        "tokens": tokens_of(step.usage),
        "models": list(models_of(step)),
        "cached": step.cached,
        "value": step.value,
        "error": step.error,
    }
