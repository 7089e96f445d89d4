"""Random flows, cut again and again wherever it may be, against the reference: they come to what they would have come
to, whatever runs at once and however long steps take; nothing recorded runs again; released, nothing is left running."""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.drawn import COMPONENTS, STATE, WORTH, Drawn, Pace, flows, paced
from tests.conformance.reference import Json, plain
from tests.conformance.test_random_flows import at_once, ends, expected, seeds, slow_to_draw, sure

from weft.engine import Event, Recorded, Run, RunResult, start
from weft.model import from_json
from weft.testing import services, stock_catalog

KNOWN = stock_catalog(*COMPONENTS)
cuts = st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=3)


def begun(drawn: Drawn, x: Any, parallel: int, events: list[Event]) -> Run:
    return start(
        from_json(drawn.document),
        KNOWN,
        {"x": x},
        services=services(),
        run_id="r",
        parallel=parallel,
        state=STATE,
        answers={path: [answer] for path, answer in drawn.answers.items()},
        recorded=Recorded.of(events),
    )


async def finished(run: Run) -> RunResult:
    async with run:
        result = await run.finished()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return result


def told(result: RunResult, events: list[Event], unsure: set[str]) -> Json:
    return {
        "status": result.status,
        "outputs": plain(result.outputs),
        "state": plain(result.state),
        "steps": {path: end for path, end in ends(events).items() if sure(path, unsure)},
        "unsure": unsure,
    }


def assert_none_runs_again(before: list[Event], after: list[Event], unsure: set[str]) -> None:
    over = {event.path for event in before if event.kind in _ENDS and event.data.get("code") != "cancelled"}
    again = {event.path for event in after if event.kind in (*_ENDS, "step-ready", "step-started")}
    assert not {path for path in over & again if sure(path, unsure)}
    grown = [event.data for event in (*before, *after) if event.kind == "graph-expanded"]
    assert len({str(one) for one in grown}) == len(grown)


_ENDS = ("step-finished", "step-failed", "step-skipped")


@settings(max_examples=40, deadline=None, suppress_health_check=slow_to_draw)
@given(flows(), WORTH, cuts, at_once, seeds)
def test_cut_anywhere_a_flow_comes_to_what_the_reference_says(
    drawn: Drawn, x: Any, places: list[float], parallel: int, seed: int
) -> None:
    (must,) = expected(drawn, [x])

    async def main() -> Json:
        paced(Pace(seed))
        run = begun(drawn, x, parallel, [])
        result, events = await finished(run), run.events
        for place in places:
            before = events[: int(place * len(events))]
            run = begun(drawn, x, parallel, before)
            result = await finished(run)
            events = before + run.events
            assert_none_runs_again(before, run.events, must["unsure"])
        return told(result, events, must["unsure"])

    assert asyncio.run(main()) == must


@settings(max_examples=20, deadline=None, suppress_health_check=slow_to_draw)
@given(flows(), WORTH, st.integers(0, 40), at_once, seeds)
def test_released_at_any_time_it_goes_on_as_if_nothing_had_been(
    drawn: Drawn, x: Any, after: int, parallel: int, seed: int
) -> None:
    (must,) = expected(drawn, [x])

    async def main() -> Json:
        paced(Pace(seed))
        events: list[Event] = []
        for _ in range(3):
            async with begun(drawn, x, parallel, events) as run:
                seen, enough = len(events), after + len(events)
                while seen <= enough and (new := await run.more(seen, 1)):
                    seen = new[-1].seq
                run.release()
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert_none_runs_again(events, run.events, must["unsure"])
            events += run.events
            if not run.released:
                return told(await run.finished(), events, must["unsure"])
        run = begun(drawn, x, parallel, events)
        result = await finished(run)
        return told(result, events + run.events, must["unsure"])

    assert asyncio.run(main()) == must
