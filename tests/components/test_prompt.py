"""The `prompt` component: the messages it sends, the answers it takes, what others see of it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from tests.components.conftest import Alone

from weft import WeftError
from weft.catalog import Component
from weft.testing import DemoModel, ScriptedModel, run_flow

Stock = Callable[[str], Component]
ORDER = {
    "type": "object",
    "required": ["name", "count"],
    "properties": {"name": {"type": "string"}, "count": {"type": "integer", "minimum": 1}},
}


def system(text: str) -> dict[str, str]:
    return {"role": "system", "content": text}


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


HELPFUL = system("You are a helpful assistant.")


@pytest.fixture
def prompt(stock: Stock) -> Component:
    return stock("prompt")


async def ask(prompt: Component, model: Any, text: str = "Ask.", **more: Any) -> dict[str, Any]:
    return await prompt.call({"prompt": text, "model": model, **more}, Alone())


# --- what is sent, and what others see -------------------------------------------------------------------------------


async def test_a_prompt_alone_is_the_system_text_and_the_question(prompt: Component) -> None:
    model = ScriptedModel(["Fine."])
    answer = await ask(prompt, model, "How are you?")
    assert model.requests == [[HELPFUL, user("How are you?")]]
    assert answer == {"text": "Fine.", "messages": [user("How are you?"), assistant("Fine.")]}


async def test_context_comes_between_in_order(prompt: Component) -> None:
    model = ScriptedModel(["Third."])
    context = [[user("q1"), assistant("a1")], [system("Notes:\n\na2")], []]
    await ask(prompt, model, "q3", context=context, system="Be brief.")
    assert model.requests == [
        [system("Be brief."), user("q1"), assistant("a1"), system("Notes:\n\na2"), user("q3")]
    ]


async def test_with_a_shorthand_others_see_the_answer_alone(prompt: Component) -> None:
    answer = await ask(prompt, ScriptedModel(["Long."]), shorthand="Summary of the plan")
    assert answer["messages"] == [system("Summary of the plan:\n\nLong.")]


async def test_a_flow_of_prompts_sends_what_agentkit_sends() -> None:
    """The graph of the AgentKit paper's compose rules: direct dependencies only, in edge order, one with a shorthand."""
    flow = {
        "format": 1,
        "inputs": {"x": {}},
        "nodes": {
            "a": {"component": "prompt", "params": {"prompt": "A {{x}}"}, "inputs": {"x": "inputs.x"}},
            "b": {
                "component": "prompt",
                "params": {"prompt": "B", "shorthand": "Short B"},
                "inputs": {"context": ["a"]},
            },
            "c": {"component": "prompt", "params": {"prompt": "C"}, "inputs": {"context": ["b", "a"]}},
            "d": {"component": "prompt", "params": {"prompt": "D"}, "inputs": {"context": ["c"]}},
        },
        "defaults": {"system": "You plan."},
    }
    model = ScriptedModel({"A 1": "a!", "B": "b!", "C": "c!", "D": "d!"})
    result = await run_flow(flow, {"x": "1"}, model=model)
    assert result.status == "succeeded", result.error
    plan = system("You plan.")
    assert {request[-1]["content"]: request for request in model.requests} == {
        "A 1": [plan, user("A 1")],
        "B": [plan, user("A 1"), assistant("a!"), user("B")],
        "C": [plan, system("Short B:\n\nb!"), user("A 1"), assistant("a!"), user("C")],
        "D": [plan, user("C"), assistant("c!"), user("D")],
    }
    assert result.outputs == {"d": "d!"}


async def test_what_is_no_prompt_is_shown_as_one_system_message() -> None:
    flow = {
        "format": 1,
        "inputs": {"facts": {"type": "json"}},
        "nodes": {
            "told": {"component": "text", "title": "What is known", "params": {"template": "It rains."}},
            "ask": {
                "component": "prompt",
                "params": {"prompt": "Why?"},
                "inputs": {"context": ["told", "inputs.facts"]},
            },
        },
    }
    model = ScriptedModel(["Clouds."])
    result = await run_flow(flow, {"facts": {"wind": 3}}, model=model)
    assert result.status == "succeeded", result.error
    assert model.requests[0][1] == system("What is known:\n\nIt rains.")
    assert model.requests[0][2]["content"].endswith(':\n\n{"wind": 3}')


async def test_the_answer_is_shown_as_it_grows_and_calls_are_recorded(prompt: Component) -> None:
    alone = Alone()
    await prompt.call({"prompt": "x", "model": ScriptedModel(["one two three"])}, alone)
    assert "".join(alone.said) == "one two three"
    assert len(alone.said) >= 3


# --- JSON ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "data"),
    [
        ('{"a": 1}', {"a": 1}),
        ('Sure!\n```json\n{"a": 1}\n```\nDone.', {"a": 1}),
        ('```\n{"a": 1}\n```', {"a": 1}),
        ('First {"a": 0}, no: {"a": {"b": [1]}} it is. See [1].', {"a": {"b": [1]}}),
        ('{"draft": 1}\n```json\n{"a": 1}\n```\nand {"later": 2}', {"a": 1}),
        ('```json\nnot json\n```\n{"a": 1}', {"a": 1}),
        ('{broken, [too, {"a": "b"}', {"a": "b"}),
        ('Sure: {"a": "}", "b": {"c": 1}}', {"a": "}", "b": {"c": 1}}),
        ('{"a": 1} {"a": {"b": 2},}', {"a": 1}),
        ('{"a": 1} [as {"b": 2}', {"a": 1}),
        ('{"a": NaN} {"a": 1}', {"a": 1}),
        ("[1, 2] {}", {}),
    ],
)
async def test_json_is_found_in_an_answer(prompt: Component, answer: str, data: Any) -> None:
    given = await ask(prompt, ScriptedModel([answer]), output="json")
    assert given["data"] == data
    assert given["text"] == answer
    assert given["messages"][-1] == assistant(answer)


@pytest.mark.parametrize(
    ("schema", "answer", "data"),
    [
        ({"type": "array"}, 'Here: {"no": 1} [1, {"a": 2}]', [1, {"a": 2}]),
        ({"type": "integer"}, " 42 ", 42),
        ({"type": "integer"}, "It is\n```\n42\n```", 42),
        ({"type": "string", "minLength": 2}, '"yes"', "yes"),
        ({"enum": [1, None]}, "null", None),
        ({"$ref": "#/$defs/x", "$defs": {"x": {"type": "object", "required": ["a"]}}}, '{"a": 1}', {"a": 1}),
    ],
)
async def test_json_by_a_schema_of_any_kind(prompt: Component, schema: Any, answer: str, data: Any) -> None:
    assert (await ask(prompt, ScriptedModel([answer]), output=schema))["data"] == data


async def test_an_answer_that_is_wrong_is_asked_for_again_with_what_is_wrong(prompt: Component) -> None:
    model = ScriptedModel(["I can't.", '{"name": "tea", "count": 0}', '{"name": "tea", "count": 2}'])
    given = await ask(prompt, model, "Order?", output=ORDER)
    assert given["data"] == {"name": "tea", "count": 2}
    first = [HELPFUL, user("Order?")]
    second = [*first, assistant("I can't."), user("Error: No json objects found")]
    third = [
        *first,
        assistant('{"name": "tea", "count": 0}'),
        user(
            "Your answer doesn't fit: count: 0 is less than the minimum of 1. "
            "Answer again, with nothing but the corrected JSON."
        ),
    ]
    assert model.requests == [first, second, third]
    assert given["messages"] == [user("Order?"), assistant('{"name": "tea", "count": 2}')]


@pytest.mark.parametrize(
    ("schema", "answer", "told"),
    [
        (ORDER, '{"count": 1}', "Expecting 'name' in the keys."),
        (ORDER, "{}", "Expecting 'name' in the keys."),
        (ORDER, "[1]", "Invalid Type: Expecting the last Json object to be <class 'dict'>, got <class 'list'> instead."),
        ({"type": "array"}, "{}", "Invalid Type: Expecting the last Json object to be <class 'list'>, got <class 'dict'> instead."),
        ({"type": "array", "minItems": 2, "maxItems": 2}, "[1]", "Expecting length 2, got 1 instead."),
        ({**ORDER, "minProperties": 3, "maxProperties": 3}, '{"count": 1}', "Expecting length 3, got 1 instead."),
        ({"type": "array", "minItems": 2}, "[1]", "Your answer doesn't fit: [1] is too short. Answer again, with nothing but the corrected JSON."),
        (ORDER, "```json\n{1}\n```", "Error: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (ORDER, "```json\nnull\n```", "Invalid Json: It seems that the last Json object in the output above is invalid."),
        (ORDER, '{"name": "a", "count": {"b": 1},}', "Error: No json objects found"),
        ({"type": "integer"}, "many", "Your answer holds no JSON. Answer again, with nothing but the JSON."),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told_in_words_that_say_what_to_change(
    prompt: Component, schema: Any, answer: str, told: str
) -> None:
    model = ScriptedModel([answer, answer])
    await ask(prompt, model, output=schema, attempts=2, on_invalid="na")
    assert model.requests[1][-1] == user(told)


async def test_everything_wrong_is_told_at_once(prompt: Component) -> None:
    model = ScriptedModel(['{"name": 1, "count": "x"}', '{"name": "x", "count": 1}'])
    await ask(prompt, model, output=ORDER)
    told = model.requests[1][-1]["content"]
    assert "count: 'x' is not of type 'integer'; name: 1 is not of type 'string'" in told


async def test_after_the_last_attempt_it_fails(prompt: Component) -> None:
    model = ScriptedModel(["no", "no", "no", "no"])
    with pytest.raises(WeftError) as failed:
        await ask(prompt, model, output="json")
    assert (failed.value.code, failed.value.retryable) == ("invalid-answer", False)
    assert failed.value.message.startswith("After 3 attempts the answer is still not what was asked for: ")
    assert len(model.requests) == 3


async def test_or_gives_the_answer_na(prompt: Component) -> None:
    model = ScriptedModel(["no", "no"])
    given = await ask(prompt, model, "q", output=ORDER, on_invalid="na", attempts=2)
    assert given == {"text": "N/A", "messages": [user("q"), assistant("N/A")]}  # `data` isn't taken
    assert len(model.requests) == 2


async def test_after_na_nothing_is_saved_and_what_takes_the_data_is_skipped() -> None:
    flow = {
        "format": 1,
        "state": {"plan": "old"},
        "nodes": {
            "ask": {
                "component": "prompt",
                "params": {"prompt": "Plan.", "output": "json", "on_invalid": "na", "save": {"plan": "plan"}},
            },
            "shown": {
                "component": "text",
                "params": {"template": "{{plan}} of {{state.plan}}"},
                "inputs": {"plan": "ask.data"},
            },
            "told": {
                "component": "text",
                "params": {"template": "{{answer}}, still {{state.plan}}"},
                "inputs": {"answer": "ask"},
            },
        },
    }
    result = await run_flow(flow, model=ScriptedModel(["no", "no", "no"]))
    assert (result.status, result.outputs) == ("succeeded", {"told": "N/A, still old"})


async def test_one_attempt_is_made_at_least(prompt: Component) -> None:
    assert (await ask(prompt, ScriptedModel(["{}"]), output="json", attempts=0))["data"] == {}


async def test_the_demo_model_answers_by_the_schema(prompt: Component) -> None:
    given = await ask(prompt, DemoModel(delay=0), output=ORDER)
    assert given["data"]["count"] >= 1
    assert isinstance(given["data"]["name"], str)
    assert isinstance((await ask(prompt, DemoModel(delay=0), output="json"))["data"], dict)


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "objekt"}, "type: 'objekt' is not valid under any of the given schemas."),
        ({"properties": 3}, "properties: 3 is not of type 'object'."),
        ({"pattern": "("}, "pattern: '(' is not a 'regex'."),
        ({"$ref": "#"}, "its references go in a circle."),
        (
            {"$ref": "http://127.0.0.1:1/x.json"},
            "it refers to 'http://127.0.0.1:1/x.json', which isn't in it.",
        ),
    ],
)
async def test_a_schema_that_is_none_is_told_and_what_it_refers_to_never_fetched(
    prompt: Component, schema: Any, why: str
) -> None:
    with pytest.raises(WeftError) as failed:
        await ask(prompt, ScriptedModel(['"text"']), output=schema)
    assert (failed.value.code, failed.value.message) == ("bad-schema", f"`output` is no JSON Schema: {why}")


@pytest.mark.parametrize("answer", ["[" * 60_000, "{" * 60_000, '{"a":' * 20_000, "```json\n" * 8_000])
async def test_an_answer_made_to_be_slow_is_only_wrong(prompt: Component, answer: str) -> None:
    model = ScriptedModel([answer])
    with pytest.raises(WeftError) as failed:
        await ask(prompt, model, output="json", attempts=1)
    assert failed.value.code == "invalid-answer"


# --- ports -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "outputs"),
    [
        ("text", ["text: text", "messages: messages"]),
        ("json", ["text: text", "messages: messages", "data: json"]),
        (ORDER, ["text: text", "messages: messages", "data: json"]),
        ({"type": "array"}, ["text: text", "messages: messages", "data: list[any]"]),
        ({"type": "number"}, ["text: text", "messages: messages", "data: number"]),
        ({"type": ["string", "null"]}, ["text: text", "messages: messages", "data: json"]),
        ({}, ["text: text", "messages: messages", "data: json"]),
    ],
)
def test_the_output_says_which_ports_there_are(prompt: Component, output: Any, outputs: list[str]) -> None:
    assert [f"{port.name}: {port.type}" for port in prompt.ports({"output": output}).outputs] == outputs


def test_another_output_is_a_fault_before_any_run(prompt: Component) -> None:
    [fault] = prompt.ports({"output": "xml"}).faults
    assert fault.message.endswith('output must be "text", "json" or a JSON Schema, not \'xml\'')


def test_names_of_prompt_and_system_are_ports(prompt: Component) -> None:
    ports = prompt.ports({"prompt": "{{topic}}", "system": "You are {{who}}, writing on {{topic}}."})
    assert [port.name for port in ports.inputs][-2:] == ["topic", "who"]
    assert [fault.code for fault in prompt.ports({"prompt": "{{context}}"}).faults] == ["port-clash"]


# --- answers that are none -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "code", "retryable"),
    [
        (AIMessage("Half an", response_metadata={"finish_reason": "length"}), "truncated", False),
        (AIMessage("", response_metadata={"finish_reason": "content_filter"}), "content-filter", False),
        ("", "empty-answer", True),
        ("  \n", "empty-answer", True),
    ],
)
async def test_a_broken_answer_is_never_one(
    prompt: Component, answer: Any, code: str, retryable: bool
) -> None:
    for more in ({}, {"output": "json", "on_invalid": "na"}):
        with pytest.raises(WeftError) as failed:
            await ask(prompt, ScriptedModel([answer]), **more)
        assert (failed.value.code, failed.value.retryable) == (code, retryable)


async def test_it_can_be_cancelled_while_it_waits(prompt: Component) -> None:
    asked = asyncio.Event()

    async def never(messages: Any) -> str:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    waiting = asyncio.create_task(ask(prompt, ScriptedModel(never)))
    await asked.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
