"""A run's graph that grows, together with the other kinds of control flow."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.conformance.cases import Json, flow, item_flow, node, ran
from tests.engine.build import Doors, ends

from weft.catalog import Context, component
from weft.engine import Event, start
from weft.model import from_json
from weft.runs.state import fold
from weft.testing import ScriptedModel, services, stock_catalog


@component
async def plant(ctx: Context, value: Any = "", count: int = 1, slow: bool = False) -> str:
    """Add so many nodes, each seen where this one is, before it."""
    nodes = {
        f"_{number}": {"component": "say", "values": {"text": f"{value}{number}"}} for number in range(count)
    }
    ctx.expand(nodes, [{"from": name, "to": "_.output"} for name in nodes])
    return f"{value}."


@component
async def cut(ctx: Context, source: str, target: str, value: Any = "cut") -> Any:
    """Take an edge away."""
    ctx.expand({}, remove=[{"from": source, "to": target}])
    return value


PLANTED: Mapping[str, Json] = {
    "p": node("plant", value="a", count=2),
    "end": node("join", items=["@p"]),
}


async def grown(nodes: Mapping[str, Json], *more: Any, **top: Any) -> tuple[Any, dict[str, str], list[Event]]:
    given = top.pop("given", {})
    options = {name: top.pop(name) for name in ("parallel", "model", "previous") if name in top}
    inputs = dict.fromkeys(given)
    result, events = await ran(flow(nodes, inputs=inputs, **top), given, more=(plant, cut, *more), **options)
    return result, ends(events), events


async def test_nodes_are_added_where_the_edge_of_the_step_is() -> None:
    result, _, _ = await grown(PLANTED)
    assert result.outputs == {"end": "a0+a1+a."}


async def test_an_expansion_inside_a_subtask_stays_there() -> None:
    nodes = {"p": node("plant", value="x"), "s": node("subtask", flow=flow(PLANTED)), "end": node("join", items=["@s.end", "@p"])}  # fmt: skip
    result, _, events = await grown(nodes)
    assert result.outputs == {"end": "a0+a1+a.+x0+x."}
    assert {event.path for event in events if event.kind == "graph-expanded"} == {"p", "s/p"}
    assert {"p_0", "s/p_0", "s/p_1"} <= set(result.values)


async def test_the_same_subtask_twice_at_once_grows_twice() -> None:
    inner = flow(PLANTED)
    result, _, _ = await grown({"one": node("subtask", flow=inner), "two": node("subtask", flow=inner)})
    assert result.outputs == {"one": "a0+a1+a.", "two": "a0+a1+a."}


@pytest.mark.parametrize("count", [0, 1, 5])
async def test_each_item_of_a_map_grows_by_itself(count: int) -> None:
    inner = item_flow({"p": node("plant", value="@inputs.item", count=1), "end": node("join", items=["@p"])})
    items = [f"i{number}" for number in range(count)]
    result, _, _ = await grown({"m": node("map", flow=inner, items=items, at_once=2)})
    assert result.outputs == {"m": [f"{item}0+{item}." for item in items]}


async def test_an_item_whose_expansion_is_refused_fails_alone() -> None:
    inner = item_flow({"c": node("cut", source="nobody", target="inputs_", value="@inputs.item")})
    result, _, _ = await grown({"m": node("map", flow=inner, items=[1, 2], on_item_error="collect")})
    assert [item["error"]["code"] for item in result.outputs["m"]] == ["bad-expansion"] * 2


async def test_each_round_of_a_repeat_begins_with_the_graph_of_the_document() -> None:
    inner = flow(
        {"p": node("plant", value="@inputs.round"), "text": node("join", items=["@p"])},
        {"text": "text"},
        inputs={"round": None},
    )
    result, _, events = await grown({"r": node("repeat", flow=inner, until="rounds >= 3")})
    assert result.values["r"] == {"text": "20+2.", "rounds": 3}
    assert [event.path for event in events if event.kind == "graph-expanded"] == [
        "r[0]/p",
        "r[1]/p",
        "r[2]/p",
    ]


async def test_an_added_node_may_run_a_flow_of_its_own() -> None:
    @component
    async def delegate(ctx: Context) -> str:
        """Adds a map over a flow written in place."""
        inner = item_flow({"say": node("say", text="@inputs.item", more="!")})
        ctx.expand({"_m": {"component": "map", "params": {"flow": inner, "items": ["a", "b"]}}}, [{"from": "_m", "to": "end.value"}], [{"from": "_", "to": "end"}])  # fmt: skip
        return ""

    result, _, _ = await grown({"d": node("delegate"), "end": node("need", value="@d")}, delegate)
    assert result.outputs == {"end": ["a!", "b!"]}
    assert result.values["d_m[1]/say"] == {"output": "b!"}


async def test_a_person_can_be_asked_by_an_added_node() -> None:
    @component
    async def adds_question(ctx: Context) -> str:
        """Adds a question to a person."""
        ctx.expand({"_ask": {"component": "ask", "params": {"question": "Go on?"}}})
        return ""

    document = from_json(flow({"a": node("adds_question")}))
    async with start(document, stock_catalog(adds_question), services=services()) as run:
        async for event in run:
            if event.kind == "step-paused":
                run.answer(event.path, {"approved": True})
        result = await run.finished()
    assert set(result.values) == {"a", "a_ask"}


async def test_a_way_that_is_not_taken_adds_nothing() -> None:
    cases = [{"name": "grow", "when": "value == 1"}]
    nodes = {
        "b": node("branch", cases=cases, value="@inputs.x"),
        "p": node("plant", value="@b.grow"),
        "end": node("gather", items=["@p", "@b.else"]),
    }
    inputs: Json = {"x": {"type": "any"}}
    for given, end, added in ((1, "10+1.", {"p_0"}), (2, "2", set[str]())):
        result, events = await ran(flow(nodes, inputs=inputs), {"x": given}, more=(plant,))
        assert result.outputs["end"] == end
        assert {path for path in result.values if path.startswith("p_")} == added
        assert ("graph-expanded" in {event.kind for event in events}) == bool(added)


async def test_a_cut_edge_skips_the_branch_behind_it() -> None:
    nodes = {
        "a": node("say", text="a"),
        "c": node("cut", source="a", target="x.value", after=["a"]),
        "x": node("need", value="@a", after=["c"]),
        "y": node("need", value="@x"),
        "z": node("gather", items=["@y", "@a"]),
    }
    result, told, _ = await grown(nodes)
    assert told == {"a": "finished a", "c": "finished cut", "x": "skipped cut c", "y": "skipped skipped x", "z": "finished a"}  # fmt: skip
    assert result.error is None


async def test_previous_answers_of_added_nodes_are_found_by_their_path() -> None:
    @component
    async def adds_old(ctx: Context) -> str:
        """Adds a node that would rather not run again."""
        made = {
            "component": "say",
            "params": {"text": "no"},
            "options": {"when": "text != 'no'", "otherwise": "previous"},
        }
        ctx.expand({"_old": made})
        return ""

    result, told, _ = await grown({"a": node("adds_old")}, adds_old, previous={"a_old": {"output": "before"}})
    assert result.values["a_old"] == {"output": "before"}
    assert told["a_old"] == "finished before again"


async def test_cancelling_a_map_while_its_items_grow_leaves_nothing() -> None:
    doors = Doors()

    @component
    async def waits_grown(ctx: Context, item: Any) -> str:
        """Adds a node that waits, and waits itself."""
        ctx.expand({"_w": {"component": "door", "values": {"name": f"w{item}"}}})
        await doors.wait(f"i{item}")
        return ""

    inner = item_flow({"g": node("waits_grown", item="@inputs.item")})
    document = from_json(flow({"m": node("map", flow=inner, items=[1, 2])}))
    known = stock_catalog(waits_grown, doors.component())
    async with start(document, known, services=services()) as run:
        await doors.reached("i1", "i2", "w1", "w2")
        run.cancel()
        result = await run.finished()
    assert result.status == "cancelled"
    assert doors.inside == []
    assert set(ends(run.events).values()) == {"failed cancelled"}


async def test_the_folded_state_knows_who_added_what() -> None:
    _, _, events = await grown({"s": node("subtask", flow=flow(PLANTED))})
    state = fold(events)
    assert {path: step.by for path, step in state.steps.items() if step.by} == {
        "s/p_0": "s/p",
        "s/p_1": "s/p",
    }
    [expansion] = state.expansions
    assert expansion["by"] == "s/p"
    assert set(expansion["nodes"]) == {"p_0", "p_1"}
    assert [edge["index"] for edge in expansion["edges"]] == [0, 1]


async def test_what_is_added_counts_for_usage_and_streams() -> None:
    nodes = {
        "e": node("expand", plan=["What is near?"]),
        "act": {"component": "prompt", "params": {"prompt": "Act."}, "inputs": {"context": ["e.answers"]}},
    }
    result, _, events = await grown(nodes, model=ScriptedModel({"What is near?": "A lake.", "Act.": "Swim."}))
    assert result.usage["calls"] == 2
    assert "e_1" in {event.path for event in events if event.kind == "step-output"}
