"""Nodes made a subtask, and a subtask made nodes again: the same flow up to names, and the same run."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.engine.check.meaning import meaning_of
from weft.model import Flow, from_json, to_json
from weft.model.edits import apply
from weft.model.edits.collapse import collapse
from weft.model.edits.inline import inline
from weft.model.edits.meaning import Meaning
from weft.model.errors import ChangeRefused
from weft.testing import run_flow, stock_catalog

Json = dict[str, Any]
WAYS = settings(max_examples=40, deadline=None, derandomize=True)


def text(template: str, **inputs: Any) -> Json:
    return {"component": "text", "params": {"template": template}, "inputs": inputs}


def chain(**more: Any) -> Flow:
    """a feeds b and c, both feed d; the flow's input feeds a and d."""
    return from_json(
        {
            "format": 1,
            "inputs": {"topic": {"type": "text"}},
            "outputs": {"answer": "d"},
            "nodes": {
                "a": text("A {{topic}}", topic="inputs.topic"),
                "b": text("B {{x}}", x="a"),
                "c": text("C {{x}}", x="a"),
                "d": text("{{x}} {{y}} {{topic}}", x="b", y="c", topic="inputs.topic"),
            },
            "layout": {"nodes": {"a": [0, 0], "b": [400, -100], "c": [400, 100], "d": [800, 0]}},
            **more,
        }
    )


def collapsed(flow: Flow, *nodes: str, **more: Any) -> tuple[Flow, str]:
    meaning = meaning_of(flow, stock_catalog())
    tx, sub = collapse(flow, nodes, meaning=meaning, **more)
    after, inverse = apply(flow, tx)
    assert apply(after, inverse)[0] == flow, "taken back, it is as it was"
    return after, sub


def inlined(flow: Flow, sub: str) -> Flow:
    inner = from_json(flow.nodes[sub].params["flow"])
    catalog = stock_catalog()
    tx, _ = inline(flow, sub, inner, outside=meaning_of(flow, catalog), inside=meaning_of(inner, catalog))
    after, inverse = apply(flow, tx)
    assert apply(after, inverse)[0] == flow
    return after


def outputs(flow: Flow, **inputs: Any) -> Json:
    result = asyncio.run(run_flow(flow, inputs))
    assert result.error is None, result.error
    return dict(result.outputs)


# --- what becomes of a flow ----------------------------------------------------------------------------------------


def test_the_interface_is_what_crosses_the_border() -> None:
    after, sub = collapsed(chain(), "b", "c")
    node = after.nodes[sub]
    inner = from_json(node.params["flow"])
    assert node.inputs == {"a": "a"}
    assert {name: one.type for name, one in inner.inputs.items()} == {"a": "text"}
    assert inner.outputs == {"b": "b", "c": "c"}
    assert inner.nodes["b"].inputs == {"x": "inputs.a"}
    assert after.nodes["d"].inputs == {"x": "subtask", "y": "subtask.c", "topic": "inputs.topic"}
    assert list(after.nodes) == ["a", "subtask", "d"]
    assert after.layout.nodes["subtask"] == (400, 0)
    assert inner.layout.nodes == {"b": (320, 0), "c": (320, 200)}


def test_a_title_names_it_and_inputs_of_the_flow_keep_their_names() -> None:
    after, sub = collapsed(chain(), "a", "b", title="First half")
    assert sub == "first_half"
    assert after.nodes[sub].inputs == {"topic": "inputs.topic"}
    assert after.nodes["c"].inputs == {"x": "first_half"}
    assert after.nodes["d"].inputs["x"] == "first_half.b"


def test_a_flow_without_outputs_names_those_it_had() -> None:
    flow = chain(outputs={})
    after, sub = collapsed(flow, "c", "d")
    assert after.outputs == {"d": sub}
    assert outputs(after, topic="x") == outputs(flow, topic="x")


def test_messages_stay_messages_across_the_border() -> None:
    """A bare reference means the conversation to a port of messages, and the text to any other."""
    ask = {"component": "prompt", "params": {"prompt": "Hello"}}
    more = {"component": "prompt", "params": {"prompt": "More"}, "inputs": {"context": ["ask"]}}
    last = {"component": "prompt", "params": {"prompt": "Last"}, "inputs": {"context": ["ask", "more"]}}
    flow = from_json(
        {"format": 1, "nodes": {"ask": ask, "more": more, "last": last}, "outputs": {"o": "last"}}
    )
    after, sub = collapsed(flow, "ask", "more")
    inner = from_json(after.nodes[sub].params["flow"])
    assert sorted(inner.outputs.values()) == ["ask.messages", "more.messages"]
    assert outputs(after) == outputs(flow)
    assert outputs(inlined(after, sub)) == outputs(flow)
    behind, sub = collapsed(flow, "last")
    assert behind.nodes[sub].inputs == {"ask": "ask.messages", "more": "more.messages"}
    assert outputs(behind) == outputs(flow)


def test_deadlines_and_retries_of_the_flow_are_not_added_twice() -> None:
    flow = chain(defaults={"timeout": 10, "retries": 2})
    after, sub = collapsed(flow, "b", "c")
    assert after.nodes[sub].options.timeout == 60
    assert after.nodes[sub].options.retries == 0
    assert canonical(inlined(after, sub)) == canonical(flow)


def test_values_typed_into_a_subtask_come_to_the_nodes_inside() -> None:
    after, sub = collapsed(chain(), "b")
    data = to_json(after)
    data["nodes"][sub]["inputs"] = {}
    data["nodes"][sub]["params"]["a"] = "by hand"
    again = inlined(from_json(data), sub)
    assert again.nodes["b"].inputs == {}
    assert again.nodes["b"].params == {"template": "B {{x}}", "x": "by hand"}


# --- what is refused -----------------------------------------------------------------------------------------------


def refused(flow: Flow, *nodes: str) -> ChangeRefused:
    with pytest.raises(ChangeRefused) as caught:
        collapse(flow, nodes, meaning=meaning_of(flow, stock_catalog()))
    return caught.value


def test_a_cycle_that_would_arise_is_named() -> None:
    error = refused(chain(), "a", "d")
    assert error.code == "cycle"
    assert "a → b → d" in str(error)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"a": {"params": {"template": "{{state.mood}}"}}}, "uses-state"),
        ({"b": {"params": {"template": "x", "save": {"mood": "output"}}}}, "uses-state"),
        ({"c": {"after": ["b"]}}, "order-crosses"),
        ({"b": {"after": ["z"]}}, "order-crosses"),
    ],
)
def test_state_and_order_may_not_cross_the_border(change: Json, code: str) -> None:
    data = to_json(chain())
    data["nodes"]["z"] = text("Z")
    for name, fields in change.items():
        data["nodes"][name] |= fields
    assert refused(from_json(data), "a", "b").code == code


def test_nothing_and_nobody_are_refused() -> None:
    assert refused(chain()).code == "nothing-selected"
    assert refused(chain(), "a", "nobody").code == "unknown-node"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"options": {"retries": 3}}, "own-options"),
        ({"options": {"when": "1 == 1"}}, "own-options"),
        ({"after": ["a"]}, "order-crosses"),
        ({"params": {"flow": {"format": 1, "state": {"n": 1}, "nodes": {"b": text("B")}}}}, "uses-state"),
        ({"params": {"flow": {"format": 1, "defaults": {"model": "demo"}, "nodes": {}}}}, "other-defaults"),
    ],
)
def test_what_holds_for_a_subtask_as_a_whole_keeps_it(fields: Json, code: str) -> None:
    after, sub = collapsed(chain(), "b")
    data = to_json(after)
    data["nodes"][sub] |= fields
    with pytest.raises(ChangeRefused) as caught:
        inlined(from_json(data), sub)
    assert caught.value.code == code


# --- for any flow --------------------------------------------------------------------------------------------------


@st.composite
def flows_and_parts(draw: st.DrawFn) -> tuple[Flow, list[str]]:
    """A flow of texts, and some of its nodes."""
    names = [f"n{i}" for i in range(draw(st.integers(2, 7)))]
    nodes: Json = {}
    for i, name in enumerate(names):
        sources = ["inputs.x", "inputs.y", *names[:i], *(f"{one}.output" for one in names[:i])]
        refs = draw(st.lists(st.sampled_from(sources), max_size=3))
        holes = {f"p{j}": ref for j, ref in enumerate(refs)}
        nodes[name] = text(f"{name}({' '.join(f'{{{{{hole}}}}}' for hole in holes)})", **holes)
    order = draw(st.permutations(names))
    named = draw(st.lists(st.sampled_from(names), max_size=3, unique=True))
    flow = from_json(
        {
            "format": 1,
            "inputs": {"x": {"type": "text"}, "y": {"type": "integer"}},
            "outputs": {f"o{i}": name for i, name in enumerate(named)},
            "nodes": {name: nodes[name] for name in order},
        }
    )
    return flow, draw(st.lists(st.sampled_from(names), min_size=1, unique=True))


def canonical(flow: Flow) -> Json:
    """A flow without its layout and order, each reference spelt out, its outputs named."""
    meaning = meaning_of(flow, stock_catalog())
    nodes = {
        name: {
            **to_json(flow)["nodes"][name],
            "inputs": {port: [meaning.exact(r, name, port) for r in node.refs(port)] for port in node.inputs},
        }
        for name, node in flow.nodes.items()
    }
    named = flow.outputs or {name: name for name in flow.sinks()}
    return {"nodes": nodes, "outputs": {name: meaning.exact(ref, "", "") for name, ref in named.items()}}


def collapsible(flow: Flow, part: list[str]) -> tuple[Flow, str] | None:
    """The flow with this part collapsed; None if a way leads out of it and in again, the only reason there can be."""
    sources = {
        name: {ref.partition(".")[0] for port in node.inputs for ref in node.refs(port)}
        for name, node in flow.nodes.items()
    }
    below = set(part)
    for name in sorted(flow.nodes, key=lambda one: int(one[1:])):
        below |= {name} if sources[name] & below else set()
    if any(sources[name] & (below - set(part)) for name in part):
        assert refused(flow, *part).code == "cycle"
        return None
    return collapsed(flow, *part)


@given(flows_and_parts())
@WAYS
def test_a_subtask_that_is_inlined_gives_the_flow_again_and_runs_alike(case: tuple[Flow, list[str]]) -> None:
    flow, part = case
    if (made := collapsible(flow, part)) is None:
        return
    after, sub = made
    again = inlined(after, sub)
    assert canonical(again) == canonical(flow)
    given_inputs = {"x": "ex", "y": 7}
    assert outputs(after, **given_inputs) == outputs(flow, **given_inputs) == outputs(again, **given_inputs)


def test_without_a_catalog_what_is_written_counts() -> None:
    tx, sub = collapse(chain(), ["b"], meaning=Meaning())
    after, _ = apply(chain(), tx)
    assert after.nodes["d"].inputs["x"] == sub
