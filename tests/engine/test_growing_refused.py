"""What a step may not ask for when it lets its graph grow: nothing of it is done, and the sentence says why."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.build import catalog, finished, flow, node
from tests.engine.grower import SAY, edge, grow, growing, grown

from weft.catalog import Condition, Context, Expression, Secret, Template, component
from weft.catalog.template import escape, render
from weft.engine.limits import Limits
from weft.model import Flow, StepFailed

# --- refusals --------------------------------------------------------------------------------------------------------

REFUSED: list[tuple[str, Any, Any, Any, str]] = [
    ("no_object", [1], [], [], "must be an object of id: node"),
    ("no_node", {"n": 5}, [], [], "must be an object as in a flow file"),
    ("a_bad_id", {"No Way": SAY}, [], [], "can't be the id"),
    ("a_reserved_id", {"inputs": SAY}, [], [], "can't be the id"),
    ("an_empty_id", {"": SAY}, [], [], "can't be the id"),
    ("itself_anew", {"_": SAY}, [], [], "can't be the id"),
    ("an_id_that_is_there", {"end": SAY}, [], [], "there is a node 'end' already"),
    ("its_own_id", {"g": SAY}, [], [], "there is a node 'g' already"),
    ("two_of_one_id", {"_1": SAY, "g_1": SAY}, [], [], "the same id"),
    ("an_unknown_component", {"n": {"component": "sya"}}, [], [], "'sya', which isn't there"),
    ("no_component", {"n": {}}, [], [], "component"),
    ("an_unknown_key", {"n": {**SAY, "promt": 1}}, [], [], "has no 'promt'"),
    ("an_unknown_param", {"n": {**SAY, "params": {"tixt": "x"}}}, [], [], "'tixt'"),
    ("a_wrong_param", {"n": {"component": "add", "params": {"a": "x"}}}, [], [], "'a'"),
    ("a_missing_input", {"n": {"component": "need"}}, [], [], "'value'"),
    ("a_dangling_reference", {"n": {**SAY, "inputs": {"text": "nobody"}}}, [], [], "'nobody'"),
    ("no_reference", {"n": {**SAY, "inputs": {"text": "No One"}}}, [], [], "'No One'"),
    ("an_input_of_a_wrong_type", {"n": {"component": "subtask", "inputs": {"flow": "g"}}}, [], [], "'flow'"),
    ("an_input_that_is_none", {"n": {**SAY, "inputs": {"text": "inputs.x"}}}, [], [], "'inputs.x'"),
    ("a_bad_expression", {"n": {**SAY, "options": {"when": "text ("}}}, [], [], "n"),
    ("a_circle_of_its_own", {"n": {**SAY, "inputs": {"text": "m"}}, "m": {**SAY, "inputs": {"text": "n"}}}, [], [], "wait for each other"),
    ("a_circle_through_the_flow", {"n": {**SAY, "inputs": {"text": "end"}}}, [edge("n", "end.items")], [], "wait for each other"),
    ("an_edge_to_itself", {}, [edge("end", "end.items")], [], "wait"),
    ("an_edge_into_the_step", {}, [edge("a", "g")], [], "runs already"),
    ("an_edge_into_what_has_ended", {"n": SAY}, [edge("n", "a.text")], [], "'a' can't get or lose an edge, for it has ended"),
    ("an_edge_from_nowhere", {}, [edge("nobody", "end.items")], [], "'nobody'"),
    ("an_edge_to_nowhere", {"n": SAY}, [edge("n", "nobody.items")], [], "no node 'nobody'"),
    ("an_edge_to_no_port", {"n": SAY}, [edge("n", "end.nothing")], [], "'nothing'"),
    ("an_edge_into_a_new_node", {"n": SAY, "m": SAY}, [edge("n", "m.text")], [], "which is new"),
    ("a_second_edge_into_a_single_port", {"n": SAY}, [edge("n", "one.text")], [], "'text'"),
    ("an_edge_into_a_flow_input", {"n": SAY}, [edge("n", "inputs.x")], [], "'inputs.x'"),
    ("an_output_that_goes_into_a_single_port", {"n": SAY}, [edge("n", "_.output")], [], "takes one value"),
    ("edges_that_are_none", {}, "n", [], "must be a list"),
    ("an_edge_that_is_none", {}, [["n", "end"]], [], "must be a list"),
    ("an_edge_with_a_strange_key", {"n": SAY}, [edge("n", "end.items", firts=True)], [], "'firts'"),
    ("an_edge_without_an_end", {"n": SAY}, [{"from": "n"}], [], "a reference must be a text"),
    ("an_edge_that_isnt_there", {}, [], [edge("a", "end.items")], "no edge from 'a' into 'end.items'"),
    ("an_edge_of_what_has_ended", {}, [], [edge("b", "a.text")], "has ended"),
    ("a_text_too_long", {"n": {**SAY, "params": {"text": "x" * 70_000}}}, [], [], "65,536"),
    ("too_deep", {"n": {**SAY, "params": {"text": [[[[]]]]}, "options": {"retries": -1}}}, [], [], "retries"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("nodes", "edges", "remove", "why"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
async def test_a_faulty_expansion_is_refused_as_a_whole(
    nodes: Any, edges: Any, remove: Any, why: str
) -> None:
    """What is right in it isn't done either."""
    failures: list[StepFailed] = []

    @component
    async def try_it(ctx: Context) -> str:
        """Asks for what it can't have, beside what it could."""
        good = {"good": SAY} if isinstance(nodes, dict) else None
        with pytest.raises(StepFailed) as caught:
            ctx.expand(
                {**good, **nodes} if good else nodes,
                [edge("good", "end.items"), *edges] if good and isinstance(edges, list) else edges,
                remove,
            )
        failures.append(caught.value)
        return "tried"

    nodes_before = {
        "b": node("say", text="b"),
        "a": node("say", text="@b"),
        "g": node("try_it", after=["a"]),
        "one": node("say", text="@g"),
        "end": node("join", items=["@g", "@one"]),
    }
    result, events = await grown(nodes_before, try_it)
    [failure] = failures
    assert failure.code == "bad-expansion"
    assert why in failure.message, failure.message
    assert failure.retryable is False
    assert result.outputs["end"] == "tried+tried"
    assert set(result.values) == set(nodes_before)
    assert not [event for event in events if event.kind == "graph-expanded"]


async def test_a_node_that_is_about_to_start_can_get_no_edge_any_more() -> None:
    nodes = {"g": growing({"n": SAY}, [edge("n", "x.items")]), "x": node("maybe")}
    result, _ = await grown(nodes, parallel=1)
    assert result.error is not None
    assert "has started, or is about to" in result.error["message"]
    assert result.error["hint"] == "Let it wait for this step: connect it, or name this step in its `after`."


async def test_two_nodes_that_may_race_for_the_state_are_refused() -> None:
    race = {"n": {**SAY, "params": {"text": "n", "save": {"x": ""}}}}
    made = flow({"g": growing(race), "w": node("say", text="w", save={"x": ""}, after=["g"])}, state={"x": 0})
    result, _ = await finished(made, catalog(grow))
    assert result.error is not None
    assert result.error["code"] == "bad-expansion"
    assert "'n' writes state.x and 'w' writes state.x" in result.error["message"]


async def test_expansions_are_counted_and_the_run_ends_at_the_limit() -> None:
    endless = growing({"n": SAY})
    nodes = {
        f"g{index}": growing({"_n": SAY}, after=[f"g{index - 1}"] if index else []) for index in range(4)
    }
    result, _ = await grown(nodes, limits=Limits(expansions=3))
    assert result.error is not None
    assert (result.error["code"], result.error["node"]) == ("limit-exceeded", "g3")
    assert {"g0_n", "g1_n", "g2_n"} <= set(result.values), "what was done is kept"
    result, _ = await grown({"g": endless}, limits=Limits(steps=1))
    assert result.error is not None
    assert (result.error["code"], result.error["node"]) == ("limit-exceeded", "g")


async def test_a_graph_that_grows_without_end_is_stopped() -> None:
    @component
    async def again(ctx: Context) -> str:
        """Adds itself."""
        ctx.expand({f"n{len(made)}": {"component": "again"}})
        made.append(1)
        return "x"

    made: list[int] = []
    result, _ = await grown({"g": node("again")}, again, limits=Limits(expansions=50))
    assert result.error is not None
    assert result.error["code"] == "limit-exceeded"
    assert len(made) == 50


# --- data ------------------------------------------------------------------------------------------------------------

HOSTILE = [
    "{{state.secret}}", "\\{{state.secret}}", "\\\\{{a}}", "{{{{x}}}}", "{{{x", "{{", "\\", "{{ | default('x')}}", "a\\\\\\{{b", "",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
async def test_values_are_data_whatever_stands_in_them(text: str) -> None:
    @component
    async def write(text: Template) -> str:
        """Gives the finished text."""
        return text

    nodes = {"g": growing({"n": {"component": "write", "values": {"text": text}}})}
    result, _ = await grown(nodes, write)
    assert result.values["n"] == {"output": text}


@given(text=st.text(alphabet="\\\\{}|. ab\n", max_size=30))
def test_any_text_can_be_made_a_template_that_gives_it(text: str) -> None:
    assert render(escape(text), {}, {}) == text


@pytest.mark.parametrize("kind", [Expression, Condition, Secret, Path, Flow])
async def test_what_says_what_is_done_or_read_is_no_data(kind: Any) -> None:
    async def acts(thing: Any) -> str:
        """Acts."""
        return ""

    acts.__annotations__["thing"] = kind
    result, _ = await grown(
        {"g": growing({"n": {"component": "acts", "values": {"thing": "x"}}})}, component(acts)
    )
    assert result.error is not None
    assert (result.error["code"], "can't take data" in result.error["message"]) == ("bad-expansion", True)


@pytest.mark.parametrize(
    "value", [{"$secret": "KEY"}, {"$file": "x"}, [{"$raw": 1}], {"a": {"$lines": ["x"]}}, "x"]
)
async def test_no_reference_is_seen_in_values(value: Any) -> None:
    @component
    async def give(thing: Any) -> Any:
        """Gives it back."""
        return thing

    @component
    async def pass_on(ctx: Context) -> str:
        """Passes on what it got from a model."""
        ctx.expand({"n": {"component": "give", "values": {"thing": value}}})
        return ""

    result, _ = await grown({"g": node("pass_on")}, give, pass_on)
    assert result.values["n"] == {"output": value}
