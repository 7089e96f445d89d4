"""A run made into a case: what it was given, what persons said, what came out, and all answers on the cassette."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from weft.catalog import Catalog
from weft.engine.events import Event
from weft.model.errors import Conflict, NotFound
from weft.runs.record import RunRecord
from weft.workspace.taping import Cassette, ToolCall, calls_of
from weft.workspace.taping.recording import hidden
from weft.workspace.taping.tools import is_tool
from weft.workspace.testing.cases import Case, Expectation

if TYPE_CHECKING:
    from weft.runs.service import RunService

SHORT = 200
"""Characters of an output that is expected to be the same; of a longer one, its first line is."""


async def case_of(service: "RunService", run_id: str, catalog: Catalog) -> tuple[RunRecord, Case, Cassette]:
    """The run, its case, and what was answered in it. Raises `Conflict` for one that goes on, or that took results
    from a run that is gone."""
    record = await service.get(run_id)
    if not record.over:
        raise Conflict(f"The run {run_id} goes on.", code="run-goes-on", hint="Wait for its end.")
    events = await service.events(run_id)
    answered = [*events, *await _reused(service, events)]
    cassette = Cassette(calls=calls_of(answered), tools=_tools(answered, catalog))
    return record, _case(record, events), cassette


async def _reused(service: "RunService", events: Sequence[Event]) -> list[Event]:
    """The ends of the steps whose results were taken from earlier runs, as those had them, and of what is in them."""
    found: list[Event] = []
    origins: dict[str, list[str]] = {}
    for event in events:
        if event.kind == "step-finished" and (origin := event.data.get("from")):
            origins.setdefault(origin, []).append(event.path)
    for origin, paths in origins.items():
        try:
            earlier = await service.events(origin)
        except NotFound:
            raise Conflict(
                f"The step {paths[0]!r} took its result from the run {origin}, which is gone.",
                code="run-gone",
                hint="Run the flow anew, with --fresh, and make the case of that run.",
            ) from None
        found += [event for event in earlier if any(_within(event.path, path) for path in paths)]
    return found


def _within(path: str, step: str) -> bool:
    return path == step or path.startswith((f"{step}/", f"{step}["))


def _tools(events: Sequence[Event], catalog: Catalog) -> list[ToolCall]:
    components: dict[str, str] = {}
    found: list[ToolCall] = []
    for event in events:
        if event.kind == "step-started":
            components[event.path] = event.data.get("component", "")
        elif event.kind == "step-finished" and not event.data.get("cached"):
            component = catalog.get(components.get(event.path, "") or "-")
            if component is not None and is_tool(component):
                found.append(ToolCall(component=component.key, value=hidden(dict(event.data["value"]))))
    return found


def _case(record: RunRecord, events: Sequence[Event]) -> Case:
    answers: dict[str, list[Any]] = {}
    for event in events:
        if event.kind == "step-answered":
            answers.setdefault(event.path, []).append(event.data.get("value"))
    last = events[-1].data
    given: dict[str, Any] = {"inputs": hidden(dict(record.inputs))}
    if answers:
        given["answers"] = hidden(answers)
    expected: list[Expectation] = []
    if record.status != "succeeded":
        code = (record.error or {}).get("code")
        expected.append(Expectation(status="failed", error=code) if code else Expectation(status="failed"))
    expected += [_expected(name, hidden(value)) for name, value in _outputs(last).items()]
    return Case(**given, expect=expected)


def _outputs(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return data.get("outputs") or {}


def _expected(name: str, value: Any) -> Expectation:
    if not isinstance(value, str) or len(value) <= SHORT:
        return Expectation(output=name, equals=value)
    first = next((line for line in value.splitlines() if line.strip()), value)
    return Expectation(output=name, contains=first[:SHORT])
