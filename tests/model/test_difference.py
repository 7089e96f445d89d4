"""Two revisions as a transaction: applied to the one it gives the other, whatever they are."""

from hypothesis import HealthCheck, given, settings
from tests.model.strategies import flows, odd_flows

from weft.model import Flow, dumps
from weft.model.difference import difference
from weft.model.edits import apply


@given(flows(), flows())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_it_makes_the_one_into_the_other(old: Flow, new: Flow):
    tx = difference(old, new, label="Read", source="file")
    assert dumps(apply(old, tx)[0]) == dumps(new)


@given(flows())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_changed_is_no_change(flow: Flow):
    assert difference(flow, flow, label="Read", source="file").changes == ()


@given(odd_flows(), odd_flows())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_file_with_anything_in_it_can_be_taken(old: Flow, new: Flow):
    made = apply(old, difference(old, new, label="Read", source="file"))[0]
    assert (made.nodes, made.inputs, made.outputs) == (new.nodes, new.inputs, new.outputs)
    assert made.layout.nodes == new.layout.nodes
