"""What differs between two revisions, in a person's terms."""

from typing import Any

import pytest
from hypothesis import given, settings
from tests.model.strategies import flows

from weft.model import Flow, from_json, to_json
from weft.model.comparing import compare


def of(nodes: dict[str, Any], **more: Any) -> Flow:
    return from_json({"format": 1, "nodes": nodes, **more})


def prompt(text: str, **inputs: Any) -> dict[str, Any]:
    return {"component": "prompt", "params": {"prompt": text}, "inputs": inputs}


PLAN = "Say in three lines what the essay will be about, and in which order."


def test_a_node_under_another_name_is_known_again_and_what_refers_to_it_is_not_changed() -> None:
    old = of({"plan": prompt(PLAN), "essay": prompt("Write it.", context=["plan"])}, outputs={"out": "essay"})
    new = of(
        {"outline": prompt(PLAN), "essay": prompt("Write it.", context=["outline"])}, outputs={"out": "essay"}
    )
    found = compare(old, new)
    assert (found.renamed, found.differences, found.reordered) == ({"plan": "outline"}, [], ())


def test_a_renamed_node_whose_text_changed_a_little_is_still_the_same() -> None:
    found = compare(of({"plan": prompt(PLAN)}), of({"outline": prompt(PLAN.replace("three", "five"))}))
    assert found.renamed == {"plan": "outline"}
    assert [one.path for one in found.differences] == ["nodes.outline.params.prompt"]


@pytest.mark.parametrize(
    "other",
    [
        prompt("Something else altogether: name ten rivers."),
        {"component": "text", "params": {"prompt": PLAN}},
    ],
)
def test_a_node_that_does_something_else_is_another(other: dict[str, Any]) -> None:
    found = compare(of({"plan": prompt(PLAN)}), of({"outline": other}))
    assert not found.renamed
    assert {str(one) for one in found.differences} == {"removes nodes.plan", "adds nodes.outline"}


def test_each_name_goes_to_the_node_that_is_most_like_it() -> None:
    old = of({"a": prompt(PLAN + " Be brief."), "b": prompt(PLAN)})
    new = of({"c": prompt(PLAN), "d": prompt(PLAN + " Be very brief.")})
    assert compare(old, new).renamed == {"b": "c", "a": "d"}


def test_what_only_moved_means_the_same() -> None:
    nodes = {"a": prompt(PLAN)}
    found = compare(of(nodes), of(nodes, layout={"nodes": {"a": [10, 20]}}))
    assert (found.meant, [one.path for one in found.places]) == ([], ["layout.nodes.a"])


def test_another_order_of_inputs_is_told() -> None:
    one, other = {"a": {"type": "text"}}, {"b": {"type": "text"}}
    assert compare(of({}, inputs={**one, **other}), of({}, inputs={**other, **one})).reordered == ("inputs",)


def test_inside_a_flow_written_in_a_node_the_part_is_named() -> None:
    def around(text: str) -> Flow:
        inner = {"format": 1, "nodes": {"in": prompt(text)}, "layout": {"nodes": {"in": [len(text), 0]}}}
        return of({"sub": {"component": "subtask", "params": {"flow": inner}}})

    found = compare(around("One"), around("Other"))
    assert [(one.node, one.path) for one in found.meant] == [
        ("sub", "nodes.sub.params.flow.nodes.in.params.prompt")
    ]
    assert len(found.places) == 1


@settings(max_examples=60, deadline=None)
@given(flows(), flows())
def test_two_flows_differ_exactly_if_something_is_told(old: Flow, new: Flow) -> None:
    found = compare(old, new)
    assert not compare(old, old)
    if not found:
        assert to_json(old) == to_json(new)
    assert len({*found.renamed.values()}) == len(found.renamed)
    assert found.renamed.keys() <= old.nodes.keys()
    assert {*found.renamed.values()} <= new.nodes.keys()
