"""What the tab Data says of a step, a growing text, an edge."""

from typing import Any

from tests.runs.events import event
from tests.runs.test_state import done, failed

from weft.engine.events import Event
from weft.model.text import from_json
from weft.runs.state import RunState, fold
from weft.ui.history.subject import of_edge, of_step

FLOW = from_json(
    {
        "format": 1,
        "inputs": {"topic": {"default": "tides"}},
        "nodes": {
            "a": {"component": "text", "params": {"template": "A {{it}}"}, "inputs": {"it": "inputs.topic"}},
            "b": {"component": "text", "inputs": {"it": "a"}},
        },
    }
)


def state(*events: Event) -> RunState:
    return fold([event(1, "run-started", "", inputs={}), *events])


def said(subject: Any) -> list[tuple[str, Any]]:
    return [(entry.key, entry.value) for entry in subject.entries]


def test_a_step_has_what_went_in_and_what_came_out() -> None:
    before = of_step(FLOW, state(), "a", "A", {})
    assert said(before) == [("in:template", "A {{it}}"), ("in:it", "tides")]
    assert before.words == "It has not run yet: what it gives is shown here."
    after = of_step(FLOW, state(done(2, "a", value="A tides")), "a", "A", {("a", "output"): 2})
    assert said(after)[2:] == [("out:output", "A tides")]
    assert (after.status, after.words, after.entries[2].event) == ("succeeded", "", 2)
    assert after.entries[1].line() == {
        "key": "in:it",
        "side": "in",
        "port": "it",
        "source": "inputs.topic",
        "kind": "text",
        "size": "",
        "preview": "tides",
    }
    assert after.entries[2].line()["size"] == "large"


def test_a_text_that_grows_is_one_value_whatever_it_says() -> None:
    started = event(2, "step-started", "a", attempt=1)
    one = of_step(FLOW, state(started, event(3, text="x")), "a", "A", {})
    two = of_step(FLOW, state(started, event(3, text="x"), event(4, text="y")), "a", "A", {})
    assert [entry.value for entry in (one.entries[-1], two.entries[-1])] == ["x", "xy"]
    assert [entry.line() for entry in one.entries] == [entry.line() for entry in two.entries]


def test_what_gave_nothing_says_why() -> None:
    assert of_step(FLOW, state(failed(2, "a", "x")), "a", "A", {}).words == "It gave nothing: No."
    skipped = event(2, "step-skipped", "a", because={"reason": "when", "message": "Not now."})
    assert of_step(FLOW, state(skipped), "a", "A", {}).words == "It was skipped: Not now."
    assert (
        of_step(FLOW, state(event(2, "step-ready", "a")), "a", "A", {}).words == "It has given nothing yet."
    )
    assert of_step(FLOW, state(), "gone[3]/x", "?", {}).entries == []


def test_an_edge_has_the_last_value_that_went_through_it() -> None:
    edge = {"ref": "a", "node": "b", "port": "it"}
    assert of_edge(FLOW, state(), edge, "A → B").words == "Nothing has gone through this edge in this run."
    through = of_edge(FLOW, state(done(2, "a", value="A tides")), edge, "A → B")
    assert said(through) == [("edge:a", "A tides")]
    given = of_edge(FLOW, state(), {"ref": "inputs.topic", "node": "a", "port": "it"}, "")
    assert said(given) == [("edge:inputs.topic", "tides")]
    assert of_edge(FLOW, state(), {}, "").entries == []
