"""`vote`, `best_of`, `critique`, `summarise_long`, `extract`: what they ask, and what they make of the answer."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.components.conftest import Alone

from weft import WeftError
from weft.catalog import Component
from weft.providers.asking import json_in
from weft.testing import DemoModel, ScriptedModel, run_flow

Stock = Callable[[str], Component]


async def run(component: str, model: Any = None, **params: Any) -> Any:
    node = {"component": component, "params": params}
    return await run_flow({"format": 1, "nodes": {"a": node}}, model=model)


async def values(component: str, model: Any = None, **params: Any) -> dict[str, Any]:
    result = await run(component, model, **params)
    assert result.error is None, result.error
    found: Any = result.values["a"]
    return found


# --- vote ------------------------------------------------------------------------------------------------------------


async def test_most_votes_win_and_of_equally_many_the_first(stock: Stock) -> None:
    found = await stock("vote").call({"answers": ["Paris.", "Rome", " paris", "Rome", "**PARIS**"]}, Alone())
    assert found == {
        "winner": "Paris.",
        "share": 0.6,
        "votes": [{"answer": "Paris.", "votes": 3}, {"answer": "Rome", "votes": 2}],
    }
    tied = await stock("vote").call({"answers": [{"a": 1, "b": 2}, 5, {"b": 2, "a": 1}, 5]}, Alone())
    assert (tied["winner"], tied["share"]) == ({"a": 1, "b": 2}, 0.5)


@pytest.mark.parametrize(("given", "said"), [({"answers": []}, "nobody voted"), ({"answers": [1, 2, 2], "least": 0.7}, "2 of 3")])  # fmt: skip
async def test_too_little_agreement_fails(stock: Stock, given: dict[str, Any], said: str) -> None:
    with pytest.raises(WeftError, match=said) as failed:
        await stock("vote").call(given, Alone())
    assert failed.value.code == "no-choice"


# --- best_of ---------------------------------------------------------------------------------------------------------


async def test_a_judge_chooses_by_number() -> None:
    model = ScriptedModel(['```json\n{"why": "shorter", "best": 2}\n```'])
    found = await values("best_of", model, answers=["long", {"a": 1}], task="Say a.")
    assert found == {"best": {"a": 1}, "index": 1, "why": "shorter"}
    asked = model.requests[0][0]["content"]
    assert "The task:\nSay a." in asked
    assert '--- Answer 2 ---\n{"a": 1}' in asked
    assert (await values("best_of", model, answers=["one"], task="x"))["best"] == "one"


async def test_a_judge_that_names_none_of_them_is_asked_again_and_then_fails() -> None:
    model = ScriptedModel(['{"why": "w", "best": 3}', '{"why": "w", "best": 1}'])
    assert (await values("best_of", model, answers=["a", "b"], task="x"))["index"] == 0
    assert "3 is greater than the maximum of 2" in model.requests[1][-1]["content"]
    result = await run("best_of", ScriptedModel(["I like both."] * 3), answers=["a", "b"], task="x")
    assert result.error is not None
    assert result.error["code"] == "invalid-answer"


# --- critique --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("score", "good"), [(8, True), (7.5, False)])
async def test_a_text_is_judged_by_criteria(score: float, good: bool) -> None:
    said = {
        "points": [{"criterion": "It rhymes.", "met": False, "why": "No."}],
        "advice": "Rhyme.",
        "score": score,
    }
    model = ScriptedModel([json.dumps(said)])
    found = await values("critique", model, text="Roses are red.", criteria=["It rhymes."], task="A poem.")
    assert found == {**said, "good": good}
    asked = model.requests[0][0]["content"]
    assert "The criteria:\n- It rhymes.\n" in asked
    assert "What was asked for:\nA poem." in asked


# --- summarise_long --------------------------------------------------------------------------------------------------


async def test_a_short_text_is_summarised_at_once() -> None:
    model = ScriptedModel(["Short."])
    assert await values("summarise_long", model, text="A text.") == {"text": "Short.", "parts": 1}
    assert model.requests[0][0]["content"].endswith("---\nA text.\n---")


async def test_parts_are_summarised_in_order_and_put_together() -> None:
    def answer(messages: Any) -> str:
        asked = messages[-1].content
        return f"S{asked.partition('part ')[2][:1]}" if "This is part" in asked else "Whole."

    model = ScriptedModel(answer)
    text = "\n\n".join(f"Paragraph {number}. " + "word " * 80 for number in range(6))
    assert await values("summarise_long", model, text=text, part=1000, wanted="One line.") == {
        "text": "Whole.",
        "parts": 3,
    }
    *_, last = model.requests
    assert last[0]["content"].endswith("---\nS1\n\nS2\n\nS3\n---")
    assert "The summary: One line." in last[0]["content"]


async def test_a_summary_that_is_no_shorter_ends_it() -> None:
    result = await run("summarise_long", ScriptedModel(lambda _: "x" * 900), text="word " * 400, part=1000)
    assert result.error is not None
    assert result.error["code"] == "too-long"
    assert "no shorter" in result.error["message"]


def test_a_text_is_cut_where_it_is_best(stock: Stock) -> None:
    cut = stock("summarise_long").function.__globals__["cut"]
    assert cut("aaaa bbbb\n\ncccc dddd", 12) == ["aaaa bbbb\n\n", "cccc dddd"]
    assert cut("One two. Three four five", 12) == ["One two. ", "Three four ", "five"]
    assert cut("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert cut("", 10) == [""]


# --- extract ---------------------------------------------------------------------------------------------------------

FIELDS = [
    {"name": "sum", "type": "number", "description": "what is to be paid"},
    {"name": "due"},
    {"name": "items", "type": "list"},
]


async def test_fields_are_outputs() -> None:
    model = ScriptedModel(['Here: {"sum": 12.5, "due": null, "items": ["tea"], "more": 1}'])
    found = await values("extract", model, text="Tea, 12.50", fields=FIELDS)
    assert found["data"] == {"sum": 12.5, "due": None, "items": ["tea"]}
    assert (found["sum"], found["items"]) == (12.5, ["tea"])
    assert "- sum (number): what is to be paid\n- due (text)\n" in model.requests[0][0]["content"]


async def test_a_field_of_another_type_is_asked_for_again() -> None:
    model = ScriptedModel(['{"sum": "much"}', '{"sum": 3}'])
    assert (await values("extract", model, text="x", fields=FIELDS[:1]))["sum"] == 3
    assert "'much' is not of type 'number'" in model.requests[1][-1]["content"]
    result = await run(
        "extract", ScriptedModel(['{"sum": null}'] * 3), text="x", fields=FIELDS[:1], missing="fail"
    )
    assert result.error is not None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ([], "It needs a field"),
        ([{"name": "Due Date"}], "Field 1 needs a name"),
        ([{"name": "a"}, {"name": "a"}], "Field 2 is called 'a', which is taken."),
        ([{"name": "data"}], "'data', which is taken"),
        ([{"name": "a", "type": "date"}], "Field 1 can't be 'date'"),
        (["a"], "Field 1 needs a name"),
    ],
)
def test_what_is_no_field_is_told_beforehand(stock: Stock, fields: Any, said: str) -> None:
    [fault] = stock("extract").ports({"fields": fields}).faults
    assert said in fault.message


def test_the_ports_are_those_of_the_fields(stock: Stock) -> None:
    found = {port.name: str(port.type) for port in stock("extract").ports({"fields": FIELDS}).outputs}
    assert found == {"data": "json", "sum": "number", "due": "text", "items": "list[any]"}


# --- all of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("component", "params"),
    [
        ("best_of", {"answers": ["a", "b"], "task": "x"}),
        ("critique", {"text": "x"}),
        ("summarise_long", {"text": "x " * 9000}),
        ("extract", {"text": "x", "fields": FIELDS}),
    ],
)
async def test_they_run_with_the_demo_model(component: str, params: dict[str, Any]) -> None:
    assert await values(component, DemoModel(delay=0), **params)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ('{"a": 1}', (True, {"a": 1})),
        ('Sure:\n```json\n{"a": 1}\n```\nBye {b}', (True, {"a": 1})),
        ('first {"a": 1} then {"a": 2}.', (True, {"a": 2})),
        ("see [1] and {x", (True, [1])),
        ("nothing", (False, None)),
        ("{" * 100_000, (False, None)),
        ('{"a": NaN}', (False, None)),
    ],
)
def test_the_json_in_an_answer_is_found(answer: str, found: tuple[bool, Any]) -> None:
    assert json_in(answer) == found
