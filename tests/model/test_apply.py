"""Transactions by example: what each change does, what it refuses, and how its inverse reads."""

import json
from pathlib import Path
from typing import Any

import pytest

from weft.model import (
    ChangeRefused,
    Flow,
    Transaction,
    as_json,
    dumps,
    from_json,
    read_transaction,
    to_json,
)
from weft.model.changes import SetTitle
from weft.model.edits import apply

Json = dict[str, Any]


def flow_of(**sections: Any) -> Flow:
    nodes = sections.pop(
        "nodes",
        {"a": {}, "b": {"inputs": {"x": "a", "many": ["a.data", "inputs.topic", "a"]}, "after": ["a"]}},
    )
    return from_json(
        {
            "format": 1,
            "inputs": {"topic": {}},
            **sections,
            "nodes": {name: {"component": "c", **node} for name, node in nodes.items()},
        }
    )


def changed(flow: Flow, *changes: Json) -> Flow:
    done, inverse = apply(flow, read_transaction({"changes": list(changes)}))
    back, _ = apply(done, inverse)
    assert dumps(back) == dumps(flow)
    return done


def refusal(flow: Flow, *changes: Json) -> ChangeRefused:
    before = dumps(flow)
    with pytest.raises(ChangeRefused) as caught:
        apply(flow, read_transaction({"changes": list(changes)}))
    assert dumps(flow) == before
    return caught.value


def test_renaming_a_node_rewrites_every_reference() -> None:
    flow = flow_of(
        nodes={
            "z": {"inputs": {"self_named": "a_b", "p": "a"}, "after": ["a", "a_b"]},
            "a": {"title": "A"},
            "a_b": {},
            "b": {"inputs": {"x": "a.data", "many": ["inputs.topic", "a", "a_b", "a.a"]}, "after": ["a"]},
        },
        outputs={"one": "a", "two": "a.data", "three": "a_b"},
        layout={"nodes": {"a": [1, 2]}},
    )
    done = changed(flow, {"op": "rename-node", "id": "a", "to": "c"})
    assert list(done.nodes) == ["z", "c", "a_b", "b"]
    assert done.nodes["c"].title == "A"
    assert done.nodes["z"].inputs == {"self_named": "a_b", "p": "c"}
    assert done.nodes["z"].after == ["c", "a_b"]
    assert done.nodes["b"].inputs == {"x": "c.data", "many": ["inputs.topic", "c", "a_b", "c.a"]}
    assert done.outputs == {"one": "c", "two": "c.data", "three": "a_b"}
    assert done.layout.nodes == {"c": (1, 2)}
    assert '"a"' not in dumps(done)


def test_renaming_an_input_rewrites_every_reference() -> None:
    flow = flow_of(inputs={"x": {}, "topic": {"type": "json"}, "y": {}}, outputs={"o": "inputs.topic"})
    done = changed(flow, {"op": "rename-input", "name": "topic", "to": "subject"})
    assert list(done.inputs) == ["x", "subject", "y"]
    assert done.nodes["b"].inputs["many"] == ["a.data", "inputs.subject", "a"]
    assert done.outputs == {"o": "inputs.subject"}


def test_renaming_away_from_a_bad_id_can_be_taken_back() -> None:
    flow = flow_of(nodes={"Bad Name": {}, "b": {"inputs": {"x": "Bad Name"}}})
    done = changed(flow, {"op": "rename-node", "id": "Bad Name", "to": "good"})
    assert done.nodes["b"].inputs == {"x": "good"}


def test_removing_a_node_removes_references_to_it() -> None:
    flow = flow_of(outputs={"o": "a", "p": "b"}, layout={"nodes": {"a": [1, 1], "b": [2, 2]}})
    done = changed(flow, {"op": "remove-node", "id": "a"})
    assert to_json(done) == {
        "format": 1,
        "inputs": {"topic": {"type": "text"}},
        "outputs": {"p": "b"},
        "nodes": {"b": {"component": "c", "inputs": {"many": ["inputs.topic"]}}},
        "layout": {"nodes": {"b": [2, 2]}},
    }


def test_removing_an_input_removes_references_to_it() -> None:
    done = changed(flow_of(outputs={"o": "inputs.topic"}), {"op": "remove-input", "name": "topic"})
    assert done.nodes["b"].inputs["many"] == ["a.data", "a"]
    assert (done.inputs, done.outputs) == ({}, {})


def test_an_undone_removal_leaves_what_others_wired_meanwhile() -> None:
    flow = flow_of(nodes={"a": {}, "b": {}, "c": {"inputs": {"many": ["a", "inputs.topic"]}}})
    without, inverse = apply(flow, read_transaction({"changes": [{"op": "remove-node", "id": "a"}]}))
    others = changed(without, {"op": "connect", "node": "c", "port": "many", "ref": "b", "many": True})
    back, _ = apply(others, inverse)
    assert back.nodes["c"].inputs == {"many": ["a", "inputs.topic", "b"]}


def test_an_undone_removal_passes_over_nodes_that_are_gone_by_now() -> None:
    flow = flow_of()
    without, inverse = apply(flow, read_transaction({"changes": [{"op": "remove-node", "id": "a"}]}))
    empty = changed(without, {"op": "remove-node", "id": "b"})
    back, _ = apply(empty, inverse)
    assert list(back.nodes) == ["a"]


def test_an_undone_addition_leaves_no_reference_behind() -> None:
    flow = flow_of(nodes={"a": {}})
    added, inverse = apply(
        flow, read_transaction({"changes": [{"op": "add-node", "id": "b", "node": {"component": "c"}}]})
    )
    others = changed(added, {"op": "connect", "node": "a", "port": "x", "ref": "b"})
    back, _ = apply(others, inverse)
    assert back.nodes["a"].inputs == {}


CONNECTED: list[tuple[Json, Json]] = [
    ({"port": "x", "ref": "c"}, {"x": "c", "many": ["a.data", "inputs.topic", "a"]}),
    ({"port": "new", "ref": "inputs.topic"}, {"x": "a", "many": ["a.data", "inputs.topic", "a"], "new": "inputs.topic"}),
    ({"port": "new", "ref": "c.p", "many": True}, {"x": "a", "many": ["a.data", "inputs.topic", "a"], "new": ["c.p"]}),
    ({"port": "many", "ref": "c", "many": True}, {"x": "a", "many": ["a.data", "inputs.topic", "a", "c"]}),
    ({"port": "many", "ref": "c", "many": True, "index": 1}, {"x": "a", "many": ["a.data", "c", "inputs.topic", "a"]}),
    ({"port": "many", "ref": "a", "many": True, "index": 0}, {"x": "a", "many": ["a", "a.data", "inputs.topic", "a"]}),
    ({"port": "x", "ref": "c", "many": True}, {"x": ["a", "c"], "many": ["a.data", "inputs.topic", "a"]}),
    ({"port": "many", "ref": "c"}, {"x": "a", "many": "c"}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "inputs"), CONNECTED)
def test_connecting(change: Json, inputs: Json) -> None:
    flow = changed(flow_of(), {"op": "add-node", "id": "c", "node": {"component": "c"}})
    done = changed(flow, {"op": "connect", "node": "b", **change})
    assert done.nodes["b"].inputs == inputs
    assert list(done.nodes["b"].inputs) == list(inputs)


def test_disconnecting_takes_the_first_and_unwires_what_is_empty() -> None:
    flow = flow_of()
    done = changed(flow, {"op": "disconnect", "node": "b", "port": "many", "ref": "a"})
    assert done.nodes["b"].inputs["many"] == ["a.data", "inputs.topic"]
    done = changed(flow, {"op": "disconnect", "node": "b", "port": "x", "ref": "a"})
    assert list(done.nodes["b"].inputs) == ["many"]


def test_entries_go_where_they_are_put() -> None:
    flow = flow_of(inputs={"topic": {}, "x": {}}, outputs={"p": "a", "q": "b"})
    done = changed(
        flow,
        {"op": "add-node", "id": "first", "node": {"component": "c"}, "at": [3, 4], "index": 0},
        {"op": "set-input", "name": "zero", "input": {"type": "json"}, "index": 0},
        {"op": "set-input", "name": "x", "input": {"type": "number"}, "index": 0},
        {"op": "set-output", "name": "q", "ref": "first", "index": 0},
        {"op": "set-output", "name": "r", "ref": "a", "index": 99},
    )
    assert list(done.nodes) == ["first", "a", "b"]
    assert list(done.inputs) == ["x", "zero", "topic"]
    assert done.outputs == {"q": "first", "p": "a", "r": "a"}
    assert list(done.outputs) == ["q", "p", "r"]
    assert done.layout.nodes == {"first": (3, 4)}


def test_what_is_set_is_set() -> None:
    done = changed(
        flow_of(),
        {"op": "set-title", "node": "a", "title": "Two\nlines"},
        {"op": "set-component", "node": "a", "component": "prompt@2"},
        {"op": "set-param", "node": "a", "name": "p", "value": {"$lines": ["x", "y"]}},
        {"op": "set-param", "node": "a", "name": "q", "value": {"$secret": "KEY"}},
        {"op": "unset-param", "node": "a", "name": "nothing"},
        {"op": "set-options", "node": "a", "options": {"retries": 3, "default": {"$lines": ["d", "e"]}}},
        {"op": "set-after", "node": "b", "after": []},
        {"op": "reorder", "node": "b", "port": "many", "refs": ["a", "a.data", "inputs.topic"]},
        {"op": "set-name", "name": "N"},
        {"op": "set-description", "description": "D"},
        {"op": "set-state", "state": {"s": {"$lines": ["1", "2"]}}},
        {"op": "set-defaults", "defaults": {"model": "demo"}},
        {"op": "set-note", "id": "n", "note": {"text": "hi", "x": 1}},
        {"op": "set-frame", "id": "f", "frame": {"title": "Box"}},
        {"op": "move", "positions": {"a": [9, 9], "inputs": [0, 0], "b": None}},
    )  # fmt: skip
    assert done.nodes["a"].model_dump(exclude_defaults=True) == {
        "component": "prompt@2",
        "title": "Two\nlines",
        "params": {"p": "x\ny", "q": {"$secret": "KEY"}},
        "options": {"retries": 3, "default": "d\ne"},
    }
    assert done.nodes["b"].after == []
    assert done.nodes["b"].inputs["many"] == ["a", "a.data", "inputs.topic"]
    assert (done.name, done.description, done.state, done.defaults.model) == ("N", "D", {"s": "1\n2"}, "demo")
    assert done.layout.notes["n"].text == "hi"
    assert done.layout.frames["f"].title == "Box"
    assert done.layout.nodes == {"a": (9, 9), "inputs": (0, 0)}


NODE = {"component": "c"}
DEEP = json.loads("[" * 61 + "]" * 61)
REFUSED: list[tuple[str, Json, str]] = [
    ("id-taken", {"op": "add-node", "id": "a", "node": NODE}, "Can't add node 'a': there is already a node 'a'"),
    ("bad-id", {"op": "add-node", "id": "A b", "node": NODE}, "'A b' is no id"),
    ("bad-id", {"op": "add-node", "id": "state", "node": NODE}, "reserved"),
    ("bad-number", {"op": "add-node", "id": "n", "node": NODE, "at": [2**60, 0]}, "past 2^53"),
    ("bad-wrapped-value", {"op": "add-node", "id": "n", "node": {**NODE, "params": {"p": {"$x": 1}}}}, "nodes.n.params.p"),
    ("unknown-node", {"op": "remove-node", "id": "bb"}, "there is no node 'bb'. Did you mean 'b'?"),
    ("unknown-node", {"op": "rename-node", "id": "q", "to": "r"}, "there is no node 'q'"),
    ("id-taken", {"op": "rename-node", "id": "a", "to": "b"}, "Can't rename node 'a' to 'b'"),
    ("bad-id", {"op": "rename-node", "id": "a", "to": "1"}, "is no id"),
    ("unknown-node", {"op": "set-title", "node": "q", "title": ""}, "no node 'q'"),
    ("text-too-long", {"op": "set-title", "node": "a", "title": "x" * 65_537}, "65,537 characters"),
    ("bad-number", {"op": "set-param", "node": "a", "name": "p", "value": [float("inf")]}, "nodes.a.params.p[0] is inf"),
    ("bad-wrapped-value", {"op": "set-param", "node": "a", "name": "$p", "value": 1}, "names are those of ports"),
    ("too-deep", {"op": "set-param", "node": "a", "name": "p", "value": DEEP}, "deeper than 64"),
    ("unknown-node", {"op": "connect", "node": "q", "port": "x", "ref": "a"}, "no node 'q'"),
    ("unknown-node", {"op": "connect", "node": "b", "port": "x", "ref": "q"}, "Can't connect 'q' to 'b.x': there is no node 'q'"),
    ("unknown-input", {"op": "connect", "node": "b", "port": "x", "ref": "inputs.topik"}, "Did you mean 'topic'?"),
    ("bad-ref", {"op": "connect", "node": "b", "port": "x", "ref": "inputs"}, "inputs.name"),
    ("bad-ref", {"op": "connect", "node": "b", "port": "x", "ref": "a.b.c"}, "is no reference"),
    ("bad-id", {"op": "connect", "node": "b", "port": "x y", "ref": "a"}, "no name of a port"),
    ("cycle", {"op": "connect", "node": "a", "port": "x", "ref": "b"}, "a → b → a"),
    ("cycle", {"op": "connect", "node": "a", "port": "x", "ref": "a.data"}, "a → a"),
    ("cycle", {"op": "set-after", "node": "a", "after": ["b"]}, "it would close the cycle a → b → a"),
    ("unknown-node", {"op": "set-after", "node": "a", "after": ["q"]}, "no node 'q'"),
    ("not-connected", {"op": "disconnect", "node": "b", "port": "x", "ref": "b"}, "isn't wired there"),
    ("not-connected", {"op": "disconnect", "node": "b", "port": "y", "ref": "a"}, "isn't wired there"),
    ("stale-order", {"op": "reorder", "node": "b", "port": "many", "refs": ["a"]}, "aren't the references"),
    ("stale-order", {"op": "reorder", "node": "b", "port": "x", "refs": ["a"]}, "aren't the references"),
    ("unknown-node", {"op": "move", "positions": {"q": [0, 0]}}, "Can't move 'q'"),
    ("bad-id", {"op": "set-input", "name": "A", "input": {}}, "is no id"),
    ("unknown-input", {"op": "remove-input", "name": "topics"}, "Did you mean 'topic'?"),
    ("bad-id", {"op": "rename-input", "name": "topic", "to": "state"}, "reserved"),
    ("unknown-output", {"op": "remove-output", "name": "o"}, "no output 'o'"),
    ("unknown-node", {"op": "set-output", "name": "o", "ref": "q"}, "no node 'q'"),
    ("bad-id", {"op": "set-output", "name": "O", "ref": "a"}, "is no id"),
    ("bad-wrapped-value", {"op": "set-state", "state": {"$secret": "X"}}, "state must be an object"),
    ("bad-path", {"op": "restore", "path": ["name"], "value": "x"}, "nothing can be restored there"),
    ("bad-path", {"op": "restore", "path": ["nodes", "a", "title"], "value": "x"}, "nothing can be restored there"),
    ("bad-value", {"op": "restore", "path": ["nodes", "a", "after"], "value": 1}, "doesn't belong at nodes.a.after"),
    ("bad-value", {"op": "restore", "path": ["nodes", "n"], "value": {"component": 1}}, "doesn't belong"),
    ("id-taken", {"op": "restore", "path": ["nodes", "a"], "value": NODE}, "again"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "change", "words"),
    REFUSED,
    ids=[f"{row[1]['op']}-{row[0]}-{i}" for i, row in enumerate(REFUSED)],
)
def test_refused_with_the_change_named(code: str, change: Json, words: str) -> None:
    error = refusal(flow_of(), change)
    assert error.code == code, str(error)
    assert words in str(error)
    assert str(error).startswith("Can't ")
    assert len(str(error)) < 600


def test_a_refused_change_undoes_the_whole_transaction() -> None:
    error = refusal(
        flow_of(),
        {"op": "set-name", "name": "x"},
        {"op": "remove-node", "id": "q"},
        {"op": "set-name", "name": "y"},
    )
    assert error.index == 1
    assert "Can't remove node 'q' (change 2 of 3)" in error.message


def test_a_transaction_may_pass_through_a_cycle() -> None:
    turned = [
        {"op": "connect", "node": "a", "port": "x", "ref": "b"},
        {"op": "disconnect", "node": "b", "port": "x", "ref": "a"},
        {"op": "disconnect", "node": "b", "port": "many", "ref": "a"},
        {"op": "disconnect", "node": "b", "port": "many", "ref": "a.data"},
        {"op": "set-after", "node": "b", "after": []},
    ]
    assert changed(flow_of(), *turned).nodes["a"].inputs == {"x": "b"}
    assert refusal(flow_of(), *turned[:-1]).index == 0


def test_pasted_nodes_may_refer_to_each_other_but_not_in_a_circle() -> None:
    def paste(*wires: tuple[str, str]) -> list[Json]:
        return [
            {"op": "add-node", "id": name, "node": {**NODE, "inputs": {"x": source}}}
            for name, source in wires
        ]

    flow = flow_of(nodes={})
    assert list(changed(flow, *paste(("b", "a"), ("a", "inputs.topic"))).nodes) == ["b", "a"]
    error = refusal(flow, *paste(("a", "e"), ("b", "a"), ("c", "b"), ("d", "c"), ("e", "d"), ("f", "gone")))
    assert error.code == "cycle"
    assert "→" in error.message


def test_a_cycle_that_came_with_the_file_stops_nothing_else() -> None:
    flow = flow_of(nodes={"a": {"inputs": {"x": "b"}}, "b": {"inputs": {"x": "a"}}, "c": {}, "d": {}})
    done = changed(flow, *[{"op": "connect", "node": "d", "port": f"p{n}", "ref": "c"} for n in range(9)])
    assert len(done.nodes["d"].inputs) == 9
    changed(flow, {"op": "connect", "node": "c", "port": "x", "ref": "a"})
    changed(flow, {"op": "disconnect", "node": "a", "port": "x", "ref": "b"})
    changed(flow, {"op": "remove-node", "id": "a"})
    assert refusal(flow, {"op": "connect", "node": "a", "port": "y", "ref": "b"}).code == "cycle"


def test_what_is_not_touched_is_shared() -> None:
    flow = flow_of()
    done, _ = apply(
        flow, read_transaction({"changes": [{"op": "set-param", "node": "a", "name": "p", "value": 1}]})
    )
    assert done.nodes["b"] is flow.nodes["b"]
    assert done.inputs is flow.inputs
    assert done.layout is flow.layout
    assert flow.nodes["a"].params == {}


def test_nothing_given_to_a_transaction_is_shared_with_the_flow() -> None:
    value: Json = {"list": [1]}
    done, _ = apply(
        flow_of(),
        read_transaction({"changes": [{"op": "set-param", "node": "a", "name": "p", "value": value}]}),
    )
    value["list"].append(2)
    assert done.nodes["a"].params == {"p": {"list": [1]}}


def test_labels_say_what_undo_and_redo_would_do() -> None:
    flow = flow_of()
    done, undo = apply(
        flow,
        Transaction(
            changes=(SetTitle(node="a", title="T"),), label="Title the node", source="ann", op_id="7"
        ),
    )
    assert (undo.label, undo.source, undo.op_id) == ("Undo: Title the node", "ann", "")
    _, redo = apply(done, undo)
    assert redo.label == "Title the node"
    _, unnamed = apply(flow, Transaction(changes=(SetTitle(node="a", title="T"),)))
    assert unnamed.label == "Undo: Title node 'a'"


def test_an_empty_transaction_changes_nothing() -> None:
    flow = flow_of()
    done, inverse = apply(flow, Transaction(changes=()))
    assert done is flow
    assert inverse.changes == ()


def test_layout_only_changes_keep_the_hash_without_working_it_out_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flow = flow_of()
    known = flow.hash
    monkeypatch.delattr("weft.model.text.fingerprint")
    done, _ = apply(flow, read_transaction({"changes": [{"op": "move", "positions": {"a": [1, 1]}}]}))
    assert done.hash == known


def test_the_origin_goes_with_the_flow() -> None:
    flow = flow_of()
    flow._origin = Path("flows/x.json")
    assert changed(flow, {"op": "set-name", "name": "x"}).origin == Path("flows/x.json")
    assert flow == flow_of()


def test_a_flow_takes_no_more_nodes_than_can_be_read_back() -> None:
    full = flow_of(nodes={f"n{index}": {} for index in range(20_000)})
    assert refusal(full, {"op": "add-node", "id": "more", "node": NODE}).code == "too-many-nodes"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "must be an object"),
        ({}, "has no 'changes'"),
        ({"changes": [{"op": "conect"}]}, "changes[0].op must be the name of a change, and is 'conect'. Did you mean 'connect'?"),
        ({"changes": [{}]}, "changes[0] has no 'op'"),
        ({"changes": [7]}, "changes[0]"),
        ({"changes": [{"op": "remove-node"}]}, "has no 'id'"),
        ({"changes": [{"op": "remove-node", "id": 1}]}, "must be text, and is 1"),
        ({"changes": [{"op": "remove-node", "id": "a", "x": 1}]}, "isn't known here"),
        ({"changes": [{"op": "move", "positions": {"a": [1.5, 0]}}]}, "must be a whole number"),
        ({"changes": [{"op": "connect", "node": "a", "port": "x", "ref": "b", "index": -1}]}, "must be 0 or more"),
    ],
)  # fmt: skip
def test_what_is_no_transaction_is_refused_in_a_sentence(data: Any, words: str) -> None:
    with pytest.raises(ChangeRefused) as caught:
        read_transaction(data)
    assert words in str(caught.value)
    assert caught.value.code == "bad-transaction"


def test_a_transaction_travels_as_json() -> None:
    data = {
        "changes": [
            {"op": "add-node", "id": "n", "node": {"component": "c", "extra": 1}, "at": [1, 2], "index": 0},
            {"op": "move", "positions": {"n": [3, 4], "a": None}},
            {"op": "set-input", "name": "i", "input": {"type": "text", "default": None}},
            {"op": "set-note", "id": "n", "note": None},
            {"op": "connect", "node": "n", "port": "p", "ref": "a", "many": True},
        ],
        "label": "L",
        "op_id": "1",
    }
    assert as_json(read_transaction(data)) == data
