"""Which models a run would ask: the same choice as running makes, told beforehand."""

from typing import Any

import pytest

from weft.model import from_json
from weft.workspace import Workspace
from weft.workspace.foreseeing.answering import Answering, answering


def ask(**node: Any) -> dict[str, Any]:
    return {"component": "prompt", "params": {"prompt": "Q"}, **node}


def told(home: Workspace, document: dict[str, Any], model: str | None = None) -> list[Answering]:
    return answering(home, from_json({"format": 1, **document}), model)


def test_a_flow_that_asks_nobody(home: Workspace):
    assert told(home, {"nodes": {"a": {"component": "text"}, "b": {"component": "unknown"}}}) == []


@pytest.mark.parametrize(
    ("params", "run", "defaults", "expected"),
    [
        ({"model": "openai:own"}, "openai:run", {"model": "openai:flow"}, Answering("openai:own", "node")),
        ({}, "openai:run", {"model": "openai:flow"}, Answering("openai:run", "run")),
        ({}, None, {"model": "openai:flow"}, Answering("openai:flow", "flow")),
        ({}, None, {}, Answering("demo", "workspace")),
    ],
)
def test_the_nearest_choice(home: Workspace, params, run, defaults, expected: Answering):
    document = {
        "defaults": defaults,
        "nodes": {"a": ask(params={"prompt": "Q", **params}), "b": ask(params={"prompt": "R", **params})},
    }
    assert told(home, document, run) == [expected]


def test_a_disabled_node_asks_nobody(home: Workspace):
    assert told(home, {"nodes": {"a": ask(options={"disabled": True})}}) == []


def test_flows_inside_count_by_name_or_inline_and_a_flow_inside_itself_ends(home: Workspace, flow_file):
    flow_file(
        "sub",
        defaults={"model": "openai:sub"},
        nodes={"a": ask(), "again": {"component": "subtask", "params": {"flow": "sub"}}},
    )
    inline = {"format": 1, "nodes": {"a": ask(params={"prompt": "Q", "model": "openai:inline"})}}
    document = {
        "nodes": {
            "one": {"component": "subtask", "params": {"flow": "sub"}},
            "two": {"component": "subtask", "params": {"flow": inline}},
            "three": {"component": "subtask", "params": {"flow": "nowhere"}},
        }
    }
    assert [one.model for one in told(home, document)] == ["openai:sub", "openai:inline"]


def test_demo_is_no_real_model():
    assert not Answering("demo", "run").real
    assert Answering("openai:x", "run").real
