"""Known durations decide who goes first when slots are short, and nothing else."""

import asyncio
from collections.abc import Mapping

from tests.engine.build import Json, flow, in_jumping_time

from weft.catalog import Catalog, Context, component
from weft.engine import Services, start
from weft.engine.durations import Ranks, general, remaining_of
from weft.engine.plan import plan
from weft.model import Flow, from_json


@component
async def take(seconds: float, before: list[float] = []) -> float:  # noqa: B006 - never changed
    """Take so long."""
    await asyncio.sleep(seconds)
    return seconds


@component
async def nest(inner: Flow, ctx: Context) -> dict:  # type: ignore[type-arg]
    """Run the flow it holds."""
    return await ctx.run(inner, {})


TIMED = Catalog([take, nest])
SERVICES = Services({"flow": lambda value, scope: value if isinstance(value, Flow) else from_json(value)})


def makespan(made: Flow, parallel: int, durations: Mapping[str, float] | None) -> tuple[float, list[str]]:
    """How long a run takes, and in which order its steps start."""

    async def main() -> tuple[float, list[str]]:
        async with start(made, TIMED, parallel=parallel, durations=durations, services=SERVICES) as run:
            result = await run.finished()
        assert result.status == "succeeded", result.error
        return result.seconds, [event.path for event in run.events if event.kind == "step-started"]

    return in_jumping_time(main())


def timed(**nodes: tuple[float, list[str]]) -> Flow:
    return flow(
        {
            name: {"component": "take", "params": {"seconds": seconds}, "inputs": {"before": before}}
            if before
            else {"component": "take", "params": {"seconds": seconds}}
            for name, (seconds, before) in nodes.items()
        }
    )


SECONDS = {"a": 1.0, "b": 1.0, "c": 1.0, "long": 5.0, "a2": 0.1, "b2": 0.1}


def uneven() -> Flow:
    """By counts `a` and `b` are more urgent than `long`, by time they aren't."""
    names = {"a": [], "b": [], "c": [], "long": [], "a2": ["a"], "b2": ["b"]}
    return timed(**{name: (SECONDS[name], before) for name, before in names.items()})


def test_the_longest_path_in_seconds_goes_first() -> None:
    by_count, first = makespan(uneven(), 2, None)
    by_time, first_by_time = makespan(uneven(), 2, SECONDS)
    assert set(first[:2]) == {"a", "b"}
    assert set(first_by_time[:2]) == {"long", "a"}
    assert by_time < by_count
    assert abs(by_time - 5.0) < 0.01


def test_what_is_not_known_takes_as_long_as_what_is_like_it() -> None:
    made = uneven()
    ranks = Ranks({"a": 2.0, "b": 4.0, "elsewhere": 100.0})
    keys = ranks.keys(plan(made, TIMED), "")
    left = {name: remaining_of(key) / 1e6 for name, key in zip(made.nodes, keys, strict=True)}
    assert left == {"a": 5.0, "b": 7.0, "c": 3.0, "long": 3.0, "a2": 3.0, "b2": 3.0}


def test_the_plan_stays_shared_and_the_turns_are_worked_out_once() -> None:
    made, durations = plan(uneven(), TIMED), dict(SECONDS)
    keys = [node.key for node in made.nodes]
    first = Ranks(durations).keys(made, "")
    assert Ranks(durations).keys(made, "") is first
    assert Ranks({**durations, "c": 9.0}).keys(made, "") != first
    assert [node.key for node in made.nodes] == keys


def test_steps_of_nested_flows_have_their_own_durations() -> None:
    inner = {"format": 1, "nodes": {"slow": _take(3.0), "quick": _take(1.0), "last": _take(2.0)}}
    made = flow({"outer": {"component": "nest", "params": {"inner": inner}}})
    known = {"outer": 6.0, "outer/slow": 3.0, "outer/quick": 1.0, "outer/last": 2.0}
    _, order = makespan(made, 1, known)
    assert order == ["outer", "outer/slow", "outer/last", "outer/quick"]
    assert general("map[12]/inner[3]/node") == "map[]/inner[]/node"


def _take(seconds: float) -> Json:
    return {"component": "take", "params": {"seconds": seconds}}
