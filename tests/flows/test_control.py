"""The templates of control flow: which way a message goes, a flow for each text, rounds until it is good."""

import json
from typing import Any

import pytest
from tests.flows.test_templates import HELPFUL, sent, template, user

from weft.model.errors import StepFailed
from weft.testing import ScriptedModel, run_flow

# --- route_message ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("urgency", "needs_answer", "way", "others"),
    [
        (9, False, "escalate", {"answer", "file"}),
        (2, True, "answer", {"escalate", "file"}),
        (2, False, "file", {"escalate", "answer"}),
    ],
)
async def test_a_message_goes_one_way_and_the_letter_builds_on_it(
    urgency: int, needs_answer: bool, way: str, others: set[str]
) -> None:
    rating = {"urgency": urgency, "needs_answer": needs_answer}
    model = ScriptedModel(
        {"Rate this": rating, "Say in two lines": "Down.", "List what": "Sorry.", "Name three": "a, b, c", "Now write": "Dear you"}
    )  # fmt: skip
    result = await run_flow(template("route_message"), {"message": "Hello"}, model=model)
    assert result.outputs == {"letter": "Dear you"}
    assert way in result.values
    assert not others & set(result.values)
    assert len(model.requests) == 3
    assert len(sent(model, "Now write the letter")) == 4, (
        "it sees the one prompt that was asked, and its answer"
    )


# --- summarise_each --------------------------------------------------------------------------------------------------


async def test_each_text_is_summarised_and_one_that_fails_is_left_out() -> None:
    def answer(messages: Any) -> Any:
        question = messages[-1].content
        if question.startswith("Summarise text 1 "):
            return StepFailed("The model is away.", code="away", retryable=False)
        return "Together." if question.startswith("Here are") else f"S{question[15]}"

    model = ScriptedModel(answer)
    result = await run_flow(
        template("summarise_each"), {"texts": ["a", "b", "c"], "reader": "me"}, model=model
    )
    assert result.outputs == {
        "report": "Together.",
        "summaries": ["S0", "S2"],
        "left_out": [
            {"index": 1, "code": "away", "message": "each[1]/summary: The model is away.", "hint": ""}
        ],
    }
    assert sent(model, "Summarise text 2") == [HELPFUL, user("Summarise text 2 in one sentence for me:\n\nc")]
    assert sent(model, "Here are summaries of 2 texts:")[1]["content"].splitlines()[2] == '["S0", "S2"]'


# --- improve_until_good ----------------------------------------------------------------------------------------------


async def improved(*scores: int) -> tuple[dict[str, Any], ScriptedModel]:
    texts, judgements = iter(range(1, 9)), iter(scores)

    def answer(messages: Any) -> Any:
        if messages[-1].content.startswith("Judge"):
            score = next(judgements)
            return json.dumps({"score": score, "advice": f"Not {score}."})
        return f"Draft {next(texts)}"

    model = ScriptedModel(answer)
    result = await run_flow(template("improve_until_good"), {"task": "a sign"}, model=model)
    assert result.error is None
    return result.outputs, model


async def test_a_text_is_improved_with_the_advice_of_the_round_before() -> None:
    outputs, model = await improved(3, 9)
    assert outputs == {"text": "Draft 2", "score": 9, "rounds": 2}
    assert model.requests[0][1]["content"].splitlines()[2:4] == [
        "So far you have: ",
        "Your editor says: Begin.",
    ]
    assert model.requests[2][1]["content"].splitlines()[2:4] == [
        "So far you have: Draft 1",
        "Your editor says: Not 3.",
    ]


async def test_after_four_rounds_the_last_text_is_given() -> None:
    outputs, model = await improved(3, 5, 4, 6, 9)
    assert outputs == {"text": "Draft 4", "score": 6, "rounds": 4}
    assert len(model.requests) == 8
