"""The model of a first run: offline, the same every time, and labelled."""

import json
from typing import Any

import pytest
from jsonschema import validate

from weft import providers
from weft.model.errors import StepFailed
from weft.providers.demo import LABEL, DemoModel, subject


def ask(text: str) -> list[Any]:
    return providers.messages([{"role": "user", "content": text}])


PROMPTS = [
    "Write an outline for an essay about the history of tea.",
    "Review the essay about the history of tea and give feedback.",
    "Give the essay a title.",
    "What is the history of tea?",
    "",
]


@pytest.mark.parametrize("prompt", PROMPTS)
async def test_it_says_that_it_is_no_real_model_and_takes_up_what_was_asked(prompt: str) -> None:
    answer = await DemoModel(delay=0).ainvoke(ask(prompt))
    providers.ensure_complete(answer)
    assert answer.content.startswith(LABEL)
    assert prompt in answer.content
    again = await DemoModel(delay=0).ainvoke(ask(prompt))
    assert (again.content, again.usage_metadata) == (answer.content, answer.usage_metadata)


async def test_what_is_asked_for_first_decides_the_form() -> None:
    async def said(question: str) -> str:
        return (await DemoModel(delay=0).ainvoke(ask(question))).content

    assert "\n1. " in await said("Write an outline for an essay about tea.")
    assert "\n1. " not in await said("Write a full essay on 'tea'. Keep to the outline.")


async def test_an_outline_is_a_list_on_the_subject() -> None:
    answer = await DemoModel(delay=0).ainvoke(ask(PROMPTS[0]))
    assert (
        "1. Where the history of tea comes from" in answer.content
        or "1. Where history of tea" in answer.content
    )


@pytest.mark.parametrize(
    ("asked", "about"),
    [
        ("Write an essay about the topic tea in Japan. Be brief.", "tea in Japan"),
        ("Topic: green tea", "green tea"),
        ("Now write a full essay on 'the history of tea'. Keep to the outline.", "the history of tea"),
        ("What must one know about heat pumps before discussing them?", "heat pumps"),
        ("Now write the text anew, mended so. Give the text alone.", "the subject"),
        ("Summarise this\n\nWhat are the uses of tea?", "tea"),
        ("Go!", "Go"),
        ("", "the subject"),
    ],
)
def test_the_subject_of_a_question(asked: str, about: str) -> None:
    assert subject(asked) == about


SCHEMA = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "points": {"type": "array", "items": {"type": "string"}, "minItems": 2},
    },
    "required": ["title", "points"],
}


async def test_asked_for_json_it_makes_a_valid_instance_and_keeps_the_label_beside_it() -> None:
    model = DemoModel(delay=0)
    assert providers.accepts_schema(model)
    for answer in [
        await model.ainvoke(ask("Facts about tea"), weft_schema=SCHEMA),
        [c async for c in model.astream(ask("Facts about tea"), weft_schema=SCHEMA)],
    ]:
        if isinstance(answer, list):
            text = "".join(chunk.content for chunk in answer)
            metadata = answer[-2].response_metadata or answer[-1].response_metadata
        else:
            text, metadata = answer.content, answer.response_metadata
        validate(json.loads(text), SCHEMA)
        assert metadata["demo"] == LABEL


async def test_asked_for_json_of_any_form_it_gives_a_labelled_object() -> None:
    answer = await DemoModel(delay=0).ainvoke(ask("Facts about tea"), weft_schema={})
    assert json.loads(answer.content)["demo"] == LABEL


async def test_a_schema_that_nothing_meets_is_a_named_failure() -> None:
    with pytest.raises(StepFailed) as refused:
        await DemoModel(delay=0).ainvoke(
            ask("x"), weft_schema={"type": "integer", "minimum": 2, "maximum": 1}
        )
    assert refused.value.code == "demo-schema"
    assert "real model" in refused.value.hint


async def test_its_calls_are_recorded_under_its_name() -> None:
    calls: list[dict[str, Any]] = []

    class Scope:
        def record_call(self, call: dict[str, Any], /) -> None:
            calls.append(call)

    await providers.bind(providers.chat_model("demo"), Scope()).ainvoke(ask("hi"))
    assert [(c["model"], c["finish"]) for c in calls] == [("demo", "stop")]
    await providers.close()
