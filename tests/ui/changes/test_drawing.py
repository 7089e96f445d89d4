"""A review as the list and the canvas have it: counts, parts in words, what is left out of messages."""

from typing import Any

import pytest

from weft.model import Flow, from_json
from weft.model.reviewing import review
from weft.ui.changes.drawing import counts, drawing, rows
from weft.ui.changes.parts import parts, spelled


def of(nodes: dict[str, Any], **more: Any) -> Flow:
    return from_json({"format": 1, "nodes": nodes, **more})


def text(template: str, **inputs: str) -> dict[str, Any]:
    return {"component": "text", "params": {"template": template}, "inputs": inputs}


def lying(x: int) -> dict[str, Any]:
    frame = {"x": x, "y": 0, "width": 400, "height": 300, "title": "Both"}
    return {"nodes": {"a": [x, 0]}, "frames": {"f": frame}}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (of({"a": text("1")}), of({"a": text("1")}), "Nothing differs"),
        (
            of({"a": text("1")}, layout=lying(0)),
            of({"a": text("1")}, layout=lying(9)),
            "2 moved on the canvas, nothing else: both mean the same",
        ),
        (
            of({"a": text("1")}, layout=lying(0)),
            of({"a": text("2")}, layout=lying(9)),
            "1 changed · 2 only moved",
        ),
    ],
)
def test_how_much_differs_is_told_and_what_only_moved_apart(old: Flow, new: Flow, words: str) -> None:
    assert counts(review(old, new)) == words


def test_the_canvas_is_told_what_came_went_changed_and_moved() -> None:
    old = of({"a": text("1"), "b": text("2", x="a"), "d": text("{{x}}", x="b")}, layout=lying(0))
    new = of(
        {"a": text("1"), "c": text("3 of a wholly other kind", x="a"), "d": text("{{x}}", x="c")},
        layout=lying(9),
    )
    told = drawing(review(old, new))
    assert told["added"] == ["c"]
    assert told["changed"] == {"d": "1 field"}
    assert (told["moved"], told["drawn"]) == (["a"], {"frame:f": "moved"})
    assert [(one["id"], one["title"]) for one in told["removed"]] == [("b", "B")]
    assert told["came"] == [{"ref": "c", "node": "d", "port": "x"}]  # that into `c` goes with `c`
    assert told["gone"] == [{"ref": "a", "node": "b", "port": "x"}, {"ref": "b", "node": "d", "port": "x"}]


def test_a_part_inside_another_flow_is_named_by_the_way_there() -> None:
    def sub(words: str) -> Flow:
        inner = {"format": 1, "nodes": {"say": text(words)}}
        return of({"sub": {"component": "subtask", "params": {"flow": inner}}})

    made = review(sub("Say it"), sub("Shout it"))
    [part] = parts(made.entries[0])
    assert (part["name"], part["number"]) == ("flow › say › param template", 0)
    assert part["pieces"][:2] == [["gone", "Say"], ["new", "Shout"]]
    assert [row["inner"] for row in rows(made)] == [True]


def test_parts_are_named_as_one_says_them() -> None:
    assert spelled(("params", "prompt")) == "param prompt"
    assert spelled(("inputs", "plan")) == "edge into plan"
    assert spelled(("title",)) == "title"
    assert spelled(("params", "flow", "outputs", "end")) == "flow › outputs.end"
