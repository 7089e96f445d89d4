"""What we do otherwise than AgentKit, and mean to: each difference seen on both sides."""

import asyncio
import json
from typing import Any

import pytest
from tests.agentkit.as_flow import flow_of
from tests.agentkit.build import both, check, graph, node, user
from tests.agentkit.environment import Theirs
from tests.agentkit.ours import passes_of, run_passes
from tests.agentkit.test_answers import read

from weft.model.errors import FlowHasProblems
from weft.testing import ScriptedModel, run_flow

OBJECT = check("a")


@pytest.mark.parametrize(
    "answer",
    [
        '{"a": "}"}',
        '{"a": "[see {note"}',
        'Use [this. {"a": 1}',
        '{"a": 1} as in [1].',
        '```json\nnot yet\n``` but {"a": 1}',
        '```json\n[]\n```\n```json\n{"a": 1}\n```',
    ],
)
async def test_an_answer_that_holds_what_was_asked_for_is_not_asked_for_again(
    theirs: Theirs, answer: str
) -> None:
    assert theirs.ask({"answer": answer, **OBJECT})["told"] != ""
    value, told = await read(answer, OBJECT)
    assert (list(value), told) == (["a"], "")


async def test_a_bracket_in_a_text_does_not_break_an_object_into_pieces(theirs: Theirs) -> None:
    answer = '{"b": "}", "c": {"a": 1}}'
    assert theirs.ask({"answer": answer, **check()})["value"] == {"a": 1}
    assert await read(answer, check()) == ({"b": "}", "c": {"a": 1}}, "")


async def test_nan_is_no_json(theirs: Theirs) -> None:
    assert theirs.ask({"answer": '{"a": NaN}', **OBJECT})["told"] == ""
    assert await read('{"a": NaN}', OBJECT) == (None, "Error: No json objects found")


async def test_the_model_is_told_what_is_wrong_without_our_traceback(theirs: Theirs) -> None:
    answer = "```json\n{1}\n```"
    there = theirs.ask({"answer": answer, **OBJECT})["told"]
    _, here = await read(answer, OBJECT)
    assert here == "Error: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
    assert there.startswith(here + "\nTraceback: Traceback (most recent call last):")


def test_an_empty_answer_is_a_failed_call_and_tried_again(theirs: Theirs) -> None:
    [there], [here] = both(theirs, graph("a", answers={"a": ["", "A"]}))
    assert (there["answers"], len(there["requests"])) == ({"a": ""}, 1)
    assert (here.answers, len(here.requests)) == ({"a": "A"}, 2)
    assert here.requests[0] == here.requests[1]


def test_what_is_no_text_reads_as_json_and_not_as_python(theirs: Theirs) -> None:
    given = graph(node("a", "$db.x$ $db.y$ $db.z$"), db={"x": {"k": None}, "y": ["a"], "z": True})
    [there], [here] = both(theirs, given)
    assert there["requests"][0][1][1] == user("{'k': None} ['a'] True")
    assert here.requests[0][1][1] == user('{"k": null} ["a"] true')


def test_the_text_None_is_a_text_like_any_other(theirs: Theirs) -> None:
    [there], [here] = both(theirs, graph(node("a", "$db.x$"), db={"x": "None"}))
    assert there["requests"][0][1][1] == user("'NA'")
    assert here.requests[0][1][1] == user("None")


def test_what_was_inserted_is_not_read_again(theirs: Theirs) -> None:
    given = graph(node("a", "$db.x$ $db.y$"), db={"x": "$db.y$", "y": "secret"})
    [there], [here] = both(theirs, given)
    assert there["requests"][0][1][1] == user("secret secret")
    assert here.requests[0][1][1] == user("$db.y$ secret")


def test_a_path_goes_into_lists_and_ends_at_a_text(theirs: Theirs) -> None:
    [there], [here] = both(theirs, graph(node("a", "$db.x.0$"), db={"x": ["first"]}))
    assert there["requests"][0][1][1] == user("None")
    assert here.requests[0][1][1] == user("first")
    [there], [here] = both(theirs, graph(node("a", "$db.x.ea$"), db={"x": "tea"}))
    assert there["error"].startswith("TypeError")
    assert here.requests[0][1][1] == user("None")


def test_an_empty_shorthand_is_none(theirs: Theirs) -> None:
    given = graph("a", "b", edges="a>b", answers={"a": ["A"]}, db={"shorthands": {"a": ""}})
    [there], [here] = both(theirs, given)
    assert [one["content"] for one in dict(there["requests"])["b"][1:]] == [":\n\nA", "Ask b."]
    assert [one["content"] for one in dict(here.requests)["b"][1:]] == ["Ask a.", "A", "Ask b."]


def test_nodes_that_wait_for_each_other_are_refused_before_the_run(theirs: Theirs) -> None:
    given = graph("a", "b", "c", edges="b>c c>b a>c")
    [there] = theirs.ask(given)["passes"]
    assert (list(there["answers"]), there["error"]) == (["a"], "")
    with pytest.raises(FlowHasProblems, match="wait for each other"):
        passes_of(given)


def test_an_edge_twice_is_the_dependency_shown_twice(theirs: Theirs) -> None:
    given = graph("a", "b", edges="a>b a>b", answers={"a": ["A"]})
    assert theirs.ask(given)["error"].startswith("AssertionError: Edge (('a', 'b')) already exists")
    [here] = passes_of(given)
    assert [one["content"] for one in dict(here.requests)["b"][1:]] == [
        "Ask a.",
        "A",
        "Ask a.",
        "A",
        "Ask b.",
    ]


def test_who_reads_the_state_is_ordered_with_who_writes_it_or_the_flow_refused(theirs: Theirs) -> None:
    given = graph(
        node("a", check=check("x", save={"a": "x"})), node("b", "$db.a$"), answers={"a": ['{"x": 1}']}
    )
    [there] = theirs.ask(given)["passes"]
    assert dict(there["requests"])["b"][1] == user("1")
    with pytest.raises(FlowHasProblems, match="nothing says which comes first"):
        passes_of(given)


def test_one_node_that_fails_leaves_the_others_and_their_answers(theirs: Theirs) -> None:
    broken = check(kind="list", save={"a": "0"})
    given = graph(node("a", check=broken), "b", "c", edges="a>c", answers={"a": ["[]"]})
    [there], [here] = both(theirs, given)
    assert (there["error"], there["answers"]) == ("IndexError: list index out of range", {})
    assert here.error is not None
    assert (here.error["code"], list(here.answers)) == ("missing-value", ["b"])


def test_a_node_to_be_skipped_without_an_earlier_answer_is_left_out(theirs: Theirs) -> None:
    skips = check(acts=[{"flag": "skip", "skip": ["b"]}])
    given = graph(node("a", check=skips), "b", "c", edges="a>b b>c", answers={"a": ['{"skip": true}']})
    [there], [here] = both(theirs, given)
    assert there["error"] == "AssertionError: Attempting to skip a node (b) that has never been evaluated"
    assert (here.error, [key for key, _ in here.requests]) == (None, ["a", "c"])


def test_a_decision_that_is_kept_is_still_decided(theirs: Theirs) -> None:
    """A skipped node of AgentKit doesn't act again; ours gives the same answer, and what hangs on it follows."""
    first = node("a", "Pass $db.pass$.", check=check(acts=[{"flag": "skip", "skip": ["b"]}]))
    second = node("b", check=check(acts=[{"flag": "skip", "skip": ["c"]}]))
    raised, lowered = json.dumps({"skip": True}), json.dumps({"skip": False})
    given = graph(
        first, second, "c", edges="a>b b>c", passes=3,
        answers={"a": [lowered, lowered, raised], "b": [lowered, raised]},
    )  # fmt: skip
    there, here = both(theirs, given)
    asked: list[Any] = [[key for key, _ in one["requests"]] for one in there]
    assert asked == [["a", "b", "c"], ["a", "b"], ["a", "c"]]
    assert [[key for key, _ in one.requests] for one in here] == [["a", "b", "c"], ["a", "b"], ["a"]]


CUTS = check(acts=[{"flag": "cut", "cut": [["x", "y"]]}])
CUT, KEPT = '{"cut": true}', '{"cut": false}'


def ways(**nodes: dict[str, Any]) -> dict[str, Any]:
    """`r` decides whether the answer of `x` goes on to whoever takes `way.else`."""
    prompts = {
        key: {"component": "prompt", "params": {"prompt": f"Ask {key}."}, **more}
        for key, more in nodes.items()
    }
    cut = "(exists(says.cut) and says.cut == true) if exists(says) else false"
    return {
        "format": 1,
        "nodes": {
            "r": {
                "component": "prompt",
                "params": {"prompt": "Ask r.", "output": "json", "on_invalid": "na"},
            },
            "x": {"component": "prompt", "params": {"prompt": "Ask x."}, "after": ["r"]},
            "way": {
                "component": "branch",
                "params": {"cases": [{"name": "cut", "when": cut}]},
                "inputs": {"value": "x.messages", "says": "r.data"},
            },
            **prompts,
        },
    }


async def asked(flow: dict[str, Any]) -> set[str]:
    model = ScriptedModel({"Ask r.": CUT, "*": "fine"})
    result = await run_flow(flow, model=model)
    assert result.status == "succeeded", result.error
    return {request[-1]["content"] for request in model.requests}


async def test_a_prompt_behind_nothing_but_a_cut_edge_is_asked_by_neither(theirs: Theirs) -> None:
    """What the next cases start from, and no difference: with us a way of `branch` isn't taken."""
    given = graph(node("r", check=CUTS), "x", "y", edges="x>y", orders=[["r", "x"]], answers={"r": [CUT]})
    [there] = theirs.ask(given)["passes"]
    assert (list(there["answers"]), there["error"]) == (["r", "x"], "")
    assert await asked(ways(y={"inputs": {"context": ["way.else"]}})) == {"Ask r.", "Ask x."}


async def test_a_join_behind_a_way_not_taken_runs_with_what_is_left(theirs: Theirs) -> None:
    given = graph(
        node("r", check=CUTS), "x", "y", "z", edges="x>y y>z r>z", orders=[["r", "x"]], answers={"r": [CUT]}
    )
    [there] = theirs.ask(given)["passes"]
    assert (list(there["answers"]), there["error"]) == (["r", "x"], "")
    only = {"inputs": {"context": ["way.else"]}}
    assert "Ask z." in await asked(ways(y=only, z={"inputs": {"context": ["y", "r"]}}))


async def test_who_only_waits_for_a_node_that_is_left_out_runs(theirs: Theirs) -> None:
    given = graph(
        node("r", check=CUTS),
        "x",
        "y",
        "z",
        edges="x>y",
        orders=[["r", "x"], ["y", "z"]],
        answers={"r": [CUT]},
    )
    [there] = theirs.ask(given)["passes"]
    assert (list(there["answers"]), there["error"]) == (["r", "x"], "")
    only = {"inputs": {"context": ["way.else"], "way": "way.else"}, "options": {"when": "exists(way)"}}
    assert "Ask z." in await asked(ways(y=only, z={"after": ["y"]}))


def test_an_edge_that_was_cut_comes_back_to_its_place(theirs: Theirs) -> None:
    given = graph(
        node("r", "Pass $db.pass$.", check=CUTS), "x", "w", "y", edges="x>y w>y", orders=[["r", "x"], ["r", "y"]],
        passes=3, answers={"r": [KEPT, CUT, KEPT], "x": ["X"] * 3, "w": ["W"] * 3},
    )  # fmt: skip
    there, here = both(theirs, given)

    def shown(requests: Any) -> str:
        return "".join(one["content"] for one in dict(requests)["y"] if one["role"] == "assistant")

    assert [shown(one["requests"]) for one in there] == ["XW", "W", "WX"]
    assert [shown(one.requests) for one in here] == ["XW", "W", "XW"]


def test_an_added_node_that_depends_on_nothing_runs(theirs: Theirs) -> None:
    grows = check(acts=[{"flag": "grow", "grow": {"nodes": [node("n")], "edges": [["n", "y", False]]}}])
    given = graph(node("r", check=grows), "y", edges="r>y", answers={"r": ['{"grow": true}']})
    [there], [here] = both(theirs, given)
    assert (list(there["answers"]), there["error"]) == (["r"], "")
    assert (sorted(here.answers), here.error) == (["n", "r", "y"], None)


def grows(edges: list[Any], *added: str) -> dict[str, Any]:
    grow = {"nodes": [node(key) for key in added], "edges": edges}
    return node("r", check=check(acts=[{"flag": "grow", "grow": grow}]))


GROW = '{"grow": true}'


def test_added_edges_that_go_first_stay_in_the_order_they_are_written(theirs: Theirs) -> None:
    """So the same two edges, written the other way round, are what AgentKit makes of them."""
    decides = grows([["a", "y", True], ["b", "y", True]])
    given = graph(decides, "a", "b", "y", edges="r>y", answers={"r": [GROW], "a": ["A"], "b": ["B"]})
    [there], [here] = both(theirs, given, growing=True)
    shown = [one["content"] for one in dict(there["requests"])["y"] if one["role"] == "assistant"]
    assert shown == ["B", "A", GROW]
    assert dict(here.requests)["y"] == dict(there["requests"])["y"]
    flow, _ = flow_of(given, growing=True)
    [act] = flow.nodes["act_n0"].params["acts"]
    assert [edge["from"] for edge in act["edges"]] == ["n2", "n1"]


def test_an_edge_into_a_node_that_was_evaluated_fails_who_asks_and_nobody_else(theirs: Theirs) -> None:
    given = graph(
        "y", "z", grows([["z", "y", False]]), edges="y>z", orders=[["y", "r"]], answers={"r": [GROW]}
    )
    flow, ids = flow_of(given, growing=True)
    late = flow.nodes["n0"].model_copy(update={"after": []})
    flow = flow.model_copy(update={"nodes": {**flow.nodes, "n0": late}})
    [there] = theirs.ask(given)["passes"]
    [here] = asyncio.run(run_passes(flow, ids, given))
    assert there["error"] == "AssertionError: Cannot add edge to a node (y) that has already been evaluated"
    assert there["answers"] == {}
    assert here.error is not None
    assert (here.error["code"], here.error["node"], set(here.answers)) == (
        "bad-expansion",
        "act_n2",
        set("ryz"),
    )


def test_added_edges_in_a_circle_are_refused(theirs: Theirs) -> None:
    given = graph(grows([["z", "y", False]]), "y", "z", "w", edges="r>y y>z r>w", answers={"r": [GROW]})
    [there], [here] = both(theirs, given, growing=True)
    assert (sorted(there["answers"]), there["error"]) == (["r", "w"], "")
    assert here.error is not None
    assert here.error["code"] == "bad-expansion"
    assert "wait for each other" in here.error["message"]
    assert "w" in here.answers
