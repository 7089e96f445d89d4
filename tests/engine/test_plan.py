"""What is worked out before a run."""

import subprocess
import sys
from typing import Any

import pytest
from tests.engine.build import catalog, flow, node, subtask

from weft.catalog import Template, component
from weft.engine.plan import lasting_plan, plan
from weft.model import Flow, FlowHasProblems


def planned(nodes: Any, **top: Any) -> Any:
    return plan(flow(nodes, **top), catalog())


def test_what_is_left_behind_a_node_decides_its_turn() -> None:
    made = planned(
        {
            "alone": node("say"),
            "a": node("say"),
            "b": node("say", text="@a"),
            "c": node("join", items=["@b", "@a"], after=["alone"]),
            "d": node("say", text="@a"),
        }
    )
    assert {found.id: found.remaining for found in made.nodes} == {"alone": 2, "a": 3, "b": 2, "c": 1, "d": 1}
    names = made.names
    turns = sorted(made.nodes, key=lambda found: found.key)
    assert [found.id for found in turns] == ["a", "alone", "b", "c", "d"]
    assert [names[target] for target in made.nodes[1].targets] == ["b", "c", "d"]
    assert [names[root] for root in made.inputs.targets] == ["a", "alone"]
    assert made.needs == [1, 1, 1, 3, 1]


def test_a_source_counts_once_however_often_it_is_wired() -> None:
    made = planned({"a": node("two"), "b": node("say", text="@a", more="@a.main", after=["a"])})
    assert made.needs == [1, 1]
    assert made.nodes[0].targets == (1,)


def test_a_text_without_holes_is_finished_all_the_same() -> None:
    @component
    async def write(template: Template) -> str:
        """A text."""
        return template

    made = plan(flow({"a": node("write", template=r"a \{{b}}")}), catalog(write))
    assert made.nodes[0].finishes


def test_a_plan_lasts_for_its_revision_and_catalog() -> None:
    made, known = flow({"a": node("say")}), catalog()
    first = lasting_plan(made, known, made.hash)
    assert lasting_plan(flow({"a": node("say")}), known, made.hash) is first
    assert lasting_plan(made, catalog(), made.hash) is not first


def test_a_plan_that_looked_into_other_flows_doesnt_last() -> None:
    inner: dict[str, Any] = {"format": 1, "nodes": {"x": node("say")}}
    made, known = flow({"a": node("subtask", flow=inner)}), catalog(subtask)
    assert not plan(made, known).lasting
    assert lasting_plan(made, known, made.hash) is not lasting_plan(made, known, made.hash)


BLOCKED = [
    ({"a": node("nope")}, "unknown-component"),
    ({"a": node("say", text="@b"), "b": node("say", text="@a")}, "cycle"),
    ({"a": node("say", text="@b", options={"disabled": True}), "b": node("say", text="@a")}, "cycle"),
    ({"Bad": node("say", options={"disabled": True})}, "bad-id"),
    ({"a": node("say", text="@gone")}, "dangling-ref"),
    ({"a": node("say", save={"p": ""}), "b": node("say", save={"p": ""})}, "state-race"),
]


@pytest.mark.parametrize(("nodes", "code"), BLOCKED)
def test_errors_block(nodes: Any, code: str) -> None:
    with pytest.raises(FlowHasProblems) as refused:
        planned(nodes)
    assert [problem.code for problem in refused.value.problems] == [code]


OFF = {"disabled": True}
UNREACHED = [
    {"a": node("nope", options=OFF)},
    {"a": node("say", options=OFF), "b": node("add", a="@a", b="wrong")},
    {"a": node("say", options=OFF), "b": node("join", items=["@a"]), "c": node("nope", x="@b")},
    {"a": node("nope", options=OFF), "b": node("add", a="@a.whatever")},
]


@pytest.mark.parametrize("nodes", UNREACHED)
def test_what_can_never_run_blocks_nothing(nodes: Any) -> None:
    planned(nodes)


def test_warnings_block_nothing() -> None:
    planned({"a": node("say")}, inputs={"unused": {}})


def test_a_long_chain_is_planned_without_recursion() -> None:
    made = planned({"n0": node("say")} | {f"n{n}": node("say", text=f"@n{n - 1}") for n in range(1, 10_000)})
    assert made.nodes[0].remaining == 10_000


def test_an_empty_flow_has_an_empty_plan() -> None:
    assert plan(Flow(), catalog()).nodes == []


def test_running_and_planning_dont_load_the_graph_library() -> None:
    code = (
        "import sys; from weft.engine import start; from weft.engine.check import check; from weft.catalog import Catalog;"
        "from weft.model import Flow; check(Flow(), Catalog());"
        "print(sorted({'networkx', 'nicegui', 'langchain_core', 'fastapi', 'aiosqlite', 'typer', 'httpx'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
