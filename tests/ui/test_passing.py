"""What the canvas is told of the values that went through edges."""

from __future__ import annotations

from weft.runs.state import RunState, StepState
from weft.ui.passing import Given, outputs


def test_of_a_step_that_is_done_each_output_but_the_main_one() -> None:
    step = StepState("a", status="succeeded", value={"text": "Hi", "messages": ["x" * 400], "count": 3})
    assert outputs(step) == {"messages": '[\n  "' + "x" * 215, "count": "3"}
    assert outputs(StepState("a", status="succeeded", value={"text": "Hi"})) is None
    assert outputs(StepState("a", status="failed", value={"text": "Hi", "more": "?"})) is None


def test_what_a_run_was_given_is_told_once_and_again_to_who_asks() -> None:
    given, state = Given(), RunState()
    assert given.news(state, again=True) == {}, "it has not begun"
    state.inputs = {"topic": "tides", "count": 3}
    said = {"inputs": {"outputs": {"topic": "tides", "count": "3"}}}
    assert given.news(state, again=False) == said
    assert given.news(state, again=False) == {}
    assert given.news(state, again=True) == said
