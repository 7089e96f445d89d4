"""What a session has learnt of models, read from its state whatever is in it."""

from typing import Any

import pytest

from weft.runs.learnt import Learnt, kind_key, learnt, without
from weft.runs.sessions import Session

ROW = {"model": "a:b", "tried": 2, "score": 1}


@pytest.mark.parametrize(
    ("record", "known"),
    [
        ({"sums": [ROW]}, {"sums": [Learnt("a:b", 2, 1.0)]}),
        ({"sums": [ROW, 3, {"model": 1}], "none": [], "odd": "x"}, {"sums": [Learnt("a:b", 2, 1.0)]}),
        ("rubbish", {}),
        (None, {}),
    ],
)
def test_what_is_no_record_is_passed_over(record: Any, known: dict[str, list[Learnt]]) -> None:
    assert learnt({"model_record": record, "other": 1}) == known


def test_one_kind_or_all_is_forgotten_and_the_rest_stays() -> None:
    session = Session("f", "s", {"model_record": {"sums": [ROW], "songs": [ROW]}, "kept": 1}, {"n": {"o": 1}})
    less = without(session, "sums")
    assert less.state == {"model_record": {"songs": [ROW]}, "kept": 1}
    assert without(less, "songs").state == without(session).state == {"kept": 1}
    assert without(session).previous == session.previous
    assert "sums" in session.state["model_record"]


def test_a_kind_is_called_in_the_record_as_the_component_calls_it() -> None:
    assert [kind_key(kind) for kind in ("task", "Short sums!", "  ", "ä")] == [
        "task", "short_sums", "task", "task"
    ]  # fmt: skip
