"""Ports that depend on a node's params: names in templates and expressions, and `ports=`."""

from collections.abc import Mapping
from typing import Annotated, Any

from weft import Context, Expression, Flow, Template, component
from weft.catalog import Component, Ports
from weft.model import from_json


@component
async def write(
    ctx: Context, prompt: Template, system: Template = "Be {{mood}}.", times: int = 1, **names: Any
) -> str:
    return prompt + system * times


def inputs(ports: Ports) -> dict[str, tuple[str, bool]]:
    return {port.name: (str(port.type), port.required) for port in ports.inputs}


def test_names_in_a_template_become_ports_in_order_of_appearance() -> None:
    ports = write.ports({"prompt": "{{topic}} and {{ other.part | upper }}, {{topic}}", "system": ""})
    assert list(inputs(ports).items())[3:] == [("topic", ("any", True)), ("other", ("any", True))]
    assert ports.faults == ()


def test_a_default_text_makes_ports_as_well() -> None:
    assert inputs(write.ports())["mood"] == ("any", True)
    assert "mood" not in inputs(write.ports({"system": "Be brief."}))


def test_a_name_with_a_default_each_time_may_be_left_empty() -> None:
    assert inputs(write.ports({"prompt": "{{a | default('')}} {{b | default(0)}} {{b}}"}))["a"] == (
        "any",
        False,
    )
    assert inputs(write.ports({"prompt": "{{a | default('')}} {{b | default(0)}} {{b}}"}))["b"] == (
        "any",
        True,
    )
    both = write.ports({"prompt": "{{a}}", "system": "{{a | default('')}}"})
    assert inputs(both)["a"] == ("any", True)


def test_the_state_is_no_port() -> None:
    assert "state" not in inputs(write.ports({"prompt": "{{state.plan}}", "system": ""}))


def test_a_name_that_is_a_port_already_is_a_fault_that_says_so() -> None:
    ports = write.ports({"prompt": "{{times}} {{ctx}} {{save}}", "system": ""})
    assert [(fault.code, fault.port, fault.message) for fault in ports.faults] == [
        ("port-clash", "prompt", "{{times}} has the name of a port this component already has."),
        ("port-clash", "prompt", "{{ctx}} has the name of a port this component already has."),
        ("port-clash", "prompt", "{{save}} has the name of a port this component already has."),
    ]


def test_a_broken_template_is_a_fault_with_its_place_and_the_rest_still_has_ports() -> None:
    ports = write.ports({"prompt": "{{good}}\n{{ bad", "system": ""})
    assert [fault.code for fault in ports.faults] == ["bad-template"]
    assert ports.faults[0].message.startswith("line 2, column 1: ")
    assert "good" in inputs(ports)


def test_names_in_an_expression_become_ports() -> None:
    @component
    async def decide(condition: Expression) -> bool:
        return bool(condition)

    assert inputs(decide.ports({"condition": "len(items) > least and exists(name)"})) == {
        "condition": ("expression", True),
        "items": ("any", True),
        "least": ("any", True),
        "name": ("any", False),
    }
    assert [fault.code for fault in decide.ports({"condition": "a +"}).faults] == ["bad-expression"]
    assert decide.ports({"condition": True}).faults == ()


def grown(answer: Any) -> Component:
    @component(ports=lambda params: answer(params) if callable(answer) else answer)
    async def grow(kind: str = "", **more: Any) -> dict[str, Any]:
        return {"kind": kind, **more}

    return grow


def test_ports_of_the_params_are_added_and_outputs_replaced() -> None:
    def ports(params: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        return {
            "inputs": {
                params["kind"]: Annotated[str, "Of that kind"],
                "maybe": int | None,
                "list": "list[text]",
            },
            "outputs": {"one": str, "two": float},
        }

    found = grown(ports).ports({"kind": "fruit"})
    assert inputs(found) == {
        "kind": ("text", False),
        "fruit": ("text", True),
        "maybe": ("integer", False),
        "list": ("list[text]", True),
    }
    assert [port.help for port in found.inputs][1] == "Of that kind"
    assert found.input("list") is not None
    assert [str(port.type) for port in found.outputs] == ["text", "number"]
    assert found.output(None) == found.output("one")
    assert found.output("three") is None


async def test_a_dict_then_holds_outputs_by_name() -> None:
    one = grown({"outputs": {"kind": str, "more": int}})
    assert await one.call({"kind": "fruit", "more": 3}, None) == {"kind": "fruit", "more": 3}  # type: ignore[arg-type]


def test_inputs_of_a_flow_can_be_ports_as_they_are() -> None:
    flow = from_json(
        {
            "format": 1,
            "inputs": {
                "topic": {"description": "What about", "multiline": True},
                "style": {"default": "dry", "choices": ["dry", "warm"]},
                "items": {"type": "list[text]"},
            },
        }
    )
    assert isinstance(flow, Flow)
    found = grown({"inputs": flow.inputs}).ports()
    assert [
        (
            port.name,
            str(port.type),
            port.required,
            port.default,
            port.help,
            port.choices,
            port.multiline,
            port.many,
        )
        for port in found.inputs[1:]
    ] == [
        ("topic", "text", True, None, "What about", (), True, False),
        ("style", "text", False, "dry", "", ("dry", "warm"), False, False),
        ("items", "list[text]", True, None, "", (), False, True),
    ]


def test_a_function_that_raises_is_a_fault_of_the_node() -> None:
    def ports(params: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        return {"inputs": {params["missing"]: str}}

    found = grown(ports).ports()
    assert [port.name for port in found.inputs] == ["kind"]
    assert [(fault.code, fault.message) for fault in found.faults] == [
        ("ports-failed", "The ports of this node can't be told: KeyError: 'missing'")
    ]


def test_ports_that_cannot_be_are_faults() -> None:
    for answer in (
        {"inputs": {"a b": str}},
        {"inputs": {"a": bytes}},
        {"inputs": {"a": Template}},
        {"outputs": 3},
        None,
        [],
    ):
        assert [fault.code for fault in grown(answer).ports().faults] == ["ports-failed"], answer
    for name in ("kind", "save", "state"):
        assert [fault.code for fault in grown({"inputs": {name: str}}).ports().faults] == ["port-clash"]


def test_the_function_can_not_change_the_params() -> None:
    def ports(params: Any) -> dict[str, dict[str, Any]]:
        params["kind"] = "other"
        return {}

    params = {"kind": "fruit"}
    assert [fault.code for fault in grown(ports).ports(params).faults] == ["ports-failed"]
    assert params == {"kind": "fruit"}
