"""Two revisions gone through change by change, and single changes taken back."""

from typing import Any

import pytest
from hypothesis import given, settings
from tests.model.strategies import flows

from weft.model import Flow, from_json, to_json
from weft.model.edits import apply
from weft.model.reviewing import Wire, review, taken_back, told


def prompt(text: str, **inputs: Any) -> dict[str, Any]:
    return {"component": "prompt", "params": {"prompt": text}, "inputs": inputs}


def of(nodes: dict[str, Any], **more: Any) -> Flow:
    return from_json({"format": 1, "nodes": nodes, **more})


OLD = of(
    {
        "plan": prompt("Say in three lines what the essay will be about."),
        "facts": prompt("Collect facts about {{plan}}, with a source for each.", plan="plan"),
        "essay": prompt("Write it.", plan="plan", facts=["facts"]),
    },
    outputs={"essay": "essay"},
    layout={"nodes": {"plan": [0, 0], "facts": [300, 0], "essay": [600, 0]}},
)
NEW = of(
    {
        "outline": prompt("Say in five lines what the essay will be about."),
        "essay": prompt("Write it.", plan="outline"),
        "check": {"component": "judge", "inputs": {"text": "essay"}},
    },
    outputs={"essay": "check"},
    layout={"nodes": {"outline": [0, 0], "essay": [600, 40], "check": [900, 0]}},
)


def kinds(made: Any) -> dict[str, str]:
    return {told(entry): entry.was for entry in made.entries}


def entry(made: Any, words: str) -> Any:
    return next(one for one in made.entries if told(one) == words)


def back(made: Any, words: str) -> Flow:
    return apply(made.new, taken_back(made, entry(made, words)))[0]


def test_what_came_went_and_was_changed_is_told_node_by_node() -> None:
    made = review(OLD, NEW)
    assert kinds(made) == {
        "output essay changed": "",
        "node outline changed": "plan",
        "node facts removed": "",
        "node essay changed": "",
        "node check added": "",
        "places on the canvas": "",
    }
    assert made.nodes("added") == ["check"]
    assert made.nodes("changed", "renamed") == ["outline", "essay"]


def test_edges_that_came_and_went_are_told_by_the_names_of_the_newer_revision() -> None:
    made = review(OLD, NEW)
    assert made.came == (Wire("essay", "check", "text"), Wire("check", "outputs", "essay"))
    assert made.gone == (
        Wire("outline", "facts", "plan"),
        Wire("facts", "essay", "facts"),
        Wire("essay", "outputs", "essay"),
    )


def test_a_node_taken_back_comes_with_its_edges_and_its_place() -> None:
    made = review(OLD, NEW)
    flow = back(made, "node facts removed")
    assert list(flow.nodes) == ["outline", "facts", "essay", "check"]
    assert flow.nodes["facts"].inputs == {"plan": "outline"}
    assert flow.nodes["essay"].inputs["facts"] == ["facts"]
    assert flow.layout.nodes["facts"] == (300, 0)


def test_a_node_that_came_goes_with_what_refers_to_it() -> None:
    flow = back(review(OLD, NEW), "node check added")
    assert list(flow.nodes) == ["outline", "essay"]
    assert flow.outputs == {}


def test_a_name_and_a_text_go_back_together_or_the_text_alone() -> None:
    made = review(OLD, NEW)
    flow = back(made, "node outline changed")
    assert flow.nodes["plan"].params == OLD.nodes["plan"].params
    assert flow.nodes["essay"].inputs["plan"] == "plan"
    changed = entry(made, "node outline changed")
    alone, _ = apply(NEW, taken_back(made, changed, changed.parts[0]))
    assert alone.nodes["outline"].params == OLD.nodes["plan"].params


def test_the_order_of_nodes_goes_back_and_what_came_stays_where_it_is() -> None:
    text = {name: prompt(f"{name} says something of its own") for name in ("a", "b", "c", "d")}
    made = review(
        of({name: text[name] for name in ("a", "b", "c")}),
        of({name: text[name] for name in ("c", "d", "a", "b")}),
    )
    assert list(back(made, "nodes reordered").nodes) == ["a", "d", "b", "c"]


def test_notes_and_frames_are_changes_of_their_own_unless_they_only_lie_elsewhere() -> None:
    def drawn(**notes: Any) -> Flow:
        return of({"a": prompt("One")}, layout={"nodes": {"a": [len(notes), 0]}, "notes": notes})

    note = {"x": 0, "y": 0, "width": 200, "height": 100, "text": "Ask"}
    old = drawn(said=note, gone=note, far=note)
    made = review(old, drawn(said={**note, "text": "Told"}, far={**note, "x": 9}, new=note, newer=note))
    assert {entry.drawn: entry.kind for entry in made.entries if entry.drawn} == {
        "note:said": "changed",
        "note:gone": "removed",
        "note:new": "added",
        "note:newer": "added",
    }
    assert (made.moved, made.moved_drawn) == (["a"], ["note:far"])
    for words in ("note said changed", "note gone removed", "note new added", "note newer added"):
        made = review(old, back(made, words))
    assert {note.text for note in made.new.layout.notes.values()} == {"Ask"}
    assert back(made, "places on the canvas").layout == old.layout


@given(flows())
@settings(max_examples=20, deadline=None)
def test_a_flow_has_no_changes_to_itself(flow: Flow) -> None:
    made = review(flow, from_json(to_json(flow)))
    assert (made.entries, made.came, made.gone) == ((), (), ())


@pytest.mark.parametrize(
    ("old", "new"), [({"name": "One"}, {"name": "Two"}), ({"state": {"n": 1}}, {"state": {"n": 2, "m": 3}})]
)
def test_what_is_of_the_flow_itself_goes_back_too(old: dict[str, Any], new: dict[str, Any]) -> None:
    flow = made = review(of({}, **old), of({}, **new))
    for one in made.entries:
        flow, _ = apply(made.new, taken_back(made, one))
        made = review(of({}, **old), flow)
    assert to_json(made.new) == to_json(of({}, **old))
