"""What AgentKit does, case by case, each seen in the library and in Weft: the messages as they are on both sides."""

from typing import Any

import pytest
from tests.agentkit.build import assistant, both, check, graph, node, system, user
from tests.agentkit.environment import Theirs
from tests.agentkit.graphs import Graph

Messages = list[dict[str, str]]

WRONG = {"role": "user", "content": "Error: No json objects found"}

CASES: dict[str, tuple[Graph, dict[str, list[Messages]]]] = {
    "a_node_alone_is_the_default_system_text_and_its_prompt": (
        graph("a"),
        {"a": [[system(), user("Ask a.")]]},
    ),
    "a_system_text_of_its_own_takes_the_place_of_the_default": (
        graph(node("a", system="Be {{brief}}, $db.x$.")),
        {"a": [[system("Be {{brief}}, $db.x$."), user("Ask a.")]]},
    ),
    "an_empty_system_text_is_sent_empty": (
        graph(node("a", system="")),
        {"a": [[system(""), user("Ask a.")]]},
    ),
    "dependencies_come_in_the_order_of_their_edges": (
        graph("a", "b", "c", edges="b>c a>c", answers={"a": ["A"], "b": ["B"]}),
        {"c": [[system(), user("Ask b."), assistant("B"), user("Ask a."), assistant("A"), user("Ask c.")]]},
    ),
    "a_prepended_edge_goes_first": (
        graph("a", "b", "c", edges="a>c b>>c", answers={"a": ["A"], "b": ["B"]}),
        {"c": [[system(), user("Ask b."), assistant("B"), user("Ask a."), assistant("A"), user("Ask c.")]]},
    ),
    "only_direct_dependencies_are_shown": (
        graph("a", "b", "c", edges="a>b b>c", answers={"a": ["A"], "b": ["B"]}),
        {"c": [[system(), user("Ask b."), assistant("B"), user("Ask c.")]]},
    ),
    "an_order_shows_nothing": (
        graph("a", "b", orders=[["a", "b"]]),
        {"b": [[system(), user("Ask b.")]]},
    ),
    "a_dependency_with_a_shorthand_is_one_system_message": (
        graph("a", "b", edges="a>b", answers={"a": ["A"]}, db={"shorthands": {"a": "What $db.x$ {{is}}"}}),
        {"b": [[system(), system("What $db.x$ {{is}}:\n\nA"), user("Ask b.")]]},
    ),
    "a_placeholder_is_filled_and_shown_filled_to_others": (
        graph(node("a", "Of $db.x.y$ and $db.x.y$."), "b", edges="a>b", answers={"a": ["A"]}, db={"x": {"y": "tea"}}),
        {"b": [[system(), user("Of tea and tea."), assistant("A"), user("Ask b.")]]},
    ),
    "what_is_missing_in_the_database_reads_None": (
        graph(node("a", "$db.x$, $db.y.z$, $db.n$."), db={"y": {}, "n": None}),
        {"a": [[system(), user("None, None, None.")]]},
    ),
    "a_placeholder_that_isnt_closed_or_goes_over_a_line_is_text": (
        graph(node("a", "$db.x and\n$db.\nx$ {$db.x\n$}"), db={"x": 1}),
        {"a": [[system(), user("$db.x and\n$db.\nx$ {$db.x\n$}")]]},
    ),
    "numbers_and_texts_read_as_they_are": (
        graph(node("a", "$db.x$ $db.y$ $db.z$$db.e$"), db={"x": 3, "y": -2.5, "z": "a b", "e": ""}),
        {"a": [[system(), user("3 -2.5 a b")]]},
    ),
    "answers_are_shown_as_they_came_with_space_around": (
        graph("a", "b", edges="a>b", answers={"a": ["  A\n\n"]}),
        {"b": [[system(), user("Ask a."), assistant("  A\n\n"), user("Ask b.")]]},
    ),
    "a_wrong_answer_is_asked_for_again_with_that_answer_alone": (
        graph(node("a", check=check("x")), answers={"a": ["one", "{}", '{"x": 1}']}),
        {"a": [
            [system(), user("Ask a.")],
            [system(), user("Ask a."), assistant("one"), WRONG],
            [system(), user("Ask a."), assistant("{}"), user("Expecting 'x' in the keys.")],
        ]},
    ),
    "the_correction_is_not_shown_to_others": (
        graph(node("a", check=check()), "b", edges="a>b", answers={"a": ["one", " {} "]}),
        {"b": [[system(), user("Ask a."), assistant(" {} "), user("Ask b.")]]},
    ),
    "after_three_wrong_answers_others_see_NA": (
        graph(node("a", check=check()), "b", edges="a>b", answers={"a": ["one", "two", "three", "four"]}),
        {"a": [
            [system(), user("Ask a.")],
            [system(), user("Ask a."), assistant("one"), WRONG],
            [system(), user("Ask a."), assistant("two"), WRONG],
        ],
         "b": [[system(), user("Ask a."), assistant("N/A"), user("Ask b.")]]},
    ),
    "the_length_is_checked_before_the_keys_and_the_first_missing_key_told": (
        graph(node("a", check=check("x", "y", length=2)), answers={"a": ["{}", '{"y": 1, "z": 1}', '{"x": 1, "y": 1}']}),
        {"a": [
            [system(), user("Ask a.")],
            [system(), user("Ask a."), assistant("{}"), user("Expecting length 2, got 0 instead.")],
            [system(), user("Ask a."), assistant('{"y": 1, "z": 1}'), user("Expecting 'x' in the keys.")],
        ]},
    ),
    "another_type_is_told_by_its_name_in_python": (
        graph(node("a", check=check(kind="list")), answers={"a": ["{}", "```json\n5```", "[]"]}),
        {"a": [
            [system(), user("Ask a.")],
            [system(), user("Ask a."), assistant("{}"), user("Invalid Type: Expecting the last Json object to be <class 'list'>, got <class 'dict'> instead.")],
            [system(), user("Ask a."), assistant("```json\n5```"), user("Invalid Type: Expecting the last Json object to be <class 'list'>, got <class 'int'> instead.")],
        ]},
    ),
    "null_in_a_block_is_no_answer": (
        graph(node("a", check=check()), answers={"a": ["```json\nnull\n```", "{}"]}),
        {"a": [
            [system(), user("Ask a.")],
            [system(), user("Ask a."), assistant("```json\nnull\n```"), user("Invalid Json: It seems that the last Json object in the output above is invalid.")],
        ]},
    ),
    "the_first_block_counts_else_the_last_object": (
        graph(
            node("a", check=check("x", save={"a": "x"})), node("b", check=check("x", save={"b": "x"})), node("c", "$db.a$ $db.b$"),
            edges="a>c b>c",
            answers={"a": ['```json\n{"x": 1}\n``` {"x": 2} ```json\n{"x": 3}\n```'], "b": ['{"x": 1} {"x": 2}'], "c": ["C"]},
            db={"shorthands": {"a": "A", "b": "B"}},
        ),
        {"c": [[system(), system('A:\n\n```json\n{"x": 1}\n``` {"x": 2} ```json\n{"x": 3}\n```'), system('B:\n\n{"x": 1} {"x": 2}'), user("1 2")]]},
    ),
    "an_answer_that_was_taken_goes_into_the_database": (
        graph(node("a", check=check("x", save={"p.q": "x"})), node("b", "Now $db.p.q$."), edges="a>b", answers={"a": ['{"x": "new"}']}, db={"p": {"q": "old"}}),
        {"b": [[system(), user("Ask a."), assistant('{"x": "new"}'), user("Now new.")]]},
    ),
    "after_NA_the_database_is_as_it_was": (
        graph(node("a", check=check("x", save={"p": "x"})), node("b", "Now $db.p$."), edges="a>b", answers={"a": ["{}", "{}", "{}"]}, db={"p": "old"}),
        {"b": [[system(), user("Ask a."), assistant("N/A"), user("Now old.")]]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_agentkit_and_weft_send_these_messages(theirs: Theirs, name: str) -> None:
    given, expected = CASES[name]
    [there], [here] = both(theirs, given)
    assert (there["error"], here.error) == ("", None)
    asked: dict[str, list[Messages]] = {}
    for key, messages in there["requests"]:
        asked.setdefault(key, []).append(messages)
    assert {key: asked[key] for key in expected} == expected
    assert here.by_node() == asked
    assert (here.answers, here.state) == (there["answers"], there["db"])


PLAIN: dict[str, tuple[Graph, Messages]] = {
    "without_a_database_placeholders_are_text": (
        graph(node("a", "In $db.x$ {{y}}.")) | {"db": None},
        [system(), user("In $db.x$ {{y}}.")],
    ),
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_node_sends_its_prompt_as_it_is(theirs: Theirs, name: str) -> None:
    given, expected = PLAIN[name]
    [there], [here] = both(theirs, given)
    assert there["requests"] == [["a", expected]]
    assert here.requests == [("a", expected)]


def test_in_a_chain_the_order_of_all_requests_is_the_same(theirs: Theirs) -> None:
    names = [f"n{index}" for index in range(12)]
    orders = [[one, other] for one, other in zip(names[::-1], names[-2::-1], strict=False)]
    given = graph(*names, orders=orders, edges="n11>n10 n9>n7 n7>n0")
    given["orders"] = [pair for pair in orders if pair != ["n11", "n10"]]
    [there], [here] = both(theirs, given)
    assert [tuple(one) for one in there["requests"]] == here.requests
    assert [key for key, _ in here.requests] == names[::-1]


def test_over_passes_the_database_and_the_answers_live_on(theirs: Theirs) -> None:
    decides = node(
        "a",
        "Pass $db.pass$, $db.p$.",
        check=check("x", save={"p": "x"}, acts=[{"flag": "skip", "skip": ["b"]}]),
    )
    given = graph(
        decides, "b", "c", edges="a>b b>c", passes=3, db={"p": "old"},
        answers={"a": ['{"x": 1}', '{"x": 2, "skip": true}', '{"x": 3}'], "b": ["B0", "B2"]},
    )  # fmt: skip
    there, here = both(theirs, given)
    shown: list[Any] = [dict(one["requests"])["c"][2] for one in there]
    assert shown == [assistant("B0"), assistant("B0"), assistant("B2")]
    for one, other in zip(there, here, strict=True):
        assert [tuple(request) for request in one["requests"]] == other.requests
        assert (one["answers"], one["db"]) == (other.answers, other.state)
    assert [dict(one["requests"])["a"][1]["content"] for one in there] == [
        "Pass 0, old.",
        "Pass 1, 1.",
        "Pass 2, 2.",
    ]
