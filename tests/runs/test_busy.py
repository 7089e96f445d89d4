"""Counting what has something to do: the count is that of the plainest way to tell, after every event."""

from hypothesis import given
from hypothesis import strategies as st

from weft.engine.events import Event
from weft.runs.busy import UNSETTLED, WORKING, around
from weft.runs.state import RunState

PATHS = ("a", "b", "m", "m[0]/x", "m[1]/x", "m[1]/s", "m[1]/s/y", "m[1]/s[2]/y")
KINDS = (
    "step-ready",
    "step-started",
    "step-paused",
    "step-answered",
    "step-retried",
    "step-finished",
    "step-failed",
)
EVENTS = st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from(KINDS)), max_size=60)


def plainly(run: RunState) -> int:
    """Steps that wait or run, and in which no nested step is unsettled."""
    nests = {around(path) for path, step in run.steps.items() if "/" in path and step.status in UNSETTLED}
    return sum(step.status in WORKING and path not in nests for path, step in run.steps.items())


@given(events=EVENTS)
def test_the_run_waits_exactly_when_a_person_is_asked_and_nothing_else_goes_on(
    events: list[tuple[str, str]],
) -> None:
    run = RunState()
    data = {"ask": {"number": 0, "text": "?"}, "code": "x"}
    for number, (path, kind) in enumerate(events, 1):
        run.apply(Event(number, kind, path, float(number), data))
        assert set(run.questions) == {path for path, step in run.steps.items() if step.status == "paused"}
        assert run.status == ("waiting" if run.questions and not plainly(run) else "running")


def test_what_a_step_is_nested_in() -> None:
    found = [around(path) for path in ("m[3]/x", "a/b/c", "a/m[1]/s[2]/y", "a")]
    assert found == ["m", "a/b", "a/m[1]/s", ""]
