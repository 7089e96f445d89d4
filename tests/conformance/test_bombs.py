"""Flows that would grow without end: each is counted before it grows, ends in `limit-exceeded`, and what was done beside
is kept. Cut anywhere and resumed, none of them gets more than it had left."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import pytest
from tests.conformance.cases import Json, flow, item_flow, node
from tests.conformance.resuming import COMPONENTS, Shape, cuts, run

from weft.catalog import Context, component
from weft.engine import Event
from weft.engine.limits import Limits
from weft.model import Flow, from_json


class Million(Mapping[str, Any]):
    """A million nodes, none of them made before somebody looks."""

    def __len__(self) -> int:
        return 1_000_000

    def __iter__(self) -> Iterator[str]:
        return (f"n{number}" for number in range(len(self)))

    def __getitem__(self, name: str) -> Json:
        return {"component": "step"}


@component
async def once_more(ctx: Context, flow: Json) -> str:
    """Run a flow, or none."""
    await ctx.run(from_json(flow), {})
    return "done"


@component
async def again(ctx: Context) -> str:
    """Add one like itself."""
    ctx.expand({"_n": {"component": "again"}})
    return "grown"


@component
async def million(ctx: Context) -> str:
    """Add a million nodes at once."""
    ctx.expand(Million())
    return "grown"


@component
async def itself(ctx: Context) -> str:
    """Run the flow that it stands in."""
    await ctx.run(cast("Any", ctx).scheduler.plan.flow, {})
    return "done"


@component
async def items(ctx: Context, flow: Flow, count: int = 1_000_000) -> str:
    """Run a flow for so many items, and say so first."""
    ctx.progress(0, count)
    for number in range(count):
        await ctx.run(flow, {}, item=number)
    return "done"


def doubled(depth: int) -> Json:
    """Each runs the next twice, unless that is asked for in vain."""
    made = flow({"a": node("step")})
    for _ in range(depth):
        made = flow({name: node("once_more", flow=made) for name in "ab"})
    return made


def nested(depth: int) -> Json:
    """A map of ten in a map of ten."""
    made = item_flow({"s": node("step", text="@inputs.item")})
    for _ in range(depth):
        made = item_flow({"m": node("map", items=list(range(10)), flow=made)})
    return made


def repeated(depth: int) -> Json:
    made = flow({"s": node("step")})
    for _ in range(depth):
        made = flow({"r": node("repeat", flow=made, until="rounds > 99", at_most=100)})
    return made


BOMBS: dict[str, tuple[Json, Limits, str]] = {
    "a flow that runs itself": (node("itself"), Limits(), "nested deeper than 16"),
    "flows that run the next twice": (node("subtask", flow=doubled(6)), Limits(steps=60), "more than 60 steps"),
    "maps in maps": (node("subtask", flow={**nested(4), "inputs": {}}), Limits(steps=60), "60"),
    "repeats in repeats": (node("subtask", flow=repeated(3)), Limits(steps=60), "more than 60 steps"),
    "a map of a million": (node("items", flow=flow({"s": node("step")})), Limits(), "1,000,000 items"),
    "a node that adds itself": (node("again"), Limits(expansions=20), "grow more than 20 times"),
    "nodes that add steps": (node("again"), Limits(steps=20), "more than 20 steps"),
    "a million nodes at once": (node("million"), Limits(), "more than 100,000 steps"),
}  # fmt: skip


def shape(name: str) -> Shape:
    bomb, limits, _ = BOMBS[name]
    document = flow({"kept": node("step", text="kept"), "bomb": {**bomb, "after": ["kept"]}})
    return Shape(
        name,
        document,
        options={"limits": limits, "parallel": 1},
        components=(*COMPONENTS, once_more, again, million, itself, items),
    )


@pytest.mark.parametrize("name", BOMBS)
def test_it_is_counted_before_it_goes_off(name: str) -> None:
    told = run(shape(name))
    assert told.result is not None
    error = told.result.error
    assert error is not None
    assert error["code"] == "limit-exceeded"
    assert BOMBS[name][2] in error["message"]
    assert told.result.values["kept"] == {"output": "kept"}
    assert len(told.events) < 500


def seen(events: list[Event], of: Callable[[Event], bool]) -> int:
    return len({event.path for event in events if of(event)})


@pytest.mark.parametrize("name", BOMBS)
def test_resumed_it_has_no_more_than_it_had_left(name: str) -> None:
    made = shape(name)
    whole = run(made)
    for cut in cuts(whole.events, most=6):
        resumed = run(made, whole.events[:cut])
        assert resumed.result is not None
        assert resumed.result.error is not None
        assert resumed.result.error["code"] == "limit-exceeded"
        steps = seen(resumed.events, lambda event: event.kind == "step-started")
        assert steps <= BOMBS[name][1].steps
        grown = [event for event in resumed.events if event.kind == "graph-expanded"]
        assert len(grown) <= BOMBS[name][1].expansions
