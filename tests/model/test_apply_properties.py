"""What must hold for every change of every flow: its inverse takes it back exactly, and nothing else is touched."""

import json
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from tests.model.strategies import changes, flows, odd_flows, within

from weft.model import (
    ChangeRefused,
    Flow,
    Transaction,
    as_json,
    dumps,
    from_json,
    loads,
    read_transaction,
    to_json,
)
from weft.model.edits import apply

many = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def state(flow: Flow) -> tuple[str, Any]:
    """Everything there is to a flow, the orders that have meaning included."""
    return dumps(flow), [list(flow.nodes), list(flow.inputs), list(flow.outputs)]


def applied(flow: Flow, each: dict[str, Any]) -> tuple[Flow, Transaction] | None:
    try:
        done = apply(flow, read_transaction({"changes": [each]}))
    except ChangeRefused as refused:
        event(f"{each['op']} refused: {refused.code}")
        return None
    event(f"{each['op']} made")
    return done


@many
@given(st.data())
def test_the_inverse_takes_any_change_back_exactly(data: st.DataObject) -> None:
    flow = data.draw(flows() | odd_flows())
    change = changes(flow)
    if data.draw(st.integers(0, 4)) == 0 and flow.nodes:
        flow, inner = data.draw(within(flow))
        change = st.just(inner)
    before = state(flow)
    done = applied(flow, data.draw(change))
    if done is None:
        assert state(flow) == before
        return
    changed, inverse = done
    back, redo = apply(changed, inverse)
    assert state(back) == before
    assert back == flow
    again, _ = apply(back, redo)
    assert state(again) == state(changed)


@many
@given(st.data())
def test_the_inverse_of_a_whole_transaction_is_exact_even_after_travelling(data: st.DataObject) -> None:
    flow = data.draw(flows() | odd_flows())
    before, changed, batch = state(flow), flow, list[dict[str, Any]]()
    for _ in range(data.draw(st.integers(1, 5))):
        each = data.draw(changes(changed))
        if done := applied(changed, each):
            changed = done[0]
            batch.append(each)
    at_once, inverse = apply(flow, read_transaction({"changes": batch}))
    assert state(at_once) == state(changed)
    assert state(flow) == before
    travelled = read_transaction(json.loads(json.dumps(as_json(inverse))))
    back, _ = apply(at_once, travelled)
    assert state(back) == before
    assert back == flow


@many
@given(st.data())
def test_what_a_change_makes_can_be_written_and_read_back(data: st.DataObject) -> None:
    flow = data.draw(flows())
    done = applied(flow, data.draw(changes(flow)))
    if done is None:
        return
    text = dumps(done[0])
    assert loads(text) == done[0]
    assert dumps(loads(text)) == text
    assert from_json(to_json(done[0])) == done[0]


@many
@given(st.data())
def test_no_change_lets_nodes_wait_for_each_other(data: st.DataObject) -> None:
    flow = data.draw(flows())
    for _ in range(4):
        if done := applied(flow, data.draw(changes(flow))):
            flow = done[0]
    waits = {
        name: {edge.ref.node for edge in flow.edges() if edge.node == name} | set(node.after)
        for name, node in flow.nodes.items()
    }
    while free := [name for name, sources in waits.items() if not sources & waits.keys()]:
        for name in free:
            del waits[name]
    assert not waits


@many
@given(st.data())
def test_moving_and_notes_leave_the_hash_alone(data: st.DataObject) -> None:
    flow = data.draw(flows())
    each = data.draw(changes(flow, only=("move", "set-note", "set-frame")))
    if done := applied(flow, each):
        assert done[0].hash == flow.hash
        assert loads(dumps(done[0])).hash == flow.hash
