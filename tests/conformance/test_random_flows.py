"""Random flows, several passes each, against the reference: the same results, skips, failures, order and state,
whatever runs at once and however long steps take; with a cache too; and whenever they are cancelled, nothing is left."""

import asyncio
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.drawn import COMPONENTS, STATE, WORTH, Drawn, Pace, flows, paced
from tests.conformance.reference import End, Evaluation, Json, World, plain

from weft.engine import Event, start
from weft.engine.caching import MemoryCache
from weft.model import from_json
from weft.testing import services, stock_catalog

passes = st.lists(WORTH, min_size=1, max_size=3)
at_once = st.sampled_from((1, 16))
seeds = st.integers(0, 3)
durations = st.dictionaries(
    st.sampled_from(("n0", "n1", "n2", "n3", "n1[]/n0", "n2/n1", "gone")), st.floats(0, 1e6), max_size=4
)
"""The seconds that steps are known to take, rightly or not."""
slow_to_draw = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)


def expected(drawn: Drawn, given: list[Any]) -> list[Json]:
    """What each pass must come to."""
    state, previous, told = dict(STATE), dict[str, Json](), list[Json]()
    for x in given:
        world = World(drawn.answers, previous)
        ended = Evaluation(drawn.document, {"x": x}, world, state)
        told.append(
            {
                "status": "failed" if ended.failed else "succeeded",
                "outputs": plain(ended.outputs),
                "state": plain(deepcopy(state)),
                "steps": {path: _shown(end) for path, end in world.told.items() if sure(path, world.unsure)},
                "unsure": world.unsure,
            }
        )
        previous = previous | {
            path: end.values
            for path, end in world.told.items()
            if end.kind == "finished" and sure(path, world.unsure)
        }
    return told


async def found(
    drawn: Drawn,
    given: list[Any],
    must: list[Json],
    parallel: int,
    pace: Pace,
    **more: Any,
) -> list[Json]:
    """What each pass comes to."""
    paced(pace)
    known = stock_catalog(*COMPONENTS)
    state, previous, told = dict(STATE), dict[str, Json](), list[Json]()
    answers = {path: [answer] for path, answer in drawn.answers.items()}
    for x, one in zip(given, must, strict=True):
        async with start(
            from_json(drawn.document),
            known,
            {"x": x},
            services=services(),
            parallel=parallel,
            state=state,
            previous=previous,
            answers=answers,
            **more,
        ) as run:
            result = await run.finished()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert_each_ends_once(run.events)
        state = result.state
        told.append(
            {
                "status": result.status,
                "outputs": plain(result.outputs),
                "state": plain(state),
                "steps": {path: end for path, end in ends(run.events).items() if sure(path, one["unsure"])},
                "unsure": one["unsure"],
            }
        )
        previous = previous | {
            path: value for path, value in result.values.items() if sure(path, one["unsure"])
        }
    return told


def ends(events: list[Event]) -> dict[str, Any]:
    """How each step ended, as the reference tells it."""
    told: dict[str, Any] = {}
    for event in events:
        match event.kind:
            case "step-finished":
                told[event.path] = _shown(End("finished", dict(event.data["value"])))
            case "step-failed":
                told[event.path] = _shown(End("failed"))
            case "step-skipped":
                because = event.data["because"]
                told[event.path] = _shown(End("skipped", {}, because["reason"], because.get("node", "")))
            case _:
                continue
    return told


def _shown(end: End) -> Any:
    values = {port: value for port, value in end.values.items() if port != "errors"}
    return (end.kind, plain(values) if end.kind == "finished" else end.reason, end.node)


def sure(path: str, unsure: set[str]) -> bool:
    return not any(path.startswith(begin) for begin in unsure)


def assert_each_ends_once(events: list[Event]) -> None:
    over = [event.path for event in events if event.kind in ("step-finished", "step-failed", "step-skipped")]
    assert len(set(over)) == len(over)
    assert {event.path for event in events if event.kind == "step-started"} <= set(over)


@settings(max_examples=200, deadline=None, suppress_health_check=slow_to_draw)
@given(flows(), passes, at_once, seeds, durations)
def test_a_flow_comes_to_what_the_reference_says(
    drawn: Drawn, given: list[Any], parallel: int, seed: int, known: dict[str, float]
) -> None:
    must = expected(drawn, given)
    assert asyncio.run(found(drawn, given, must, parallel, Pace(seed), durations=known)) == must


@settings(max_examples=80, deadline=None, suppress_health_check=slow_to_draw)
@given(flows(), passes, at_once, seeds)
def test_what_is_cached_gives_the_same_and_does_not_run_again(
    drawn: Drawn, given: list[Any], parallel: int, seed: int
) -> None:
    must, cache = expected(drawn, given), MemoryCache()
    first, second = Pace(seed), Pace(seed + 1)
    assert asyncio.run(found(drawn, given, must, parallel, first, cache=cache)) == must
    assert asyncio.run(found(drawn, given, must, parallel, second, cache=cache)) == must
    assert not {call for call in second.called & first.done if call != "()"}


@settings(max_examples=60, deadline=None, suppress_health_check=slow_to_draw)
@given(flows(), WORTH, st.integers(0, 60), at_once, seeds)
def test_cancelled_at_any_time_nothing_is_left_running(
    drawn: Drawn, x: Any, after: int, parallel: int, seed: int
) -> None:
    async def main() -> None:
        paced(Pace(seed))
        known = stock_catalog(*COMPONENTS)
        answers = {path: [answer] for path, answer in drawn.answers.items()}
        async with start(
            from_json(drawn.document),
            known,
            {"x": x},
            services=services(),
            parallel=parallel,
            answers=answers,
        ) as run:
            async for event in run:
                if event.seq > after:
                    run.cancel()
            result = await run.finished()
        assert result.status in ("succeeded", "failed", "cancelled")
        assert_each_ends_once(run.events)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
