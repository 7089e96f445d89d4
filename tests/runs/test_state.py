"""Events folded."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.runs.events import event, finished

from weft.engine.events import Event
from weft.runs.state import RunState, fold
from weft.runs.wire import state_json

USED = {"calls": 1, "input_tokens": 10, "output_tokens": 2}
CALL = {"model": "demo", "messages": [], "answer": "x", "usage": USED, "seconds": 0.1, "finish": "stop"}


def done(seq: int, path: str, value: Any = "x", **more: Any) -> Event:
    data = {
        "value": {"output": value},
        "usage": USED,
        "cost": None,
        "cached": False,
        "seconds": 0.5,
        "calls": [CALL],
    }
    return event(seq, "step-finished", path, **{**data, **more})


def failed(seq: int, path: str, code: str, **more: Any) -> Event:
    data = {
        "code": code,
        "message": "No.",
        "hint": "Try.",
        "attempts": 2,
        "seconds": 1.0,
        "usage": USED,
        "calls": [CALL],
    }
    return event(seq, "step-failed", path, **{**data, **more})


def test_the_life_of_a_step_that_succeeds_at_its_second_attempt() -> None:
    state = fold(
        [
            event(
                1,
                "run-started",
                "",
                flow="essay",
                hash="h",
                inputs={"topic": "tea"},
                time="2026-01-01T00:00:00Z",
            ),
            event(2, "step-ready", "outline"),
        ]
    )
    step = state.steps["outline"]
    assert (state.status, state.flow, state.inputs, step.status) == (
        "running",
        "essay",
        {"topic": "tea"},
        "waiting",
    )
    state.apply(event(3, "step-started", "outline", attempt=1, component="prompt"))
    state.apply(event(4, "step-output", "outline", text="half an "))
    assert (step.status, step.text, step.component, step.started) == ("running", "half an ", "prompt", 3.0)
    state.apply(event(5, "step-retried", "outline", attempt=1, delay=0.2, code="server-error", message="No."))
    assert (step.status, step.error and step.error["code"]) == ("waiting", "server-error")
    state.apply(event(6, "step-started", "outline", attempt=2, component="prompt"))
    assert (step.status, step.attempt, step.text, step.error, step.started) == ("running", 2, "", None, 3.0)
    state.apply(event(7, "step-output", "outline", text="An "))
    state.apply(event(8, "step-output", "outline", text="answer."))
    state.apply(done(9, "outline", "An answer."))
    assert (step.status, step.text, step.value) == ("succeeded", "An answer.", {"output": "An answer."})
    assert (step.usage, step.seconds, step.calls, state.usage) == (USED, 0.5, [CALL], USED)
    state.apply(finished(10, outputs={"essay": "An answer."}, usage={**USED, "calls": 3}))
    assert (state.status, state.outputs, state.usage["calls"], state.seconds) == (
        "succeeded",
        {"essay": "An answer."},
        3,
        1.5,
    )


def test_failed_cancelled_and_skipped_say_why() -> None:
    because = {"reason": "failed", "node": "a", "message": "'a' failed."}
    state = fold(
        [
            failed(1, "a", "bad-key"),
            failed(2, "b", "cancelled"),
            event(3, "step-skipped", "c", because=because),
            event(
                4, "step-skipped", "d", because={"reason": "on-error"}, usage=USED, calls=[CALL], seconds=0.5
            ),
        ]
    )
    assert [(s.status, (s.error or {}).get("code")) for s in state.steps.values()] == [
        ("failed", "bad-key"),
        ("cancelled", "cancelled"),
        ("skipped", None),
        ("skipped", None),
    ]
    assert state.steps["a"].attempt == 2
    assert state.steps["c"].because == because
    assert state.usage == {"calls": 3, "input_tokens": 30, "output_tokens": 6}


def test_at_the_end_of_a_run_nothing_is_left_running() -> None:
    state = fold(
        [
            event(1, "step-ready", "a"),
            event(2, "step-started", "b", attempt=1, component="prompt"),
            event(3, "step-paused", "c"),
            done(4, "d"),
            finished(5, "cancelled"),
        ]
    )
    assert state.status == "cancelled"
    assert [step.status for step in state.steps.values()] == [
        "cancelled",
        "cancelled",
        "cancelled",
        "succeeded",
    ]


def test_nested_steps_have_their_own_place() -> None:
    state = fold(
        [event(1, "step-ready", "map"), event(2, "step-ready", "map[3]/a"), event(3, "step-ready", "map/b")]
    )
    assert list(state.steps) == ["map", "map[3]/a", "map/b"]
    assert list(state.inside("map")) == ["map/b"]
    assert list(state.inside("map[3]")) == ["map[3]/a"]


def test_what_is_over_and_what_is_unknown_changes_nothing() -> None:
    state = fold([event(1, "step-ready", "a"), event(2, "budget-warned", "", spent=3), finished(3)])
    before = state_json(state)
    state.apply(done(4, "a"))
    state.apply(finished(5, "failed"))
    assert state_json(state) == before
    assert before["steps"]["a"]["status"] == "cancelled"


PATHS = st.sampled_from(["a", "b", "b/c"])
EVENTS = st.lists(
    st.one_of(
        PATHS.map(lambda path: event(1, "step-ready", path)),
        PATHS.map(lambda path: event(1, "step-started", path, attempt=1, component="x")),
        st.tuples(PATHS, st.text(max_size=4)).map(lambda p: event(1, "step-output", p[0], text=p[1])),
        PATHS.map(lambda path: done(1, path)),
        PATHS.map(lambda path: failed(1, path, "cancelled")),
        st.just(finished(1, "failed")),
        st.just(event(1, "something-new", "a", x=1)),
    ),
    max_size=30,
)


@given(EVENTS, st.integers(0, 30))
def test_folding_in_two_parts_is_folding_at_once(events: list[Event], cut: int) -> None:
    numbered = [one._replace(seq=seq) for seq, one in enumerate(events, 1)]
    state: RunState = fold(numbered[:cut])
    for one in numbered[cut:]:
        state.apply(one)
    assert state_json(state) == state_json(fold(numbered))


def test_how_far_a_step_is_until_it_is_tried_again() -> None:
    begun = [event(1, "step-started", "m", attempt=1), event(2, "step-progress", "m", done=3, total=9)]
    assert fold(begun).steps["m"].progress == (3, 9)
    again = [*begun, event(3, "step-started", "m", attempt=2)]
    assert fold(again).steps["m"].progress is None
