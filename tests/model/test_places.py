"""From a path in a document to a line and column of its text."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.model.strategies import documents

from weft.model import (
    Place,
    locate,
)
from weft.model.places import spell


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_value_of_any_document_is_found_where_it_stands(data: st.DataObject) -> None:
    document = data.draw(documents(odd=True))
    text = json.dumps(
        document, indent=data.draw(st.sampled_from([None, 1, 4])), ensure_ascii=data.draw(st.booleans())
    )
    lines = text.split("\n")
    decoder = json.JSONDecoder()
    for pointer, value in _every_value(document, ()):
        place = locate(text, pointer)
        offset = sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1
        found, _ = decoder.raw_decode(text, offset)
        assert repr(found) == repr(value), (pointer, place)


def test_what_is_not_there_is_placed_at_what_should_have_it() -> None:
    text = '{"nodes":\n {"a": {"b": [1, 2]}}}'
    assert locate(text, ("nodes", "a", "component")) == Place(2, 8)
    assert locate(text, ("nodes", "a", "b", 2)) == Place(2, 14)
    assert locate(text, ("nodes", "a", "b", "c")) == Place(2, 14)
    assert locate(text, ("zzz", "a")) == Place(1, 1)
    assert locate(text, ()) == Place(1, 1)


@given(st.text(max_size=30), st.lists(st.sampled_from(["a", 0, 1, "é"]), max_size=3))
def test_locating_in_any_text_never_fails(text: str, pointer: list[str | int]) -> None:
    for shown in (text, '{"a": ' + text, '{"a": [' + text):
        place = locate(shown, tuple(pointer))
        assert place >= (1, 1)


def test_keys_written_with_escapes_are_found() -> None:
    text = '{"\\u0061\\u006F": {"x": 1}, "b\\/\\"": {"a": {"b": [[[[[[1]]]]], 2]}}, "\\u00e9": 3}'
    assert locate(text, ("ao", "x")).column == text.index("1}") + 1
    assert locate(text, ('b/"', "a", "b", 1)).column == text.index("2]") + 1
    assert locate(text, ("é",)).column == text.index("3}") + 1


def test_paths_are_spelled_as_people_read_them() -> None:
    assert spell(("nodes", "a", "inputs", "context", 1)) == "nodes.a.inputs.context[1]"
    assert spell(("nodes", "Bad Name", "x")) == "nodes['Bad Name'].x"
    assert spell(()) == "the document"


def _every_value(value: Any, pointer: tuple[str | int, ...]) -> list[tuple[tuple[str | int, ...], Any]]:
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [
        (pointer, value),
        *(found for key, item in inner for found in _every_value(item, (*pointer, key))),
    ]
