"""What the canvas is told of the values that went through edges."""

from __future__ import annotations

from typing import Any

import pytest

from weft.runs.state import RunState, StepState
from weft.ui.passing import Given, head, outputs


def test_of_a_step_that_is_done_each_output_but_the_main_one() -> None:
    step = StepState("a", status="succeeded", value={"text": "Hi", "words": ["x" * 400], "count": 3})
    assert outputs(step) == {"words": '["' + "x" * 218, "count": "3"}
    assert outputs(StepState("a", status="succeeded", value={"text": "Hi"})) is None
    assert outputs(StepState("a", status="failed", value={"text": "Hi", "more": "?"})) is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([{"role": "user", "content": "Why?"}], "user: Why?"),
        (
            [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}],
            "assistant (after 1 more): So.",
        ),
        (
            [{"role": "user", "content": [{"type": "image"}]}],
            '[{"role": "user", "content": [{"type": "image"}]}]',
        ),
        ([], "[]"),
        (None, "null"),
        ("Flüsse\n" * 100, ("Flüsse\n" * 100)[:220]),
    ],
)
def test_a_value_begins_as_a_person_would_read_it(value: Any, said: str) -> None:
    assert head(value) == said


def test_what_a_run_was_given_is_told_once_and_again_to_who_asks() -> None:
    given, state = Given(), RunState()
    assert given.news(state, again=True) == {}, "it has not begun"
    state.inputs = {"topic": "tides", "count": 3}
    said = {"inputs": {"outputs": {"topic": "tides", "count": "3"}}}
    assert given.news(state, again=False) == said
    assert given.news(state, again=False) == {}
    assert given.news(state, again=True) == said
