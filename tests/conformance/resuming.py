"""Resuming, tried: a run cut after any of its events goes on, and comes to what the whole run came to."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any, cast

from tests.conformance.cases import SMALL, Json
from tests.engine.build import in_jumping_time

from weft import providers
from weft.catalog import Catalog, ChatModel, Component, Context, component
from weft.engine import Event, Recorded, RunResult, Services, event_json, start
from weft.model import Flow, StepFailed, from_json
from weft.providers import ScriptedModel
from weft.providers.prices import Prices, read_prices
from weft.runs.event_models import read_event
from weft.testing import stock_catalog

PRICES = Prices(read_prices('["test:priced"]\ninput = 1000000\noutput = 1000000\n'))
"""A dollar a token."""
ENDS = ("step-finished", "step-failed", "step-skipped")
_CALLS: ContextVar[list[tuple[str, str]] | None] = ContextVar("calls", default=None)


# --- components that leave a trace of each call ---


def _called(ctx: Context) -> None:
    calls = _CALLS.get()
    if calls is not None:
        calls.append((cast("Any", ctx).path, ctx.idempotency_key))


@component
async def step(ctx: Context, text: Any = "x", more: Any = "") -> Any:
    """Give back what it gets."""
    _called(ctx)
    await asyncio.sleep(0)
    return f"{text}{more}" if more != "" else text


@component
async def flaky(ctx: Context, works: int = 3, text: str = "at last") -> str:
    """Fail until so many attempts were made."""
    _called(ctx)
    await asyncio.sleep(0)
    attempt = cast("Any", ctx).attempt
    ctx.emit(f"try {attempt} ")
    if attempt < works:
        raise StepFailed("Not yet.", code="busy", retryable=True)
    return text


@component
async def broken(ctx: Context, value: Any = "bad", bad: Any = "bad") -> Any:
    """Fail for a bad value."""
    _called(ctx)
    await asyncio.sleep(0)
    if value == bad:
        raise StepFailed("It is broken.", code="broken", hint="Mend it.", retryable=False)
    return value


@component
async def count(ctx: Context, by: int = 1) -> int:
    """Count in the state."""
    _called(ctx)
    total = ctx.state.get("count", 0) + by
    ctx.state.set("count", total)
    ctx.state.set("seen", [*ctx.state.get("seen", []), total])
    await asyncio.sleep(0)
    return total


@component
async def look(ctx: Context) -> Any:
    """All of the state."""
    _called(ctx)
    return {name: ctx.state.get(name) for name in ctx.state}


@component
async def grow(ctx: Context, number: int = 2, to: str = "", cut: str = "", fails: bool = False) -> str:
    """Add nodes that take what it gives, maybe before it fails for the first time."""
    _called(ctx)
    nodes = {f"_{place}": {"component": "step", "inputs": {"text": "_"}} for place in range(number)}
    edges = [{"from": name, "to": f"{to}.items"} for name in nodes if to]
    ctx.expand(nodes, edges, [{"from": cut, "to": f"{to}.items"}] if cut else [])
    await asyncio.sleep(0)
    ctx.expand({"_late": {"component": "step", "values": {"text": "late"}}})
    await asyncio.sleep(0)
    if fails and cast("Any", ctx).attempt == 1:
        raise StepFailed("Again.", code="busy", retryable=True)
    return "grown"


@component
async def interview(ctx: Context, number: int = 2) -> list[Any]:
    """Ask several things, one after the other."""
    _called(ctx)
    return [await ctx.ask(f"Number {one}?", kind="edit", value=one) for one in range(number)]


@component
async def twice(ctx: Context, flow: Flow) -> list[Any]:
    """Run the same flow twice as the same item, with another input each time, and a third time beside."""
    _called(ctx)
    first = await ctx.run(flow, {"item": 1}, item=0)
    second = await ctx.run(flow, {"item": 2}, item=0)
    both = await asyncio.gather(ctx.run(flow, {"item": 3}), ctx.run(flow, {"item": 4}))
    return [first, second, *both]


@component
async def ask_model(ctx: Context, prompt: str, model: ChatModel, fails: int = 0) -> str:
    """One call of the model, and a failure after it for some attempts."""
    _called(ctx)
    answer = await model.ainvoke(prompt)
    if cast("Any", ctx).attempt <= fails:
        raise StepFailed("Again.", code="busy", retryable=True)
    return str(answer.content)


COMPONENTS: tuple[Component, ...] = (
    step, flaky, broken, count, look, grow, interview, twice, ask_model,
)  # fmt: skip


# --- runs ---


@dataclass
class Shape:
    """A flow, and all else that a run of it is started with."""

    name: str
    document: Json
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    answers: Mapping[str, Sequence[Any]] = field(default_factory=dict[str, Any])
    live: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What a person answers, by path."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    model: Any = None
    components: tuple[Component, ...] = COMPONENTS
    loose: bool = False
    """Whether steps are cancelled in it, so that what runs beside depends on who is faster."""


@dataclass
class Told:
    """A run as far as it came: its events with those before it was resumed, and the calls of this part."""

    events: list[Event]
    calls: list[tuple[str, str]]
    result: RunResult | None

    def end(self) -> Json:
        assert self.result is not None
        made = self.result
        return {
            "status": made.status,
            "outputs": made.outputs,
            "error": made.error,
            "state": made.state,
            "usage": made.usage,
            "cost": made.cost,
            "ends": ends(self.events),
        }


def ends(events: Sequence[Event]) -> dict[str, Any]:
    """How each step ended last, and how often it did; without those that were cancelled."""
    found: dict[str, Any] = {}
    for event in events:
        if event.kind in ENDS and event.data.get("code") != "cancelled":
            times = found[event.path][0] + 1 if event.path in found else 1
            said = {key: event.data.get(key) for key in ("value", "state", "because", "code", "message")}
            found[event.path] = (times, event.kind, said)
    return found


def run(shape: Shape, before: Sequence[Event] = (), *, until: int | None = None) -> Told:
    """Run it to its end, or release it after so many new events."""
    return in_jumping_time(_run(shape, list(before), until))


async def _run(shape: Shape, before: list[Event], until: int | None) -> Told:
    calls: list[tuple[str, str]] = []
    _CALLS.set(calls)
    known = catalog(shape.components)
    async with start(
        from_json(shape.document),
        known,
        shape.inputs if not before else None,
        services=services(shape.model),
        run_id="r",
        random=Random(1),
        answers=shape.answers,
        recorded=Recorded.of(map(as_stored, before)) if before else None,
        **shape.options,
    ) as going:
        person = asyncio.create_task(_answer(going, shape.live))
        try:
            if until is not None:
                seen = len(before)
                while (new := await going.more(seen, 1)) and seen - len(before) < until:
                    seen = new[-1].seq
                going.release()
            result = None if going.released else await going.finished()
        finally:
            person.cancel()
            await asyncio.wait([person])
    assert asyncio.all_tasks() == {asyncio.current_task()}
    events = before + going.events
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert all(later.at > one.at - 1e-5 for one, later in pairwise(events))  # a store keeps six digits
    return Told(events, calls, result)


def as_stored(event: Event) -> Event:
    """The event as a store gives it back: it has been JSON."""
    return read_event(json.loads(json.dumps(event_json(event, "r"))))[1]


async def _answer(going: Any, answers: Mapping[str, Any]) -> None:
    while answers:
        for path, question in list(going.questions.items()):
            answer = answers[path]
            going.answer(path, answer[question["number"]] if isinstance(answer, list) else answer)
        await asyncio.sleep(0.01)


_CATALOGS: dict[tuple[Component, ...], Catalog] = {}


def catalog(components: tuple[Component, ...]) -> Catalog:
    if components not in _CATALOGS:
        small = [one for one in SMALL if one.name not in {each.name for each in components}]
        _CATALOGS[components] = stock_catalog(*small, *components)
    return _CATALOGS[components]


def services(model: Any) -> Services:
    answering = model() if model is not None else ScriptedModel({"*": "An answer."})

    def live(value: Any, scope: Any) -> Any:
        return providers.bind(answering, scope, prices=PRICES)

    def flow(value: Any, scope: Any) -> Flow | None:
        return from_json(value) if isinstance(value, dict) else value

    return Services(resolvers={"model": live, "flow": flow}, explain=providers.explain)


# --- what must hold ---


def hold(shape: Shape, whole: Told, cut: int, resumed: Told) -> None:
    """The run cut after so many events came to what the whole came to, and did nothing twice."""
    before, after = whole.events[:cut], resumed.events[cut:]
    assert resumed.result is not None
    came, must = resumed.end(), whole.end()
    if shape.loose:
        for one in (came, must):
            one["ends"] = {path: end for path, end in one["ends"].items() if "/" not in path}
            del one["usage"], one["cost"]
    assert came == must, cut
    assert_called(shape, whole.events, before, after, resumed.calls)
    kinds = Counter((event.kind, event.path) for event in (*before, *after) if event.kind in _ONCE)
    assert kinds == Counter((event.kind, event.path) for event in whole.events if event.kind in _ONCE), cut


_ONCE = (
    "step-paused",
    "step-answered",
    "graph-expanded",
    "budget-warned",
    "step-retried",
    "run-started",
    "run-finished",
)


def assert_called(
    shape: Shape,
    whole: Sequence[Event],
    before: list[Event],
    after: list[Event],
    calls: list[tuple[str, str]],
) -> None:
    """Nothing that is recorded is called again; what had begun, once more than the whole run called it from here."""
    must = Counter(event.path for event in whole[len(before) :] if event.kind == "step-started")
    must.update(begun(before))
    came = Counter(event.path for event in after if event.kind == "step-started")
    over = ended(before)
    if shape.loose:
        assert not over & {path for path in came if "/" not in path}
    else:
        assert came == must, len(before)
        traced = Counter(path for path, _ in calls)
        assert all(came[path] == times for path, times in traced.items())
    keys = {path: key for path, key in calls}
    assert len(set(keys.values())) == len(keys)


def begun(events: Sequence[Event]) -> set[str]:
    """The steps that were being made."""
    found: set[str] = set()
    for event in events:
        if event.kind == "step-started":
            found.add(event.path)
        elif event.kind in (*ENDS, "step-retried"):
            found.discard(event.path)
    return found


def ended(events: Sequence[Event]) -> set[str]:
    return {event.path for event in events if event.kind in ENDS and event.data.get("code") != "cancelled"}


def cuts(events: Sequence[Event], most: int = 24) -> list[int]:
    """After which events a run is cut: each of a short one, of a long one some in the same distance, the last always."""
    last = len(events) - 1
    apart = max(1, last // most)
    return sorted({*range(1, last + 1, apart), last})
