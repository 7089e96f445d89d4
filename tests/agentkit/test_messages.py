"""The same messages as AgentKit: random graphs, evaluated by the library itself and run by Weft."""

import json
from collections import Counter

from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from tests.agentkit.environment import Theirs
from tests.agentkit.graphs import Graph, graphs, graphs_that_cut, graphs_that_grow, graphs_that_skip
from tests.agentkit.ours import passes_of, requests_by_node

ALWAYS_THE_SAME = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


def compare(theirs: Theirs, graph: Graph, compared: Counter[str], *, growing: bool = False) -> None:
    """Every request of every node, its answer, and the database, pass by pass."""
    told = theirs.ask(graph)
    assert told["error"] == ""
    ours = passes_of(graph, growing=growing)
    note(json.dumps(graph, ensure_ascii=False))
    assert len(told["passes"]) == len(ours)
    compared["graphs"] += 1
    for there, here in zip(told["passes"], ours, strict=True):
        assert there["error"] == ""
        assert here.error is None
        assert here.by_node() == requests_by_node(there["requests"])
        assert here.answers == there["answers"]
        assert here.state == there["db"]
        compared["passes"] += 1
        compared["requests"] += len(there["requests"])
        compared["answers kept"] += len(here.answers) - len(here.by_node())
        known = {node["key"] for node in graph["nodes"]}
        compared["nodes left out"] += len(known - set(here.answers))
        compared["nodes added" + " while running" * growing] += len(set(here.answers) - known)
        compared["growths"] += here.growths
        compared["asked again"] += len(there["requests"]) - len(here.by_node())
        compared["answers N/A"] += list(there["answers"].values()).count("N/A")


@settings(ALWAYS_THE_SAME, max_examples=260)
@given(graph=graphs())
def test_every_request_of_every_node_is_the_same(
    theirs: Theirs, compared: Counter[str], graph: Graph
) -> None:
    compare(theirs, graph, compared)


@settings(ALWAYS_THE_SAME, max_examples=80)
@given(graph=graphs_that_skip())
def test_over_several_passes_skipped_nodes_keep_their_answers(
    theirs: Theirs, compared: Counter[str], graph: Graph
) -> None:
    compare(theirs, graph, compared)


@settings(ALWAYS_THE_SAME, max_examples=80)
@given(graph=graphs_that_cut(), growing=st.booleans())
def test_edges_that_an_answer_cuts_are_gone_for_that_pass(
    theirs: Theirs, compared: Counter[str], graph: Graph, growing: bool
) -> None:
    compare(theirs, graph, compared, growing=growing)


@settings(ALWAYS_THE_SAME, max_examples=80)
@given(graph=graphs_that_grow(), growing=st.booleans())
def test_nodes_and_edges_that_an_answer_adds_are_there_for_that_pass(
    theirs: Theirs, compared: Counter[str], graph: Graph, growing: bool
) -> None:
    compare(theirs, graph, compared, growing=growing)
