"""What a resumed run remembers: clocks, tries, answers, keys; when a run only waits, and how it is let go."""

import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from tests.conformance.cases import flow as document
from tests.conformance.cases import item_flow
from tests.conformance.resuming import COMPONENTS, catalog, services
from tests.engine.build import Doors, flow, in_jumping_time, node, story

from weft.catalog import Context, component
from weft.engine import Event, Recorded, Rest, Run, start
from weft.engine.caching import MemoryCache
from weft.engine.limits import Limits
from weft.model import Conflict, Flow, WeftError
from weft.providers import ScriptedModel
from weft.runs.state import fold
from weft.testing import stock_catalog

KNOWN = catalog(COMPONENTS)


def begun(made: Flow, events: Sequence[Event] = (), **more: Any) -> Run:
    recorded = Recorded.of(events) if events else None
    given = {"catalog": KNOWN, "services": services(None), "run_id": "r", "random": Random(1)} | more
    return start(made, recorded=recorded, **given)


async def to_the_end(made: Flow, events: Sequence[Event] = (), **more: Any) -> list[Event]:
    async with begun(made, events, **more) as run:
        await run.finished()
    return [*events, *run.events]


async def until(run: Run, kind: str, times: int = 1) -> None:
    """So many of these have happened, and all that follows at once."""
    async for event in run:
        times -= event.kind == kind
        if not times:
            break
    for _ in range(9):
        await asyncio.sleep(0)


async def left(made: Flow, kind: str, times: int = 1, **more: Any) -> list[Event]:
    """The events of a run that was released after so many of a kind."""
    async with begun(made, **more) as run:
        await until(run, kind, times)
        run.release()
    return run.events


def long_ago(events: list[Event], seconds: float) -> list[Event]:
    """The same events, recorded earlier by the clock on the wall: for so long nothing went on."""
    time = datetime.now(UTC) - timedelta(seconds=seconds + events[-1].at)
    first = events[0]._replace(data={**events[0].data, "time": time.isoformat()})
    return [first, *events[1:]]


def jumping(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        in_jumping_time(test())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def at(events: list[Event], kind: str, path: str = "") -> float:
    return next(event.at for event in events if (event.kind, event.path) == (kind, path))


# --- clocks ---

FLAKY = flow({"a": node("flaky")})
ASK = flow(
    {
        "a": node("ask", question="Well?", answer_within=100, default=True),
        "b": node("step", text="@a.approved"),
    }
)


@jumping
async def test_a_wait_before_another_attempt_goes_on_where_it_was() -> None:
    whole = await to_the_end(FLAKY)
    cut = next(index for index, event in enumerate(whole) if event.kind == "step-retried")
    before = [*whole[:cut], whole[cut]._replace(data={**whole[cut].data, "delay": 30.0})]
    resumed = await to_the_end(FLAKY, before)
    started = [event for event in resumed if event.kind == "step-started"]
    assert started[1].at - before[-1].at == pytest.approx(30, abs=0.5)
    assert [event.data["attempt"] for event in started] == [1, 2, 3]


@jumping
async def test_a_wait_that_is_over_meanwhile_is_waited_no_more() -> None:
    whole = await to_the_end(FLAKY)
    cut = next(index for index, event in enumerate(whole) if event.kind == "step-retried") + 1
    before = long_ago(whole[:cut], 3600)
    async with begun(FLAKY, before) as run:
        await until(run, "step-started")
        assert run.events[1].at == pytest.approx(before[-1].at)


@jumping
async def test_tries_that_were_used_are_used() -> None:
    made = flow({"a": node("flaky", works=9, options={"retries": 2})})
    whole = await to_the_end(made)
    cut = next(index for index, event in enumerate(whole) if event.data.get("attempt") == 3)
    resumed = await to_the_end(made, whole[:cut])
    assert story(resumed[cut:]) == [
        "run-resumed",
        "a started 3",
        "a output try 3 ",
        "a failed busy",
        "run-finished failed",
    ]
    assert resumed[-2].data["attempts"] == 3
    assert resumed[-2].data["seconds"] == pytest.approx(whole[-2].data["seconds"], abs=0.01)


@jumping
async def test_the_time_to_answer_counts_from_when_it_was_asked() -> None:
    async with begun(ASK) as run:
        await until(run, "step-paused")
        await asyncio.sleep(30)
        run.release()
    resumed = await to_the_end(
        ASK, [*run.events, Event(4, "step-progress", "a", 30.0, {"done": 0, "total": 1})][:4]
    )
    answered = next(event for event in resumed if event.kind == "step-answered")
    assert (answered.data["how"], round(answered.data["waited"]), round(answered.at)) == ("default", 100, 100)


@jumping
async def test_it_counts_too_while_nothing_of_the_run_is_there() -> None:
    before = long_ago(await left(ASK, "step-paused"), 99)
    resumed = await to_the_end(ASK, before)
    answered = next(event for event in resumed if event.kind == "step-answered")
    assert answered.data["waited"] == pytest.approx(100, abs=0.5)
    assert answered.at == pytest.approx(1, abs=0.5)


@jumping
async def test_seconds_of_the_run_count_on() -> None:
    doors = Doors()
    known = stock_catalog(*COMPONENTS, doors.component())
    made = flow({"a": node("flaky"), "d": node("door", name="d", after=["a"])})
    more = {"catalog": known, "limits": Limits(seconds=50)}
    async with begun(made, **more) as run:
        await until(run, "step-finished")
        await asyncio.sleep(40)
        run.release()
    before = [*run.events, Event(len(run.events) + 1, "step-progress", "d", 40.0, {"done": 0, "total": 1})]
    resumed = await to_the_end(made, before, **more)
    assert resumed[-1].data["error"]["code"] == "limit-exceeded"
    assert resumed[-1].at == pytest.approx(50, abs=0.1)
    resumed = await to_the_end(made, long_ago(before, 3600), **more)
    assert resumed[-1].at == pytest.approx(50, abs=0.1)


@jumping
async def test_of_a_run_that_only_waited_they_count_while_it_was_not_there() -> None:
    before = await left(ASK, "step-paused")
    resumed = await to_the_end(ASK, long_ago(before, 60), limits=Limits(seconds=50))
    assert resumed[-1].data["error"]["code"] == "limit-exceeded"
    assert resumed[-1].at < 1


# --- answers ---


def answered(before: list[Event], value: Any, path: str = "a") -> list[Event]:
    """Somebody has answered while the run wasn't there."""
    data = {"value": value, "by": "ada", "number": 0, "how": "person", "waited": 1.0}
    return [*before, Event(before[-1].seq + 1, "step-answered", path, before[-1].at, data)]


@jumping
async def test_an_answer_given_meanwhile_counts() -> None:
    before = await left(ASK, "step-paused")
    resumed = await to_the_end(ASK, answered(before, {"approved": False, "remark": ""}))
    assert story(resumed[len(before) + 1 :])[:4] == [
        "run-resumed",
        "a ready",
        "a started",
        "a finished {'declined': 'Well?', 'remark': ''}",
    ]


@jumping
async def test_an_open_question_opens_again_without_a_word() -> None:
    before = await left(ASK, "step-paused")
    async with begun(ASK, before) as run:
        await until(run, "step-started")
        assert list(run.questions) == ["a"]
        assert story(run.events) == ["run-resumed", "a ready", "a started"]
        state = fold([*before, *run.events])
        assert (state.status, state.steps["a"].status, list(state.questions)) == ("waiting", "paused", ["a"])
        run.answer("a", True)
        await run.finished()
    assert fold([*before, *run.events]).steps["b"].value == {"output": "Well?"}


@jumping
async def test_another_question_is_asked_anew() -> None:
    before = await left(ASK, "step-paused")
    before[-1] = before[-1]._replace(data={"ask": {**before[-1].data["ask"], "text": "Something else?"}})
    for events in (before, answered(before, {"approved": True, "remark": ""})):
        async with begun(ASK, events) as run:
            await until(run, "step-paused")
            assert run.questions["a"]["text"] == "Well?"


@jumping
async def test_a_late_answer_is_told_from_one_nobody_asked_for() -> None:
    made = flow({"i": node("interview", number=2)})
    async with begun(made) as run:
        await until(run, "step-paused")
        run.answer("i", 1)
        await until(run, "step-paused", 2)
        run.release()
    async with begun(made, run.events) as run:
        await until(run, "step-started")
        with pytest.raises(Conflict, match="closed"):
            run.answer("i", 1, number=0)
        assert run.answer("i", 2, number=1) == 2


# --- what is shown, kept, and refused ---


@jumping
async def test_the_text_of_a_broken_attempt_is_gone() -> None:
    doors = Doors()

    @component
    async def talk(ctx: Context) -> str:
        """Say something, and wait."""
        ctx.emit("half ")
        await doors.wait("talk")
        return "all"

    made, more = flow({"t": node("talk")}), {"catalog": stock_catalog(talk)}
    before = await left(made, "step-output", **more)
    assert fold(before).steps["t"].text == "half "
    async with begun(made, before, **more) as run:
        await until(run, "step-output")
        assert fold([*before, *run.events]).steps["t"].text == "half "
        doors.open("talk")
        await run.finished()


@jumping
async def test_the_first_event_says_what_is_done() -> None:
    made = flow(
        {"a": node("step"), "m": node("map", items=[1, 2], flow=item_flow({"s": node("step")}), after=["a"])}
    )
    whole = await to_the_end(made)
    cut = next(
        index for index, event in enumerate(whole) if event.path == "m[1]/s" and event.kind == "step-started"
    )
    resumed = await to_the_end(made, whole[: cut + 1])
    first = resumed[cut + 1]
    assert (first.kind, first.path, first.data["done"], first.data["unfinished"]) == ("run-resumed", "", 1, 3)
    assert fold(resumed[: cut + 2]).steps["m[1]/s"].status == "waiting"


def test_what_is_nested_in_steps_that_are_over_is_not_kept() -> None:
    events = in_jumping_time(
        to_the_end(
            flow(
                {
                    "m": node(
                        "map", items=list(range(50)), flow=item_flow({"s": node("step", text="@inputs.item")})
                    )
                }
            )
        )
    )

    def one_by_one() -> Iterator[Event]:
        yield from events[:-1]

    recorded = Recorded.of(one_by_one())
    gc.collect()
    assert (list(recorded.flows), recorded.nested, recorded.steps, recorded.done) == ([""], {}, 50, 51)


def test_steps_that_are_over_count_towards_the_limit() -> None:
    inner = document({"a": node("step"), "b": node("step")})
    made = flow(
        {
            "s": node("subtask", flow=inner),
            "t": node("subtask", flow=inner, after=["s"], options={"when": "true"}),
        }
    )
    whole = in_jumping_time(to_the_end(made))
    cut = (
        next(
            index for index, event in enumerate(whole) if event.path == "s" and event.kind == "step-finished"
        )
        + 1
    )
    resumed = in_jumping_time(to_the_end(made, whole[:cut], limits=Limits(steps=5)))
    assert resumed[-1].data["error"]["code"] == "limit-exceeded"


def test_a_run_that_is_over_or_of_another_revision_is_refused() -> None:
    made = flow({"a": node("step")})
    events = in_jumping_time(to_the_end(made))
    with pytest.raises(Conflict, match="is over") as over:
        begun(made, events)
    with pytest.raises(WeftError, match="another revision") as other:
        begun(flow({"a": node("step"), "b": node("step")}), events[:-1])
    assert (over.value.code, other.value.code) == ("run-over", "other-revision")


@jumping
async def test_nothing_recorded_is_a_run_from_its_beginning() -> None:
    async with start(flow({"a": node("step")}), KNOWN, recorded=Recorded.of([])) as run:
        await run.finished()
    assert [event.kind for event in run.events][:2] == ["run-started", "step-ready"]


@jumping
async def test_inputs_are_those_it_was_started_with() -> None:
    made = flow({"a": node("step", text="@inputs.x")}, inputs={"x": {"type": "any"}})
    async with begun(made, inputs={"x": "given"}) as run:
        await run.finished()
    async with begun(made, run.events[:1]) as again:
        assert (await again.finished()).outputs == {"a": "given"}


@jumping
async def test_a_session_goes_on_from_what_it_was_given() -> None:
    made = flow(
        {
            "a": node("count"),
            "b": node("count", after=["a"]),
            "p": node("step", options={"when": "false", "otherwise": "previous"}, after=["b"]),
        },
        state={"count": 0},
    )
    taken = {"count": 10, "seen": []}, {"p": {"output": "before"}}
    run = begun(made)
    run.take_up(*taken)
    async with run:
        whole = await run.finished()
    cut = next(index for index, event in enumerate(run.events) if event.kind == "step-finished") + 1
    run = begun(made, run.events[:cut])
    run.take_up(*taken)
    async with run:
        result = await run.finished()
    assert (result.outputs, result.state) == (whole.outputs, whole.state)
    assert result.values == {"a": {"output": 11}, "b": {"output": 12}, "p": {"output": "before"}}


@jumping
async def test_items_that_ask_the_same_are_not_given_one_anothers_cached_answers() -> None:
    answers = iter(range(100))
    model = ScriptedModel(lambda messages: f"answer {next(answers)}")
    made = flow(
        {"m": node("map", items=[1, 1, 1], at_once=1, flow=item_flow({"p": node("prompt", prompt="Same?")}))}
    )
    cache, more = MemoryCache(), {"services": _cached(model)}
    before = await left(made, "step-finished", 1, cache=cache, **more)
    cut = next(index for index, event in enumerate(before) if event.kind == "step-finished") + 1
    resumed = await to_the_end(made, before[:cut], cache=cache, **more)
    texts = [
        event.data["value"]["text"]
        for event in resumed
        if event.path.endswith("/p") and event.kind == "step-finished"
    ]
    assert len(set(texts)) == 3


def _cached(model: Any) -> Any:
    return replace(services(lambda: model), identities={"model": lambda value, scope: "scripted"})


# --- at rest, and let go ---

WAITING = flow({"m": node("map", items=[1, 2], flow=item_flow({"q": node("ask", question="Well?", value="@inputs.item"), "s": node("step", text="@q.approved")}))})  # fmt: skip


@jumping
async def test_a_run_in_which_a_step_runs_is_not_at_rest() -> None:
    doors = Doors()
    made = flow({"d": node("door", name="d"), "q": node("ask", question="Well?")})
    run = begun(made, catalog=stock_catalog(doors.component()))
    assert run.at_rest() is None
    async with run:
        await doors.reached("d")
        await until(run, "step-paused")
        assert run.at_rest() is None
        doors.open("d")
        await until(run, "step-finished")
        assert run.at_rest() == Rest(1, None)


@jumping
async def test_steps_that_wait_for_questions_inside_them_rest_too_until_the_moment_of_an_answer() -> None:
    async with begun(WAITING) as run:
        await until(run, "step-paused", 2)
        assert run.at_rest() == Rest(2, None)
        run.answer("m[0]/q", True)
        assert run.at_rest() is None
        seen: list[Rest | None] = []
        while not any(event.path == "m[0]/s" and event.kind == "step-finished" for event in run.events):
            seen.append(run.at_rest())
            await asyncio.sleep(0)
        assert seen
        assert not any(seen)
        await until(run, "step-finished", 2)
        assert run.at_rest() == Rest(1, None)
        run.answer("m[1]/q", True)
        await run.finished()
        assert run.at_rest() is None


@jumping
async def test_between_an_item_and_the_next_it_is_not_at_rest() -> None:
    item = item_flow({"s": node("step", text="@inputs.item")})
    made = flow(
        {"m": node("map", items=list(range(5)), flow=item, at_once=1), "q": node("ask", question="Well?")}
    )
    async with begun(made) as run:
        while not any(event.path == "m" and event.kind == "step-finished" for event in run.events):
            assert run.at_rest() is None
            await asyncio.sleep(0)
        assert run.at_rest() == Rest(1, None)


@jumping
async def test_it_says_when_the_first_timer_comes() -> None:
    made = flow({"q": node("ask", question="Well?", answer_within=100), "r": node("ask", question="Or?", answer_within=40, default=True)})  # fmt: skip
    async with begun(made, limits=Limits(seconds=90)) as run:
        await until(run, "step-paused", 2)
        assert run.at_rest() == Rest(2, pytest.approx(40))
        await asyncio.sleep(50)
        assert run.at_rest() == Rest(1, pytest.approx(40))
    async with begun(FLAKY) as run:
        await until(run, "step-retried")
        rest, due = run.at_rest(), next(event for event in run.events if event.kind == "step-retried")
        assert rest == Rest(0, pytest.approx(due.data["delay"]))


@jumping
async def test_a_step_whose_own_time_runs_is_not_at_rest() -> None:
    made = flow({"s": node("subtask", flow=document({"f": node("flaky")}), options={"timeout": 60})})
    async with begun(made) as run:
        await until(run, "step-retried")
        assert run.at_rest() is None


@jumping
async def test_released_it_says_nothing_more_and_everything_ends() -> None:
    doors = Doors()
    made = flow({"a": node("flaky", works=9), "d": node("door", name="d"), "m": node("map", items=[1], flow=item_flow({"q": node("ask", question="Well?")}))})  # fmt: skip
    run = begun(made, catalog=stock_catalog(*COMPONENTS, doors.component()))
    async with run:
        await until(run, "step-paused")
        seen = len(run.events)
        run.release()
        run.release()
        run.cancel()
        assert run.released
        assert run.at_rest() is None
        assert [event async for event in run][-1].seq == seen
        assert await run.more(seen, 10) == []
        with pytest.raises(Conflict, match="released"):
            await run.finished()
    assert len(run.events) == seen
    assert asyncio.all_tasks() == {asyncio.current_task()}


@jumping
async def test_a_step_that_will_not_stop_gets_nothing_more_said_or_started() -> None:
    said: list[str] = []

    @component
    async def stubborn(ctx: Context, flow: Flow) -> str:
        """Go on when cancelled."""
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            ctx.emit("still here")
            ctx.progress(1, 2)
        try:
            await ctx.run(flow, {})
        except WeftError as refused:
            said.append(refused.code)
        return "done"

    made = flow({"s": node("stubborn", flow=document({"a": node("step")})), "z": node("step", text="@s")})
    more: dict[str, Any] = {"catalog": stock_catalog(*COMPONENTS, stubborn)}
    before = await left(made, "step-started", **more)
    assert (said, story(before)) == (["cancelled"], ["run-started", "s ready", "s started"])


@jumping
async def test_a_run_that_is_over_is_not_released() -> None:
    async with begun(flow({"a": node("step")})) as run:
        result = await run.finished()
        run.release()
        assert not run.released
        assert (await run.finished()) is result


@jumping
async def test_released_before_it_is_entered_nothing_starts() -> None:
    run = begun(flow({"a": node("step")}))
    run.release()
    async with run:
        assert run.released
    assert story(run.events) == ["run-started"]
