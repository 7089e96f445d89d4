"""A flow inside a step."""

import asyncio
from typing import Any

import pytest
from tests.engine.build import (
    Doors,
    ends,
    finished,
    flow,
    in_jumping_time,
    node,
    say,
    story,
)
from tests.engine.library import SERVICES, known, load

from weft.catalog import Catalog, Context, component
from weft.engine import start
from weft.engine.limits import DEFAULTS, Limits


async def test_a_nested_flow_tells_its_events_under_its_step() -> None:
    made = flow({"sub": node("subtask", flow="greet", name="you"), "end": node("say", text="@sub.greeting")})
    _, events = await finished(made, known(), services=SERVICES)
    assert story(events) == [
        "run-started",
        "sub ready",
        "sub started",
        "sub/hello ready",
        "sub/hello started",
        "sub/hello finished hello ",
        "sub/both ready",
        "sub/both started",
        "sub/both finished hello you",
        "sub finished hello you",
        "end ready",
        "end started",
        "end finished hello you",
        "run-finished succeeded",
    ]


async def test_the_same_subtask_twice_at_once() -> None:
    made = flow(
        {"one": node("subtask", flow="greet", name="a"), "two": node("subtask", flow="greet", name="b")}
    )
    result, _ = await finished(made, known(), services=SERVICES)
    assert result.values["one"] == {"greeting": "hello a"}
    assert result.values["two/both"] == {"output": "hello b"}


async def test_a_failure_inside_fails_the_step_with_its_place() -> None:
    made = flow({"sub": node("subtask", flow="broken"), "end": node("say", text="@sub.inside")})
    result, events = await finished(made, known(), services=SERVICES)
    assert ends(events) == {
        "sub/inside": "failed broken",
        "sub": "failed broken",
        "end": "skipped failed sub",
    }
    assert result.error == {
        "code": "broken",
        "message": "sub/inside: It is broken.",
        "hint": "Mend it.",
        "node": "sub",
    }


async def test_a_failure_inside_isnt_tried_again_as_a_whole_unless_told() -> None:
    result, events = await finished(
        flow({"sub": node("subtask", flow="broken", options={"retries": 0})}), known(), services=SERVICES
    )
    assert story(events).count("sub/inside started") == 1
    assert result.status == "failed"


async def test_outputs_that_arent_taken_inside_arent_taken_outside() -> None:
    made = flow(
        {
            "sub": node("subtask", flow="two_ways", go=True),
            "yes": node("say", text="@sub.yes"),
            "no": node("join", items=["@sub.no"]),
        }
    )
    _, events = await finished(made, known(), services=SERVICES)
    assert ends(events)["yes"] == "finished on"
    assert ends(events)["no"] == "skipped skipped sub"


async def test_wrong_inputs_inside_are_a_sentence() -> None:
    @component
    async def caller(ctx: Context) -> str:
        """Calls without what is needed."""
        await ctx.run(load("greet"), {"nam": "x"})
        return ""

    result, _ = await finished(flow({"a": node("caller")}), known(caller), services=SERVICES)
    assert result.error is not None
    assert result.error["code"] == "bad-input"
    assert (
        result.error["message"]
        == "There is no input 'nam': did you mean 'name'? The input 'name' (text) isn't given."
    )


async def test_a_flow_with_problems_inside_is_a_failure_of_its_step() -> None:
    @component
    async def caller(ctx: Context) -> str:
        """Calls a flow that can't run."""
        await ctx.run(flow({"x": node("nope")}), {})
        return ""

    result, _ = await finished(flow({"a": node("caller")}), known(caller), services=SERVICES)
    assert result.error is not None
    assert result.error["code"] == "flow-has-problems"
    assert "nope" in result.error["message"]


async def test_flows_started_one_after_the_other_in_a_step_have_paths_of_their_own() -> None:
    @component
    async def many(ctx: Context) -> str:
        """Greets three, two of them at once."""
        first = await ctx.run(load("greet"), {"name": "a"})
        rest = await asyncio.gather(*(ctx.run(load("greet"), {"name": name}) for name in "bc"))
        return "".join(one["greeting"] for one in (first, *rest))

    result, _ = await finished(flow({"m": node("many")}), known(many), services=SERVICES)
    assert result.outputs == {"m": "hello ahello bhello c"}
    assert {path for path in result.values if path.endswith("both")} == {"m/both", "m[1]/both", "m[2]/both"}


async def test_a_step_that_waits_for_a_flow_holds_no_slot() -> None:
    made = flow({"sub": node("subtask", flow="greet", name="you")})
    result, _ = await finished(made, known(), services=SERVICES, parallel=1)
    assert result.outputs == {"sub": "hello you"}


async def test_nested_steps_share_the_cap() -> None:
    doors = Doors()
    inner = {"format": 1, "nodes": {name: node("door", name=name) for name in "abc"}}
    made = flow({"one": node("subtask", flow=inner), "two": node("door", name="d")})
    async with start(made, known(doors.component()), services=SERVICES, parallel=2) as run:
        for name in "dabc":
            await doors.reached(name)
            doors.open(name)
        await run.finished()
    assert doors.most == 2


async def test_the_step_needs_a_slot_again_when_its_flow_is_over() -> None:
    doors = Doors()
    working: list[str] = []

    @component
    async def around(ctx: Context, name: str) -> str:
        """Works before and after its flow."""
        await ctx.run(load("greet"), {"name": "x"})
        working.append(name)
        await doors.wait(name)
        return name

    made = flow({"a": node("around", name="a"), "b": node("around", name="b")})
    async with start(made, known(around), services=SERVICES, parallel=1) as run:
        await doors.reached("a")
        assert doors.inside == ["a"]
        doors.open("a")
        await doors.reached("b")
        doors.open("b")
        await run.finished()
    assert doors.most == 1


def test_a_timeout_of_the_step_ends_its_flow() -> None:
    doors = Doors()

    async def main() -> list[str]:
        inner = {"format": 1, "nodes": {"x": node("door", name="x")}}
        made = flow({"sub": node("subtask", flow=inner, options={"timeout": 3})})
        _, events = await finished(made, known(doors.component()), services=SERVICES)
        return story(events)

    assert in_jumping_time(main())[-3:] == [
        "sub/x failed cancelled",
        "sub failed timeout",
        "run-finished failed",
    ]
    assert doors.inside == []


def test_a_component_may_give_a_flow_up_and_go_on() -> None:
    doors = Doors()

    @component
    async def patient(ctx: Context) -> str:
        """Gives up after a second, then runs another."""
        try:
            async with asyncio.timeout(1):
                await ctx.run(flow({"x": node("door", name="x")}), {})
        except TimeoutError:
            return (await ctx.run(load("greet"), {"name": "you"}))["greeting"]
        return ""

    result, _ = in_jumping_time(
        finished(flow({"p": node("patient")}), known(patient, doors.component()), parallel=1)
    )
    assert result.outputs == {"p": "hello you"}


async def test_a_flow_that_its_component_forgets_ends_with_the_step() -> None:
    doors = Doors()
    forgotten: list[Any] = []

    @component
    async def forgetful(ctx: Context) -> str:
        """Starts a flow and leaves."""
        forgotten.append(asyncio.ensure_future(ctx.run(flow({"x": node("door", name="x")}), {})))
        await doors.reached("x")
        return "left"

    result, events = await finished(flow({"f": node("forgetful")}), known(forgetful, doors.component()))
    assert result.outputs == {"f": "left"}
    assert story(events)[-3:] == ["f/x failed cancelled", "f finished left", "run-finished succeeded"]
    assert doors.inside == []
    (error,) = await asyncio.gather(*forgotten, return_exceptions=True)
    assert "cancelled" in str(error)


@component
async def again(ctx: Context) -> str:
    """A flow that starts itself."""
    await ctx.run(flow({"s": node("again")}), {})
    return ""


THOUSAND = flow({f"s{index}": node("doubling") for index in range(1000)})


@component
async def doubling(ctx: Context) -> str:
    """A flow that starts itself a thousand times over."""
    await ctx.run(THOUSAND, {})
    return ""


async def test_flows_nest_only_so_deep() -> None:
    result, events = await finished(flow({"s": node("again")}), known(again))
    assert result.error is not None
    assert result.error["code"] == "limit-exceeded"
    assert max(event.path.count("/") for event in events) == DEFAULTS.depth


async def test_a_run_has_only_so_many_steps_and_keeps_what_it_has() -> None:
    made = flow({"s": node("doubling"), "other": node("say", text="kept")}, outputs={"other": "other"})
    result, _ = await finished(made, Catalog([doubling, say]), limits=Limits(steps=5000))
    assert result.status == "failed"
    assert result.error is not None
    assert result.error["code"] == "limit-exceeded"
    assert result.outputs == {"other": "kept"}


async def test_a_nested_flow_has_a_state_of_its_own() -> None:
    inner = {
        "format": 1,
        "state": {"n": "inner"},
        "nodes": {"x": node("say", text="seen", save={"n": ""})},
        "outputs": {"x": "x"},
    }
    made = flow({"sub": node("subtask", flow=inner), "r": node("read", after=["sub"])}, state={"n": "outer"})

    @component
    async def read(ctx: Context) -> str:
        """What the state holds."""
        return str(ctx.state.get("n"))

    result, _ = await finished(made, known(read), services=SERVICES)
    assert result.outputs["r"] == "outer"


@pytest.mark.parametrize("item", [-1, 1.0, True, "1"])
async def test_an_item_has_a_number_from_zero(item: Any) -> None:
    @component
    async def numbered(ctx: Context) -> str:
        """Gives its flow a number that is none."""
        await ctx.run(load("greet"), {"name": "x"}, item=item)
        return ""

    result, _ = await finished(flow({"a": node("numbered")}), known(numbered), services=SERVICES)
    assert result.error is not None
    assert result.error["code"] == "bad-item"


async def test_two_flows_of_a_step_have_no_number_in_common_at_once() -> None:
    @component
    async def numbered(ctx: Context) -> list[str]:
        """Numbers two flows alike, one after the other and at once."""
        once = await ctx.run(load("greet"), {"name": "a"}, item=3)
        twice = (ctx.run(load("greet"), {"name": name}, item=3) for name in "bc")
        found = await asyncio.gather(*twice, return_exceptions=True)
        return [once["greeting"], *map(str, found)]

    result, events = await finished(flow({"a": node("numbered")}), known(numbered), services=SERVICES)
    assert result.outputs == {
        "a": [
            "hello a",
            "{'greeting': 'hello b'}",
            "'a[3]' is running already: each flow of a step needs a number of its own.",
        ]
    }
    assert {event.path for event in events if event.path.endswith("both")} == {"a[3]/both"}


async def test_a_step_may_say_how_far_it_is_from_its_own_thread() -> None:
    @component
    def count(ctx: Context) -> int:
        """Count to two, and say so twice."""
        for done in (0, 1, 1, 2):
            ctx.progress(done, 2)
        return 2

    _, events = await finished(flow({"c": node("count")}), known(count))
    told = [event.data["done"] for event in events if event.kind == "step-progress"]
    assert told == [0, 1, 2]


async def test_what_a_step_says_of_it_after_its_end_is_ignored() -> None:
    kept: list[Context] = []

    @component
    async def keep(ctx: Context) -> int:
        """Leave its context behind."""
        kept.append(ctx)
        return 1

    @component
    async def late(x: int) -> int:
        """Use the context of the step before."""
        kept[0].progress(1, 2)
        return x

    made = flow({"a": node("keep"), "b": node("late", x="@a")})
    _, events = await finished(made, known(keep, late))
    assert "step-progress" not in [event.kind for event in events]


async def test_a_flow_that_many_steps_run_is_planned_once_in_a_run() -> None:
    looked = 0

    def flows(name: str) -> Any:
        nonlocal looked
        looked += 1
        return load(name)

    mid = {
        "format": 1,
        "inputs": {"name": {}},
        "outputs": {"g": "s"},
        "nodes": {"s": node("subtask", flow="greet", name="@inputs.name")},
    }
    made = flow({f"s{number}": node("subtask", flow=mid, name="x") for number in range(20)})
    async with start(made, Catalog((*known().components,), flows=flows), services=SERVICES) as run:
        before = looked
        assert (await run.finished()).status == "succeeded"
    assert looked - before < 10
