"""Checking while a flow is edited finds what checking the whole of it does, whatever was changed before."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.test_check_properties import KNOWN, prompt, texts
from tests.model.strategies import flows, odd_flows, transactions

from weft.catalog import Catalog, Template, component
from weft.engine.check import check, ports_of
from weft.engine.check.incremental import Checker
from weft.model import Flow, from_json
from weft.model.changes import (
    AddNode,
    Change,
    Connect,
    RemoveNode,
    RenameNode,
    SetDefaults,
    SetInput,
    SetOptions,
    SetParam,
    SetState,
    Transaction,
)
from weft.model.edits import apply
from weft.model.errors import ChangeRefused
from weft.model.flow import Defaults, FlowInput, Node, Options


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_after_any_transactions_it_finds_what_a_full_check_does(data: st.DataObject) -> None:
    flow = data.draw(flows() | odd_flows())
    checker = Checker(KNOWN)
    for _ in range(data.draw(st.integers(1, 5))):
        try:
            flow, inverse = apply(flow, data.draw(transactions(flow)))
        except ChangeRefused:
            continue
        if data.draw(st.booleans()):
            compare(checker, flow)
        if data.draw(st.booleans()):
            flow, _ = apply(flow, inverse)
    compare(checker, flow)


@settings(max_examples=25, deadline=None)
@given(st.lists(flows() | odd_flows(), min_size=2, max_size=4))
def test_it_may_be_led_from_any_flow_to_any_other(several: list[Flow]) -> None:
    checker = Checker(KNOWN)
    for flow in several:
        compare(checker, flow)


def compare(checker: Checker, flow: Flow) -> None:
    assert checker.ports(flow) == ports_of(flow, KNOWN)
    assert list(checker.problems(flow)) == check(flow, KNOWN)


EDITS: list[tuple[Change, ...]] = [
    (SetParam(node="b", name="text", value="{{x}} and {{state.seen}}"),),
    (SetParam(node="b", name="text", value="{{x}} and {{y}}"),),
    (Connect(node="b", port="y", ref="a"),),
    (SetParam(node="a", name="save", value={"seen": ""}),),
    (SetParam(node="c", name="text", value="{{state.seen}}"),),
    (SetState(state={"seen": 1}),),
    (SetOptions(node="a", options=Options(disabled=True)),),
    (RenameNode(id="a", to="z"),),
    (SetDefaults(defaults=Defaults(system="You are {{who}}.")),),
    (SetInput(name="topic", input=FlowInput(type="number")),),
    (AddNode(id="a", node=Node(component="nothing")),),
    (Connect(node="b", port="q", ref="a.some", many=True),),
    (RemoveNode(id="z"), AddNode(id="z", node=Node(component="text", params={"p": "1"}))),
    (RemoveNode(id="a"),),
]


def test_each_kind_of_edit_is_followed() -> None:
    nodes: dict[str, Any] = {
        "a": {"component": "prompt", "params": {"text": "{{x}}"}, "inputs": {"x": "inputs.topic"}},
        "b": {"component": "prompt", "params": {"text": "{{x}}"}, "inputs": {"x": "a"}},
        "c": {"component": "prompt", "params": {"text": "c"}},
        "d": {"component": "text", "inputs": {"p": "b", "q": "c"}},
    }
    outputs = {"out": "d.p", "other": "b"}
    flow = from_json({"format": 1, "inputs": {"topic": {}}, "nodes": nodes, "outputs": outputs})
    checker = Checker(KNOWN)
    compare(checker, flow)
    for changes in EDITS:
        flow, _ = apply(flow, Transaction(changes=changes))
        compare(checker, flow)


def test_a_sound_node_far_from_the_edit_is_not_read_again() -> None:
    asked: list[str] = []

    def ports(params: Any) -> dict[str, dict[str, Any]]:
        asked.append(params["text"])
        return {"outputs": {"output": str}}

    @component(ports=ports)
    async def told(text: Template, context: list[str] = []) -> dict[str, Any]:  # noqa: B006
        """Says what was asked of it."""
        return {"output": text}

    catalog = Catalog([told, prompt, texts])
    nodes = {f"n{i}": {"component": "told", "params": {"text": f"text {i}"}} for i in range(50)}
    flow = from_json({"format": 1, "nodes": nodes})
    checker = Checker(catalog)
    assert not checker.problems(flow)
    asked.clear()
    flow, _ = apply(flow, Transaction(changes=(SetParam(node="n7", name="text", value="another"),)))
    assert not checker.problems(flow)
    assert set(checker.ports(flow)) == set(flow.nodes)
    assert set(asked) == {"another"}
