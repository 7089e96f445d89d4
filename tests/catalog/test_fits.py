"""What fits what, what changes on the way, and how a refusal reads."""

import re
from typing import Any

import pytest

from weft.catalog import fits
from weft.catalog.types import ADAPTERS, PortType, compatible
from weft.model.errors import StepFailed

PLAIN = ("text", "number", "integer", "boolean", "json", "messages", "file", "list[any]", "any")


def adapter(source: str, target: str) -> str:
    fit = compatible(PortType.parse(source), _type(target))
    return (fit.adapter or "=") if fit.ok else "-"


def _type(text: str) -> PortType:
    return (
        PortType(text)
        if text in ("model", "secret", "flow", "template", "expression")
        else PortType.parse(text)
    )


def test_the_table_in_the_docstring_is_what_happens() -> None:
    rows = re.findall(r"^    (\w+) {2,}(.+)$", fits.__doc__ or "", re.MULTILINE)
    written = {name: cells.split() for name, cells in rows if name != "takes"}
    assert written == {target: [adapter(source, target) for source in PLAIN] for target in written}
    assert list(written) == [
        "text",
        "number",
        "integer",
        "boolean",
        "json",
        "messages",
        "file",
        "model",
        "any",
    ]


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("number", "template", "to_text"),
        ("messages", "template", "-"),
        ("boolean", "expression", "="),
        ("messages", "expression", "="),
        ("text", "secret", "-"),
        ("json", "flow", "-"),
        ("number", "list[text]", "to_text"),
        ("text", "list[any]", "="),
        ("list[number]", "list[number]", "="),
        ("list[number]", "list[text]", "each_to_text"),
        ("list[messages]", "list[text]", "-"),
        ("text", "list[messages]", "to_messages"),
        ("messages", "list[messages]", "="),
    ],
)
def test_written_live_and_list_ports(source: str, target: str, expected: str) -> None:
    assert adapter(source, target) == expected


def test_every_adapter_named_in_the_table_exists() -> None:
    named = {
        name
        for source in PLAIN
        for target in (*PLAIN, "list[text]", "list[number]", "template")
        if (name := adapter(source, target)) not in ("=", "-")
    }
    assert named <= set(ADAPTERS)


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("messages", "number", "a number can't take messages; connect the text output instead"),
        ("messages", "text", "text can't take messages; connect the text output instead"),
        (
            "number",
            "boolean",
            "true or false can't take a number; compare it in an expression, such as x > 0",
        ),
        ("boolean", "number", "a number can't take true or false; make one with the math component"),
        ("list[any]", "number", "a number can't take a list; pick one item of it with the json component"),
        ("number", "file", "a file takes the path of a file, a text; a number can't be one"),
        ("number", "model", "a model's name is a text such as \"openai:gpt-5-mini\"; a number can't be one"),
        ("text", "secret", "a secret is chosen in the node; no edge can bring it"),
        ("text", "flow", "a flow is chosen in the node; no edge can bring it"),
    ],
)
def test_a_refusal_says_why_and_what_to_do(source: str, target: str, reason: str) -> None:
    assert compatible(PortType.parse(source), _type(target)).reason == reason


def test_nothing_live_leaves_a_node() -> None:
    for live in ("model", "secret", "flow"):
        fit = compatible(PortType(live), PortType("any"))  # type: ignore[arg-type]
        assert not fit.ok
        assert "never travels along an edge" in fit.reason


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("to_text", 3, "3"),
        ("to_text", True, "true"),
        ("to_text", "é", "é"),
        ("to_json_text", {"é": [1]}, '{"é": [1]}'),
        ("parse_number", " 12 ", 12),
        ("parse_number", "1.5e3", 1500.0),
        ("parse_integer", "7.0", 7),
        ("parse_boolean", " Yes ", True),
        ("parse_boolean", "false", False),
        ("parse_json", '[1, {"a": null}]', [1, {"a": None}]),
        ("parse_json", {"a": 1}, {"a": 1}),
        ("to_messages", "Twelve.", [{"role": "system", "content": "Count:\n\nTwelve."}]),
        ("to_messages", {"n": 12}, [{"role": "system", "content": 'Count:\n\n{"n": 12}'}]),
        ("to_messages", [{"role": "user", "content": "hi"}], [{"role": "user", "content": "hi"}]),
        ("to_messages", [], [{"role": "system", "content": "Count:\n\n[]"}]),
        ("each_parse_number", ["1", 2], [1, 2]),
    ],
)
def test_an_adapter_changes_the_value(name: str, value: Any, expected: Any) -> None:
    changed = ADAPTERS[name](value, "Count")
    assert changed == expected
    assert type(changed) is type(expected)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("parse_number", "twelve", "a number"),
        ("parse_number", True, "a number"),
        ("parse_number", "1_000", "a number"),
        ("parse_number", "nan", "a number"),
        ("parse_number", "1e999", "a number"),
        ("parse_number", "9" * 5000, "a number"),
        ("parse_number", None, "a number"),
        ("parse_integer", "1.5", "a whole number"),
        ("parse_boolean", "maybe", "true or false"),
        ("parse_boolean", 1, "true or false"),
        ("parse_json", "{", "JSON"),
        ("parse_json", "NaN", "JSON"),
        ("parse_json", "[" * 100_000, "JSON"),
        ("each_to_text", "a", "a list"),
    ],
)
def test_a_value_that_cannot_change_fails_the_step_naming_its_source(
    name: str, value: Any, wanted: str
) -> None:
    with pytest.raises(StepFailed) as failed:
        ADAPTERS[name](value, "Count")
    assert failed.value.code == "wrong-type"
    assert failed.value.message.startswith(f"What 'Count' gave is not {wanted}: ")
    assert len(failed.value.message) < 200
    assert failed.value.retryable is False
