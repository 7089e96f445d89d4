"""How two values differ: nothing is lost, nothing is made up, nothing takes for ever."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from weft.runs.reading.differing import MOST_CHANGES, Change, Piece, alike, changes, pieces, shown

TEXTS = st.lists(st.sampled_from(["tide", " ", "\n", "the", ".", "moon", "é", "\r\n"]), max_size=40).map(
    "".join
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "1", "a"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "x y"]), inner),
    max_leaves=12,
)


@given(TEXTS, TEXTS)
def test_the_pieces_make_both_texts(before: str, after: str) -> None:
    found = pieces(before, after)
    assert "".join(piece.text for piece in found if piece.kind != "new") == before
    assert "".join(piece.text for piece in found if piece.kind != "gone") == after
    assert all(one.kind != two.kind for one, two in pairwise(found))
    assert (before == after) == all(piece.kind == "same" for piece in found)


@given(VALUES, VALUES)
def test_there_are_changes_exactly_where_values_differ(before: Any, after: Any) -> None:
    assert (changes(before, after) == []) == alike(before, after)
    assert changes(before, before) == []


@given(VALUES)
def test_one_is_not_true(value: Any) -> None:
    assert alike(value, value)
    assert not alike([value, 1], [value, True])
    assert not alike({"a": 0}, {"a": False})


def test_words_and_places_are_named() -> None:
    assert pieces("The sea is calm.\nYes.\n", "The sea was calm.\nYes.\n") == [
        Piece("same", "The sea "),
        Piece("gone", "is"),
        Piece("new", "was"),
        Piece("same", " calm.\nYes.\n"),
    ]
    old = {"a": [{"name": "x"}, 2], "gone": 1, "x y": 1}
    new = {"a": [{"name": "y"}, 2, 3], "x y": 2, "come": None}
    assert changes(old, new) == [
        Change("a[0].name", "changed", "x", "y"),
        Change("a[2]", "new", after=3),
        Change("gone", "gone", before=1),
        Change("['x y']", "changed", 1, 2),
        Change("come", "new", after=None),
    ]
    assert changes("a", ["a"]) == [Change("", "changed", "a", ["a"])]


def test_large_values_are_one_change_and_many_changes_are_cut() -> None:
    before, after = "".join(f"old {n}\n" for n in range(30_000)), "".join(f"new {n}\n" for n in range(30_000))
    found = pieces(f"same\n{before}", f"same\n{after}")
    assert [piece.kind for piece in found] == ["same", "gone", "new", "same"]
    assert len(changes(list(range(5000)), list(range(1, 5001)))) == MOST_CHANGES
    deep: Any = 0
    for _ in range(200):
        deep = [deep]
    assert len(changes(deep, [deep])) == 1
    assert shown("a\n  b" * 500, 20) == "a ba ba ba ba ba ba…"
    assert shown({"a": 1}) == '{"a": 1}'
