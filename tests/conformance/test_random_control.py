"""Random flows of branches, subtasks, maps and repeats inside each other, against a reference that evaluates them by
recursion: the same results, whatever runs at once; and whenever they are cancelled, nothing is left running."""

import asyncio
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.cases import SMALL, Json, flow, node, ran

from weft.catalog import component
from weft.engine import start
from weft.model import from_json
from weft.runs.state import fold
from weft.testing import services, stock_catalog

NOTHING, FAILS = "nothing", "fails"


@component
async def span(x: float, length: int) -> list[Any]:
    """So many numbers from x on."""
    await asyncio.sleep(0)
    return [x + number for number in range(length)]


@component
async def total(items: list[Any]) -> float:
    """The sum; an error counts a thousand, nothing nothing."""
    return sum(1000 if isinstance(item, dict) else item or 0 for item in items)


@component
async def only(items: list[Any]) -> Any:
    """The first of what there is."""
    return items[0]


MORE = (span, total, only)


@dataclass(frozen=True)
class Part:
    """What a flow of one number does with it: `kind`, a number, parts inside, a choice."""

    kind: str
    number: int = 0
    parts: tuple["Part", ...] = ()
    choice: str = ""


def expected(part: Part, x: Any) -> Any:
    """What the flow gives for x."""
    match part.kind:
        case "add":
            return x + part.number
        case "fragile":
            return FAILS if x == part.number else x
        case "filter":
            return x if x < part.number else NOTHING
        case "sequence":
            middle = expected(part.parts[0], x)
            return middle if middle in (NOTHING, FAILS) else expected(part.parts[1], middle)
        case "branch":
            return expected(part.parts[0 if x < part.number else 1], x)
        case "map":
            found = [expected(part.parts[0], x + number) for number in range(part.number)]
            if part.choice == "fail" and FAILS in found:
                return FAILS
            lost = found.count(FAILS) if part.choice == "collect" else 0
            return sum(one for one in found if one not in (NOTHING, FAILS)) + 1000 * lost
        case _:
            return repeated(part, x)


def repeated(part: Part, x: Any) -> Any:
    for _ in range(3):
        given = expected(part.parts[0], x)
        if given == FAILS:
            return FAILS
        x = x if given == NOTHING else given
        if x >= part.number:
            return given
    return FAILS if part.choice == "fail" else given


def made(part: Part) -> Json:
    """The flow."""
    return flow(_nodes(part), {"x": "out"}, {"x": {"type": "number"}})


def _nodes(part: Part) -> Json:
    x, inner = "@inputs.x", [made(one) for one in part.parts]
    less = [{"name": "less", "when": f"value < {part.number}"}]
    match part.kind:
        case "add":
            return {"out": node("add", a=x, b=part.number)}
        case "fragile":
            return {"out": node("fragile", value=x, bad=part.number)}
        case "filter":
            return {"way": node("branch", cases=less, value=x), "out": node("need", value="@way.less")}
        case "sequence":
            return {"one": _sub(inner[0], x), "out": _sub(inner[1], "@one")}
        case "branch":
            ways = {"a": _sub(inner[0], "@way.less"), "b": _sub(inner[1], "@way.else")}
            return {
                "way": node("branch", cases=less, value=x),
                **ways,
                "out": node("only", items=["@b", "@a"]),
            }
        case "map":
            each = node("map", flow=inner[0], items="@span", on_item_error=part.choice, at_once=2)
            return {
                "span": node("span", x=x, length=part.number),
                "each": each,
                "out": node("total", items="@each"),
            }
        case _:
            again = node(
                "repeat", flow=inner[0], until=f"x >= {part.number}", at_most=3, at_limit=part.choice, x=x
            )
            return {"again": again, "out": node("need", value="@again.x")}


def _sub(inner: Json, x: str) -> Json:
    return node("subtask", flow=inner, x=x)


small = st.integers(-3, 8)
leaves = st.builds(Part, st.sampled_from(("add", "fragile", "filter")), small)


def _deeper(inner: st.SearchStrategy[Part]) -> st.SearchStrategy[Part]:
    one, two = st.tuples(inner), st.tuples(inner, inner)
    return st.one_of(
        st.builds(Part, st.just("sequence"), small, two),
        st.builds(Part, st.just("branch"), small, two),
        st.builds(Part, st.just("map"), st.integers(0, 4), one, st.sampled_from(("fail", "skip", "collect"))),
        st.builds(Part, st.just("repeat"), small, one, st.sampled_from(("give", "fail"))),
    )


parts = st.recursive(leaves, _deeper, max_leaves=6)


@settings(max_examples=150, deadline=None)
@given(parts, small, st.sampled_from((1, 2, 16)))
def test_a_flow_comes_to_what_the_reference_says(part: Part, x: int, parallel: int) -> None:
    result, events = asyncio.run(ran(made(part), {"x": x}, more=MORE, parallel=parallel))
    found = FAILS if result.status == "failed" else result.outputs.get("x", NOTHING)
    assert found == expected(part, x), result.error
    assert {step.status for step in fold(events).steps.values()} <= {
        "succeeded",
        "failed",
        "skipped",
        "cancelled",
    }


@settings(max_examples=60, deadline=None)
@given(parts, small, st.integers(0, 60), st.sampled_from((1, 3)))
def test_cancelled_at_any_time_nothing_is_left_running(part: Part, x: int, after: int, parallel: int) -> None:
    async def main() -> None:
        known = stock_catalog(*SMALL, *MORE)
        async with start(
            from_json(made(part)), known, {"x": x}, services=services(), parallel=parallel
        ) as run:
            async for event in run:
                if event.seq > after:
                    run.cancel()
            result = await run.finished()
        assert result.status in ("succeeded", "failed", "cancelled")
        ended = {
            event.path
            for event in run.events
            if event.kind in ("step-finished", "step-failed", "step-skipped")
        }
        started = {event.path for event in run.events if event.kind == "step-started"}
        assert started <= ended
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
