"""Random flows of small components, for tests that compare one way of running a flow with another."""

import asyncio
from typing import Any

from hypothesis import strategies as st

from weft.catalog import component

Json = dict[str, Any]
ENDS = {"step-finished": "finished", "step-failed": "failed", "step-skipped": "skipped"}


@component
async def need(text: str) -> str:
    """Needs a text, and some time."""
    await asyncio.sleep(len(text) % 3)
    return text


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
