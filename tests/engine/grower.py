"""A component that grows its graph as its params say, and flows with it."""

from typing import Any

from tests.engine.build import catalog, finished, flow, node, subtask
from tests.engine.library import SERVICES

from weft.catalog import Component, Context, component
from weft.engine import Event, RunResult

Json = dict[str, Any]
SAY = {"component": "say"}


@component
async def grow(
    ctx: Context,
    nodes: Any = None,
    edges: Any = (),
    remove: Any = (),
    text: str = "grown",
) -> str:
    """Grow as its params say."""
    ctx.expand(nodes or {}, edges, remove)
    return text


@component
async def need(value: str) -> str:
    """Needs a value."""
    return value


def growing(nodes: Json, edges: Any = (), remove: Any = (), **more: Any) -> Json:
    made = node("grow", **more)
    made["params"] |= {"nodes": nodes, "edges": list(edges), "remove": list(remove)}
    return made


async def grown(
    nodes: Json, *more: Component, outputs: Json | None = None, **options: Any
) -> tuple[RunResult, list[Event]]:
    top = {"outputs": outputs} if outputs else {}
    return await finished(
        flow(nodes, **top), catalog(grow, need, subtask, *more), services=SERVICES, **options
    )


def edge(source: str, target: str, **more: Any) -> Json:
    return {"from": source, "to": target, **more}
