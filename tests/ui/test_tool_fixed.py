"""What is fixed of a tool: typed as the port wants it, refused in words, and let go."""

from typing import Any

import pytest

from weft.catalog.kinds import PortType
from weft.catalog.ports import Port
from weft.model.flow import Flow
from weft.ui.inspector.edits import Edits
from weft.ui.inspector.rows import FieldRow
from weft.ui.inspector.tool_fixed import fixed_rows, of_flow

PORTS = [
    Port("key", PortType("secret"), required=True),
    Port("count", PortType("integer"), default=3),
    Port("names", PortType.parse("list[text]")),
    Port("tone", PortType("text"), choices=("dry", "warm")),
    Port("note", PortType("text"), default=""),
]


class Tool:
    """A tool with these values fixed, and its form."""

    def __init__(self, **fixed: Any) -> None:
        self.fixed: dict[str, Any] = fixed
        self._edits = Edits(self._submit, lambda: None)

    def _submit(self, changes: Any, label: str) -> str:
        self.fixed = dict(changes[0])
        return ""

    def rows(self) -> dict[str, Any]:
        rows = fixed_rows("k", self.fixed, PORTS, [], [], lambda values: [dict(values)], self._edits)
        return {row.key.removeprefix("k/"): row for row in rows}

    def field(self, name: str) -> FieldRow:
        return self.rows()[name]

    def type(self, name: str, text: Any) -> str:
        """Type it; what the field says then."""
        self.field(name).on_change(text)
        return self.field(name).error


def test_what_a_model_cant_fill_is_asked_for_and_the_rest_is_chosen() -> None:
    tool = Tool()
    assert list(tool.rows()) == ["about", "key", "fix/0"]
    assert tool.field("key").error == "It must be fixed: a model can't fill it."
    assert tool.type("key", "MY KEY").startswith("Write the name of a secret")
    assert tool.type("key", "MY_KEY") == ""
    assert tool.fixed == {"key": {"$secret": "MY_KEY"}}
    rows = tool.rows()
    assert [value for value, _ in rows["fix/1"].choices] == ["", "count", "names", "tone", "note"]
    rows["fix/1"].on_change("count")
    assert tool.fixed == {"key": {"$secret": "MY_KEY"}, "count": 3}
    tool.rows()["fix/2"].on_change("")  # nothing was chosen
    tool.rows()["fix/2"].on_change("tone")
    assert tool.fixed["tone"] == "dry"
    assert tool.type("key", "") == "It must be fixed: a model can't fill it."


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("count", "many", "'many' is not a whole number"),
        ("count", "", "Write a value; Reset takes it from here."),
        ("names", "[1, 2]", "Item 1: it must be text"),
        ("names", '["a"', "Not valid JSON"),
        ("odd", "{", "Not valid JSON"),
    ],
)
def test_what_doesnt_fit_is_refused_in_words_and_nothing_changes(name: str, text: str, said: str) -> None:
    tool = Tool(key={"$secret": "K"}, count=3, names=["a"], odd={"x": 1})
    before = dict(tool.fixed)
    assert said.lower() in tool.type(name, text).lower()
    assert tool.fixed == before


def test_a_value_is_let_go_by_reset_also_one_for_which_there_is_no_input() -> None:
    tool = Tool(count=3, odd=1, note="")
    assert (tool.field("note").error, tool.field("count").reset) == ("", "what the model writes")
    for name in ("count", "odd", "note"):
        reset = tool.field(name).on_reset
        assert reset is not None
        reset()
    assert tool.fixed == {}


def test_the_inputs_of_a_flow_are_ports_as_well() -> None:
    flow = Flow.model_validate(
        {"nodes": {}, "inputs": {"a": {"type": "integer"}, "b": {"type": "text", "default": "x"}}}
    )
    assert [(port.name, str(port.type), port.required, port.default) for port in of_flow(flow)] == [
        ("a", "integer", True, None),
        ("b", "text", False, "x"),
    ]
