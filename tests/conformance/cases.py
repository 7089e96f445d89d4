"""What the cases of control flow are written with: small components, and one way to run a table of flows."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.engine.build import Doors, ends, node

from weft.catalog import Component, Context, component
from weft.engine import Event, RunResult, start
from weft.model import Flow, StepFailed, from_json
from weft.testing import services, stock_catalog

Json = dict[str, Any]
_NONE: Mapping[str, Any] = {}


@component
async def say(text: Any = "", more: str = "") -> Any:
    """Give back what it gets."""
    return f"{text}{more}" if more else text


@component
async def need(value: Any) -> Any:
    """Give back what it must get."""
    return value


@component
async def add(a: float, b: float = 1) -> float:
    """Add two numbers."""
    return a + b


@component
async def join(items: list[Any]) -> str:
    """All its items, in order; at least one."""
    return "+".join(map(str, items))


@component
async def gather(items: list[Any] = []) -> str:  # noqa: B006 - never changed
    """All its items, in order; none will do."""
    return "+".join(map(str, items))


@component
async def fragile(value: Any, bad: Any = "bad") -> Any:
    """Fail for a bad value."""
    if value == bad:
        raise StepFailed(f"It can't do {value}.", code="broken", hint="Mend it.", retryable=False)
    return value


@component
async def key(ctx: Context) -> str:
    """The key that tells this step from all others."""
    return ctx.idempotency_key


@component
async def tally(ctx: Context, by: int = 1) -> int:
    """Add to the state's count, and give it."""
    count = ctx.state.get("count", 0) + by
    ctx.state.set("count", count)
    return count


SMALL: tuple[Component, ...] = (say, need, add, join, gather, fragile, key, tally)


class Case(NamedTuple):
    """One flow and what it must come to. `outputs` None: it fails, with `code`. `ends` are those of some steps."""

    name: str
    nodes: Mapping[str, Json]
    outputs: Any = None
    given: Mapping[str, Any] = _NONE
    ends: Mapping[str, str] = _NONE
    code: str = ""
    state: Mapping[str, Any] = _NONE
    wanted: Mapping[str, str] = _NONE
    """The flow's outputs; none for what its sinks give."""


def flow(
    nodes: Mapping[str, Json],
    outputs: Mapping[str, str] = _NONE,
    inputs: Mapping[str, Any] = _NONE,
    **top: Any,
) -> Json:
    """A document. `inputs` are names with a default, or with a description of them; None for one that must be given."""
    described = {
        name: {"type": "any"}
        if value is None
        else value
        if isinstance(value, dict)
        else {"type": "any", "default": value}
        for name, value in inputs.items()
    }
    return {"format": 1, "inputs": described, "outputs": dict(outputs), "nodes": dict(nodes), **top}


def item_flow(nodes: Mapping[str, Json], outputs: Mapping[str, str] = _NONE, **inputs: Any) -> Json:
    """A flow that takes an item."""
    return flow(nodes, outputs, {"item": None, **inputs})


async def ran(
    document: Json,
    given: Mapping[str, Any] = _NONE,
    *,
    more: tuple[Component, ...] = (),
    flows: Mapping[str, Flow] = _NONE,
    model: Any = None,
    **options: Any,
) -> tuple[RunResult, list[Event]]:
    """Run it to its end, with the stock components and the small ones."""
    known = stock_catalog(*SMALL, *more, flows=flows)
    async with start(
        from_json(document), known, given, services=services(model, flows=flows), **options
    ) as run:
        result = await run.finished()
    return result, run.events


async def hold(case: Case) -> None:
    """The case comes to what it says."""
    given = {name: None for name in case.given}
    result, events = await ran(flow(case.nodes, case.wanted, given, state=dict(case.state)), case.given)
    if case.code:
        assert result.error is not None, result.outputs
        assert result.error["code"] == case.code, result.error
    else:
        assert result.error is None, result.error
    if case.outputs is not None:
        assert result.outputs == case.outputs
    told = ends(events)
    assert {path: told.get(path) for path in case.ends} == dict(case.ends)


def names(case: Case) -> str:
    return case.name


__all__ = ["SMALL", "Case", "Doors", "Json", "flow", "hold", "item_flow", "names", "node", "ran"]
