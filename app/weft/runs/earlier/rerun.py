"""An earlier run done again from a point: its values stand, but for those that were edited, and what depends on them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from weft.catalog.loader import Catalog
from weft.engine.choice import Choice, Chosen, Given, descendants
from weft.engine.choice_inside import heads
from weft.engine.events import Event
from weft.engine.plan import lasting_plan
from weft.engine.planned import Plan
from weft.model.errors import Conflict, WeftError
from weft.model.flow import Flow
from weft.runs.earlier.reuse import edited, recorded_values
from weft.runs.record import RunRecord


def choice_again(
    record: RunRecord,
    flow: Flow,
    catalog: Catalog,
    events: Iterable[Event],
    edits: Mapping[str, Any],
    choice: Choice | None,
) -> Choice:
    """What to run of the run's own revision. With neither edits nor a choice: what gave no value, and what depends
    on it. Raises `Conflict` while the run goes on, `WeftError` for names and values that don't fit."""
    if not record.over:
        raise Conflict(
            f"The run {record.id} goes on.", code="run-goes-on", hint="Wait for its end, or cancel it."
        )
    if record.options.get("session") is not None:
        raise WeftError(
            f"The run {record.id} belongs to the session {record.options['session']!r}, whose state has gone on since.",
            code="bad-choice",
            hint="Run the flow again in the session.",
            retryable=False,
        )
    asked = choice or Choice()
    if asked.until or asked.only:
        raise WeftError(
            "A run is done again from a step on: 'until' and 'only' don't go with that.",
            code="bad-choice",
            retryable=False,
        )
    plan = lasting_plan(flow, catalog, flow.hash)
    recorded = recorded_values(record.id, events)
    standing = {node.id: recorded[node.id] for node in plan.nodes if node.id in recorded}
    Chosen(replace(asked, given=dict.fromkeys(edits, Given({}))), plan)  # refuses names that aren't there
    changed = _changed(plan, standing, {*edits, *heads(asked.start)})
    given = {name: value for name, value in standing.items() if name not in changed}
    for name, edit in edits.items():
        node = next(node for node in plan.nodes if node.id == name)
        given[name] = edited(node, standing.get(name), edit)
    if asked.start:
        return replace(asked, given=given, again=record.id)
    return replace(asked, until=(*changed, *given), given=given, again=record.id)


def _changed(plan: Plan, standing: Mapping[str, Given], named: set[str]) -> set[str]:
    """The nodes whose values don't stand: what depends on those named, else on those without a value."""
    begin = [node.order for node in plan.nodes if (node.id in named if named else node.id not in standing)]
    return {plan.nodes[order].id for order in descendants(plan, begin)}
