"""An imported graph sends what AgentKit sends for it: with a database, and without one."""

import asyncio
import json
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agentkit.environment import Theirs
from tests.agentkit.graphs import LITERAL, PIECES, Graph, texts
from tests.agentkit.ours import requests_by_node, run_passes
from tests.agentkit.test_messages import ALWAYS_THE_SAME

from weft.workspace.importing import read_foreign

DB = {"a": "tea", "b": {"c": 3, "d": "{{x}}"}, "old": ""}


@st.composite
def saved_graphs(draw: st.DrawFn) -> tuple[dict[str, Any], Any]:
    """What `generate_graph.py` saves, with any names; and the database it is evaluated with, if with one."""
    db = draw(st.none() | st.just(DB))
    names = draw(st.lists(st.text(max_size=6), min_size=1, max_size=7, unique=True))
    nodes = {name: draw(texts(PIECES if db else LITERAL)) for name in names}
    edges = {
        name: draw(st.lists(st.sampled_from(names[:index]), unique=True)) if index else []
        for index, name in enumerate(names)
    }
    order = draw(st.permutations(names))
    return {
        "nodes": {name: nodes[name] for name in order},
        "edges": {name: edges[name] for name in order},
    }, db


def as_graph(saved: dict[str, Any], db: Any) -> Graph:
    """How `generate_graph.py` builds what it has saved."""
    return {
        "db": None if db is None else json.loads(json.dumps({**db, "shorthands": {}})),
        "nodes": [{"key": key, "prompt": prompt} for key, prompt in saved["nodes"].items()],
        "edges": [
            [source, target, False] for target, sources in saved["edges"].items() for source in sources
        ],
    }


@settings(ALWAYS_THE_SAME, max_examples=100)
@given(saved_graphs())
def test_an_imported_graph_sends_the_same_messages(
    theirs: Theirs, compared: Counter[str], case: tuple[dict[str, Any], Any]
) -> None:
    saved, db = case
    graph = as_graph(saved, db)
    [there] = theirs.ask(graph)["passes"]
    flow = read_foreign(json.dumps(saved)).flow
    ids = dict(zip(saved["nodes"], flow.nodes, strict=True))
    [here] = asyncio.run(run_passes(flow, ids, graph))
    assert (there["error"], here.error) == ("", None)
    assert here.by_node() == requests_by_node(there["requests"])
    assert here.answers == there["answers"]
    compared["graphs"] += 1
    compared["passes"] += 1
    compared["requests"] += len(there["requests"])
