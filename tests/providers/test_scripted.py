"""The model whose answers are written down beforehand."""

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from weft import providers
from weft.model.errors import StepFailed
from weft.providers import ScriptedModel


def ask(text: str) -> list[Any]:
    return providers.messages([{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}])


async def test_a_list_is_answered_in_order_and_then_ends() -> None:
    model = ScriptedModel(["one", {"two": 2}])
    assert [(await model.ainvoke(ask(q))).content for q in "ab"] == ["one", '{\n  "two": 2\n}']
    with pytest.raises(StepFailed, match="has 2 answers, and this is question 3"):
        await model.ainvoke(ask("c"))


async def test_a_table_is_looked_up_whole_then_by_the_longest_part_then_by_the_star() -> None:
    model = ScriptedModel({"tea": "part", "the tea": "longer", "Tell me of tea": "exact", "*": "else"})
    questions = ["Tell me of tea", "more tea", "pour the tea", "coffee"]
    assert [(await model.ainvoke(ask(q))).content for q in questions] == ["exact", "part", "longer", "else"]
    with pytest.raises(StepFailed, match="no answer for 'coffee'"):
        await ScriptedModel({"tea": "x"}).ainvoke(ask("coffee"))


async def test_a_function_sees_the_messages() -> None:
    async def later(messages: list[Any]) -> str:
        return messages[-1].content.upper()

    assert (await ScriptedModel(lambda m: f"{len(m)} messages").ainvoke(ask("x"))).content == "2 messages"
    assert (await ScriptedModel(later).ainvoke(ask("loud"))).content == "LOUD"


async def test_an_exception_is_raised_and_a_message_keeps_its_finish_reason() -> None:
    cut = AIMessage(content="half", response_metadata={"finish_reason": "length"})
    model = ScriptedModel([StepFailed("no", code="server-error", retryable=True), cut])
    with pytest.raises(StepFailed, match="no"):
        await model.ainvoke(ask("a"))
    with pytest.raises(StepFailed) as truncated:
        providers.ensure_complete(await model.ainvoke(ask("b")))
    assert truncated.value.code == "truncated"


async def test_it_streams_by_words_with_the_same_text_usage_and_finish() -> None:
    answer = "Two  words,\n\nand more. "
    model = ScriptedModel([answer, answer])
    chunks = [chunk async for chunk in model.astream(ask("go"))]
    assert [c.content for c in chunks if c.content] == ["Two", "  words,", "\n\nand", " more.", " "]
    merged = chunks[0]
    for chunk in chunks[1:]:
        merged = merged + chunk
    providers.ensure_complete(merged)
    at_once = await model.ainvoke(ask("go"))
    assert merged.content == at_once.content == answer
    assert providers.usage(merged) == providers.usage(at_once) == {"input_tokens": 3, "output_tokens": 4}


async def test_it_streams_tool_calls() -> None:
    calls = [{"name": "add", "args": {"a": 1}, "id": "c1"}]
    model = ScriptedModel(
        [AIMessage(content="", tool_calls=calls, response_metadata={"finish_reason": "tool_calls"})]
    )
    chunks = [chunk async for chunk in model.astream(ask("go"))]
    merged = chunks[0]
    for chunk in chunks[1:]:
        merged = merged + chunk
    providers.ensure_complete(merged)
    assert [(c["name"], c["args"], c["id"]) for c in merged.tool_calls] == [("add", {"a": 1}, "c1")]


async def test_requests_hold_what_was_sent_also_through_a_recording_copy() -> None:
    calls: list[dict[str, Any]] = []

    class Scope:
        def record_call(self, call: dict[str, Any], /) -> None:
            calls.append(call)

    model = ScriptedModel(["one", "two"])
    await model.ainvoke(ask("first"))
    await providers.bind(model, Scope()).ainvoke(ask("second"))
    assert [request[-1]["content"] for request in model.requests] == ["first", "second"]
    assert [(c["model"], c["answer"], c["finish"]) for c in calls] == [("scripted", "two", "stop")]


def test_it_answers_blocking_callers() -> None:
    assert ScriptedModel(["one"]).invoke(ask("a")).content == "one"


async def test_by_name_the_answers_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "answers.json").write_text(json.dumps({"tea": "A history of tea."}))
    pool = providers.ModelPool({}, root=tmp_path)
    model = pool.chat_model("scripted:answers.json")
    assert (await model.ainvoke(ask("an essay on tea"))).content == "A history of tea."
    assert providers.accepts_schema(model)


BAD = [
    (None, "there is no such file"),
    (b"{", "line 1 isn't JSON"),
    (b"\xff", "it isn't UTF-8 text"),
    (b'"text"', "it holds str, not a list or an object"),
]


@pytest.mark.parametrize(("content", "why"), BAD)
def test_a_file_that_holds_no_table_is_refused_with_the_reason(
    content: bytes | None, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "answers.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StepFailed, match=why) as refused:
        providers.ModelPool({}).chat_model(f"scripted:{path}")
    assert str(path) in refused.value.message


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="it can't be read"):
        providers.ModelPool({}).chat_model(f"scripted:{tmp_path}")
