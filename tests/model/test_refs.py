"""Ids, references, and the edges they make."""

import pytest

from weft.model import (
    Edge,
    Flow,
    Node,
    Ref,
    is_id,
    parse_ref,
)


@pytest.mark.parametrize("text", ["a", "a1", "a_b", "x" * 63, "outline"])
def test_ids(text: str) -> None:
    assert is_id(text)
    assert parse_ref(text) == Ref(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "1a",
        "_a",
        "a-b",
        "a b",
        "é",
        "x" * 64,
        "a\n",
        "inputs",
        "outputs",
        "state",
        "secrets",
        "item",
    ],
)
def test_what_is_no_id(text: str) -> None:
    assert not is_id(text)
    with pytest.raises(ValueError, match="is no reference"):
        parse_ref(text)


def test_references() -> None:
    assert parse_ref("a.data") == Ref("a", "data")
    assert parse_ref("a.A_1") == Ref("a", "A_1")
    assert parse_ref("inputs.topic") == Ref("inputs", "topic")
    assert parse_ref("inputs.topic").is_input
    assert [str(parse_ref(text)) for text in ("a", "a.data", "inputs.x")] == ["a", "a.data", "inputs.x"]


@pytest.mark.parametrize(
    "text", ["a.", ".a", "a.b.c", "a.1", "inputs.", "state.x", "item.x", "a .b", "a.b\n"]
)
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(ValueError, match="is no reference"):
        parse_ref(text)


def test_edges_in_document_order_without_those_that_cannot_be_read() -> None:
    flow = Flow(
        nodes={
            "b": Node(component="c", inputs={"y": ["a", "inputs.t"], "x": "a.data"}, after=["c"]),
            "a": Node(component="c", inputs={"z": "not a ref"}),
            "c": Node(component="c"),
        }
    )
    assert flow.edges() == [
        Edge(Ref("a"), "b", "y", 0),
        Edge(Ref("inputs", "t"), "b", "y", 1),
        Edge(Ref("a", "data"), "b", "x", 0),
    ]
    assert flow.sinks() == ["b", "c"]
