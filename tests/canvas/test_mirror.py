"""The canvas's mirror of the document makes of every change what the model makes of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.canvas.drive import Canvas

from weft.model.changes import Transaction, as_json
from weft.model.edits import apply
from weft.model.errors import ChangeRefused
from weft.model.flow import Flow
from weft.model.text import from_json, to_json

pytestmark = pytest.mark.browser

APPLY = """async ([flow, batches]) => {
  const { apply, Refused } = await weft.module('changes');
  const results = [];
  for (const changes of batches) {
    try {
      flow = apply(flow, changes);
      results.push(structuredClone(flow));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      results.push(error.code);
    }
  }
  return results;
}"""

BASE: dict[str, Any] = {
    "format": 1,
    "inputs": {"topic": {"type": "text"}, "style": {"type": "text"}},
    "outputs": {"essay": "c", "notes": "b.data"},
    "nodes": {
        "a": {"component": "prompt", "params": {"prompt": "x"}, "inputs": {"topic": "inputs.topic"}},
        "b": {"component": "prompt", "inputs": {"context": ["a", "a.text"], "style": "inputs.style"}},
        "c": {"component": "prompt", "inputs": {"context": ["b", "a"]}, "after": ["a"]},
        "s": {
            "component": "subtask",
            "params": {
                "flow": {
                    "format": 1,
                    "nodes": {
                        "a": {"component": "text"},
                        "b": {"component": "text", "inputs": {"text": "a"}},
                    },
                }
            },
        },
    },
    "layout": {"nodes": {"a": [0, 0], "b": [300, 0], "inputs": [-300, 0]}},
}

nodes = st.sampled_from(["a", "b", "c", "d", "e"])
refs = st.sampled_from(
    ["a", "b", "c", "d", "a.text", "b.data", "inputs.topic", "inputs.style", "inputs.new", "A", "inputs"]
)
ports = st.sampled_from(["context", "topic", "style"])
names = st.sampled_from(["topic", "style", "new", "essay", "notes"])
index = st.none() | st.integers(0, 3)
point = st.lists(st.integers(-900, 900), min_size=2, max_size=2)


def change(op: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    made = st.fixed_dictionaries({"op": st.just(op), **fields})
    return made.map(
        lambda fields: {name: value for name, value in fields.items() if name != "index" or value is not None}
    )


new_node = st.fixed_dictionaries(
    {"component": st.just("text")},
    optional={"inputs": st.dictionaries(ports, refs, max_size=2), "after": st.lists(nodes, max_size=1)},
)
plain_changes = st.one_of(
    change("add-node", id=nodes, node=new_node, at=point, index=index),
    change("remove-node", id=nodes),
    change("rename-node", id=nodes, to=st.sampled_from(["a", "d", "e", "Bad", "inputs"])),
    change("set-component", node=nodes, component=st.just("json")),
    change("set-title", node=nodes, title=st.text(max_size=3)),
    change("set-param", node=nodes, name=ports, value=st.integers(0, 9) | st.text(max_size=3)),
    change("unset-param", node=nodes, name=st.sampled_from(["prompt", "topic"])),
    change("set-options", node=nodes, options=st.just({"retries": 2})),
    change("connect", node=nodes, port=ports, ref=refs),
    change("connect", node=nodes, port=st.just("context"), ref=refs, many=st.just(True), index=index),
    change("disconnect", node=nodes, port=ports, ref=refs),
    change(
        "reorder",
        node=nodes,
        port=st.just("context"),
        refs=st.permutations(["a", "a.text"]) | st.permutations(["b", "a"]),
    ),
    change("set-after", node=nodes, after=st.lists(nodes, max_size=2)),
    change(
        "move",
        positions=st.dictionaries(
            nodes | st.sampled_from(["inputs", "outputs"]), point | st.none(), max_size=2
        ),
    ),
    change("set-input", name=names, input=st.just({"type": "number"}), index=index),
    change("remove-input", name=names),
    change("rename-input", name=names, to=names),
    change("set-output", name=names, ref=refs, index=index),
    change("remove-output", name=names),
    change("rename-output", name=names, to=names),
    change("set-name", name=st.text(max_size=3)),
    change(
        "set-note",
        id=st.just("n"),
        note=st.just({"text": "hi", "x": 1, "y": 2, "width": 200, "height": 100}) | st.none(),
    ),
)


changes = plain_changes | change(
    "within",
    node=st.sampled_from(["s", "s", "s", "a"]),
    port=st.just("flow"),
    changes=st.lists(plain_changes, min_size=1, max_size=2),
)


def comparable(flow: dict[str, Any]) -> Any:
    """The model leaves out what is empty; order counts where it has meaning."""
    plain = to_json(from_json(flow))
    for node in plain["nodes"].values():
        if "flow" in node.get("params", {}):
            node["params"]["flow"] = comparable(node["params"]["flow"])
    orders = [list(plain.get(section, {})) for section in ("nodes", "inputs", "outputs")]
    orders += [list(node.get("inputs", {})) for node in plain.get("nodes", {}).values()]
    return plain, orders


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(changes, min_size=1, max_size=4), min_size=1, max_size=12))
def test_every_change_and_every_undo_gives_the_same_document(
    canvas: Canvas, batches: list[list[dict[str, Any]]]
) -> None:
    flow: Flow = from_json(BASE)
    expected: list[Any] = []
    sent: list[Any] = []
    for batch in batches:
        sent.append(batch)
        try:
            flow, inverse = apply(flow, Transaction.model_validate({"changes": batch}))
        except ChangeRefused:
            expected.append(None)
            continue
        expected.append(flow)
        if len(expected) % 3 == 0:
            flow, _ = apply(flow, inverse)
            sent.append(as_json(inverse)["changes"])
            expected.append(flow)
    for batch, ours, theirs in zip(sent, canvas.call(APPLY, [BASE, sent]), expected, strict=True):
        if theirs is None:
            assert isinstance(ours, str), batch
        else:
            assert not isinstance(ours, str), (batch, ours)
            assert comparable(ours) == comparable(to_json(theirs)), batch
