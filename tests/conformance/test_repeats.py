"""A flow again and again until a condition holds: what goes from round to round, and when it ends."""

import asyncio
from typing import Any

import pytest
from tests.conformance.cases import SMALL, Case, Doors, Json, flow, hold, names, node, ran
from tests.engine.build import ends, in_jumping_time

from weft.catalog import Context, component
from weft.engine import start
from weft.engine.check import check
from weft.engine.limits import Limits
from weft.model import StepFailed, from_json
from weft.testing import services, stock_catalog

COUNT = flow({"up": node("add", a="@inputs.n", b="@inputs.by")}, {"n": "up"}, {"n": 0, "by": 1})
"""Gives one more than it gets."""
STEP = flow(
    {
        "count": node("tally"),
        "plan": node("say", text="@count", options={"when": "text % 2 == 1", "otherwise": "previous"}),
        "act": node("say", text="@plan", more=" acts"),
    },
    {"count": "count", "act": "act"},
    state={"count": 0},
)
"""A step of an agent: it counts in its state, and plans anew in every other round."""


def again(until: str, inner: Json = COUNT, **ports: Any) -> Json:
    return node("repeat", flow=inner, until=until, **ports)


ALL = {"n": "r.n", "rounds": "r.rounds"}
CASES = [
    Case("it_stops_when_the_condition_holds", {"r": again("n >= 3")}, {"n": 3, "rounds": 3}, wanted=ALL),
    Case("there_is_always_a_first_round", {"r": again("true")}, {"n": 1, "rounds": 1}, wanted=ALL),
    Case("the_last_round_is_given_at_the_limit", {"r": again("n > 100", at_most=4)}, {"n": 4, "rounds": 4}, wanted=ALL),
    Case("it_fails_at_the_limit_when_asked", {"r": again("n > 100", at_most=4, at_limit="fail")}, {}, ends={"r[3]/up": "finished 4", "r": "failed not-reached"}, code="not-reached"),
    Case("reaching_it_in_the_last_round_is_no_failure", {"r": again("n == 4", at_most=4, at_limit="fail")}, {"r": 4}),
    Case("the_first_round_gets_what_is_wired", {"r": again("n >= 12", n="@inputs.begin")}, {"n": 12, "rounds": 2}, {"begin": 10}, wanted=ALL),
    Case("an_input_without_an_output_of_its_name_stays", {"r": again("n >= 30", n=0, by=10)}, {"n": 30, "rounds": 3}, wanted=ALL),
    Case("the_condition_may_ask_for_inputs_too", {"r": again("n >= by * 4", by=2)}, {"n": 8, "rounds": 4}, wanted=ALL),
    Case("an_output_wins_over_the_input_of_its_name", {"r": again("n == 1")}, {"n": 1, "rounds": 1}, wanted=ALL),
    Case("the_condition_may_ask_for_the_number_of_the_round", {"r": again("round == 2")}, {"n": 3, "rounds": 3}, wanted=ALL),
    Case("other_names_in_the_condition_are_ports", {"r": again("n >= enough", enough="@inputs.enough")}, {"n": 5, "rounds": 5}, {"enough": 5}, wanted=ALL),
    Case(
        "a_flow_that_takes_the_round_gets_its_number",
        {"r": again("length_of >= 3", flow({"t": node("text", template="{{t}}{{round}}", t="@inputs.t", round="@inputs.round"), "l": node("math", formula="len(t)", t="@t")}, {"t": "t", "length_of": "l"}, {"t": "", "round": {"type": "integer"}}))},
        {"t": "012"},
        wanted={"t": "r.t"},
    ),
    Case(
        "what_a_round_does_not_give_stays_as_it_was",
        {"r": again("round == 3", flow({"way": node("branch", cases=[{"name": "more", "when": "n < 2"}], n="@inputs.n", value="@inputs.n"), "up": node("add", a="@way.more"), "seen": node("say", text="@inputs.n")}, {"n": "up", "seen": "seen"}, {"n": 0}))},
        {"seen": 2, "rounds": 4},
        wanted={"seen": "r.seen", "rounds": "r.rounds", "n": "r.n"},
    ),
    Case("the_rounds_share_one_state", {"r": again("count >= 3", STEP)}, {"count": 3}, wanted={"count": "r.count"}),
    Case(
        "a_node_finds_its_answer_of_the_round_before",
        {"r": again("count >= 4", STEP)},
        {"act": "3 acts"},
        ends={"r[0]/act": "finished 1 acts", "r[1]/plan": "finished 1 again", "r[1]/act": "finished 1 acts", "r[3]/plan": "finished 3 again"},
        wanted={"act": "r.act"},
    ),
    Case(
        "a_state_without_end_is_not_shared_with_another_repeat",
        {"r": again("count >= 2", STEP), "s": again("count >= 3", STEP, after=["r"]), "mine": node("tally")},
        {"r": 2, "s": 3, "mine": 8},
        wanted={"r": "r.count", "s": "s.count", "mine": "mine"},
        state={"count": 7},
    ),
    Case("a_failing_round_fails_the_step", {"r": again("false", flow({"try": node("fragile", value="@inputs.round", bad=2)}, {"x": "try"}, {"round": {"type": "integer"}}))}, {}, ends={"r[1]/try": "finished 1", "r[2]/try": "failed broken", "r": "failed broken"}, code="broken"),
    Case("a_condition_that_fails_fails_the_step", {"r": again("n > 'x'")}, {}, ends={"r": "failed wrong-type"}, code="wrong-type"),
    Case("a_repeat_that_failed_can_be_let_go", {"r": again("n > 'x'", options={"on_error": "skip"}), "end": node("gather", items=["@r.n"])}, {"end": ""}),
    Case("a_repeat_whose_when_says_no_is_skipped", {"r": again("true", options={"when": "false"}), "end": node("gather", items=["@r.n"])}, {"end": ""}, ends={"r": "skipped when"}),
    Case(
        "a_repeat_in_a_map",
        {"m": node("map", items=[1, 2], flow=flow({"r": again("n >= item * 2", n=0, item="@inputs.item")}, {"n": "r.rounds"}, {"item": None}))},
        {"m": [2, 4]},
        ends={"m[1]/r[3]/up": "finished 4"},
    ),
    Case(
        "a_map_in_a_repeat",
        {"r": again("len(xs) >= 1 and xs[0] >= 8", flow({"m": node("map", items="@inputs.xs", flow=flow({"d": node("add", a="@inputs.item", b="@inputs.item")}, {"d": "d"}, {"item": None}))}, {"xs": "m"}, {"xs": [1, 3]}))},
        {"xs": [8, 24], "rounds": 3},
        wanted={"xs": "r.xs", "rounds": "r.rounds"},
    ),
    Case(
        "a_repeat_in_a_repeat_begins_anew_in_each_round",
        {"r": again("total >= 9", flow({"in": again("count >= 3", STEP), "sum": node("add", a="@in.count", b="@inputs.total")}, {"total": "sum"}, {"total": 0}))},
        {"total": 9, "rounds": 3},
        wanted={"total": "r.total", "rounds": "r.rounds"},
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=names)
async def test_case(case: Case) -> None:
    await hold(case)


async def test_a_subtask_in_a_map_in_a_repeat_on_a_way_that_is_taken() -> None:
    one = flow({"up": node("add", a="@inputs.x", b="@inputs.by")}, {"y": "up"}, {"x": None, "by": 1})
    inner = flow(
        {"sub": node("subtask", flow=one, x="@inputs.item", by="@inputs.by")},
        {"y": "sub"},
        {"item": None, "by": 1},
    )
    rounds = flow(
        {"m": node("map", flow=inner, items="@inputs.xs", by="@inputs.by")},
        {"xs": "m"},
        {"xs": None, "by": 1},
    )
    document = flow(
        {
            "way": node("branch", cases=[{"name": "long", "when": "len(value) > 1"}], value="@inputs.xs"),
            "r": again("xs[0] >= 20", rounds, xs="@way.long", by=10),
            "short": node("need", value="@way.else"),
            "end": node("join", items=["@r.xs", "@short"]),
        },
        {"end": "end"},
        {"xs": None},
    )
    result, events = await ran(document, {"xs": [1, 2]})
    assert result.outputs == {"end": "[21, 22]"}
    assert ends(events)["r[1]/m[1]/sub/up"] == "finished 22"
    result, events = await ran(document, {"xs": [1]})
    assert ends(events)["r"] == "skipped skipped way"
    assert result.outputs == {"end": "[1]"}


async def test_a_node_in_a_subtask_of_a_round_finds_its_answer_of_the_round_before() -> None:
    inner = flow(
        {
            "sub": node(
                "subtask",
                flow=flow(
                    {
                        "old": node(
                            "say", text="@inputs.n", options={"when": "text < 2", "otherwise": "previous"}
                        )
                    },
                    {"old": "old"},
                    {"n": 0},
                ),
                n="@up",
            ),
            "up": node("add", a="@inputs.n"),
        },
        {"n": "up", "old": "sub"},
        {"n": 0},
    )
    result, events = await ran(flow({"r": again("n >= 3", inner)}, {"old": "r.old"}))
    assert result.outputs == {"old": 1}
    assert ends(events)["r[2]/sub/old"] == "finished 1 again"


async def test_an_answer_of_the_same_round_is_no_previous_one() -> None:
    inner = flow(
        {
            "m": node(
                "map",
                items=[1, 2],
                flow=flow(
                    {
                        "old": node(
                            "say", text="@inputs.item", options={"when": "text == 1", "otherwise": "previous"}
                        )
                    },
                    {"old": "old"},
                    {"item": None},
                ),
            )
        },
        {"m": "m"},
    )
    result, _ = await ran(flow({"r": again("round == 1", inner)}, {"m": "r.m"}))
    assert result.outputs == {"m": [1]}


def test_a_repeat_that_is_tried_again_begins_anew() -> None:
    @component
    async def twice(ctx: Context) -> int:
        """Two rounds, of which the second fails the first time."""
        made = flow({"t": node("tally")}, {"t": "t"}, state={"count": 0})
        for number in (0, 1):
            count = (await ctx.run(from_json(made), {}, item=number, session="s"))["t"]
        if not tried:
            tried.append(True)
            raise StepFailed("Not now.", code="busy", retryable=True)
        return count

    tried: list[bool] = []
    result, _ = in_jumping_time(ran(flow({"a": node("twice", options={"retries": 1})}), more=(twice,)))
    assert result.outputs == {"a": 2}


async def test_two_flows_of_a_session_do_not_run_at_once() -> None:
    @component
    async def both(ctx: Context) -> str:
        """Two at once."""
        await asyncio.gather(*(ctx.run(from_json(COUNT), {}, item=one, session="s") for one in (0, 1)))
        return ""

    result, _ = await ran(flow({"a": node("both")}), more=(both,))
    assert result.error is not None
    assert result.error["code"] == "bad-session"


async def test_sessions_of_other_names_are_apart() -> None:
    @component
    async def talk(ctx: Context) -> list[int]:
        """Two that take turns."""
        made = from_json(flow({"t": node("tally", by="@inputs.by")}, {"t": "t"}, {"by": 1}))
        turns = (("a", 1), ("b", 10), ("a", 1), ("b", 10))
        return [(await ctx.run(made, {"by": by}, session=name))["t"] for name, by in turns]

    result, _ = await ran(flow({"a": node("talk")}), more=(talk,))
    assert result.outputs == {"a": [1, 10, 2, 20]}


async def test_each_round_has_keys_of_its_own() -> None:
    inner = flow({"k": node("key")}, {"k": "k"})
    _, events = await ran(flow({"r": again("round == 3", inner)}))
    found = [
        event.data["value"]["output"]
        for event in events
        if event.kind == "step-finished" and event.path.endswith("/k")
    ]
    assert len(found) == len(set(found)) == 4


async def test_it_says_how_far_it_is() -> None:
    _, events = await ran(flow({"r": again("n == 2", at_most=5)}))
    told = [dict(event.data) for event in events if event.kind == "step-progress"]
    assert told == [{"done": 0, "total": 5}, {"done": 1, "total": 5}]


async def test_cancelling_inside_a_round_ends_it() -> None:
    doors = Doors()
    doors.open("d0")
    inner = flow(
        {"n": node("text", template="d{{round}}", round="@inputs.round"), "d": node("door", name="@n")},
        {"d": "d"},
        {"round": {"type": "integer"}},
    )
    document = from_json(flow({"r": again("false", inner)}))
    async with start(document, stock_catalog(doors.component()), services=services()) as run:
        await doors.reached("d1")
        run.cancel()
        result = await run.finished()
    assert result.status == "cancelled"
    assert result.values["r[0]/d"] == {"output": "d0"}
    assert doors.inside == []


async def test_more_rounds_than_a_step_may_run_are_refused_before_the_first() -> None:
    result, events = await ran(flow({"r": again("n >= 1", at_most=50)}), limits=Limits(items=20))
    assert result.error is not None
    assert result.error["message"] == "'r' would run 50 items, and a step may run 20."
    assert not [event for event in events if event.path.startswith("r[")]


async def test_rounds_that_might_come_are_not_counted_ahead() -> None:
    result, _ = await ran(flow({"r": again("n >= 2", at_most=50)}, {"n": "r.n"}), limits=Limits(steps=10))
    assert result.outputs == {"n": 2}


@pytest.mark.parametrize(
    ("ports", "said"),
    [
        ({"until": "n >"}, "'r': line 1, column 4: It is no whole expression."),
        ({"until": ""}, "'r': line 1, column 1: It is empty"),
        ({"until": "n > 1", "at_most": 0}, "It must do at least one round, not 0."),
        ({"until": "state.n > 1"}, "It can't read the state"),
        ({"until": "nn > 1"}, "'r' needs 'nn', and nothing fills it."),
        ({"until": 3}, "it must be a condition, not 3"),
        ({"until": "n > 1", "at_limit": "stop"}, "must be one of give, fail"),
    ],
)
def test_what_is_wrong_is_told_before_the_run(ports: Json, said: str) -> None:
    problems = check(from_json(flow({"r": node("repeat", flow=COUNT, **ports)})), stock_catalog())
    assert any(said in problem.message for problem in problems if problem.severity == "error"), problems


def test_a_condition_is_written_and_never_wired() -> None:
    document = flow({"t": node("say", text="n > 1"), "r": node("repeat", flow=COUNT, until="@t")})
    problems = check(from_json(document), stock_catalog(*SMALL))
    assert [problem.code for problem in problems] == ["type-mismatch"]
