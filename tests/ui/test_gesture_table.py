"""Each gesture of the table has a test for each way it promises."""

from __future__ import annotations

import ast
from itertools import chain

from tests.ui.gestures import GESTURES, WAYS, marks, proofs, table
from tests.ui.test_gestures import CASES


def cases() -> list[tuple[str, str, str]]:
    """What the two tabs prove: the way each gesture is done in, its undo, that the other tab sees it."""
    return [
        (gesture, one, f"ui/test_gestures.py [{name}]")
        for name, (gesture, way, _) in CASES.items()
        for one in (way, "undo", "tab")
    ]


def test_every_cell_of_the_table_has_a_test() -> None:
    found = table(chain(proofs(), cases()))
    empty = [
        f"{name} by {way}: {gesture.expected}"
        for name, gesture in GESTURES.items()
        for way in gesture.ways
        if not found[name][way]
    ]
    assert empty == []


def test_no_test_names_what_is_not_there() -> None:
    for gesture, way, test in chain(proofs(), cases()):
        assert gesture in GESTURES, f"{test} proves {gesture!r}, which is not in the table"
        assert way in WAYS, f"{test}: {way!r} is none of {WAYS}"
        assert way in GESTURES[gesture].ways, (
            f"{test} proves {gesture!r} by {way}, which the table doesn't ask"
        )


def test_a_marker_is_found_where_it_counts() -> None:
    source = """
@pytest.mark.gesture("move", "mouse", "touch")
@pytest.mark.parametrize("x", [1])
def test_it(x): ...

@pytest.mark.gesture("pan", "mouse")
def helper(): ...
"""
    [(name, call)] = marks(ast.parse(source))
    assert (name, [ast.literal_eval(one) for one in call.args]) == ("test_it", ["move", "mouse", "touch"])
