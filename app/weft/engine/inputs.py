"""What goes into a step: values from edges and params first, then finished texts, then live things."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from inspect import isawaitable
from typing import Any, Final, cast

from weft.catalog.condition import Condition
from weft.catalog.expression import evaluate
from weft.catalog.template import render
from weft.engine.planned import Live, PlanNode, Source
from weft.engine.services import Services, StepScope
from weft.engine.tools import tool
from weft.model.errors import StepFailed
from weft.model.values import FileRef, SecretRef

_CONTAINERS: Final = (dict, list)


def assemble(node: PlanNode, outcomes: list[Any], gaps: bool) -> dict[str, Any]:
    """The values of the node's ports: its params, and over them what the edges bring.

    `outcomes` holds what each node gave, by its place in the plan, and last the inputs of the flow. An edge that
    brings nothing (its source was skipped) leaves an optional port as if it weren't wired; without `gaps` there is none.
    """
    values: dict[str, Any] = node.params.copy() if node.flat else _own(node.params)
    value: Any
    for port, place, output, adapter, label, _, _ in node.singles:
        if isinstance(outcomes[place], dict) and output in outcomes[place]:
            value = outcomes[place][output]
            if adapter is not None:
                value = adapter(value, label)
            values[port] = _own(value) if type(value) in _CONTAINERS else value
    for port, sources, required, plain in node.gathers:
        items: list[Any] = []
        if plain is not None and not gaps:
            for place, output in plain:
                value = outcomes[place][output]
                items.append(_own(value) if type(value) in _CONTAINERS else value)
        else:
            for source in sources:
                _collect(source, outcomes, items)
        if items or required:
            values[port] = items
    return values


def _collect(source: Source, outcomes: list[Any], items: list[Any]) -> None:
    outcome: Any = outcomes[source.place]
    if not isinstance(outcome, dict) or source.output not in outcome:
        return
    value: Any = _own(outcome[source.output])
    if source.adapter is not None:
        value = source.adapter(value, source.label)
    if source.spread:
        items.extend(value)
    else:
        items.append(value)


def _own(value: Any) -> Any:
    """A copy of plain JSON: what one component does to its input must not reach another, nor the event."""
    if isinstance(value, dict):
        return {key: _own(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_own(item) for item in cast("list[Any]", value)]
    return value


async def finish(
    node: PlanNode, values: dict[str, Any], state: dict[str, Any], scope: StepScope, services: Services
) -> None:
    """Turn what the document holds into what the component takes. Once in each attempt."""
    finish_texts(node, values, state)
    await enliven(node, values, scope, services)


def finish_texts(node: PlanNode, values: dict[str, Any], state: Mapping[str, Any]) -> None:
    """Texts with their holes filled, conditions evaluated."""
    special = node.special
    finished: dict[str, Any] = {}
    for port, kind, text in special.written:
        written = values.get(port, text)
        finished[port] = _finished(kind, written, values, state)
    values.update(finished)
    for name in special.holes:
        values.pop(name, None)


async def enliven(node: PlanNode, values: dict[str, Any], scope: StepScope, services: Services) -> None:
    """Models, secrets, files, flows and tools, made live."""
    for port in node.special.live:
        await _enliven(port, values, scope, services)


def _finished(kind: str, text: str, values: dict[str, Any], state: Mapping[str, Any]) -> Any:
    if kind == "condition":
        return Condition(text)
    return render(text, values, state) if kind == "template" else evaluate(text, values, state)


async def _enliven(live: Live, values: dict[str, Any], scope: StepScope, services: Services) -> None:
    if live.port not in values and not live.always:
        return
    values[live.port] = await _resolved(live.kind, values.get(live.port), scope, services)


async def _resolved(kind: str, value: Any, scope: StepScope, services: Services) -> Any:
    if isinstance(value, list):
        return [await _resolved(kind, item, scope, services) for item in cast("list[Any]", value)]
    if isinstance(value, dict) and kind == "":
        entries = cast("dict[str, Any]", value)
        return {key: await _resolved(kind, item, scope, services) for key, item in entries.items()}
    if isinstance(value, SecretRef):
        return await _call("secret", value.name, scope, services)
    if isinstance(value, FileRef):
        return await _call("file", value.path, scope, services)
    return cast("Any", value) if kind == "" else await _call(kind, value, scope, services)


async def _call(kind: str, value: Any, scope: StepScope, services: Services) -> Any:
    if kind == "tool":
        return tool(value, scope.catalog)
    resolver = services.resolvers.get(kind)
    if resolver is None:
        raise StepFailed(
            f"Nothing here can give this step a {kind}.",
            code="no-resolver",
            hint=f"Start the run with a resolver for {kind!r} in its services.",
            retryable=False,
        )
    live: Any | Awaitable[Any] = resolver(value, scope)
    return await live if isawaitable(live) else live
