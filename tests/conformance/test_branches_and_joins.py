"""Ways that are taken and not taken, and where they meet again."""

from typing import Any

import pytest
from tests.conformance.cases import Case, flow, hold, item_flow, names, node, ran

from weft.engine.check import check
from weft.model import from_json
from weft.testing import ScriptedModel, stock_catalog


def branch(*cases: tuple[str, str], **ports: Any) -> Any:
    return node("branch", cases=[{"name": name, "when": when} for name, when in cases], **ports)


GRADES = (("good", "score >= 7"), ("fair", "score >= 4"))


def graded(score: str = "@inputs.score", **more: Any) -> Any:
    return {
        "way": branch(*GRADES, score=score, value="essay"),
        "praise": node("need", value="@way.good"),
        "mend": node("need", value="@way.fair"),
        "drop": node("need", value="@way.else"),
        **more,
    }


CASES = [
    Case("the_first_case_that_holds_is_taken", graded(), {"praise": "essay"}, {"score": 9}),
    Case("a_later_case_is_taken_when_the_first_does_not_hold", graded(), {"mend": "essay"}, {"score": 5}),
    Case("else_is_taken_when_none_holds", graded(), {"drop": "essay"}, {"score": 1}),
    Case(
        "what_needs_a_way_not_taken_is_skipped_and_says_why",
        graded(),
        None,
        {"score": 9},
        {"praise": "finished essay", "mend": "skipped skipped way", "drop": "skipped skipped way"},
    ),
    Case(
        "skips_go_on_to_whatever_needs_the_skipped",
        graded(end=node("need", value="@mend"), last=node("say", text="@end")),
        {"praise": "essay"},
        {"score": 9},
        {"end": "skipped skipped mend", "last": "skipped skipped end"},
    ),
    Case(
        "a_value_of_any_shape_passes_unchanged",
        {"way": branch(("yes", "true"), value={"a": [1, None, {"b": "c"}]}), "end": node("need", value="@way.yes")},
        {"end": {"a": [1, None, {"b": "c"}]}},
    ),
    Case(
        "null_is_a_value_and_goes_on",
        {"way": branch(("yes", "true"), value="@inputs.nothing"), "end": node("say", text="@way.yes")},
        {"end": None},
        {"nothing": None},
    ),
    Case(
        "a_condition_may_ask_for_the_value_itself",
        {"way": branch(("long", "len(value) > 3"), value="@inputs.text"), "end": node("need", value="@way.long")},
        {"end": "abcd"},
        {"text": "abcd"},
    ),
    Case(
        "conditions_may_have_several_names",
        {"way": branch(("more", "a > b"), a="@inputs.a", b="@inputs.b", value=1), "end": node("need", value="@way.more")},
        {"end": 1},
        {"a": 2, "b": 1},
    ),
    Case(
        "a_name_that_is_asked_about_may_be_left_empty",
        {"way": branch(("known", "exists(x) and x > 1"), value=1), "end": node("need", value="@way.else")},
        {"end": 1},
    ),
    Case(
        "a_condition_may_read_the_state",
        {"way": branch(("open", "state.door == 'open'"), value=1), "end": node("need", value="@way.open")},
        {"end": 1},
        state={"door": "open"},
    ),
    Case(
        "a_condition_that_fails_fails_the_step",
        {"way": branch(("yes", "x > 1"), x="text", value=1), "end": node("need", value="@way.yes")},
        {},
        ends={"way": "failed wrong-type", "end": "skipped failed way"},
        code="wrong-type",
    ),
    Case(
        "a_condition_that_fails_can_be_let_go",
        {
            "way": branch(("yes", "x > 1"), x="text", value=1, options={"on_error": "skip"}),
            "end": node("gather", items=["@way.yes"]),
        },
        {"end": ""},
        ends={"way": "skipped on-error"},
    ),
    Case(
        "a_join_after_a_branch_takes_what_there_is",
        graded(both=node("join", items=["@praise", "@mend", "@drop"])),
        {"both": "essay"},
        {"score": 5},
    ),
    Case(
        "a_join_of_two_branches_keeps_the_order_of_its_edges",
        {
            "one": branch(("yes", "x > 1"), x="@inputs.x", value="one"),
            "two": branch(("yes", "x > 2"), x="@inputs.x", value="two"),
            "all": node("join", items=["@two.yes", "@one.yes", "@two.else", "@one.else"]),
        },
        {"all": "one+two"},
        {"x": 2},
    ),
    Case(
        "a_join_of_nothing_is_skipped",
        {"way": branch(("a", "false"), ("b", "false"), value=1), "all": node("join", items=["@way.a", "@way.b"])},
        {},
        ends={"all": "skipped skipped way"},
    ),
    Case(
        "what_hangs_on_a_way_not_taken_alone_does_not_run_even_if_it_could",
        {"way": branch(("a", "false"), value=1), "all": node("gather", items=["@way.a"])},
        {},
        ends={"all": "skipped skipped way"},
    ),
    Case(
        "an_input_of_the_flow_is_no_other_way_to_a_node",
        {
            "way": branch(("a", "false"), value=1),
            "all": node("say", text="@inputs.x", more="@way.a"),
        },
        {},
        {"x": "on"},
        {"all": "skipped skipped way"},
    ),
    Case(
        "one_way_taken_is_enough",
        {
            "way": branch(("a", "false"), value=1),
            "all": node("gather", items=["@way.a", "@way.else"]),
        },
        {"all": "1"},
    ),
    Case(
        "after_a_node_that_was_skipped_another_runs",
        graded(then=node("say", text="on", after=["mend"])),
        {"praise": "essay", "then": "on"},
        {"score": 9},
    ),
    Case(
        "a_branch_in_a_way_not_taken_is_skipped_with_all_its_ways",
        {
            "outer": branch(("in", "x > 5"), x="@inputs.x", value="v"),
            "inner": branch(("deep", "x > 8"), x="@inputs.x", value="@outer.in"),
            "deep": node("need", value="@inner.deep"),
            "shallow": node("need", value="@inner.else"),
            "out": node("need", value="@outer.else"),
        },
        {"out": "v"},
        {"x": 1},
        {"inner": "skipped skipped outer", "deep": "skipped skipped inner", "shallow": "skipped skipped inner"},
    ),
    Case(
        "a_branch_whose_condition_says_no_is_skipped",
        {"way": branch(("yes", "true"), value=1, options={"when": "go"}, go=False), "end": node("need", value="@way.yes")},
        {},
        ends={"way": "skipped when", "end": "skipped skipped way"},
    ),
    Case(
        "a_disabled_branch_takes_no_way",
        {"way": branch(("yes", "true"), value=1, options={"disabled": True}), "end": node("gather", items=["@way.yes"])},
        {"end": ""},
    ),
    Case(
        "a_failure_on_the_way_taken_stops_the_join",
        {
            "way": branch(("yes", "true"), value="bad"),
            "try": node("fragile", value="@way.yes"),
            "all": node("join", items=["@try", "@way.else"]),
        },
        {},
        ends={"all": "skipped failed try"},
        code="broken",
    ),
    Case(
        "a_failure_let_go_leaves_the_join_the_other_way",
        {
            "way": branch(("yes", "true"), value="bad"),
            "try": node("fragile", value="@way.yes", options={"on_error": "skip"}),
            "other": node("say", text="other"),
            "all": node("join", items=["@try", "@other"]),
        },
        {"all": "other"},
    ),
    Case(
        "a_default_for_a_failure_goes_on_in_its_place",
        {
            "way": branch(("yes", "true"), value="bad"),
            "try": node("fragile", value="@way.yes", options={"on_error": "continue", "default": "well"}),
            "all": node("join", items=["@try", "@way.else"]),
        },
        {"all": "well"},
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=names)
async def test_case(case: Case) -> None:
    await hold(case)


async def test_both_ways_can_be_taken_by_the_items_of_a_map() -> None:
    inner = item_flow(
        {
            "way": branch(("even", "item % 2 == 0"), item="@inputs.item", value="@inputs.item"),
            "even": node("text", template="{{n}} even", n="@way.even"),
            "odd": node("text", template="{{n}} odd", n="@way.else"),
            "end": node("join", items=["@even", "@odd"]),
        },
        {"end": "end"},
    )
    result, _ = await ran(flow({"each": node("map", flow=inner, items=[1, 2, 3])}))
    assert result.outputs == {"each": ["1 odd", "2 even", "3 odd"]}


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        ([], "It needs a case"),
        ([{"when": "true"}], "Case 1 has no name"),
        ([{"name": "", "when": "true"}], "Case 1 has no name"),
        ([{"name": "else", "when": "true"}], "Case 1 can't be called 'else'"),
        ([{"name": "Two Words", "when": "true"}], "Case 1 can't be called 'Two Words'"),
        (
            [{"name": "a", "when": "true"}, {"name": "a", "when": "x"}],
            "Case 2 is called 'a' like one before it",
        ),
        ([{"name": "a", "when": "x >"}], "The condition of 'a' can't be read: line 1, column 4"),
        ([{"name": "a"}], "The condition of 'a' can't be read"),
        ([3], "The condition of"),
        ("yes", "it must be a list"),
    ],
)
def test_cases_that_are_none_are_told_before_the_run(cases: Any, said: str) -> None:
    problems = check(from_json(flow({"way": node("branch", cases=cases, value=1)})), stock_catalog())
    if cases == [3]:
        said = "It needs a case"
    assert any(said in problem.message for problem in problems if problem.severity == "error"), problems


def test_a_name_in_a_condition_is_a_port_that_must_be_filled() -> None:
    document = flow({"way": branch(("yes", "score > 3 and exists(note)"))})
    problems = check(from_json(document), stock_catalog())
    assert [(problem.code, problem.port) for problem in problems] == [
        ("missing-input", "value"),
        ("missing-input", "score"),
    ]


# --- chosen by a model ---

SORTED = {
    "sort": node("classify", cases=[{"name": "bill", "description": "about money"}, {"name": "bug"}], value="@inputs.text"),
    "pay": node("need", value="@sort.bill"),
    "fix": node("need", value="@sort.bug"),
    "other": node("need", value="@sort.else"),
}  # fmt: skip


async def sorted_by(*answers: str, **ports: Any) -> tuple[Any, ScriptedModel, Any]:
    model = ScriptedModel(list(answers))
    nodes = {**SORTED, "sort": {**SORTED["sort"], "params": {**SORTED["sort"]["params"], **ports}}}
    if not ports.get("allow_else", True):
        del nodes["other"]
    result, events = await ran(flow(nodes, inputs={"text": "Where is my money?"}), model=model)
    return result, model, events


@pytest.mark.parametrize(
    ("answer", "way"),
    [
        ('{"case": "bill"}', "pay"),
        ('```json\n{"case": "bug"}\n```', "fix"),
        ('I think {"case": "nothing"}, no: {"case": "bug"}', "fix"),
        ("bill", "pay"),
        (' "Bug". ', "fix"),
        ('{"case": "else"}', "other"),
    ],
)
async def test_a_model_picks_the_way(answer: str, way: str) -> None:
    result, model, _ = await sorted_by(answer)
    assert result.outputs == {way: "Where is my money?"}
    assert len(model.requests) == 1
    asked = model.requests[0][-1]["content"]
    for part in ("Where is my money?", "- bill: about money", "- bug\n", "- else: none of the others fits"):
        assert part in asked


async def test_a_bad_answer_is_asked_for_again_and_every_call_recorded() -> None:
    result, model, events = await sorted_by("Hm.", '{"case": "money"}', '{"case": "bill"}')
    assert result.outputs == {"pay": "Where is my money?"}
    assert result.usage["calls"] == 3
    assert [message["content"] for message in model.requests[2][2:]] == [
        '{"case": "money"}',
        'That is none of the cases. Answer with JSON alone: {"case": ...}, one of bill, bug, else.',
    ]
    (calls,) = (
        event.data["calls"] for event in events if event.kind == "step-finished" and event.path == "sort"
    )
    assert len(calls) == 3


async def test_after_three_bad_answers_the_step_fails() -> None:
    result, model, _ = await sorted_by("Hm.", "Hm?", "Hm!")
    assert result.error is not None
    assert (result.error["code"], len(model.requests)) == ("invalid-answer", 3)
    assert "named none of bill, bug, else" in result.error["message"]


async def test_else_is_no_answer_where_it_is_forbidden() -> None:
    result, model, _ = await sorted_by('{"case": "else"}', '{"case": "bug"}', allow_else=False)
    assert result.outputs == {"fix": "Where is my money?"}
    assert "else" not in model.requests[0][-1]["content"]


def test_a_case_for_the_model_needs_a_name_of_its_own() -> None:
    cases = [{"name": "a"}, {"name": "a"}, {"description": "x"}]
    (problem,) = check(from_json(flow({"sort": node("classify", cases=cases, value="x")})), stock_catalog())
    assert problem.code == "bad-param"
    assert problem.message == "'sort': Case 2 is called 'a' like one before it. Case 3 has no name."
