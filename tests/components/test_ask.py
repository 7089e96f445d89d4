"""The component `ask`: its ports by kind, and what the editor and the check are told of a bad one."""

from typing import Any

import pytest

from weft.engine.check import check
from weft.model import from_json
from weft.testing import load_component, run_flow, stock_catalog

ASK = load_component("components/ask.py")

PORTS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({}, [("approved", "any"), ("declined", "any"), ("remark", "text")]),
    ({"kind": "edit"}, [("output", "any")]),
    ({"kind": "choose", "choices": ["a"]}, [("output", "any")]),
    (
        {"kind": "form", "fields": {"n": "number", "all": {"type": "list[text]"}, "t": {}}},
        [("output", "json"), ("n", "number"), ("all", "list[text]"), ("t", "text")],
    ),
    ({"kind": "form"}, [("output", "json")]),
]


@pytest.mark.parametrize(("params", "outputs"), PORTS)
def test_outputs_depend_on_the_kind(params: dict[str, Any], outputs: list[tuple[str, str]]) -> None:
    ports = ASK.ports({"question": "Send {{what}} to {{whom | default('all')}}?", **params})
    assert [(port.name, str(port.type)) for port in ports.outputs] == outputs
    assert ports.faults == ()
    names = [port.name for port in ports.inputs]
    assert names[-2:] == ["what", "whom"]


PROBLEMS: dict[str, tuple[dict[str, Any], str]] = {
    "a_kind_there_is_not": ({"kind": "aprove"}, "must be one of approve, edit, choose, form"),
    "nothing_to_choose": ({"kind": "choose", "choices": []}, "There is nothing to choose"),
    "a_field_called_output": ({"kind": "form", "fields": {"output": "text"}}, "can't be called 'output'"),
    "a_field_without_a_type": ({"kind": "form", "fields": {"a": "txt"}}, "The field 'a' has no type"),
    "a_field_with_a_bad_name": ({"kind": "form", "fields": {"a b": "text"}}, "'a b' is no name of a field"),
    "fields_that_are_none": ({"kind": "form", "fields": {"a": 3}}, "The field 'a' has no type"),
    "a_question_with_the_name_of_a_port": (
        {"question": "Is {{value}} good?"},
        "{{value}} has the name of a port",
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_bad_question_is_a_problem_before_the_run(name: str) -> None:
    params, said = PROBLEMS[name]
    node = {"component": "ask", "params": {"question": "Well?", **params}}
    problems = check(from_json({"format": 1, "nodes": {"a": node}}), stock_catalog())
    assert [problem.node for problem in problems if said in problem.message] == ["a"], problems


async def test_the_fields_of_a_form_go_their_own_ways() -> None:
    fields = {"amount": "number", "to": {"default": "Ada"}}
    nodes = {
        "pay": {"component": "ask", "params": {"question": "Pay?", "kind": "form", "fields": fields}},
        "twice": {
            "component": "math",
            "params": {"formula": "n * 2"},
            "inputs": {"n": "pay.amount"},
        },
        "told": {"component": "text", "params": {"template": "To {{to}}"}, "inputs": {"to": "pay.to"}},
    }
    result = await run_flow({"format": 1, "nodes": nodes}, answers={"pay": [{"amount": 4}]})
    assert result.outputs == {"twice": 8, "told": "To Ada"}
