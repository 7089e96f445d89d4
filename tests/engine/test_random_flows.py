"""Random flows end as a small recursive evaluator says, whatever the cap and however long steps take."""

import asyncio
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.build import branch, fail, flow, in_jumping_time, join, maybe, say
from tests.engine.reference import MAIN, evaluate

from weft.catalog import Catalog, component
from weft.engine import start
from weft.engine.plan import plan

Json = dict[str, Any]


@component
async def need(text: str) -> str:
    """Needs a text, and some time."""
    await asyncio.sleep(len(text) % 3)
    return text


KNOWN = Catalog([say, need, join, maybe, fail, branch])
words = st.sampled_from(["", "no", "a", "bc", "def"])


@st.composite
def random_flows(draw: st.DrawFn) -> dict[str, Json]:
    nodes: dict[str, Json] = {}
    for index in range(draw(st.integers(1, 12))):
        refs = [ref for name, made in nodes.items() for ref in outputs(name, made["component"])]
        nodes[f"n{index}"] = draw(node(refs, list(nodes)))
    names = draw(st.permutations(list(nodes)))
    return {name: nodes[name] for name in names}


def outputs(name: str, component: str) -> list[str]:
    return [f"{name}.yes", f"{name}.no", name] if component == "branch" else [name]


@st.composite
def node(draw: st.DrawFn, refs: list[str], names: list[str]) -> Json:
    components = ["say", "need", "fail", "branch", "maybe", *(["join"] if refs else [])]
    component = draw(st.sampled_from(components))
    params: Json = {}
    inputs: Json = {}
    options: Json = {}
    ref, several = (
        st.sampled_from(refs or ["-"]),
        st.lists(st.sampled_from(refs or ["-"]), min_size=1, max_size=4),
    )
    if component == "branch":
        params["go"] = draw(st.booleans())
    if component == "join" or (component == "maybe" and refs and draw(st.booleans())):
        inputs["items"] = draw(several)
    if component != "join":
        if refs and draw(st.booleans()):
            inputs["text"] = draw(ref)
        else:
            params["text"] = draw(words)
    if component == "fail":
        options["on_error"] = draw(st.sampled_from(["fail", "skip", "continue"]))
        options["default"] = draw(words)
    elif component in ("say", "need") and draw(st.integers(0, 4)) == 0:
        options["when"] = "text != 'no'"
    if draw(st.integers(0, 9)) == 0:
        options["disabled"] = True
    after = draw(st.lists(st.sampled_from(names), max_size=2, unique=True)) if names else []
    return {"component": component, "params": params, "inputs": inputs, "options": options, "after": after}


@settings(max_examples=120, deadline=None)
@given(nodes=random_flows(), parallel=st.integers(1, 4), seed=st.integers(0, 3))
def test_a_random_flow_ends_as_it_must(nodes: dict[str, Json], parallel: int, seed: int) -> None:
    made = flow(nodes)
    plan(made, KNOWN)

    async def main() -> tuple[dict[str, tuple[str, Json]], str]:
        async with start(made, KNOWN, parallel=parallel, random=Random(seed)) as run:
            result = await run.finished()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        over = [event for event in run.events if event.path and event.kind in ENDS]
        assert len({event.path for event in over}) == len(over) == len(nodes)
        return {event.path: (ENDS[event.kind], event.data.get("value", {})) for event in over}, result.status

    ends, status = in_jumping_time(main())
    expected = evaluate(nodes)
    assert ends == {name: (end.kind, end.values) for name, end in expected.items()}
    assert status == ("failed" if any(end.kind == "failed" for end in expected.values()) else "succeeded")


ENDS = {"step-finished": "finished", "step-failed": "failed", "step-skipped": "skipped"}


def test_the_main_output_of_a_branch_is_its_first() -> None:
    assert branch.outputs[0].name == MAIN["branch"]
