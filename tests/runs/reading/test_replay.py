"""A run at any of its moments is what its events folded up to there say."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.runs.events import event, finished
from tests.runs.test_state import done, failed

from weft.engine.events import Event
from weft.runs.reading import replay
from weft.runs.reading.replay import Replay, changed
from weft.runs.state import fold

QUESTION = {"number": 0, "kind": "approve", "text": "Go?", "value": None, "schema": {}}
PATHS = st.sampled_from(["a", "b", "each", "each[0]/say", "each[1]/say", "a/x"])


@st.composite
def runs(draw: st.DrawFn) -> list[Event]:
    """Anything that a run could say, in any order, and perhaps its end."""
    events = [event(1, "run-started", "", flow="f", hash="h", inputs={"topic": "tea"}, time="")]
    for _ in range(draw(st.integers(0, 40))):
        seq, path = len(events) + 1, draw(PATHS)
        make: dict[str, Any] = {
            "ready": lambda s=seq, p=path: event(s, "step-ready", p),
            "started": lambda s=seq, p=path: event(s, "step-started", p, attempt=1, component="text"),
            "output": lambda s=seq, p=path: event(s, "step-output", p, text="word "),
            "done": lambda s=seq, p=path: done(s, p, value=s),
            "failed": lambda s=seq, p=path: failed(s, p, "no"),
            "paused": lambda s=seq, p=path: event(s, "step-paused", p, ask=QUESTION),
            "answered": lambda s=seq, p=path: event(s, "step-answered", p, number=0, value=True),
            "warned": lambda s=seq: event(s, "budget-warned", "", spent=1),
            "grown": lambda s=seq, p=path: event(
                s, "graph-expanded", p, nodes={"n": {"component": "text"}}, by=p
            ),
        }
        events.append(make[draw(st.sampled_from(sorted(make)))]())
    if draw(st.booleans()):
        events.append(finished(len(events) + 1))
    return events


@settings(max_examples=60)
@given(runs(), st.lists(st.integers(0, 45), max_size=12), st.integers(1, 9))
def test_every_moment_is_what_folding_up_to_it_gives(
    events: list[Event], moments: list[int], every: int
) -> None:
    replay.EVERY, before = every, replay.EVERY
    try:
        played = Replay(events)
    finally:
        replay.EVERY = before
    kept = [(moment, played.at(moment)) for moment in moments]
    for moment, state in kept:
        assert state == fold(events[:moment]), moment


@given(runs(), st.integers(0, 45), st.integers(0, 45))
def test_what_changed_between_two_moments_takes_one_to_the_other(events: list[Event], a: int, b: int) -> None:
    played = Replay(events)
    before, after = played.at(a), played.at(b)
    there, gone = changed(before, after)
    steps = {path: step for path, step in before.steps.items() if path not in gone}
    assert steps | {path: after.steps[path] for path in there} == after.steps


def test_a_run_that_goes_on_is_followed_and_copies_stay_few() -> None:
    played = Replay([event(1, "run-started", "", inputs={}), event(2, "step-started", "a", attempt=1)])
    first = played.at(2)
    for seq in range(3, 60_000):
        played.add(event(seq, "step-output", "a", text="x"))
    assert first.steps["a"].text == ""
    assert len(played.at(31_000).steps["a"].text) == 31_000 - 2
    assert played.seq_at(0.0) == 1
    assert played.seq_at(31.5) == 31
    assert played.time_of(31) == 31.0
    assert len(played._copies) <= 2 * replay.COPIES  # pyright: ignore[reportPrivateUsage]
