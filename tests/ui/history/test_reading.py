"""Values are read a page at a time, whatever they are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.ui.history.reading import MOST_CHILDREN, MOST_ROWS, PAGE, Reading, about, cell

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)
ROWS = [{"name": f"n{at % 7}", "size": at, "odd": bool(at % 2)} for at in range(1000)]


@given(VALUES)
def test_any_value_can_be_looked_at_in_each_of_its_ways(value: Any) -> None:
    reading = Reading(value)
    assert reading.views
    assert "".join(reading.page(start) for start in range(0, len(reading.text) + 1, PAGE)) == reading.text
    assert len(about(value)["preview"]) <= 160
    for node in reading.children([]):
        reading.children([node["key"]])
    if "table" in reading.views:
        assert len(reading.rows(0)) == len(reading.data)
        reading.rows(0, sort=reading.columns[0], down=True)


@pytest.mark.parametrize(
    ("value", "views"),
    [
        ("plain", ["text", "markdown"]),
        ("# Head\n\ntext", ["markdown", "text"]),
        ('{"a": 1}', ["tree", "text"]),
        ("{not json", ["text", "markdown"]),
        (ROWS, ["table", "tree", "text"]),
        ([{"a": 1}, 2], ["tree", "text"]),
        ("data:image/png;base64,AA==", ["picture", "text"]),
        ("data:image/svg+xml;base64,AA==", ["text", "markdown"]),
        ("data:text/html,<b>", ["text", "markdown"]),
        (3, ["text"]),
        (None, ["text"]),
    ],
)
def test_the_best_way_comes_first(value: Any, views: list[str]) -> None:
    assert Reading(value).views == views


def test_words_are_found_round_the_end_and_back() -> None:
    reading = Reading("Tea and tea, and TEA.")
    places = [reading.find("tea", after)["at"] for after in (-1, 0, 8, 17)]
    assert places == [0, 8, 17, 0]
    assert reading.find("tea", 8) == {"at": 17, "number": 3, "count": 3}
    assert reading.find("tea", 8, back=True)["at"] == 0
    assert reading.find("tea", 0, back=True)["at"] == 17
    assert reading.find("coffee") == reading.find("") == {"at": -1, "number": 0, "count": 0}
    assert Reading("İx ß SS x").find("x", 1)["at"] == 8  # letters whose length changes with their case


def test_a_tree_and_a_table_come_in_pages() -> None:
    reading = Reading({"rows": ROWS})
    assert reading.children([]) == [{"key": "rows", "kind": "list", "count": 1000, "preview": cell(ROWS)}]
    assert len(reading.children(["rows"])) == MOST_CHILDREN
    assert [node["key"] for node in reading.children(["rows"], 990)] == list(range(990, 1000))
    assert reading.at(["rows", 3, "size"]) == 3
    with pytest.raises(KeyError):
        reading.at(["rows", 1000])
    with pytest.raises(KeyError):
        reading.children(["rows", "x"])
    table = Reading(ROWS)
    assert len(table.rows(900)) == 100
    assert len(table.rows(0)) == MOST_ROWS
    assert table.rows(0, sort="size", down=True)[0] == ["999", "n5", "999", "true"]
    assert [row[1] for row in table.rows(0, sort="name")][:3] == ["n0", "n0", "n0"]
    assert [row[1] for row in table.rows(-5, sort="nowhere")][:2] == ["n0", "n1"]
