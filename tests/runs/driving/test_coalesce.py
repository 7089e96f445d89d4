"""Streamed text gathered: at most ten outputs a second and step, nothing lost, nothing out of order."""

from hypothesis import given
from hypothesis import strategies as st
from tests.runs.events import event, finished

from weft.engine.events import Event
from weft.runs.driving.coalesce import INTERVAL, LONG, PIECES, Coalescer


def word(at: float, text: str, path: str = "a") -> Event:
    return event(1, "step-output", path, at, text=text)


def said(events: list[Event]) -> list[tuple[int, str, str]]:
    return [(e.seq, e.path, e.data["text"]) for e in events if e.kind == "step-output"]


def test_the_first_piece_goes_out_at_once_and_the_next_wait_their_time() -> None:
    gather = Coalescer()
    assert said(gather.add(word(1.0, "one "))) == [(1, "a", "one ")]
    assert gather.add(word(1.02, "two ")) == gather.add(word(1.04, "three ")) == []
    assert gather.wakes() == 1.0 + INTERVAL
    assert gather.due(1.05) == []
    assert said(gather.due(1.1)) == [(2, "a", "two three ")]
    assert gather.wakes() is None


def test_a_steps_text_is_complete_before_its_next_event() -> None:
    gather = Coalescer()
    gather.add(word(1.0, "one "))
    gather.add(word(1.01, "two"))
    gather.add(word(1.02, "else", "b"))
    gather.add(word(1.03, "where", "b"))
    kept = gather.add(event(9, "step-finished", "a", 1.04, value={}))
    assert [(e.seq, e.kind, e.path) for e in kept] == [(3, "step-output", "a"), (4, "step-finished", "a")]
    kept = gather.add(finished(10)._replace(at=1.05))
    assert [(e.seq, e.kind, e.path) for e in kept] == [(5, "step-output", "b"), (6, "run-finished", "")]


TIMED = st.lists(
    st.tuples(
        st.floats(0, 0.05), st.sampled_from(["a", "b"]), st.sampled_from(["word", "word", "word", "other"])
    ),
    max_size=120,
)


@given(TIMED)
def test_whatever_comes_numbers_are_gapless_times_grow_and_no_text_is_lost(
    timed: list[tuple[float, str, str]],
) -> None:
    gather, at, kept, sent = Coalescer(), 0.0, list[Event](), {"a": "", "b": ""}
    for number, (pause, path, what) in enumerate(timed):
        at += pause
        kept += gather.due(at)
        if what == "word":
            sent[path] += f"{number} "
            kept += gather.add(word(at, f"{number} ", path))
        else:
            kept += gather.add(event(1, "step-ready", path, at))
    kept += gather.add(finished(1)._replace(at=at))
    assert [e.seq for e in kept] == list(range(1, len(kept) + 1))
    assert [e.at for e in kept] == sorted(e.at for e in kept)
    got = {
        path: "".join(e.data["text"] for e in kept if e.kind == "step-output" and e.path == path)
        for path in "ab"
    }
    assert got == sent
    for path in "ab":
        flushes = sum(1 for _, one, what in timed if what == "other" and one == path) + 2
        outputs = [e for e in kept if e.kind == "step-output" and e.path == path]
        assert len(outputs) <= at / INTERVAL + flushes


def far(at: float, done: int, path: str = "a") -> Event:
    return event(1, "step-progress", path, at, done=done, total=9)


def test_how_far_a_step_is_goes_out_as_often_and_only_the_last_word() -> None:
    gather = Coalescer()
    assert [e.data["done"] for e in gather.add(far(1.0, 1))] == [1]
    assert gather.add(far(1.01, 2)) == gather.add(far(1.02, 3)) == []
    assert gather.add(word(1.03, "text"))[0].kind == "step-output", "the one doesn't hold up the other"
    assert gather.wakes() == 1.0 + INTERVAL
    assert [(e.kind, e.data["done"]) for e in gather.due(1.1)] == [("step-progress", 3)]
    gather.add(far(1.11, 4))
    kept = gather.add(event(9, "step-finished", "a", 1.12, value={}))
    assert [(e.kind, e.data.get("done")) for e in kept] == [("step-progress", 4), ("step-finished", None)]


def test_what_waits_is_bounded() -> None:
    gather = Coalescer()
    gather.add(word(1.0, "first"))
    assert said(gather.add(word(1.01, "x" * (LONG + 1)))) == [(2, "a", "x" * (LONG + 1))]
    kept = [each for number in range(PIECES + 1) for each in gather.add(word(1.02, str(number % 10)))]
    assert [len(each.data["text"]) for each in kept] == [PIECES + 1]
    many = [event(1, "step-progress", "b", 1.05, done=done, total=9_999) for done in range(9_999)]
    kept = [each for one in many for each in gather.add(one)]
    assert [each.data["done"] for each in [*kept, *gather.due(9.0)] if each.path == "b"] == [0, 9_998]
