"""What a run may take: counted before it is made, told in a sentence, with all that was done kept."""

import asyncio
from typing import Any

import pytest
from tests.conformance.cases import Doors, Json, flow, node, ran
from tests.engine.build import ends, in_jumping_time, story

from weft.catalog import Context, component
from weft.engine import start
from weft.engine.limits import DEFAULTS, Limits
from weft.model import Flow, StepFailed, WeftError, from_json
from weft.testing import services, stock_catalog


def runs(*flows: Json) -> Any:
    """A component that runs these flows one after another, and goes on whatever comes of them."""

    @component
    async def runner(ctx: Context) -> str:
        """Run flows."""
        for one in flows:
            try:
                await ctx.run(from_json(one), {})
            except StepFailed:
                continue
        return ""

    return runner


@pytest.mark.parametrize("on_error", ["fail", "skip", "continue"])
async def test_a_flow_that_runs_itself_twice_over_ends_at_once_and_nothing_hides_it(on_error: str) -> None:
    """Two to the sixteenth, if it were tried out."""
    twice = flow({name: node("runner", options={"on_error": on_error, "default": ""}) for name in "ab"})
    document = flow(
        {
            "other": node("say", text="kept"),
            "s": node("runner", options={"on_error": on_error, "default": ""}),
        }
    )
    result, events = await ran(document, more=(runs(twice, twice),))
    assert result.status == "failed"
    assert result.error is not None
    assert result.error["code"] == "limit-exceeded"
    assert result.error["message"].startswith("Flows are nested deeper than 16, at 's/")
    assert result.error["hint"] == "Look for a subtask that starts itself; else raise the limit 'depth'."
    assert result.outputs["other"] == "kept"
    assert len(events) < 2000


async def test_a_run_has_only_so_many_steps_and_names_the_one_that_would_have_more() -> None:
    many = flow({f"n{number}": node("say", text="x") for number in range(40)})
    document = flow({"s": node("runner")})
    result, _ = await ran(document, more=(runs(many, many, many),), limits=Limits(steps=100))
    assert result.error == {
        "code": "limit-exceeded",
        "message": "With what 's' starts, the run would have more than 100 steps.",
        "hint": "Look for a subtask that starts itself again and again; else raise the limit 'steps'.",
        "node": "s",
    }
    assert {path.partition("/")[0] for path in result.values} == {"s", "s[1]"}
    assert len(result.values) == 81


async def test_nothing_starts_after_a_limit_of_the_run_and_what_runs_is_cancelled() -> None:
    doors = Doors()

    @component
    async def late(ctx: Context) -> str:
        """Wait for the others, then take too much."""
        await doors.reached("d", "e")
        await ctx.run(from_json(flow({f"n{number}": node("say", text="x") for number in range(40)})), {})
        return ""

    inner = flow({"e": node("door", name="e"), "f": node("say", text="@e")})
    document = flow(
        {
            "l": node("late"),
            "d": node("door", name="d"),
            "s": node("subtask", flow=inner),
            "end": node("say", text="@d"),
        }
    )
    result, events = await ran(document, more=(late, doors.component()), limits=Limits(steps=20))
    assert result.error is not None
    assert result.error["code"] == "limit-exceeded"
    told = ends(events)
    assert told == {
        "l": "failed limit-exceeded",
        "d": "failed cancelled",
        "s/e": "failed cancelled",
        "s": "failed cancelled",
    }
    assert doors.inside == []


async def test_a_flow_too_large_for_a_run_is_refused_before_it() -> None:
    document = flow({f"n{number}": node("say", text="x") for number in range(30)})
    with pytest.raises(WeftError, match="The flow has 30 nodes, and a run may have 20 steps") as refused:
        await ran(document, limits=Limits(steps=20))
    assert refused.value.code == "limit-exceeded"


def doubling(levels: int, **options: Any) -> dict[str, Flow]:
    """Flows that each run the next one twice."""
    flows = {
        f"f{level}": flow({name: node("subtask", flow=f"f{level + 1}", options=options) for name in "ab"})
        for level in range(levels)
    }
    flows[f"f{levels}"] = flow({f"n{number}": node("text", template="x") for number in range(10)})
    return {name: from_json(one) for name, one in flows.items()}


async def test_flows_that_double_and_double_are_counted_and_not_tried_out() -> None:
    flows = doubling(14)
    with pytest.raises(WeftError) as refused:
        start(flows["f0"], stock_catalog(flows=flows))
    assert refused.value.code == "limit-exceeded"
    assert refused.value.message == (
        "The flow has 2 nodes, 196,606 steps with the flows they run, and a run may have 100,000 steps."
    )


async def test_what_may_not_be_run_is_not_counted() -> None:
    flows = doubling(14, when="false")
    async with start(flows["f0"], stock_catalog(flows=flows), services=services(flows=flows)) as run:
        assert (await run.finished()).status == "succeeded"


async def test_flows_that_double_a_little_run() -> None:
    flows = doubling(3)
    async with start(flows["f0"], stock_catalog(flows=flows), services=services(flows=flows)) as run:
        result = await run.finished()
    assert result.status == "succeeded"
    assert len(result.values) == 2 + 4 + 8 + 80


async def test_more_steps_at_once_than_a_run_may_ask_for_are_refused() -> None:
    with pytest.raises(WeftError, match="A run may have 1,024 steps at once, and 2,000 were asked for"):
        await ran(flow({"a": node("say", text="x")}), parallel=2000)


@pytest.mark.parametrize(
    ("value", "bytes_of_it"),
    [("x" * 100, 100), ("ä" * 50, 100), (["x" * 94], 98), ({"a": "ä" * 45}, 98), ([1] * 49, 99)],
)
async def test_a_value_has_only_so_many_bytes(value: Any, bytes_of_it: int) -> None:
    @component
    async def give() -> Any:
        """A value."""
        return value

    document = flow({"a": node("give"), "end": node("say", text="@a")})
    fine, _ = await ran(document, more=(give,), limits=Limits(value_bytes=bytes_of_it))
    assert fine.outputs == {"end": value}
    result, events = await ran(document, more=(give,), limits=Limits(value_bytes=bytes_of_it - 1))
    assert result.error is not None
    assert result.error["code"] == "limit-exceeded"
    assert result.error["node"] == "a"
    assert ends(events)["end"] == "skipped failed a"


async def test_a_value_too_large_fails_its_step_alone() -> None:
    @component
    async def give(size: int) -> str:
        """A text."""
        return "x" * size

    document = flow(
        {
            "a": node("give", size=2000, options={"on_error": "skip"}),
            "b": node("give", size=10),
            "m": node("map", items=[5, 2000, 6], on_item_error="skip", flow=flow({"g": node("give", size="@inputs.item")}, {"g": "g"}, {"item": {"type": "integer"}})),
        }
    )  # fmt: skip
    result, _ = await ran(document, more=(give,), limits=Limits(value_bytes=1000))
    assert result.error is None
    assert result.outputs == {"b": "x" * 10, "m": ["xxxxx", "xxxxxx"]}


def test_a_run_ends_after_its_seconds_with_what_was_done() -> None:
    doors = Doors()
    inner = flow({"d": node("door", name="d")})
    document = flow({"a": node("say", text="kept"), "s": node("subtask", flow=inner)})
    result, events = in_jumping_time(ran(document, more=(doors.component(),), limits=Limits(seconds=30)))
    assert result.status == "failed"
    assert result.error == {"code": "limit-exceeded", "message": "The run took longer than 30 s.", "hint": "Raise the limit 'seconds'.", "node": None}  # fmt: skip
    assert result.outputs == {"a": "kept"}
    assert story(events)[-3:] == ["s/d failed cancelled", "s failed cancelled", "run-finished failed"]
    assert doors.inside == []


def test_a_run_that_is_done_in_time_keeps_no_timer() -> None:
    async def main() -> float:
        await ran(flow({"a": node("say", text="x")}), limits=Limits(seconds=3600))
        return asyncio.get_running_loop().time()

    assert in_jumping_time(main()) < 1010


async def test_a_run_that_was_cancelled_stays_so() -> None:
    doors = Doors()
    document = from_json(flow({"d": node("door", name="d")}))
    async with start(
        document, stock_catalog(doors.component()), services=services(), limits=Limits(seconds=1000)
    ) as run:
        await doors.reached("d")
        run.cancel()
        assert (await run.finished()).status == "cancelled"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"step": 3}, "There is no limit 'step'. Did you mean 'steps'?"),
        ({"zebra": 3}, "There is no limit 'zebra'. There are steps, depth, items"),
        ({"steps": 0}, "The limit 'steps' must be a whole number from 1, not 0. Its default is 100000."),
        ({"steps": True}, "must be a whole number from 1, not True"),
        ({"items": 1.5}, "must be a whole number from 1, not 1.5"),
        ({"seconds": -1}, "must be a number of seconds above 0, not -1"),
        ({"seconds": float("nan")}, "must be a number of seconds above 0, not nan"),
        ({"value_bytes": "10"}, "must be a whole number from 1, not '10'"),
    ],
)
def test_limits_that_are_none_are_refused(given: Json, said: str) -> None:
    with pytest.raises(WeftError) as refused:
        Limits.read(given)
    assert said in str(refused.value)
    assert refused.value.code == "bad-limit"


def test_limits_say_what_is_not_as_by_default() -> None:
    assert DEFAULTS.said() == {}
    assert Limits.read({"steps": 5, "depth": 16}).said() == {"steps": 5}
    assert Limits.read(Limits(seconds=3.5).said()) == Limits(seconds=3.5)
