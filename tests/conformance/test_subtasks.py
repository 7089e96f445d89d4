"""A flow as one step: what is its own, what passes in and out, and failures inside it."""

from typing import Any

import pytest
from tests.conformance.cases import SMALL, Case, Doors, Json, flow, hold, names, node, ran
from tests.engine.build import ends

from weft.engine import start
from weft.engine.check import check
from weft.model import FlowHasProblems, from_json
from weft.model.edits import apply
from weft.testing import services, stock_catalog

GREET = flow({"hi": node("say", text="hi ", more="@inputs.name")}, {"greeting": "hi"}, {"name": None})
WAYS = flow(
    {"way": node("branch", cases=[{"name": "yes", "when": "go"}], go="@inputs.go", value="v"), "end": node("need", value="@way.yes")},
    {"end": "end", "no": "way.else"},
    {"go": None},
)  # fmt: skip
COUNTING = flow({"a": node("tally"), "b": node("tally", after=["a"])}, {"n": "b"}, state={"count": 5})


def sub(inner: Any, **ports: Any) -> Json:
    return node("subtask", flow=inner, **ports)


def nested(depth: int, inner: Json = GREET) -> Json:
    """The flow inside so many others."""
    for _ in range(depth):
        inner = flow({"in": sub(inner, name="@inputs.name")}, {"greeting": "in"}, {"name": None})
    return inner


CASES = [
    Case("its_inputs_and_outputs_are_the_ports", {"s": sub(GREET, name="you"), "end": node("need", value="@s.greeting")}, {"end": "hi you"}),
    Case("an_output_not_taken_inside_is_not_taken_outside", {"s": sub(WAYS, go=False), "yes": node("need", value="@s.end"), "no": node("need", value="@s.no")}, {"no": "v"}, ends={"s/end": "skipped skipped way", "yes": "skipped skipped s"}),
    Case("the_same_subtask_twice_at_once", {"s": sub(GREET, name="a"), "t": sub(GREET, name="b")}, {"s": "hi a", "t": "hi b"}, ends={"s/hi": "finished hi a", "t/hi": "finished hi b"}),
    Case("its_state_is_its_own_and_new_each_time", {"mine": node("tally"), "s": sub(COUNTING), "t": sub(COUNTING, after=["s"])}, {"mine": 101, "s": 7, "t": 7}, state={"count": 100}),
    Case("subtasks_nest", {"s": sub(nested(3), name="you")}, {"s": "hi you"}, ends={"s/in/in/in/hi": "finished hi you"}),
    Case("a_failure_inside_fails_the_step_and_says_where", {"s": sub(nested(1, flow({"try": node("fragile", value="@inputs.name")}, {"greeting": "try"}, {"name": None})), name="bad"), "end": node("need", value="@s")}, {}, ends={"s/in/try": "failed broken", "s/in": "failed broken", "s": "failed broken", "end": "skipped failed s"}, code="broken"),
    Case("a_failure_let_go_inside_fails_nothing", {"s": sub(flow({"try": node("fragile", value="bad", options={"on_error": "skip"}), "end": node("gather", items=["@try"])}, {"end": "end"}))}, {"s": ""}),
    Case("a_failed_subtask_can_be_let_go", {"s": sub(flow({"try": node("fragile", value="bad")}), options={"on_error": "skip"}), "end": node("gather", items=["@s"])}, {"end": ""}),
    Case("a_failed_subtask_can_go_on_with_a_default", {"s": sub(flow({"try": node("fragile", value="bad")}), options={"on_error": "continue", "default": "well"}), "end": node("need", value="@s")}, {"end": "well"}),
    Case("other_branches_go_on_beside_a_failed_subtask", {"s": sub(flow({"try": node("fragile", value="bad")})), "other": node("say", text="done")}, {"other": "done"}, code="broken"),
    Case("one_with_a_condition_that_says_no_runs_nothing_inside", {"s": sub(GREET, name="you", options={"when": "false"}), "end": node("gather", items=["@s"])}, {"end": ""}, ends={"s": "skipped when", "s/hi": None}),
    Case("it_waits_for_what_it_is_after", {"first": node("say", text="x"), "s": sub(GREET, name="you", after=["first"])}, {"first": "x", "s": "hi you"}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=names)
async def test_case(case: Case) -> None:
    await hold(case)


@pytest.mark.parametrize("depth", [0, 1, 4])
async def test_a_flow_by_its_name_does_what_one_in_place_does(depth: int) -> None:
    named, _ = await ran(flow({"s": sub("greet", name="you")}), flows={"greet": from_json(nested(depth))})
    in_place, _ = await ran(flow({"s": sub(nested(depth), name="you")}))
    assert named.values == in_place.values


async def test_cancelling_ends_what_runs_in_the_deepest() -> None:
    doors = Doors()
    document = flow(
        {
            "s": sub(
                nested(3, flow({"d": node("door", name="@inputs.name")}, {"greeting": "d"}, {"name": None})),
                name="x",
            )
        }
    )
    async with start(from_json(document), stock_catalog(doors.component()), services=services()) as run:
        await doors.reached("x")
        run.cancel()
        result = await run.finished()
    assert result.status == "cancelled"
    assert doors.inside == []
    assert set(ends(run.events).values()) == {"failed cancelled"}


# --- told before the run ---

BROKEN = flow(
    {"t": node("text", template="{{name"), "u": node("need", value="@inputs.nam")},
    {"t": "t", "u": "u"},
    {"name": None},
)


def test_problems_inside_are_told_at_the_node_with_their_place() -> None:
    problems = check(from_json(flow({"s": sub(BROKEN, name="x")})), stock_catalog(*SMALL))
    assert [(problem.code, problem.node, problem.port, problem.pointer[4:]) for problem in problems] == [
        ("unused-input", "s", "flow", ("inputs", "name")),
        ("bad-template", "s", "flow", ("nodes", "t", "params", "template")),
        ("dangling-ref", "s", "flow", ("nodes", "u", "inputs", "value")),
    ]
    assert problems[1].message.startswith("In the flow that 's' runs: 't': ")


def test_a_problem_inside_can_be_mended_from_outside() -> None:
    document = from_json(flow({"s": sub(BROKEN, name="x")}))
    catalog = stock_catalog(*SMALL)
    (wrong,) = (problem for problem in check(document, catalog) if problem.code == "dangling-ref")
    assert wrong.fix is not None
    better, _ = apply(document, wrong.fix)
    assert "dangling-ref" not in [problem.code for problem in check(better, catalog)]


async def test_a_named_flow_that_cannot_run_is_told_before_the_run() -> None:
    with pytest.raises(FlowHasProblems, match="The flow 'broken' that 's' runs can't run: "):
        await ran(flow({"s": sub("broken", name="x")}), flows={"broken": from_json(BROKEN)})


def test_what_blocks_nothing_inside_blocks_nothing_outside() -> None:
    inner = flow(
        {"off": node("text", template="{{x", options={"disabled": True}), "on": node("say", text="x")},
        {"on": "on"},
    )
    problems = check(from_json(flow({"s": sub(inner)})), stock_catalog(*SMALL))
    assert {problem.severity for problem in problems} == {"warning"}
