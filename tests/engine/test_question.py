"""Which questions can be asked, and which answers fit."""

from typing import Any

import jsonschema
import pytest

from weft.engine.question import question
from weft.model import StepFailed, WeftError

FORM = {
    "name": "text",
    "amount": {"type": "number", "default": 1},
    "colour": {"type": "text", "choices": ["red", "green"], "description": "Of the door"},
    "tags": {"type": "list[text]", "default": []},
}


def asked(kind: str = "approve", **more: Any) -> Any:
    given = {"text": "Well?", "value": None, "choices": (), "fields": {}, "within": None, "default": None}
    return question(kind=kind, **{**given, **more})


FITS: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("approve", {}, True, {"approved": True, "remark": ""}),
    ("approve", {}, False, {"approved": False, "remark": ""}),
    ("approve", {}, {"approved": False}, {"approved": False, "remark": ""}),
    ("approve", {}, {"approved": True, "remark": "Fine."}, {"approved": True, "remark": "Fine."}),
    ("edit", {"value": "a"}, "b", "b"),
    ("edit", {"value": 1}, 2.5, 2.5),
    ("edit", {"value": True}, False, False),
    ("edit", {"value": {"a": 1}}, {}, {}),
    ("edit", {"value": [1]}, ["x", None], ["x", None]),
    ("edit", {}, "anything", "anything"),
    ("choose", {"choices": ["a", 2, {"b": 3}]}, {"b": 3}, {"b": 3}),
    (
        "form",
        {"fields": FORM},
        {"name": "x", "colour": "red"},
        {"name": "x", "amount": 1, "colour": "red", "tags": []},
    ),
]


@pytest.mark.parametrize(("kind", "more", "given", "read"), FITS)
def test_an_answer_that_fits_is_completed(kind: str, more: dict[str, Any], given: Any, read: Any) -> None:
    made = asked(kind, **more)
    assert made.read(given) == read
    jsonschema.validate(given, made.json(0)["schema"])


SAID: list[tuple[str, dict[str, Any], str, Any]] = [
    ("approve", {}, " Yes ", {"approved": True, "remark": ""}),
    ("approve", {}, "no", {"approved": False, "remark": ""}),
    ("approve", {}, '{"approved": false, "remark": "hm"}', {"approved": False, "remark": "hm"}),
    ("edit", {"value": "a"}, "12", "12"),
    ("edit", {}, "12", "12"),
    ("edit", {"value": 1}, "12.5", 12.5),
    ("edit", {"value": False}, "on", True),
    ("edit", {"value": [1]}, "[2]", [2]),
    ("edit", {"value": {}}, '{"a": 1}', {"a": 1}),
    ("choose", {"choices": ["1", 1, {"a": 2}]}, "1", "1"),
    ("choose", {"choices": [1, {"a": 2}]}, '{"a": 2}', {"a": 2}),
    (
        "form",
        {"fields": {**FORM, "ok": "boolean"}},
        '{"name": "7", "amount": "7", "ok": "yes", "colour": "red"}',
        {"name": "7", "amount": 7, "colour": "red", "tags": [], "ok": True},
    ),
]


@pytest.mark.parametrize(("kind", "more", "text", "read"), SAID)
def test_a_text_stands_for_what_it_says(kind: str, more: dict[str, Any], text: str, read: Any) -> None:
    assert asked(kind, **more).read(text) == read


WRONG: list[tuple[str, dict[str, Any], Any, str]] = [
    ("approve", {}, "so", 'must be true or false, or {"approved": true, "remark": "..."}, not \'so\'.'),
    ("approve", {}, "1", "not 1."),
    ("approve", {}, 1, "not 1."),
    ("approve", {}, {"approved": "yes"}, "must be true or false"),
    ("approve", {}, {"approved": True, "remark": 3}, "must be true or false"),
    ("approve", {}, {"approved": True, "why": ""}, "must be true or false"),
    ("edit", {"value": "a"}, 3, "it must be text, not 3."),
    ("edit", {"value": 1}, "three", "it must be a number, not 'three'."),
    ("edit", {"value": 1}, "NaN", "it must be a number, not 'NaN'."),
    ("edit", {"value": [1]}, "[1", "it must be a list, not"),
    ("edit", {"value": {"a": 1}}, [1], r"it must be an object, not \[1\]."),
    ("edit", {"value": [1]}, "x", "it must be a list, not 'x'."),
    ("choose", {"choices": ["a", "b"]}, "c", "must be one of 'a', 'b', not 'c'."),
    ("choose", {"choices": [1, 2]}, True, "not True"),
    ("form", {"fields": FORM}, "x", "must be an object with 'name', 'amount', 'colour', 'tags', not 'x'."),
    ("form", {"fields": FORM}, {"name": "x"}, r"The field 'colour' \(text\) isn't filled."),
    ("form", {"fields": FORM}, {"name": 1, "colour": "blue"}, "'name' doesn't fit: .* 'colour' doesn't fit"),
    ("form", {"fields": FORM}, {"nam": "x", "colour": "red"}, "no field 'nam': did you mean 'name'?"),
    ("form", {"fields": FORM}, {"name": "x", "colour": "red", "zzz": 1}, "no field 'zzz': there are 'name'"),
    ("edit", {}, float("nan"), "answer"),
    ("edit", {}, object(), "answer"),
]


@pytest.mark.parametrize(("kind", "more", "given", "said"), WRONG)
def test_an_answer_that_does_not_fit_is_refused(
    kind: str, more: dict[str, Any], given: Any, said: str
) -> None:
    with pytest.raises(WeftError, match=said) as refused:
        asked(kind, **more).read(given)
    assert refused.value.code == "bad-answer"


NO_QUESTIONS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "aprove"}, "there is no kind 'aprove'. Did you mean 'approve'?"),
    ({"kind": "choose"}, "it offers nothing to choose"),
    ({"kind": "form"}, "its form has no fields"),
    ({"within": 0}, "0 is no number of seconds"),
    ({"within": float("nan")}, "nan is no number of seconds"),
    ({"within": "soon"}, "'soon' is no number of seconds"),
    ({"within": True}, "True is no number of seconds"),
    ({"default": "maybe"}, "the answer must be true or false"),
    ({"kind": "choose", "choices": ["a"], "default": "b"}, "must be one of 'a', not 'b'"),
    ({"kind": "form", "fields": {"a b": "text"}}, "'a b' is no name of a field"),
    ({"kind": "form", "fields": {"a": "txt"}}, "the field 'a': 'txt' is no port type"),
    ({"kind": "form", "fields": {"a": 3}}, "the field 'a': "),
    ({"kind": "form", "fields": {"a": {"type": "number", "default": "x"}}}, "the default of the field 'a'"),
    ({"kind": "form", "fields": ["a"]}, "must be an object such as"),
    ({"value": object()}, "value"),
]


@pytest.mark.parametrize(("more", "said"), NO_QUESTIONS)
def test_what_nobody_could_answer_is_not_asked(more: dict[str, Any], said: str) -> None:
    with pytest.raises(StepFailed) as refused:
        asked(**more)
    assert said in str(refused.value)
    assert (refused.value.code, refused.value.retryable) == ("bad-question", False)


def test_a_question_leaves_as_plain_data_with_a_schema_of_its_answers() -> None:
    made = asked("form", fields=FORM, value={"order": 7}, within=30, default={"name": "x", "colour": "red"})
    assert made.json(1) == {
        "number": 1,
        "kind": "form",
        "text": "Well?",
        "value": {"order": 7},
        "fields": {
            "name": {"type": "text"},
            "amount": {"type": "number", "default": 1},
            "colour": {"type": "text", "choices": ["red", "green"], "description": "Of the door"},
            "tags": {"type": "list[text]", "default": []},
        },
        "within": 30,
        "default": {"name": "x", "amount": 1, "colour": "red", "tags": []},
        "schema": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "amount": {"type": "number", "default": 1},
                "colour": {"enum": ["red", "green"], "description": "Of the door"},
                "tags": {"type": "array", "items": {"type": "string"}, "default": []},
            },
            "required": ["name", "colour"],
            "additionalProperties": False,
        },
    }
