"""A prompt with tools: calls as steps of the run, checked, bounded, side by side, allowed by persons."""

import asyncio
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from weft import WeftError, component
from weft.engine import start
from weft.engine.recorded import Recorded
from weft.model import from_json
from weft.testing import DemoModel, ScriptedModel, run_flow, services, stock_catalog


@component
async def weather(city: str, days: int = 1) -> str:
    """The weather of a city."""
    return f"{city}: sunny for {days} days"


def asking(*tools: Any, **params: Any) -> dict[str, Any]:
    params = {"prompt": "How is it there?", "tools": [*tools], **params}
    return {"format": 1, "nodes": {"ask": {"component": "prompt", "params": params}}}


def calling(*calls: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"tool_calls": [{"name": name, "args": args} for name, args in calls]}


def told(model: ScriptedModel) -> list[str]:
    """What the model was told of its calls, in the last request."""
    return [message["content"] for message in model.requests[-1] if message["role"] == "tool"]


# --- a call ----------------------------------------------------------------------------------------------------------


async def test_a_call_is_a_step_of_the_run_and_its_result_is_told_to_the_model() -> None:
    model = ScriptedModel([calling(("weather", {"city": "Oslo"})), "Sunny."])
    catalog = stock_catalog(weather)
    async with start(from_json(asking("weather")), catalog, services=services(model)) as run:
        result = await run.finished()
    assert result.outputs == {"ask": "Sunny."}
    assert told(model) == ["Oslo: sunny for 1 days"]
    steps = [event for event in run.events if event.path.startswith("ask[0]/weather_")]
    assert [event.kind for event in steps] == ["step-ready", "step-started", "step-finished"]
    assert steps[-1].data["value"] == {"output": "Oslo: sunny for 1 days"}
    calls = next(event for event in run.events if event.path == "ask" and event.kind == "step-finished").data[
        "calls"
    ]
    assert calls[0]["tool_calls"][0]["args"] == {"city": "Oslo"}
    assert calls[0]["finish"] == "tool_calls"


async def test_what_is_wrong_with_a_call_is_told_to_the_model() -> None:
    @component
    async def broken(city: str) -> str:
        """Fails."""
        raise ValueError("no such city")

    wrong: list[Any] = [
        ("weather", {"town": "X"}),
        ("weather", {"city": 7}),
        ("nope", {}),
        ("broken", {"city": "Y"}),
    ]
    model = ScriptedModel([calling(*wrong), "I give up."])
    result = await run_flow(asking("weather", "broken"), model=model, components=[weather, broken])
    assert result.outputs == {"ask": "I give up."}
    missing, kind, unknown, failed = told(model)
    assert "'city' is a required property" in missing
    assert "city: 7 is not of type 'string'" in kind
    assert "no tool 'nope'. There are: weather, broken." in unknown
    assert "no such city" in failed


async def test_arguments_that_are_no_json_are_asked_for_again() -> None:
    call = {"name": "weather", "args": "Oslo, please", "id": "a", "error": "", "type": "invalid_tool_call"}
    model = ScriptedModel([AIMessage(content="", invalid_tool_calls=[call]), "Well."])
    result = await run_flow(asking("weather"), model=model, components=[weather])
    assert result.outputs == {"ask": "Well."}
    assert told(model) == ["Error: the arguments are no JSON object. Call again, with a JSON object."]


async def test_what_a_model_writes_is_data_and_nothing_else() -> None:
    @component
    async def keep(value: dict[str, Any], text: str) -> dict[str, Any]:
        """Keep it."""
        return {"value": value, "text": text}

    given = {"value": {"$secret": "KEY"}, "text": "{{state.x}}"}
    model = ScriptedModel([calling(("keep", given)), "Kept."])
    await run_flow(asking("keep"), model=model, components=[keep], secrets={"KEY": "s3cret"})
    assert told(model) == ['{"value": {"$secret": "KEY"}, "text": "{{state.x}}"}']


async def test_calls_of_a_round_are_made_side_by_side() -> None:
    both = asyncio.Barrier(2)

    @component
    async def meet(name: str) -> str:
        """Wait for the other."""
        async with both:
            return name

    model = ScriptedModel([calling(("meet", {"name": "a"}), ("meet", {"name": "b"})), "Met."])
    result = await run_flow(asking("meet"), model=model, components=[meet])
    assert result.outputs == {"ask": "Met."}
    assert told(model) == ["a", "b"]


# --- bounds ----------------------------------------------------------------------------------------------------------


async def test_past_its_bounds_a_model_is_asked_once_more_for_an_answer() -> None:
    call = calling(("weather", {"city": "Oslo"}), ("weather", {"city": "Rome"}))
    model = ScriptedModel([call, "It must be sunny."])
    result = await run_flow(asking("weather", calls=1), model=model, components=[weather])
    assert result.outputs == {"ask": "It must be sunny."}
    assert told(model)[1].startswith("No call was made")
    for bounds in ({"rounds": 1}, {"calls": 2}):
        model = ScriptedModel([call, call, call])
        result = await run_flow(asking("weather", **bounds), model=model, components=[weather])
        assert result.error is not None
        assert (result.error["code"], len(model.requests)) == ("too-many-calls", 3)


# --- what can be a tool ----------------------------------------------------------------------------------------------


async def test_a_flow_is_a_tool_and_its_inputs_are_the_schema() -> None:
    inner = from_json(
        {
            "format": 1,
            "description": "Say it louder.",
            "inputs": {"word": {"type": "text"}, "times": {"type": "integer", "default": 2}},
            "outputs": {"loud": "say"},
            "nodes": {
                "say": {
                    "component": "text",
                    "params": {"template": "{{word}} x {{times}}"},
                    "inputs": {"word": "inputs.word", "times": "inputs.times"},
                }
            },
        }
    )
    model = ScriptedModel([calling(("louder", {"word": "hey"})), "Said."])
    result = await run_flow(
        asking({"flow": "louder", "params": {"times": 3}}), model=model, flows={"louder": inner}
    )
    assert result.error is None
    assert told(model) == ["hey x 3"]


async def test_params_fix_what_no_model_may_choose_and_holes_are_arguments() -> None:
    tool = {
        "component": "prompt",
        "name": "translate",
        "params": {"prompt": "In French: {{words}}"},
        "arguments": ["words"],
    }
    answers = {"In French: hello": "bonjour", "How is it there?": calling(("translate", {"words": "hello"}))}

    def answer(messages: Any) -> Any:
        return "Bonjour!" if messages[-1].type == "tool" else answers[messages[-1].content]

    result = await run_flow(asking(tool), model=ScriptedModel(answer))
    assert result.outputs == {"ask": "Bonjour!"}


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        ("whether", "Did you mean 'weather'?"),
        ({"component": "weather", "params": {"town": 1}}, "'weather' has no input 'town'"),
        ({"component": "weather", "arguments": ["days"]}, "needs its 'city' written in 'params'"),
        ({"component": "weather", "params": {"days": "many"}}, "as 'days' doesn't fit: it must be a"),
        ({"flow": "odd"}, "the input 'a' of the flow 'odd' has a type that is none"),
        ({"flow": "plain", "params": {"a": "many"}}, "as 'a' doesn't fit: it must be a"),
        ({"component": "map"}, "needs its 'flow' written in 'params'"),
        ({"component": "weather", "flow": "x"}, "either a component or a flow"),
        ({"flow": "nowhere"}, "there is no flow 'nowhere'"),
        ({"component": "weather", "asks": True}, "a tool has no 'asks'"),
        ({"component": "weather", "ask": "yes"}, "its 'ask' can't be 'yes'"),
        ({"component": "weather", "name": "a b"}, "can't be told the name 'a b'"),
    ],
)
async def test_a_tool_that_can_not_be_is_a_problem_before_the_run(tool: Any, said: str) -> None:
    kinds = {"odd": "nonsense", "plain": "integer"}
    flows = {
        name: from_json({"format": 1, "inputs": {"a": {"type": kind}}, "nodes": {}})
        for name, kind in kinds.items()
    }
    with pytest.raises(Exception, match="can't run") as refused:
        await run_flow(asking(tool), model=ScriptedModel([]), components=[weather], flows=flows)
    assert said in str(refused.value)
    assert refused.value.problems[0].code == "bad-tool"  # type: ignore[attr-defined]


async def test_two_tools_of_one_name_are_a_problem() -> None:
    with pytest.raises(Exception, match="two tools that a model would know as 'weather'"):
        await run_flow(asking("weather", "weather"), components=[weather])


# --- persons, maps, resuming, caching, the demo ----------------------------------------------------------------------


async def test_a_person_is_asked_before_a_call_and_may_decline() -> None:
    tool = {"component": "weather", "ask": True}
    call = calling(("weather", {"city": "Oslo"}), ("weather", {"city": "Rome"}))
    model = ScriptedModel([call, "Only Oslo."])
    catalog = stock_catalog(weather)
    async with start(from_json(asking(tool)), catalog, services=services(model)) as run:
        async for event in run:
            if event.kind == "step-paused":
                ask = event.data["ask"]
                fine = ask["value"] == {"city": "Oslo"}
                run.answer("ask", {"approved": fine, "remark": "" if fine else "Not there."})
        result = await run.finished()
    assert result.outputs == {"ask": "Only Oslo."}
    assert told(model) == [
        "Oslo: sunny for 1 days",
        "No call was made: a person declined it. They say: Not there.",
    ]


async def test_in_a_map_each_item_has_calls_of_its_own() -> None:
    def answer(messages: Any) -> Any:
        if messages[-1].type == "tool":
            return str(messages[-1].content)
        return calling(("weather", {"city": str(messages[-1].content)}))

    inner = asking("weather", prompt="{{item}}")
    inner["inputs"] = {"item": {"type": "text"}}
    inner["nodes"]["ask"]["inputs"] = {"item": "inputs.item"}
    outer = {
        "format": 1,
        "nodes": {"each": {"component": "map", "params": {"flow": inner, "items": ["Oslo", "Rome"]}}},
    }
    result = await run_flow(outer, model=ScriptedModel(answer), components=[weather])
    assert result.outputs == {"each": ["Oslo: sunny for 1 days", "Rome: sunny for 1 days"]}


async def resumed(flow: Any, catalog: Any, run: Any, until: int, model: ScriptedModel) -> Any:
    """The run, gone on with from its first so many events."""
    recorded = Recorded.of(run.events[:until])
    again = start(flow, catalog, services=services(model), run_id=run.id, recorded=recorded)
    async with again:
        return await again.finished()


async def test_a_run_broken_off_anywhere_asks_and_calls_nothing_again_that_is_recorded() -> None:
    made: list[str] = []

    @component
    async def book(room: str) -> str:
        """Book a room."""
        made.append(room)
        return f"{room} is booked"

    flow, catalog = from_json(asking("book")), stock_catalog(book)
    script = [calling(("book", {"room": room})) for room in ("blue", "red")] + ["Booked."]
    whole = ScriptedModel(script)
    async with start(flow, catalog, services=services(whole)) as run:
        usage = (await run.finished()).usage
    assert made == ["blue", "red"]
    assert usage["calls"] == 3
    noted = [at for at, one in enumerate(run.events) if one.kind == "step-noted"]
    assert len(noted) == 2
    over = next(at for at, one in enumerate(run.events) if one.kind == "step-finished" and one.path == "ask")
    for until in range(noted[0], over + 1):
        asked = sum(place < until for place in noted)
        booked = {one.path for one in run.events[:until] if one.kind == "step-finished"}
        made.clear()
        model = ScriptedModel(script[asked:])
        result = await resumed(flow, catalog, run, until, model)
        assert (result.outputs, len(model.requests)) == ({"ask": "Booked."}, 3 - asked)
        assert made == ["blue", "red"][len(booked) :], f"broken off before event {until + 1}"
        assert told(model) == ["blue is booked", "red is booked"]
        assert result.usage == usage


async def test_what_a_person_was_asked_stays_asked_when_the_run_goes_on() -> None:
    """However often the model would say something else the next time."""
    flow = from_json(asking({"component": "weather", "ask": True}))
    catalog = stock_catalog(weather)
    first = ScriptedModel([calling(("weather", {"city": "Oslo"}))])
    async with start(flow, catalog, services=services(first)) as run:
        async for event in run:
            if event.kind == "step-paused":
                break
        events = list(run.events)
    until = next(at for at, one in enumerate(events) if one.kind == "step-paused") + 1
    again = ScriptedModel(["Sunny."])
    recorded = Recorded.of(events[:until])
    async with start(flow, catalog, services=services(again), run_id=run.id, recorded=recorded) as later:
        while "ask" not in later.questions:  # noqa: ASYNC110 - it opens again without an event
            await asyncio.sleep(0)
        assert later.questions["ask"]["value"] == {"city": "Oslo"}
        later.answer("ask", True)
        assert (await later.finished()).outputs == {"ask": "Sunny."}
    assert not [one for one in later.events if one.kind == "step-paused"]


async def test_a_person_may_change_the_arguments_and_the_model_is_told() -> None:
    flow = from_json(asking({"component": "weather", "ask": True}))
    model = ScriptedModel([calling(("weather", {"city": "Oslo"})), "Sunny."])
    async with start(flow, stock_catalog(weather), services=services(model)) as run:
        async for event in run:
            if event.kind == "step-paused":
                for wrong in ({"days": 1}, {"city": 7}, "Rome", '{"city": "Rome"'):
                    with pytest.raises(WeftError, match="doesn't fit"):
                        run.answer("ask", {"approved": True, "value": wrong})
                run.answer(
                    "ask", {"approved": True, "value": {"city": "Rome", "days": 2}, "remark": "Warmer."}
                )
        await run.finished()
    assert told(model) == [
        '(A person changed the arguments to {"city": "Rome", "days": 2}. They say: Warmer.)\n'
        "Rome: sunny for 2 days"
    ]


async def test_cancelling_the_run_cancels_its_calls() -> None:
    ended: list[str] = []

    @component
    async def sleep(name: str) -> str:
        """Wait for ever."""
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)
        return name

    model = ScriptedModel([calling(("sleep", {"name": "a"}), ("sleep", {"name": "b"}))])
    async with start(from_json(asking("sleep")), stock_catalog(sleep), services=services(model)) as run:
        started = 0
        async for event in run:
            started += event.kind == "step-started" and event.path != "ask"
            if started == 2:
                run.cancel()
        assert (await run.finished()).status == "cancelled"
    assert sorted(ended) == ["a", "b"]


async def test_the_demo_model_calls_the_first_tool_once() -> None:
    result = await run_flow(asking("weather"), model=DemoModel(delay=0), components=[weather])
    assert "The tool gave: Example city: sunny" in result.outputs["ask"]


async def test_an_answer_after_calls_is_json_that_fits_and_is_asked_for_again_if_not() -> None:
    schema = {"type": "object", "properties": {"sunny": {"type": "boolean"}}, "required": ["sunny"]}
    model = ScriptedModel([calling(("weather", {"city": "Oslo"})), "It is sunny.", '{"sunny": true}'])
    result = await run_flow(asking("weather", output=schema), model=model, components=[weather])
    assert result.outputs == {"ask": '{"sunny": true}'}
    assert told(model) == ["Oslo: sunny for 1 days"]
    assert [one["role"] for one in model.requests[-1]][-4:] == ["assistant", "tool", "assistant", "user"]
