"""What other builders take apart: timeouts, retries, expansions, answers, budgets, earlier answers and runs from here,
each inside maps, rounds, subtasks and branches."""

from typing import Any

import pytest
from tests.conformance.cases import SMALL, Case, Doors, Json, flow, hold, item_flow, names, node, ran
from tests.engine.build import ends, in_jumping_time, story

from weft.catalog import Context, component
from weft.engine import Event, start
from weft.engine.caching import MemoryCache
from weft.engine.choice import Choice
from weft.model import StepFailed, from_json
from weft.runs.state import fold
from weft.testing import ScriptedModel, services, stock_catalog

ECHO = flow({"out": node("need", value="@inputs.x")}, {"out": "out"}, {"x": None})
TRY = flow({"try": node("fragile", value="@inputs.x")}, {"out": "try"}, {"x": None})
WAYS = flow(
    {
        "way": node("branch", cases=[{"name": "ok", "when": "x != 'bad'"}], x="@inputs.x", value="@inputs.x"),
        "good": node("need", value="@way.ok"),
        "mend": node("say", text="mended", after=["way"], options={"when": "x == 'bad'"}, x="@inputs.x"),
        "out": node("join", items=["@good", "@mend"]),
    },
    {"out": "out"},
    {"x": None},
)


def each(items: Any, inner: Json, **ports: Any) -> Json:
    return node("map", flow=inner, items=items, **ports)


def sub(inner: Json, **ports: Any) -> Json:
    return node("subtask", flow=inner, **ports)


def again(inner: Json, until: str = "rounds == 2", **ports: Any) -> Json:
    return node("repeat", flow=inner, until=until, **ports)


CASES = [
    Case(
        "a_branch_and_its_join_in_each_item",
        {"m": each(["a", "bad", "c"], WAYS)},
        {"m": ["a", "mended", "c"]},
        ends={"m[1]/good": "skipped skipped way", "m[0]/mend": "skipped when"},
    ),
    Case(
        "the_same_subtask_twice_at_once_in_each_item",
        {"m": each([1, 2], flow({"s": sub(ECHO, x="@inputs.x"), "t": sub(ECHO, x="@inputs.x"), "out": node("join", items=["@t", "@s"])}, {"out": "out"}, {"x": None}))},
        {"m": ["1+1", "2+2"]},
        ends={"m[0]/s/out": "finished 1", "m[0]/t/out": "finished 1", "m[1]/t/out": "finished 2"},
    ),
    Case(
        "a_failing_item_of_an_inner_map_fails_its_item_of_the_outer_alone",
        {"m": each([["a"], ["bad"], []], flow({"in": each("@inputs.x", TRY)}, {"out": "in"}, {"x": None}), on_item_error="skip")},
        {"m": [["a"], []]},
        ends={"m[1]/in[0]/try": "failed broken", "m[1]/in": "failed broken"},
    ),
    Case(
        "a_join_of_a_map_that_was_let_go_and_one_that_was_not",
        {"m": each(["bad"], TRY, options={"on_error": "skip"}), "n": each(["b"], TRY), "end": node("join", items=["@m", "@n"])},
        {"end": "b"},
        ends={"m": "skipped on-error"},
    ),
    Case(
        "a_branch_on_what_a_map_gave",
        {
            "m": each([1, 2, 3], ECHO),
            "way": node("branch", cases=[{"name": "many", "when": "len(xs) > 2"}], xs="@m", value="@m"),
            "end": node("join", items=["@way.many"]),
            "few": node("need", value="@way.else"),
        },
        {"end": "[1, 2, 3]"},
        ends={"few": "skipped skipped way"},
    ),
    Case(
        "a_join_of_two_branches_of_which_one_lies_in_the_other",
        {
            "one": node("branch", cases=[{"name": "a", "when": "x > 1"}], x="@inputs.x", value="@inputs.x"),
            "two": node("branch", cases=[{"name": "b", "when": "x > 2"}], x="@inputs.x", value="@one.a"),
            "end": node("join", items=["@two.b", "@two.else", "@one.else"]),
        },
        {"end": "2"},
        {"x": 2},
    ),
    Case(
        "what_a_condition_asks_for_is_no_way_to_a_node_behind_a_branch",
        {
            "way": node("branch", cases=[{"name": "a", "when": "true"}], value="v"),
            "go": node("say", text="yes"),
            "end": node("gather", items=["@way.else"], flag="@go", options={"when": "flag == 'yes'"}),
        },
        {},
        ends={"end": "skipped skipped way"},
    ),
    Case(
        "an_output_that_a_default_does_not_give_is_a_way_not_taken",
        {
            "r": again(TRY, x="bad", options={"on_error": "continue", "default": "d"}),
            "end": node("gather", items=["@r.rounds"]),
        },
        {},
        ends={"r": "finished d", "end": "skipped skipped r"},
    ),
    Case(
        "after_a_chain_of_skipped_nodes_in_a_subtask_the_next_runs",
        {"s": sub(flow({"a": node("say", options={"disabled": True}), "b": node("need", value="@a"), "c": node("need", value="@b"), "end": node("say", text="on", after=["c"])}, {"end": "end"}))},
        {"s": "on"},
        ends={"s/c": "skipped skipped b"},
    ),
    Case(
        "a_map_of_no_items_in_rounds_joins_to_nothing",
        {"r": again(flow({"m": each("@inputs.xs", ECHO), "end": node("gather", items=["@m"])}, {"xs": "m", "end": "end"}, {"xs": []}))},
        {"end": "", "rounds": 2},
        wanted={"end": "r.end", "rounds": "r.rounds"},
    ),
    Case(
        "a_failure_that_is_gone_on_from_in_a_round_ends_nothing",
        {"r": again(flow({"try": node("fragile", value="@inputs.x", options={"on_error": "continue", "default": "well"})}, {"x": "try"}, {"x": "bad"}), "x == 'well'")},
        {"x": "well", "rounds": 1},
        wanted={"x": "r.x", "rounds": "r.rounds"},
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=names)
async def test_case(case: Case) -> None:
    await hold(case)


# --- timeouts ---

STUCK = flow({"d": node("door", name="@inputs.x")}, {"out": "d"}, {"x": None})
NESTING: dict[str, Json] = {
    "subtask": sub(STUCK, x="never"),
    "map": each(["never"], STUCK),
    "repeat": again(STUCK, x="never"),
}


def with_options(one: Json, **options: Any) -> Json:
    return {**one, "options": options}


@pytest.mark.parametrize("kind", NESTING)
def test_a_timeout_around_nested_steps_ends_them_and_what_is_beside_goes_on(kind: str) -> None:
    doors = Doors()
    document = flow({"n": with_options(NESTING[kind], timeout=3), "beside": node("say", text="on")})
    result, events = in_jumping_time(ran(document, more=(doors.component(),)))
    assert result.error["code"] == "timeout"
    assert result.outputs == {"beside": "on"}
    assert doors.inside == []
    assert {step.status for step in fold(events).steps.values()} == {"cancelled", "failed", "succeeded"}


def test_a_timeout_of_a_step_inside_fails_that_step_and_says_where() -> None:
    inner = flow({"d": node("door", name="never", options={"timeout": 2})}, {"out": "d"})
    doors = Doors()
    result, events = in_jumping_time(
        ran(flow({"s": sub(inner, options={"timeout": 60})}), more=(doors.component(),))
    )
    assert result.error["code"] == "timeout"
    assert "s/d" in result.error["message"]
    assert ends(events) == {"s/d": "failed timeout", "s": "failed timeout"}


def test_a_timeout_in_an_item_leaves_the_other_items() -> None:
    doors = Doors()
    doors.open("a", "c")
    inner = item_flow({"d": node("door", name="@inputs.item", options={"timeout": 2})}, {"out": "d"})
    document = flow({"m": each(["a", "never", "c"], inner, on_item_error="skip")})
    result, _ = in_jumping_time(ran(document, more=(doors.component(),)))
    assert result.outputs == {"m": ["a", "c"]}


# --- retries ---

tries: list[Any] = []


@component
async def shaky(value: Any, lasting: bool = False) -> Any:
    """Fail the first time."""
    tries.append(value)
    if tries.count(value) == 1:
        raise StepFailed("Not now.", code="busy", retryable=not lasting)
    return value


def shaky_flow(*, lasting: bool = False) -> Json:
    step = node("shaky", value="@inputs.x", lasting=lasting, options={"retries": 0})
    return flow({"first": node("say", text="f"), "s": step}, {"x": "s"}, {"x": None})


def shaken(kind: str, **inner: Any) -> Json:
    made = shaky_flow(**inner)
    return {
        "subtask": sub(made, x="v"),
        "map": each(["v"], made),
        "repeat": again(made, "true", x="v"),
    }[kind]


@pytest.mark.parametrize("kind", ["subtask", "map", "repeat"])
def test_one_that_runs_flows_is_tried_again_as_a_whole_when_its_retries_say_so(kind: str) -> None:
    tries.clear()
    result, events = in_jumping_time(ran(flow({"n": with_options(shaken(kind), retries=1)}), more=(shaky,)))
    assert result.error is None
    assert tries == ["v", "v"]
    told = story(events)
    assert "n retried busy" in told
    assert len([line for line in told if line.endswith("first finished f")]) == 2
    assert fold(events).steps["n"].status == "succeeded"


@pytest.mark.parametrize("kind", ["subtask", "map", "repeat"])
@pytest.mark.parametrize(("lasting", "options"), [(False, {}), (True, {"retries": 3})])
def test_else_it_is_not_nor_when_that_would_not_help(kind: str, lasting: bool, options: Json) -> None:
    tries.clear()
    document = flow({"n": with_options(shaken(kind, lasting=lasting), **options)})
    result, events = in_jumping_time(ran(document, more=(shaky,)))
    assert result.error["code"] == "busy"
    assert tries == ["v"]
    assert fold(events).steps["n"].status == "failed"


# --- expansions ---

GROWING = flow(
    {
        "plan": node("expand", plan="@inputs.x"),
        "answer": node("prompt", prompt="So?", context=["@plan.answers"]),
    },
    {"answer": "answer"},
    {"x": None},
)


def talk(messages: list[Any]) -> str:
    return f"{messages[-1].content}{len(messages)}"


@pytest.mark.parametrize(
    ("nodes", "paths", "output"),
    [
        ({"s": sub(GROWING, x=["Why?", "How?"])}, {"s/plan_1", "s/plan_2"}, "So?6"),
        (
            {"s": sub(GROWING, x=["Why?"]), "t": sub(GROWING, x=["How?", "When?"])},
            {"s/plan_1", "t/plan_1", "t/plan_2"},
            {"s": "So?4", "t": "So?6"},
        ),
        (
            {"m": each([["Why?"], [], ["How?", "When?"]], GROWING)},
            {"m[0]/plan_1", "m[2]/plan_1", "m[2]/plan_2"},
            ["So?4", "So?2", "So?6"],
        ),
        (
            {"r": again(GROWING, x=["Why?"])},
            {"r[0]/plan_1", "r[1]/plan_1"},
            "So?4",
        ),
    ],
)
async def test_an_expansion_inside_another_flow_grows_that_one_alone(
    nodes: Json, paths: set[str], output: Any
) -> None:
    result, events = await ran(flow(nodes), model=ScriptedModel(talk))
    assert result.error is None
    told = ends(events)
    assert {path for path in told if "plan_" in path} == paths
    found = result.outputs if len(nodes) > 1 else next(iter(result.outputs.values()))
    assert found == output


async def test_an_expansion_on_a_way_not_taken_adds_nothing() -> None:
    nodes = {
        "way": node("branch", cases=[{"name": "yes", "when": "false"}], value=["Why?"]),
        "plan": node("expand", plan="@way.yes"),
        "answer": node("prompt", prompt="So?", context=["@plan.answers", "@other"]),
        "other": node("prompt", prompt="Else?"),
    }
    result, events = await ran(flow(nodes, {"answer": "answer"}), model=ScriptedModel(talk))
    assert result.outputs == {"answer": "So?4"}
    assert not [event for event in events if event.kind == "graph-expanded"]


# --- a person ---


def asking(inner: Json) -> Json:
    return {
        "subtask in a map": each(
            ["a", "b"], flow({"s": sub(inner, x="@inputs.x")}, {"out": "s"}, {"x": None})
        ),
        "map in a repeat": again(
            flow({"m": each("@inputs.xs", inner)}, {"xs": "m"}, {"xs": ["a", "b"]}), "rounds == 1"
        ),
        "map in a map": each(
            [["a"], ["b"]], flow({"m": each("@inputs.x", inner)}, {"out": "m"}, {"x": None})
        ),
    }


APPROVE = flow(
    {
        "review": node("ask", question="Well?", value="@inputs.x"),
        "yes": node("say", text="@review.approved", more="!"),
        "no": node("say", text="@review.declined", more="?"),
        "out": node("join", items=["@yes", "@no"]),
    },
    {"out": "out"},
    {"x": None},
)


@pytest.mark.parametrize("where", asking(APPROVE))
async def test_approval_works_however_deep(where: str) -> None:
    document = from_json(flow({"n": asking(APPROVE)[where]}))
    async with start(document, stock_catalog(*SMALL), services=services(), parallel=1) as run:
        async for event in run:
            if event.kind == "step-paused":
                run.answer(event.path, event.data["ask"]["value"] == "a")
        result = await run.finished()
    assert result.error is None
    assert sorted(_texts(result.values["n"])) == ["a!", "b?"]


def _texts(value: Any) -> list[str]:
    """All texts in it."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [text for one in inner for text in _texts(one)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("where", asking(APPROVE))
async def test_cancelling_while_a_person_is_asked_leaves_nothing_running(where: str) -> None:
    document = from_json(flow({"n": asking(APPROVE)[where]}))
    async with start(document, stock_catalog(*SMALL), services=services()) as run:
        async for event in run:
            if event.kind == "step-paused":
                run.cancel()
        result = await run.finished()
    assert result.status == "cancelled"
    assert_over(run.events)


def assert_over(events: list[Event]) -> None:
    statuses = {path: step.status for path, step in fold(events).steps.items()}
    assert set(statuses.values()) <= {"succeeded", "failed", "skipped", "cancelled"}, statuses


# --- earlier answers, over several passes ---


async def test_an_answer_behind_a_branch_is_found_again_only_where_it_was_given() -> None:
    nodes = {
        "way": node("branch", cases=[{"name": "a", "when": "x == 1"}], x="@inputs.x", value="@inputs.x"),
        "one": node("say", text="@way.a", more="one", options={"when": "go", "otherwise": "previous"}, go="@inputs.go"),
        "two": node("say", text="@way.else", more="two", options={"when": "go", "otherwise": "previous"}, go="@inputs.go"),
        "end": node("join", items=["@one", "@two"]),
    }  # fmt: skip
    document = flow(nodes, {"end": "end"}, {"x": None, "go": None})
    previous: dict[str, Any] = {}
    found: list[Any] = []
    for x, go in ((1, True), (2, False), (1, False), (2, True), (2, False)):
        result, _ = await ran(document, {"x": x, "go": go}, previous=previous)
        previous = previous | result.values
        found.append(result.outputs.get("end"))
    assert found == ["1one", None, "1one", "2two", "2two"]


# --- from here ---


@component(pure=True)
async def note(value: Any, more: str = "") -> str:
    """Remember that it ran."""
    noted.append(f"{value}{more}")
    return f"{value}{more}"


noted: list[str] = []
NOTE = flow({"n": node("note", value="@inputs.x", more="'")}, {"n": "n"}, {"x": None})
CHAIN = {
    "a": node("note", value="a"),
    "m": each(["p", "q"], NOTE, after=["a"]),
    "b": node("note", value="@a", more="b"),
    "way": node("branch", cases=[{"name": "yes", "when": "true"}], value="@b"),
    "c": node("note", value="@way.yes", more="c"),
    "no": node("note", value="@way.else"),
    "beside": node("note", value="beside"),
}


@pytest.mark.parametrize(
    ("choice", "runs"),
    [
        (Choice(), []),
        (Choice(start=("c",)), ["abc"]),
        (Choice(start=("b",)), ["ab", "abc"]),
        (Choice(start=("way",)), ["abc"]),
        (Choice(start=("a",)), ["a", "ab", "abc", "p'", "q'"]),
        (Choice(start=("m",)), ["p'", "q'"]),
        (Choice(start=("no",)), []),
        (Choice(start=("beside", "c")), ["abc", "beside"]),
        (Choice(fresh=True), ["a", "ab", "abc", "beside", "p'", "q'"]),
    ],
    ids=str,
)
async def test_running_from_here_runs_that_and_what_waits_for_it_and_nothing_else(
    choice: Choice, runs: list[str]
) -> None:
    cache = MemoryCache()
    outputs = {"m": "m", "c": "c", "beside": "beside"}
    first, _ = await ran(flow(CHAIN, outputs), more=(note,), cache=cache)
    noted.clear()
    second, events = await ran(flow(CHAIN, outputs), more=(note,), cache=cache, choice=choice or None)
    assert sorted(noted) == runs
    told = ends(events)
    for name in ("c", "m", "beside"):
        if not told[name].startswith("skipped not-chosen"):
            assert second.values[name] == first.values[name]
    assert_over(events)


@component(pure=True)
async def counted(ctx: Context) -> int:
    """Count in the state."""
    total = ctx.state.get("count", 0) + 1
    ctx.state.set("count", total)
    return total


@pytest.mark.parametrize("inside", ["flow", "subtask", "map", "repeat"])
async def test_a_step_from_the_cache_writes_into_the_state_again_what_it_wrote(inside: str) -> None:
    twice = flow(
        {"a": node("counted"), "b": node("counted", after=["a"])},
        {"n": "b"},
        {} if inside == "flow" else {"x": None},
        state={"count": 5},
    )
    document = twice if inside == "flow" else flow({"n": _around(inside, twice)}, {"n": "n"})
    cache = MemoryCache()
    first, _ = await ran(document, more=(counted,), cache=cache)
    second, events = await ran(document, more=(counted,), cache=cache)
    assert first.error is None
    assert (second.outputs, second.state) == (first.outputs, first.state)
    steps = [event for event in events if event.kind == "step-finished" and event.path[-1] in "ab"]
    assert steps
    assert all(event.data["cached"] for event in steps)


def _around(kind: str, inner: Json) -> Json:
    made = {"subtask": sub(inner, x=1), "map": each([1, 2], inner), "repeat": again(inner, x=1)}
    return made[kind]
