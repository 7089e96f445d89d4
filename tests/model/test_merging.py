"""Two versions that come from one: what doesn't meet is put together, what does is named."""

from typing import Any

import pytest
from hypothesis import given, settings
from tests.model.strategies import flows

from weft.model import Flow, dumps, from_json, to_json
from weft.model.comparing import differences
from weft.model.merging import merge

BASE: dict[str, Any] = {
    "format": 1,
    "name": "Base",
    "inputs": {"topic": {"type": "text"}},
    "outputs": {"out": "b"},
    "nodes": {
        "a": {
            "component": "text",
            "params": {"template": "Hi {{topic}}"},
            "inputs": {"topic": "inputs.topic"},
        },
        "b": {"component": "text", "params": {"template": "{{x}}"}, "inputs": {"x": "a"}},
    },
    "layout": {"nodes": {"a": [0, 0]}},
}


def flow(**changes: Any) -> Flow:
    """The base with other values at paths such as `nodes__a__params__template`; None takes a part out."""
    plain = to_json(from_json(BASE))
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = plain
        for name in parents:
            place = place.setdefault(name, {})
        if value is None:
            del place[last]
        else:
            place[last] = value
    return from_json(plain)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"name": "Mine"}, {"description": "Theirs"}),
        ({"nodes__a__title": "Mine"}, {"nodes__a__params__template": "Theirs {{topic}}"}),
        ({"nodes__a__params__style": "mine"}, {"nodes__a__params__other": "theirs"}),
        ({"nodes__a__options__retries": 2}, {"nodes__a__options__timeout": 3.0}),
        ({"nodes__a__inputs": {}}, {"nodes__a__params": {}}),
        ({"nodes__c": {"component": "text"}}, {"nodes__d": {"component": "text"}}),
        ({"outputs__more": "a"}, {"outputs__out": None}),
        ({"layout__nodes__a": [5, 5]}, {"layout__nodes__b": [9, 9]}),
        ({"state": {"x": 1}}, {"defaults": {"model": "demo"}}),
    ],
)
def test_what_does_not_meet_is_put_together(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    merged = merge(flow(), flow(**mine), flow(**theirs))
    assert merged.overlaps == ()
    assert merged.flow is not None
    assert to_json(merged.flow) == to_json(flow(**mine, **theirs))


@pytest.mark.parametrize(
    ("mine", "theirs", "overlap"),
    [
        ({"name": "Mine"}, {"name": "Theirs"}, "name"),
        ({"nodes__a__params__template": "M"}, {"nodes__a__params__template": "T"}, "nodes.a.params.template"),
        ({"nodes__b": None, "outputs": {}}, {"nodes__b__title": "T"}, "nodes.b"),
        ({"nodes__b__inputs__x": "inputs.topic"}, {"nodes__b__inputs__x": None}, "nodes.b.inputs.x"),
        (
            {"nodes__c": {"component": "text", "inputs": {"x": "b"}}},
            {"nodes__b": None, "outputs": {}},
            "nodes.c, which refers to 'b'",
        ),
        ({"nodes__a__after": ["b"], "nodes__b__inputs": {}}, {"nodes__b__title": "T"}, ""),
    ],
)
def test_what_meets_is_named(mine: dict[str, Any], theirs: dict[str, Any], overlap: str) -> None:
    merged = merge(flow(), flow(**mine), flow(**theirs))
    assert merged.overlaps == ((overlap,) if overlap else ())
    assert (merged.flow is None) == bool(overlap)


def test_what_both_moved_on_the_canvas_stays_where_mine_is() -> None:
    merged = merge(flow(), flow(layout__nodes__a=[5, 5]), flow(layout__nodes__a=[9, 9], name="Theirs"))
    assert merged.flow is not None
    assert (merged.flow.layout.nodes["a"], merged.flow.name) == ((5, 5), "Theirs")


def test_a_flow_written_in_a_node_is_merged_by_its_own_nodes() -> None:
    def around(**params: str) -> Flow:
        inner = {name: {"component": "text", "params": {"template": text}} for name, text in params.items()}
        node = {"component": "subtask", "params": {"flow": {"format": 1, "nodes": inner}}}
        return from_json({"format": 1, "nodes": {"sub": node}})

    base = around(a="1", b="1")
    merged = merge(base, around(a="2", b="1"), around(a="1", b="2", c="3"))
    assert merged.flow == around(a="2", b="2", c="3")
    assert merge(base, around(a="2", b="1"), around(a="3", b="1")).overlaps == (
        "nodes.sub.params.flow.nodes.a.params.template",
    )


def test_edges_that_together_close_a_circle_are_not_put_together() -> None:
    base = from_json({"format": 1, "nodes": {"a": {"component": "text"}, "b": {"component": "text"}}})
    mine = from_json(
        {**to_json(base), "nodes": {"a": {"component": "text", "after": ["b"]}, "b": {"component": "text"}}}
    )
    theirs = from_json(
        {**to_json(base), "nodes": {"a": {"component": "text"}, "b": {"component": "text", "after": ["a"]}}}
    )
    assert merge(base, mine, theirs).overlaps == (
        "nodes.a, which would wait for itself",
        "nodes.b, which would wait for itself",
    )


def test_one_and_true_are_not_the_same() -> None:
    base, theirs = flow(nodes__a__params__n=1), flow(nodes__a__params__n=True)
    merged = merge(base, flow(nodes__a__params__n=1, name="Mine"), theirs)
    assert merged.flow is not None
    assert merged.flow.nodes["a"].params["n"] is True
    assert [str(one) for one in differences(base, theirs)] == ["changes nodes.a.params.n"]


def test_the_same_change_on_both_sides_is_one() -> None:
    both = flow(name="Same", nodes__c={"component": "text"})
    assert merge(flow(), both, both).flow == both


@settings(max_examples=60, deadline=None)
@given(flows(), flows())
def test_a_side_that_changed_nothing_gives_the_other(base: Flow, other: Flow) -> None:
    for mine, theirs in ((base, other), (other, base)):
        merged = merge(base, mine, theirs)
        assert merged.flow is not None
        assert to_json(merged.flow) == to_json(other)
    assert (differences(base, other) == []) == (to_json(base) == to_json(other))
    assert dumps(base) == dumps(base)
