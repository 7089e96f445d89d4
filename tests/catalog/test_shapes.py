"""Nodes of one shape share their ports, and no node has other ports than it would have alone."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from weft.catalog import Expression, Ports, Template, component
from weft.catalog import template as language
from weft.catalog.ports import grow

GOOD = [
    "{{a}}",
    "{{ b }}",
    "{{a.b}}",
    "{{c | trim}}",
    "{{d | default('x')}}",
    "{{state.x}}",
    "{{text}}",
    "{{ a\t}}",
]
ODD = [
    "{{state}}",
    "{{inputs}}",
    "{{",
    "}}",
    "{{{a}}",
    "\\{{a}}",
    "\\\\{{a}}",
    "{{a }} {{a}}",
    "{{1}}",
    "text ",
    "\n",
]
words = st.sampled_from([*GOOD, *ODD])
texts = st.lists(words, max_size=5).map("".join)
seen: list[Mapping[str, Any]] = []


def ports(params: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    seen.append(params)
    if params.get("kind") == "json":
        return {"outputs": {"data": dict, **({"deep": int} if params["deep"] else {})}}
    if params.get("kind") == "all":
        return {"outputs": {str(name): str for name in params}}
    if params.get("kind") == "bad":
        raise ValueError("no such kind")
    return {"inputs": {"more": str} if "more" in params else {}}


@component(ports=ports)
async def shaped(
    text: Template, condition: Expression = "true", kind: Any = "text", deep: Any = False
) -> dict[str, Any]:
    """Has ports of many shapes."""
    return {}


values = st.sampled_from(["json", "all", "bad", "text", 1, True, 1.0, None, [1], {"a": 1}])


@settings(max_examples=300, deadline=None)
@given(
    st.fixed_dictionaries(
        {"text": texts},
        optional={
            "condition": st.sampled_from(["x > 1", "exists(y)", "true", "1 +", "x"]),
            "kind": values,
            "deep": values,
            "more": values,
        },
    )
)
def test_ports_are_those_the_params_ask_for(params: dict[str, Any]) -> None:
    alone = grow(Ports(shaped.inputs, shaped.outputs), ports, params)
    assert shaped.ports(params) == alone
    assert shaped.ports(params) == alone


@given(texts)
def test_what_a_template_asks_for_is_told_without_taking_it_apart(text: str) -> None:
    told = language.asked(text)
    assert (told is None) == bool(language.problems(text))
    assert told is None or dict(told) == language.names(text)


def test_a_thousand_nodes_of_one_shape_are_asked_about_once() -> None:
    shaped.ports({"text": "{{z}}", "kind": "json", "deep": 0})
    seen.clear()
    made = {
        id(shaped.ports({"text": f"{n} {{{{z}}}}", "kind": "json", "deep": 0, "other": n}))
        for n in range(1000)
    }
    assert len(made) == 1
    assert not seen


def test_a_component_that_looks_at_all_params_is_asked_each_time() -> None:
    seen.clear()
    first = shaped.ports({"text": "", "kind": "all"})
    second = shaped.ports({"text": "", "kind": "all", "deep": 1})
    assert len(seen) == 2
    assert len(second.outputs) == len(first.outputs) + 1
