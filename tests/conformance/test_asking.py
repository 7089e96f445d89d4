"""A run that asks a person: who may answer what, when, and what the run does meanwhile."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.engine.build import ends, flow, in_jumping_time, node

from weft.catalog import Context, component
from weft.engine import Run, start
from weft.model import Conflict, Flow, NotFound, StepFailed, WeftError, from_json
from weft.runs.state import RunState
from weft.testing import services, stock_catalog

Json = dict[str, Any]


@component
async def say(text: str, more: str = "") -> str:
    """Give back what it gets."""
    return text + more


@component
async def twice(ctx: Context, text: str = "") -> list[Any]:
    """Ask one thing, then another."""
    name = await ctx.ask("Your name?", kind="edit", value="")
    colour = await ctx.ask(f"And your colour, {name}?", kind="choose", choices=["red", "green"])
    return [name, colour]


@component
async def both(ctx: Context) -> list[Any]:
    """Ask two things at once."""
    return list(await asyncio.gather(ctx.ask("One?", kind="edit"), ctx.ask("Two?", kind="edit")))


@component
async def each(flow: Flow, items: list[str], ctx: Context) -> list[Any]:
    """Run a flow for each item, all at once."""
    return list(await asyncio.gather(*(ctx.run(flow, {"thing": item}) for item in items)))


@component
async def until(flow: Flow, ctx: Context) -> int:
    """Run a flow again and again, until a person approves what it gives."""
    rounds = 1
    while "approved" not in await ctx.run(flow, {}):
        rounds += 1
    return rounds


REVIEW = {
    "format": 1,
    "inputs": {"thing": {"default": "it"}},
    "outputs": {"approved": "review.approved", "declined": "review.declined"},
    "nodes": {
        "review": node("ask", question="Is {{thing}} good?", thing="@inputs.thing", value="@inputs.thing")
    },
}
ENOUGH = {
    "format": 1,
    "outputs": {"said": "review"},
    "nodes": {"review": node("ask", question="Enough?", kind="choose", choices=["more", "stop"])},
}
FLOWS = {"review_it": from_json(REVIEW), "enough": from_json(ENOUGH)}
CATALOG = stock_catalog(say, twice, both, each, until, flows=FLOWS)
SERVICES = services(flows=FLOWS)


def run_of(nodes: Json, **more: Any) -> Run:
    top = {name: more.pop(name) for name in ("inputs", "outputs") if name in more}
    return start(flow(nodes, **top), CATALOG, services=SERVICES, **more)


async def asked(run: Run, *paths: str) -> list[Json]:
    """Follow the run until these are asked, and give their questions."""
    async for _ in run:
        if set(paths) <= set(run.questions):
            break
    return [run.questions[path] for path in paths]


def told(run: Run, *kinds: str) -> list[tuple[str, str]]:
    return [(event.kind, event.path) for event in run.events if event.kind in kinds]


# --- what comes of an answer ---

APPROVE = {"question": "Send {{what}}?", "what": "the letter"}
CASES: dict[str, tuple[Json, Any, Json]] = {
    "an_approval_takes_the_way_approved_with_the_value": (
        node("ask", question="Well?", value={"a": 1}),
        True,
        {"approved": {"a": 1}, "remark": ""},
    ),
    "without_a_value_it_passes_the_question_on": (
        node("ask", question="Well?"),
        {"approved": True, "remark": "Do."},
        {"approved": "Well?", "remark": "Do."},
    ),
    "a_refusal_takes_the_way_declined": (
        node("ask", question="Well?", value="x"),
        {"approved": False, "remark": "No."},
        {"declined": "x", "remark": "No."},
    ),
    "an_edited_value_goes_on": (
        node("ask", question="Better?", kind="edit", value="teh"),
        "the",
        {"output": "the"},
    ),
    "the_option_chosen_goes_on": (
        node("ask", question="Which?", kind="choose", choices=["a", {"b": 1}]),
        {"b": 1},
        {"output": {"b": 1}},
    ),
    "a_form_goes_on_as_a_whole_and_field_by_field": (
        node(
            "ask",
            question="Who?",
            kind="form",
            fields={"name": "text", "n": {"type": "integer", "default": 3}},
        ),
        {"name": "Ada"},
        {"output": {"name": "Ada", "n": 3}, "name": "Ada", "n": 3},
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_an_answer(name: str) -> None:
    ask, answer, value = CASES[name]
    async with run_of({"a": ask}) as run:
        await asked(run, "a")
        run.answer("a", answer, by="ada")
        result = await run.finished()
    assert (result.status, result.values["a"]) == ("succeeded", value)


@pytest.mark.parametrize("name", CASES)
async def test_an_answer_given_beforehand(name: str) -> None:
    ask, answer, value = CASES[name]
    async with run_of({"a": ask}, answers={"a": [answer]}) as run:
        result = await run.finished()
    assert (result.status, result.values["a"]) == ("succeeded", value)
    assert told(run, "step-paused", "step-answered") == [("step-paused", "a"), ("step-answered", "a")]
    state = RunState()
    for event in run.events:
        state.apply(event)
        assert (state.status, state.questions) in (("running", {}), ("succeeded", {}))


async def test_the_way_not_taken_is_skipped_and_a_join_goes_on() -> None:
    nodes = {
        "a": node("ask", question="Send it?", value="letter"),
        "send": node("say", text="@a", more=" sent"),
        "keep": node("say", text="@a.declined", more=" kept"),
        "end": node(
            "text", template="{{sent | default('')}}{{kept | default('')}}", sent="@send", kept="@keep"
        ),
    }
    async with run_of(nodes, answers={"a": [False]}) as run:
        result = await run.finished()
    assert result.outputs["end"] == "letter kept"
    assert ends(run.events)["send"] == "skipped skipped a"


async def test_the_events_hold_question_and_answer() -> None:
    async with run_of({"a": node("ask", **APPROVE)}) as run:
        await asked(run, "a")
        run.answer("a", True, by="ada")
        await run.finished()
    data = {event.kind: event.data for event in run.events}
    question = data["step-paused"]["ask"]
    assert (question["kind"], question["text"], question["number"]) == ("approve", "Send the letter?", 0)
    answer = dict(data["step-answered"])
    assert answer.pop("waited") >= 0
    assert answer == {
        "value": {"approved": True, "remark": ""},
        "by": "ada",
        "number": 0,
        "how": "person",
    }


# --- what is refused ---


async def test_a_bad_answer_is_refused_and_the_question_stays() -> None:
    async with run_of({"a": node("ask", question="Which?", kind="choose", choices=["x", "y"])}) as run:
        await asked(run, "a")
        with pytest.raises(WeftError, match="must be one of 'x', 'y', not 'z'") as refused:
            run.answer("a", "z")
        assert refused.value.code == "bad-answer"
        assert list(run.questions) == ["a"]
        run.answer("a", "y")
        assert (await run.finished()).outputs == {"a": "y"}


async def test_the_first_answer_wins() -> None:
    async with run_of({"a": node("ask", question="Well?"), "b": node("ask", question="Well?")}) as run:
        await asked(run, "a", "b")
        run.answer("a", True)
        with pytest.raises(Conflict) as late:
            run.answer("a", False)
        assert late.value.code == "answered"
        with pytest.raises(NotFound, match="'c' asks nothing now"):
            run.answer("c", True)
        run.answer("b", True)
        result = await run.finished()
        with pytest.raises(Conflict, match="is over"):
            run.answer("b", True)
    assert "approved" in result.values["a"]


async def test_an_answer_to_an_earlier_question_is_not_taken_for_the_next() -> None:
    async with run_of({"a": node("twice")}) as run:
        (first,) = await asked(run, "a")
        run.answer("a", "Ada", number=first["number"])
        async for event in run:
            if event.kind == "step-paused" and event.data["ask"]["number"] == 1:
                break
        with pytest.raises(Conflict):
            run.answer("a", "Bob", number=0)
        with pytest.raises(NotFound):
            run.answer("a", "red", number=2)
        assert run.questions["a"]["text"] == "And your colour, Ada?"
        run.answer("a", "red", number=1)
        assert (await run.finished()).outputs == {"a": ["Ada", "red"]}


async def test_two_questions_at_once_are_put_one_after_the_other() -> None:
    async with run_of({"a": node("both")}, parallel=1) as run:
        await asked(run, "a")
        assert run.questions["a"]["text"] == "One?"
        run.answer("a", 1)
        async for event in run:
            if event.kind == "step-paused" and event.data["ask"]["text"] == "Two?":
                break
        run.answer("a", 2)
        assert (await run.finished()).outputs == {"a": [1, 2]}


async def test_an_answer_beforehand_that_does_not_fit_fails_the_step() -> None:
    async with run_of({"a": node("ask", question="Well?")}, answers={"a": ["maybe"]}) as run:
        result = await run.finished()
    assert result.error is not None
    assert result.error["code"] == "bad-answer"
    said = "The answer given beforehand for 'a' can't be taken. The answer must be true or false"
    assert result.error["message"].startswith(said)


BAD: dict[str, tuple[Json, str]] = {
    "an_answer_for_no_node": ({"b": [True]}, "the flow has no node 'b'"),
    "an_answer_for_a_misspelt_node": ({"a1/x": [True]}, "Did you mean 'a'?"),
    "answers_that_are_no_list": ({"a": "yes"}, "must be a list"),
}


@pytest.mark.parametrize("name", BAD)
def test_answers_that_can_belong_to_nothing_are_refused(name: str) -> None:
    answers, said = BAD[name]
    with pytest.raises(WeftError) as refused:
        run_of({"a": node("ask", question="Well?")}, answers=answers)
    assert refused.value.code == "bad-input"
    assert said in str(refused.value)


# --- what the run does meanwhile ---


async def test_a_step_that_waits_holds_no_slot() -> None:
    nodes = {
        "a": node("ask", question="Well?"),
        "b": node("ask", question="Well?"),
        "c": node("say", text="c"),
        "d": node("say", text="@c", more="d"),
    }
    async with run_of(nodes, parallel=1) as run:
        await asked(run, "a", "b")
        async for event in run:
            if (event.kind, event.path) == ("step-finished", "d"):
                break
        run.answer("b", True)
        run.answer("a", True)
        result = await run.finished()
    assert result.status == "succeeded"


def test_a_timeout_does_not_run_against_the_person() -> None:
    @component
    async def slow(ctx: Context) -> str:
        """Works, asks, works."""
        await asyncio.sleep(6)
        await ctx.ask("Well?")
        await asyncio.sleep(3)
        return "done"

    @component
    async def slower(ctx: Context) -> str:
        """Works too long, all in all."""
        await asyncio.sleep(6)
        await ctx.ask("Well?")
        await asyncio.sleep(6)
        return "done"

    async def go(known: Any) -> Any:
        made = flow({"a": node(known.name, options={"timeout": 10})})
        async with start(made, stock_catalog(known)) as run:
            await asked(run, "a")
            await asyncio.sleep(100_000)
            run.answer("a", True)
            return await run.finished()

    assert in_jumping_time(go(slow)).status == "succeeded"
    assert in_jumping_time(go(slower)).error["code"] == "timeout"


def test_nor_does_the_timeout_of_the_step_around_it() -> None:
    nodes = {"sub": node("subtask", flow="review_it", options={"timeout": 10})}

    async def go() -> Any:
        async with run_of(nodes) as run:
            await asked(run, "sub/review")
            await asyncio.sleep(100_000)
            run.answer("sub/review", True)
            return await run.finished()

    assert in_jumping_time(go()).status == "succeeded"


LATE: dict[str, tuple[Json, str, Json]] = {
    "without_a_default_the_step_fails": ({}, "failed no-answer", {}),
    "with_a_default_that_is_the_answer": ({"default": False}, "", {"declined": "Well?", "remark": ""}),
    "on_error_goes_on": ({"options": {"on_error": "skip"}}, "skipped on-error", {}),
}


@pytest.mark.parametrize("name", LATE)
def test_nobody_answers_in_time(name: str) -> None:
    more, end, value = LATE[name]

    async def go() -> Any:
        async with run_of({"a": node("ask", question="Well?", answer_within=60.0, **more)}) as run:
            return await run.finished(), run

    result, run = in_jumping_time(go())
    assert round(result.seconds) == 60
    assert result.values.get("a", {}) == value
    if end:
        assert ends(run.events)["a"] == end
    else:
        (answer,) = [event.data for event in run.events if event.kind == "step-answered"]
        assert (answer["how"], answer["by"]) == ("default", "")


async def test_a_step_that_is_tried_again_is_not_answered_twice() -> None:
    tries = [0]

    @component
    async def shaky(ctx: Context) -> str:
        """Fails once after it was answered."""
        answer = await ctx.ask("Well?", kind="edit", value="")
        tries[0] += 1
        other = await ctx.ask(f"Try {tries[0]}?", kind="edit", value="")
        if tries[0] == 1:
            raise StepFailed("Busy.", code="busy", retryable=True, retry_after=0.0)
        return f"{answer} {other}"

    class NoWait:
        def uniform(self, a: float, b: float) -> float:
            return a

    random: Any = NoWait()
    async with start(flow({"a": node("shaky")}), stock_catalog(shaky), random=random) as run:
        async for event in run:
            if event.kind == "step-paused":
                run.answer("a", event.data["ask"]["text"])
        result = await run.finished()
    assert result.outputs == {"a": "Well? Try 2?"}
    assert [event.data["ask"]["text"] for event in run.events if event.kind == "step-paused"] == [
        "Well?",
        "Try 1?",
        "Try 2?",
    ]


# --- nested ---


async def test_several_questions_are_open_at_once_each_by_its_path() -> None:
    nodes = {"all": node("each", flow="review_it", items=["a", "b", "c"])}
    async with run_of(nodes, parallel=1) as run:
        paths = ("all/review", "all[1]/review", "all[2]/review")
        questions = await asked(run, *paths)
        assert [question["text"] for question in questions] == [f"Is {item} good?" for item in "abc"]
        for path, answer in zip(reversed(paths), (True, False, True), strict=True):
            run.answer(path, answer)
        result = await run.finished()
    assert result.outputs == {"all": [{"approved": "a"}, {"declined": "b"}, {"approved": "c"}]}


async def test_one_answer_beforehand_may_serve_all_items() -> None:
    nodes = {"all": node("each", flow="review_it", items=["a", "b"])}
    answers = {"all/review": [True], "all[1]/review": [False]}
    async with run_of(nodes, answers=answers) as run:
        result = await run.finished()
    assert result.outputs == {"all": [{"approved": "a"}, {"declined": "b"}]}


async def test_each_round_of_a_loop_asks_anew() -> None:
    async with run_of({"loop": node("until", flow="review_it")}) as run:
        rounds = 0
        async for event in run:
            if event.kind == "step-paused":
                rounds += 1
                run.answer(event.path, rounds == 3)
        assert (await run.finished()).outputs == {"loop": 3}


MAP: Json = {"component": "map", "params": {"flow": "review_it", "items": ["a", "b", "c"]}}
REPEAT: Json = {"component": "repeat", "params": {"flow": "enough", "until": "said == 'stop'", "at_most": 5}}


async def test_approval_inside_a_map() -> None:
    async with run_of({"all": MAP}) as run:
        paths = ("all[0]/review", "all[1]/review", "all[2]/review")
        questions = await asked(run, *paths)
        assert [question["text"] for question in questions] == [f"Is {item} good?" for item in "abc"]
        for path, answer in zip(reversed(paths), (True, False, True), strict=True):
            run.answer(path, answer)
        result = await run.finished()
    assert result.status == "succeeded"
    assert result.values["all[1]/review"] == {"declined": "b", "remark": ""}


async def test_one_answer_beforehand_serves_all_items_of_a_map() -> None:
    answers = {"all/review": [True], "all[1]/review": [False]}
    async with run_of({"all": MAP}, answers=answers) as run:
        result = await run.finished()
    ways = [next(iter(result.values[f"all[{number}]/review"])) for number in range(3)]
    assert ways == ["approved", "declined", "approved"]


async def test_an_item_that_fails_ends_the_questions_of_the_others() -> None:
    answers = {"all[1]/review": ["hm"]}
    async with run_of({"all": MAP}, answers=answers) as run:
        result = await run.finished()
        assert run.questions == {}
    assert result.error is not None
    assert (result.status, result.error["code"]) == ("failed", "bad-answer")


async def test_approval_inside_a_repeat() -> None:
    async with run_of({"loop": REPEAT}) as run:
        paths: list[str] = []
        async for event in run:
            if event.kind == "step-paused":
                paths.append(event.path)
                run.answer(event.path, "stop" if len(paths) == 3 else "more")
        result = await run.finished()
    assert paths == ["loop[0]/review", "loop[1]/review", "loop[2]/review"]
    assert (result.status, result.values["loop"]["rounds"]) == ("succeeded", 3)


async def test_each_round_of_a_repeat_takes_the_answer_given_for_its_path() -> None:
    answers = {"loop/review": ["more"], "loop[1]/review": ["stop"]}
    async with run_of({"loop": REPEAT}, answers=answers) as run:
        result = await run.finished()
    assert result.values["loop"]["rounds"] == 2


@pytest.mark.parametrize("nodes", [
    {"a": node("ask", question="Well?")},
    {"sub": node("subtask", flow="review_it", options={"timeout": 10})},
    {"all": node("each", flow="review_it", items=["a", "b"])},
    {"a": node("both")},
    {"all": MAP},
    {"loop": REPEAT},
])  # fmt: skip
async def test_a_run_that_waits_can_be_cancelled(nodes: Json) -> None:
    async with run_of(nodes) as run:
        async for event in run:
            if event.kind == "step-paused":
                break
        run.cancel()
        result = await run.finished()
        assert run.questions == {}
    assert result.status == "cancelled"
    assert result.values == {}


async def test_leaving_the_run_ends_the_question() -> None:
    before: set[Any] = asyncio.all_tasks()
    async with run_of({"a": node("ask", question="Well?")}) as run:
        await asked(run, "a")
    assert asyncio.all_tasks() == before
    assert run.events[-1].data["status"] == "cancelled"


# --- replaying ---


async def replayed(run: Run) -> dict[str, list[Any]]:
    """The answers of a run, from its events, as they can be given beforehand."""
    answers: dict[str, list[Any]] = {}
    for event in run.events:
        if event.kind == "step-answered":
            answers.setdefault(event.path, []).append(event.data["value"])
    return answers


REPLAYS: dict[str, tuple[Json, Callable[[Json], Any]]] = {
    "two_questions_of_a_step": (
        {"a": node("twice")},
        lambda ask: "Ada" if ask["number"] == 0 else "green",
    ),
    "a_loop": ({"loop": node("until", flow="review_it")}, lambda ask: True),
    "items": (
        {"all": node("each", flow="review_it", items=["a", "b"])},
        lambda ask: {"approved": ask["value"] == "a", "remark": "hm"},
    ),
}


@pytest.mark.parametrize("name", REPLAYS)
async def test_the_answers_of_a_run_can_be_given_to_the_next(name: str) -> None:
    nodes, answer = REPLAYS[name]
    async with run_of(nodes) as run:
        async for event in run:
            if event.kind == "step-paused":
                run.answer(event.path, answer(event.data["ask"]))
        first = await run.finished()
    async with run_of(nodes, answers=await replayed(run)) as again:
        second = await again.finished()
    assert second.values == first.values
    assert [event.data["how"] for event in again.events if event.kind == "step-answered"] == [
        "beforehand" for event in run.events if event.kind == "step-answered"
    ]
