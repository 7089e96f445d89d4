"""What the engine does for a node beside calling its component: its options, its texts, its live ports."""

from __future__ import annotations

from typing import Any, cast

from weft.catalog import expression
from weft.catalog.ports import Ports
from weft.engine.budget import of_part
from weft.engine.planned import Live, Special
from weft.engine.reading import SAVE, Kind, Shape
from weft.model.flow import NO_OPTIONS, Flow, Node
from weft.model.values import FileRef, SecretRef


def special(flow: Flow, node: Node, kind: Kind, shape: Shape, params: dict[str, Any]) -> Special:
    """Everything but the common path of a node."""
    options = node.options
    retries = flow.defaults.retries if options.retries is None else options.retries
    written = _written(node, kind, params) if kind.written else ()
    live = kind.live
    if referring := _referring(kind, params):
        live = (*live, *referring)
    # What a tool gives may be another the next time, whether it is called this time or not.
    lasting = kind.keeps and not _secretive(referring, params) and not any(map(params.get, kind.tool_ports))
    cached = kind.component if lasting else None
    if options is NO_OPTIONS and SAVE not in node.params:
        return Special(retries=retries, written=written, holes=shape.holes, live=live, cached=cached)
    return Special(
        disabled=options.disabled,
        when=options.when,
        unfilled=_unfilled(options.when, shape.ports),
        previous=options.otherwise == "previous",
        on_error=options.on_error,
        default=options.default,
        retries=retries,
        save=tuple(saves(node).items()),
        written=written,
        holes=shape.holes,
        live=live,
        budget=of_part(options.budget),
        cached=cached if options.cache == "auto" else None,
    )


def saves(node: Node) -> dict[str, str]:
    """What a node saves: the path in its answer by the path in the state, both dotted. What isn't of that form is
    left out: checking reports it."""
    value = node.params.get(SAVE)
    if not isinstance(value, dict):
        return {}
    entries = cast("dict[str, Any]", value)
    return {place.removeprefix("state."): path for place, path in entries.items() if isinstance(path, str)}


def _unfilled(when: str | None, ports: Ports) -> tuple[tuple[str, Any], ...]:
    names = expression.names(when) if when is not None else {}
    return tuple(
        (port.name, port.default) for port in ports.inputs if port.name in names and not port.required
    )


def _written(node: Node, kind: Kind, params: dict[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """The texts a person typed, to be finished in each attempt; a wired one is plain text already."""
    found: list[tuple[str, str, str]] = []
    for port in kind.written:
        if port.name not in node.inputs and type(text := params.get(port.name, port.default)) is str:
            found.append((port.name, port.type.kind, text))
    return tuple(found)


def _referring(kind: Kind, params: dict[str, Any]) -> list[Live]:
    """Params that hold a secret or a file somewhere inside, such as the headers of a request."""
    found = [name for name, value in params.items() if type(value) is not str and _refers(value)]
    if not found:
        return []
    live = {port.port for port in kind.live}
    return [Live(name, "", always=False) for name in found if name not in live]


def _secretive(referring: list[Live], params: dict[str, Any]) -> bool:
    return any(_refers(params[live.port], SecretRef) for live in referring)


def _refers(value: Any, kinds: Any = SecretRef | FileRef) -> bool:
    if isinstance(value, dict):
        return any(_refers(item, kinds) for item in cast("dict[str, Any]", value).values())
    if isinstance(value, list):
        return any(_refers(item, kinds) for item in cast("list[Any]", value))
    return isinstance(value, kinds)
