"""A flow for each item of a list: order, how many at once, items that fail, items that give nothing."""

import asyncio
from random import Random
from typing import Any

import pytest
from tests.conformance.cases import Case, Doors, Json, flow, hold, item_flow, names, node, ran
from tests.engine.build import ends, in_jumping_time, story

from weft.catalog import Context, component
from weft.engine import start
from weft.engine.check import check
from weft.engine.limits import Limits
from weft.model import StepFailed, from_json
from weft.testing import services, stock_catalog

ECHO = item_flow({"out": node("need", value="@inputs.item")}, {"out": "out"})
FRAGILE = item_flow({"try": node("fragile", value="@inputs.item")}, {"out": "try"})
PICKY = item_flow(
    {
        "way": node(
            "branch", cases=[{"name": "good", "when": "item > 0"}], item="@inputs.item", value="@inputs.item"
        ),
        "out": node("need", value="@way.good"),
    },
    {"out": "out"},
)
TWO = item_flow(
    {"a": node("need", value="@inputs.item"), "b": node("add", a="@inputs.item")}, {"same": "a", "next": "b"}
)


def each(items: Any, inner: Json = ECHO, **ports: Any) -> Json:
    return node("map", flow=inner, items=items, **ports)


def error(index: int) -> Json:
    return {
        "index": index,
        "code": "broken",
        "message": f"m[{index}]/try: It can't do bad.",
        "hint": "Mend it.",
    }


def put(index: int) -> Json:
    return {"error": {name: value for name, value in error(index).items() if name != "index"}}


BOTH = {"out": "m.output", "errors": "m.errors"}
CASES = [
    Case("no_items_give_an_empty_list", {"m": each([])}, {"out": [], "errors": []}, wanted=BOTH),
    Case("one_item_gives_a_list_of_one", {"m": each(["a"])}, {"out": ["a"], "errors": []}, wanted=BOTH),
    Case("many_items_keep_their_order", {"m": each(list(range(40)))}, {"out": list(range(40)), "errors": []}, wanted=BOTH),
    Case("items_may_be_anything", {"m": each([None, {"a": [1]}, [], "x", 1.5, True])}, {"m": [None, {"a": [1]}, [], "x", 1.5, True]}),
    Case("several_outputs_make_objects", {"m": each([1, 2], TWO)}, {"m": [{"same": 1, "next": 2}, {"same": 2, "next": 3}]}),
    Case("items_come_along_an_edge", {"m": each("@inputs.xs")}, {"m": [1, 2]}, {"xs": [1, 2]}),
    Case("text_that_is_a_json_list_is_one", {"t": node("text", template="[1, 2]"), "m": each("@t")}, {"m": [1, 2]}),
    Case(
        "lines_of_text_are_no_list_and_it_says_so",
        {"t": node("text", template="one\ntwo"), "m": each("@t")},
        {},
        ends={"m": "failed wrong-type"},
        code="wrong-type",
    ),
    Case("an_object_is_no_list", {"m": each("@inputs.xs")}, {}, {"xs": {"a": 1}}, code="wrong-type"),
    Case(
        "a_failing_item_fails_the_step_and_says_which",
        {"m": each(["a", "bad", "c"], FRAGILE, at_once=1), "end": node("need", value="@m")},
        {},
        ends={"m[1]/try": "failed broken", "m": "failed broken", "end": "skipped failed m"},
        code="broken",
    ),
    Case(
        "a_failing_item_is_left_out_when_asked",
        {"m": each(["a", "bad", "c"], FRAGILE, on_item_error="skip")},
        {"out": ["a", "c"], "errors": [error(1)]},
        wanted=BOTH,
    ),
    Case(
        "a_failing_item_is_collected_in_its_place_when_asked",
        {"m": each(["bad", "b", "bad"], FRAGILE, on_item_error="collect")},
        {"out": [put(0), "b", put(2)], "errors": [error(0), error(2)]},
        wanted=BOTH,
    ),
    Case(
        "all_items_may_fail",
        {"m": each(["bad", "bad"], FRAGILE, on_item_error="skip"), "end": node("gather", items=["@m"])},
        {"out": [], "end": ""},
        wanted={"out": "m", "end": "end"},
    ),
    Case(
        "an_item_that_gives_nothing_is_left_out",
        {"m": each([1, -2, 3], PICKY)},
        {"out": [1, 3], "errors": []},
        ends={"m[1]/out": "skipped skipped way"},
        wanted=BOTH,
    ),
    Case(
        "an_item_that_gives_nothing_is_null_among_collected_ones",
        {"m": each([1, -2, 3], PICKY, on_item_error="collect")},
        {"m": [1, None, 3]},
    ),
    Case(
        "a_failed_map_can_be_let_go",
        {"m": each(["bad"], FRAGILE, options={"on_error": "skip"}), "end": node("gather", items=["@m"])},
        {"end": ""},
        ends={"m": "skipped on-error"},
    ),
    Case(
        "a_failed_map_can_go_on_with_a_default",
        {"m": each(["bad"], FRAGILE, options={"on_error": "continue", "default": ["instead"]})},
        {"m": ["instead"]},
    ),
    Case(
        "what_is_let_go_inside_an_item_does_not_fail_it",
        {"m": each(["bad", "b"], item_flow({"try": node("fragile", value="@inputs.item", options={"on_error": "skip"}), "out": node("gather", items=["@try"])}, {"out": "out"}))},
        {"m": ["", "b"]},
    ),
    Case(
        "a_map_whose_condition_says_no_is_skipped",
        {"m": each([1], options={"when": "false"}), "end": node("gather", items=["@m"])},
        {"end": ""},
        ends={"m": "skipped when"},
    ),
    Case(
        "a_join_after_a_map_takes_its_items_one_by_one",
        {"m": each([1, 2]), "n": each([3]), "end": node("join", items=["@n", "@m"])},
        {"end": "3+1+2"},
    ),
    Case(
        "a_map_on_a_way_not_taken_is_skipped",
        {
            "way": node("branch", cases=[{"name": "yes", "when": "false"}], value=[1]),
            "m": each("@way.yes"),
            "other": each("@way.else"),
        },
        {"other": [1]},
        ends={"m": "skipped skipped way"},
    ),
    Case("maps_run_after_each_other", {"m": each([1, 2], TWO), "n": each("@m", item_flow({"out": node("json", value="@inputs.item", pick="next")}, {"out": "out"}))}, {"n": [2, 3]}),
    Case(
        "maps_nest",
        {"m": each([[1, 2], [], [3]], item_flow({"in": each("@inputs.item", item_flow({"out": node("add", a="@inputs.item")}, {"out": "out"}))}, {"out": "in"}))},
        {"m": [[2, 3], [], [4]]},
        ends={"m[0]/in[1]/out": "finished 3", "m[2]/in[0]/out": "finished 4"},
    ),
    Case(
        "an_item_of_the_wrong_type_is_its_own_failure",
        {"m": each([1, "x"], flow({"out": node("add", a="@inputs.item")}, {"out": "out"}, {"item": {"type": "number"}}), on_item_error="skip")},
        {"m": [2]},
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=names)
async def test_case(case: Case) -> None:
    await hold(case)


async def test_the_message_says_which_item_failed() -> None:
    result, _ = await ran(flow({"m": each(["a", "bad"], FRAGILE)}))
    assert result.error == {
        "code": "broken",
        "message": "Item 1 failed: m[1]/try: It can't do bad.",
        "hint": "Mend it.",
        "node": "m",
    }


# --- where the item goes ---


@pytest.mark.parametrize(
    ("inputs", "output"),
    [
        ({"item": None, "other": "o"}, [["x", "o"]]),
        ({"only": None}, [["x"]]),
        ({"only": "default"}, [["x"]]),
        ({"needed": None, "optional": "o", "index": None}, [["x", "o", 0]]),
    ],
)
async def test_the_item_goes_to_item_or_to_the_only_input_it_can_mean(inputs: Json, output: Any) -> None:
    wires = {name: f"@inputs.{name}" for name in inputs}
    build = {name: f"{{{{{name}}}}}" for name in inputs}
    inner = flow({"out": node("json", build=list(build.values()), **wires)}, {"out": "out"}, inputs)
    result, _ = await ran(flow({"m": each(["x"], inner)}))
    assert result.outputs == {"m": output}


@pytest.mark.parametrize("inputs", [{}, {"a": None, "b": None}, {"a": 1, "b": 2}, {"index": None}])
def test_a_flow_that_cannot_take_the_item_is_told_before_the_run(inputs: Json) -> None:
    inner = flow({"out": node("say", text="x")}, {"out": "out"}, inputs)
    problems = check(
        from_json(flow({"m": each([1], inner, **dict.fromkeys(set(inputs) - {"index"}, 1))})), stock_catalog()
    )
    assert [
        "The flow must take the item" in problem.message
        for problem in problems
        if problem.severity == "error"
    ][:1] == [True]


async def test_the_other_inputs_are_ports_and_the_same_for_every_item() -> None:
    inner = item_flow(
        {"out": node("say", text="@inputs.item", more="@inputs.mark")}, {"out": "out"}, mark="?"
    )
    wired = flow(
        {"m": each(["a", "b"], inner, mark="@inputs.mark"), "n": each(["c"], inner)}, inputs={"mark": "!"}
    )
    result, _ = await ran(wired)
    assert result.outputs == {"m": ["a!", "b!"], "n": ["c?"]}


async def test_a_flow_of_the_workspace_is_found_by_its_name() -> None:
    result, _ = await ran(
        flow({"m": node("map", flow="echo", items=[1, 2])}), flows={"echo": from_json(ECHO)}
    )
    assert result.outputs == {"m": [1, 2]}


# --- at once, one by one, cancelled ---


def doors_flow(**ports: Any) -> Json:
    inner = item_flow({"d": node("door", name="@inputs.item")}, {"d": "d"})
    return flow({"m": each(list("abcdef"), inner, **ports)})


async def test_order_is_kept_whoever_finishes_first() -> None:
    doors = Doors()
    document = from_json(doors_flow(at_once=6))
    async with start(document, stock_catalog(doors.component()), services=services()) as run:
        for name in "fbdcea":
            await doors.reached(name)
            doors.open(name)
        assert (await run.finished()).outputs == {"m": list("abcdef")}


async def test_no_more_items_at_once_than_asked_for_and_none_is_begun_before_its_turn() -> None:
    doors = Doors()
    async with start(
        from_json(doors_flow(at_once=2)), stock_catalog(doors.component()), services=services()
    ) as run:
        for one, other in ("ab", "bc", "cd", "de", "ef"):
            await doors.reached(one, other)
            assert doors.inside == [one, other]
            begun = {event.path.partition("/")[0] for event in run.events if event.path.endswith("/d")}
            assert len(begun) == "abcdef".index(other) + 1
            doors.open(one)
        doors.open("f")
        await run.finished()
    assert doors.most == 2


async def test_the_cap_of_the_run_holds_inside_a_map() -> None:
    doors = Doors()
    document = from_json(doors_flow(at_once=6))
    async with start(document, stock_catalog(doors.component()), services=services(), parallel=3) as run:
        for name in "abcdef":
            await doors.reached(name)
            doors.open(name)
        await run.finished()
    assert doors.most <= 3


@pytest.mark.parametrize("at_once", [1, 2, 8])
async def test_one_slot_is_enough(at_once: int) -> None:
    result, _ = await ran(flow({"m": each(list(range(9)), at_once=at_once), "n": each([1, 2])}), parallel=1)
    assert result.outputs == {"m": list(range(9)), "n": [1, 2]}


async def test_the_first_failure_cancels_the_others() -> None:
    doors = Doors()

    @component
    async def door_or_fail(item: str) -> str:
        """Wait, or fail once the others wait."""
        if item == "bad":
            await doors.reached("a", "b")
            raise StepFailed("It is broken.", code="broken", retryable=False)
        await doors.wait(item)
        return item

    inner = item_flow({"d": node("door_or_fail", item="@inputs.item")}, {"d": "d"})
    result, events = await ran(
        flow({"m": each(["a", "bad", "b", "late"], inner, at_once=3)}), more=(door_or_fail,)
    )
    assert result.error is not None
    assert result.error["message"] == "Item 1 failed: m[1]/d: It is broken."
    told = ends(events)
    assert (told["m[0]/d"], told["m[2]/d"]) == ("failed cancelled", "failed cancelled")
    assert "m[3]/d" not in told
    assert doors.inside == []


async def test_cancelling_the_run_inside_a_map_ends_what_runs_and_keeps_what_is_done() -> None:
    doors = Doors()
    doors.open("a")
    async with start(
        from_json(doors_flow(at_once=2)), stock_catalog(doors.component()), services=services()
    ) as run:
        await doors.reached("b", "c")
        run.cancel()
        result = await run.finished()
    assert result.status == "cancelled"
    assert result.values == {"m[0]/d": {"output": "a"}}
    assert doors.inside == []
    assert ends(run.events) == {
        "m[0]/d": "finished a",
        "m[1]/d": "failed cancelled",
        "m[2]/d": "failed cancelled",
        "m": "failed cancelled",
    }


def test_a_timeout_of_the_map_ends_its_items() -> None:
    doors = Doors()
    document = doors_flow(at_once=2, options={"timeout": 3})
    result, events = in_jumping_time(ran(document, more=(doors.component(),)))
    assert result.error["code"] == "timeout"
    assert story(events)[-2:] == ["m failed timeout", "run-finished failed"]
    assert doors.inside == []


def test_a_step_inside_an_item_is_tried_again_for_itself() -> None:
    tried: list[Any] = []

    @component
    async def shaky(item: Any) -> Any:
        """Fail the first time."""
        tried.append(item)
        if tried.count(item) == 1:
            raise StepFailed("Not now.", code="busy", retryable=True)
        return item

    inner = item_flow({"s": node("shaky", item="@inputs.item")}, {"s": "s"})
    result, events = in_jumping_time(ran(flow({"m": each([1, 2], inner)}), more=(shaky,)))
    assert result.outputs == {"m": [1, 2]}
    assert sorted(tried) == [1, 1, 2, 2]
    assert [line for line in story(events) if "retried" in line] == [
        "m[0]/s retried busy",
        "m[1]/s retried busy",
    ]


async def test_a_map_that_is_tried_again_begins_anew() -> None:
    fails = iter([True, False])

    @component
    async def once(item: Any) -> Any:
        """Fail the first time of all."""
        if item == 2 and next(fails):
            raise StepFailed("Not now.", code="busy", retryable=True)
        return item

    @component
    async def again(ctx: Context) -> Any:
        """Items by hand, failing so that it may be tried again."""
        try:
            return [(await ctx.run(from_json(inner), {"item": item}, item=item))["o"] for item in (1, 2)]
        except StepFailed as failed:
            raise StepFailed(failed.message, code=failed.code, retryable=True, retry_after=0) from None

    inner = item_flow({"o": node("once", item="@inputs.item", options={"retries": 0})}, {"o": "o"})
    document = flow({"a": node("again", options={"retries": 1})})
    result, events = await ran(document, more=(once, again), random=_NoWait())
    assert result.outputs == {"a": [1, 2]}
    assert [line for line in story(events) if line.startswith("a[1]/o f")] == [
        "a[1]/o finished 1",
        "a[1]/o finished 1",
    ]


class _NoWait(Random):
    def uniform(self, a: float, b: float) -> float:
        return 0.0


# --- what each item has for itself ---


async def test_each_item_has_a_state_of_its_own() -> None:
    inner = item_flow(
        {"t": node("tally", by="@inputs.item")},
        {"t": "t"},
    )
    inner["state"] = {"count": 10}
    result, _ = await ran(flow({"m": each([1, 2, 3], inner), "mine": node("tally")}, state={"count": 100}))
    assert result.outputs == {"m": [11, 12, 13], "mine": 101}


async def test_each_item_of_each_map_has_keys_of_its_own() -> None:
    inner = item_flow(
        {"k": node("key"), "in": each([1, 2], item_flow({"k": node("key")}, {"k": "k"}))},
        {"k": "k", "in": "in"},
    )
    result, _ = await ran(flow({"m": each([1, 2], inner), "n": each([1, 2], inner)}))
    found = [key for name in "mn" for one in result.outputs[name] for key in (one["k"], *one["in"])]
    assert len(found) == len(set(found)) == 12


async def test_what_an_item_does_to_a_shared_input_no_other_sees() -> None:
    @component
    async def spoil(shared: Any, item: Any) -> int:
        """Change what it got."""
        shared.append(item)
        return len(shared)

    inner = item_flow(
        {"s": node("spoil", shared="@inputs.shared", item="@inputs.item")}, {"s": "s"}, shared=[0]
    )
    result, _ = await ran(flow({"m": each([1, 2, 3], inner, shared=[0])}), more=(spoil,))
    assert result.outputs == {"m": [2, 2, 2]}


async def test_it_says_how_far_it_is() -> None:
    _, events = await ran(flow({"m": each([1, 2, 3], at_once=1)}))
    told = [dict(event.data) for event in events if event.kind == "step-progress"]
    assert told == [{"done": done, "total": 3} for done in range(4)]


async def test_only_the_items_at_work_are_in_memory() -> None:
    """Ten thousand items: never more flows at once than asked for."""
    most = 0

    @component
    async def look(item: int) -> int:
        """How many flows there are now."""
        nonlocal most
        await asyncio.sleep(0)
        most = max(most, sum(1 for task in asyncio.all_tasks() if not task.done()))
        return item

    inner = item_flow({"l": node("look", item="@inputs.item")}, {"l": "l"})
    result, _ = await ran(flow({"m": each(list(range(2000)), inner, at_once=4)}), more=(look,))
    assert result.outputs["m"] == list(range(2000))
    assert most < 20


async def test_a_million_items_are_refused_before_the_first() -> None:
    document = flow({"m": each("@inputs.xs"), "other": node("say", text="kept")}, inputs={"xs": None})
    result, events = await ran(document, {"xs": [0] * 900_000})
    assert result.error is not None
    assert result.error["message"] == "'m' would run 900,000 items, and a step may run 10,000."
    assert result.outputs == {"other": "kept"}
    assert not [event for event in events if event.path.startswith("m[")]


@pytest.mark.parametrize("on_item_error", ["fail", "skip", "collect"])
async def test_too_many_items_are_no_failure_of_an_item(on_item_error: str) -> None:
    document = flow({"m": each([1, 2, 3], on_item_error=on_item_error)})
    for limits in (Limits(items=2), Limits(steps=3)):
        result, events = await ran(document, limits=limits)
        assert result.error is not None
        assert result.error["code"] == "limit-exceeded"
        assert "'m' would run 3 items" in result.error["message"]
        assert not [event for event in events if event.path.startswith("m[")]
