"""A graph that grows while it runs: what is added, and what comes of it."""

import asyncio

import pytest
from tests.engine.build import Doors, catalog, ends, finished, flow, in_jumping_time, node, story
from tests.engine.grower import SAY, Json, edge, grow, growing, grown

from weft.catalog import Context, component
from weft.engine import RunResult, start
from weft.model import StepFailed, to_json

# --- what is added ---------------------------------------------------------------------------------------------------


async def test_added_nodes_run_as_if_they_had_been_there() -> None:
    added = {"one": node("say", text="1"), "two": node("say", text="@one", more="@g")}
    result, events = await grown(
        {
            "g": growing(added, [edge("two", "end.items"), edge("one", "end.items", first=True)]),
            "end": node("join", items=["@g"]),
        }
    )
    assert result.outputs == {"end": "1+grown+1grown"}
    assert story(events) == [
        "run-started",
        "g ready",
        "g started",
        "g graph-expanded",
        "one ready",
        "g finished grown",
        "one started",
        "one finished 1",
        "two ready",
        "two started",
        "two finished 1grown",
        "end ready",
        "end started",
        "end finished 1+grown+1grown",
        "run-finished succeeded",
    ]
    [said] = [event for event in events if event.kind == "graph-expanded"]
    assert said.path == "g"
    assert said.data == {
        "nodes": {
            "one": {"component": "say", "params": {"text": "1"}},
            "two": {"component": "say", "inputs": {"text": "one", "more": "g"}},
        },
        "edges": [edge("two", "end.items", index=1), edge("one", "end.items", index=0)],
        "removed": [],
        "by": "g",
    }


async def test_what_needs_nothing_of_the_step_starts_while_that_still_runs() -> None:
    doors = Doors()

    @component
    async def slow(ctx: Context) -> str:
        """Grows, and goes on."""
        ctx.expand(
            {
                "_now": {"component": "door", "params": {"name": "now"}},
                "_then": {"component": "say", "inputs": {"text": "_"}},
            }
        )
        await doors.wait("slow")
        return "at last"

    made = flow({"s": node("slow")})
    async with start(made, catalog(slow, doors.component())) as run:
        await doors.reached("slow", "now")
        doors.open("now", "slow")
        result = await run.finished()
    assert result.values == {
        "s": {"output": "at last"},
        "s_now": {"output": "now"},
        "s_then": {"output": "at last"},
    }


async def test_an_edge_to_an_own_output_stands_where_that_output_goes() -> None:
    added = {"_1": node("say", text="1"), "_2": node("say", text="2")}
    to_where_it_goes = [edge("_1", "_.output"), edge("_2", "_.output")]
    result, events = await grown(
        {
            "a": node("say", text="a"),
            "z": node("say", text="z"),
            "g": growing(added, to_where_it_goes),
            "x": node("join", items=["@a", "@g", "@z"]),
            "y": node("maybe", items=["@g"]),
        }
    )
    assert result.outputs == {"x": "a+1+2+grown+z", "y": "1+2+grown"}
    [said] = [event.data["edges"] for event in events if event.kind == "graph-expanded"]
    assert [(one["from"], one["to"], one["index"]) for one in said] == [
        ("g_1", "x.items", 1), ("g_1", "y.items", 0), ("g_2", "x.items", 2), ("g_2", "y.items", 1)
    ]  # fmt: skip


async def test_an_edge_without_a_port_orders_and_passes_nothing() -> None:
    doors = Doors()
    made = flow(
        {
            "g": growing(
                {"first": {"component": "door", "params": {"name": "first"}}}, [edge("first", "end")]
            ),
            "end": node("say", text="end", after=["g"]),
        }
    )
    async with start(made, catalog(grow, doors.component())) as run:
        await doors.reached("first")
        assert "end ready" not in story(run.events)
        doors.open("first")
        result = await run.finished()
    assert result.values["end"] == {"output": "end"}


async def test_an_added_node_may_take_what_has_ended_and_the_inputs_of_the_flow() -> None:
    made = flow(
        {
            "a": node("say", text="a"),
            "g": growing(
                {"n": {"component": "say", "inputs": {"text": "a", "more": "inputs.x"}}}, after=["a"]
            ),
        },
        inputs={"x": {"type": "text"}},
    )
    result, _ = await finished(made, catalog(grow), {"x": "!"})
    assert result.values["n"] == {"output": "a!"}


async def test_an_added_node_may_grow_the_graph_further() -> None:
    deeper = {"_in": growing({"_in": node("say", text="deep")}, [edge("_in", "end.items")])}
    result, events = await grown({"g": growing(deeper), "end": node("maybe", items=["@g"], after=[])})
    assert result.outputs == {"end": "grown"}
    assert "g_in_in" not in result.values, "its `end` had begun: it waited for g alone"
    assert ends(events)["g_in"] == "failed bad-expansion"
    result, _ = await grown({"g": growing(deeper, [edge("_in", "end")]), "end": node("maybe", items=["@g"])})
    assert result.outputs == {"end": "grown+deep"}


async def test_ids_with_an_underscore_are_put_behind_the_id_of_the_step() -> None:
    added = {"_1": node("say", text="x")}
    long = "a" * 63
    result, _ = await grown({"one": growing(added), "two": growing(added), long: growing(added)})
    assert result.error is None
    assert {"one_1", "two_1", "a" * 61 + "_1"} <= set(result.values)


async def test_the_document_and_its_plan_stay_as_they_are() -> None:
    made = flow({"g": growing({"n": node("say", text="n")}), "end": node("join", items=["@g"])})
    before, known = to_json(made), catalog(grow)
    for _ in range(2):
        result, _ = await finished(made, known)
        assert set(result.values) == {"g", "n", "end"}
    assert to_json(made) == before


async def test_outputs_stay_those_of_the_document() -> None:
    nodes = {"g": growing({"n": {"component": "say", "inputs": {"text": "g"}}})}
    assert (await grown(nodes))[0].outputs == {"g": "grown"}
    assert (await grown(nodes, outputs={"it": "g"}))[0].outputs == {"it": "grown"}


async def test_each_nested_flow_grows_by_itself() -> None:
    inner = {
        "format": 1,
        "inputs": {"text": {}},
        "outputs": {"all": "end"},
        "nodes": {
            "g": growing(
                {"n": {"component": "say", "inputs": {"text": "inputs.text"}}}, [edge("n", "end.items")]
            ),
            "end": node("join", items=["@g"]),
        },
    }
    result, events = await grown(
        {name: node("subtask", flow=inner, text=name) for name in ("one", "two")}, parallel=1
    )
    assert result.outputs == {"one": "grown+one", "two": "grown+two"}
    assert {event.path for event in events if event.kind == "graph-expanded"} == {"one/g", "two/g"}
    assert {"one/n", "two/n"} <= set(result.values)


async def test_a_component_in_a_thread_may_grow_the_graph_too() -> None:
    @component
    def in_thread(ctx: Context) -> str:
        """Grows from a thread, and is told what is wrong there."""
        with pytest.raises(StepFailed, match="isn't there"):
            ctx.expand({"x": {"component": "nothing"}})
        return ",".join(ctx.expand({"_x": {"component": "say", "inputs": {"text": "_"}}}))

    result, _ = await grown({"t": node("in_thread")}, in_thread)
    assert result.values == {"t": {"output": "t_x"}, "t_x": {"output": "t_x"}}


async def test_many_that_wait_for_a_slot_keep_their_turns_while_the_graph_grows() -> None:
    """Turns are given anew with each plan, and no two of those who wait may share one."""
    nodes: Json = {f"w{index}": node("say", text=str(index)) for index in range(12)}
    nodes |= {f"g{index}": growing({f"_{n}": node("say", text="n") for n in range(5)}) for index in range(6)}
    result, _ = await grown(nodes, parallel=2)
    assert result.error is None
    assert len(result.values) == 12 + 6 + 30


async def test_known_durations_decide_the_turns_of_added_nodes_too() -> None:
    added = {f"_{n}": node("say", text="n") for n in range(4)}
    nodes = {"g": growing(added), "a": node("say", text="@g"), "b": node("say", text="@a")}
    result, _ = await grown(nodes, parallel=1, durations={"g": 1.0, "a": 2.0, "b": 0.5})
    assert len(result.values) == 7


# --- ending early ----------------------------------------------------------------------------------------------------


async def test_cancelling_while_the_graph_grows_leaves_nothing() -> None:
    doors = Doors()

    @component
    async def keeps_growing(ctx: Context) -> str:
        """Grows, waits, and tries to grow on its way out."""
        ctx.expand(
            {"_a": {"component": "door", "params": {"name": "a"}}, "_b": {**SAY, "inputs": {"text": "_a"}}}
        )
        try:
            await doors.wait("it")
        finally:
            with pytest.raises(StepFailed, match="ending"):
                ctx.expand({"_c": SAY})
        return ""

    made = flow({"g": node("keeps_growing"), "end": node("join", items=["@g"])})
    async with start(made, catalog(keeps_growing, doors.component())) as run:
        await doors.reached("it", "a")
        run.cancel()
        result = await run.finished()
    assert result.status == "cancelled"
    assert ends(run.events) == {"g": "failed cancelled", "g_a": "failed cancelled"}
    assert doors.inside == []
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_a_step_that_is_over_can_add_nothing() -> None:
    contexts: list[Context] = []

    @component
    async def lends(ctx: Context) -> str:
        """Gives its context away."""
        contexts.append(ctx)
        return ""

    @component
    async def borrows(text: str = "") -> str:
        """Uses the context of another."""
        with pytest.raises(StepFailed, match="is over"):
            contexts[0].expand({"x": SAY})
        return ""

    async def main() -> RunResult:
        return (await grown({"a": node("lends"), "b": node("borrows", text="@a")}, lends, borrows))[0]

    assert in_jumping_time(main()).error is None
