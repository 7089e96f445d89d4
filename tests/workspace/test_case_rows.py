"""Expectations as rows of a form, and cases written from it."""

from pathlib import Path
from typing import Any

import pytest

from weft.model.errors import WeftError
from weft.workspace.testing import Expectation, read_suite, suite_path
from weft.workspace.testing.adding import plain_case, put_case, remove_case
from weft.workspace.testing.rows import expect_of, rows_of, wrong_rows

EXPECT: list[dict[str, Any]] = [
    {"output": "essay", "contains": "moon", "lacks": "sun"},
    {"step": "review.data", "at": "score", "at_least": 7},
    {"step": "review", "status": "failed", "error": "no-key"},
    {"output": "list", "equals": ["a", 1]},
    {"output": "essay", "judge": "It is kind.", "model": "openai:x"},
    {"output": "essay", "schema": {"type": "string"}},
    {"output": "essay", "holds": "len(value) > 10"},
    {"cost_below": 0.01},
    {"status": "succeeded"},
]


def test_expectations_go_through_the_form_as_they_are() -> None:
    rows = rows_of([Expectation.model_validate(one) for one in EXPECT])
    assert len(rows) == 11
    assert expect_of(rows) == EXPECT


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"subject": "output", "name": "", "check": "equals"}, "say which output"),
        ({"subject": "run", "check": "judge"}, "can't be said of 'run'"),
        ({"subject": "output", "name": "a", "check": "at_least", "value": "x"}, "isn't a number"),
        ({"subject": "output", "name": "a", "check": "schema", "value": "{"}, "isn't JSON"),
        ({}, "can't be said of ''"),
    ],
)
def test_what_a_row_cannot_say_is_told_with_its_number(row: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said) as told:
        expect_of([row])
    assert str(told.value).startswith("Expectation 1: ")


@pytest.mark.parametrize(
    ("check", "value", "said"),
    [
        ("at_least", "", "'' isn't a number."),
        ("matches", "(", "no regular expression"),
        ("schema", '{"type": 3}', "no JSON Schema"),
        ("holds", "len(value) >", "can't be read"),
        ("holds", "len(essay)", "there is no 'essay'"),
        ("judge", " ", "Write what is expected."),
    ],
)
def test_each_wrong_row_is_told_at_its_place(check: str, value: str, said: str) -> None:
    good = {"subject": "output", "name": "a", "check": "contains", "value": "x"}
    found = wrong_rows([good, {**good, "check": check, "value": value}, {**good, "name": ""}])
    assert said in found[1]
    assert (list(found), found[2]) == ([1, 2], "Say which output.")


def test_a_case_is_written_renamed_in_its_place_and_let_go(tmp_path: Path) -> None:
    flow = tmp_path / "f.json"
    put_case(flow, "one", {"expect": [{"cost_below": 1}]})
    put_case(flow, "two", {"inputs": {"a": 1}})
    put_case(flow, " first ", {"inputs": {"a": 2}}, was="one")
    assert list(read_suite(suite_path(flow)).cases) == ["first", "two"]
    with pytest.raises(WeftError, match="There is a case 'two' already"):
        put_case(flow, "two", {}, was="first")
    with pytest.raises(WeftError, match=r"expect.0 is empty"):
        put_case(flow, "two", {"expect": [{}]}, was="two")
    assert plain_case(remove_case(flow, "first")) == {"inputs": {"a": 2}}
    with pytest.raises(WeftError, match="has no case 'first'"):
        remove_case(flow, "first")
