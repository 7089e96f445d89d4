"""The arguments of a call as fields, and what was typed as arguments again."""

from typing import Any

from weft.ui.dock.arguments import arguments, changed

SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "description": "Where"},
        "days": {"type": "integer"},
        "unit": {"enum": ["C", "F"]},
        "deep": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}
VALUE = {"city": "Oslo", "days": 2, "unit": "C", "deep": False}


def test_each_argument_has_a_field_of_its_kind() -> None:
    found = arguments(SCHEMA, VALUE) or []
    assert [(one.name, one.control, one.start) for one in found] == [
        ("city", "text", "Oslo"),
        ("days", "text", "2"),
        ("unit", "select", "C"),
        ("deep", "switch", False),
        ("tags", "text", ""),
    ]
    assert [one.help for one in found[:2]] == ["Where", ""]
    assert arguments(SCHEMA, ["no object"]) is None
    assert arguments({}, {"left": {"over": 1}}) == [
        ("left", "multiline", '{\n  "over": 1\n}', "json", "", (), True)
    ]


def test_what_is_typed_is_read_and_the_rest_stays() -> None:
    def after(**typed: Any) -> Any:
        return changed(SCHEMA, VALUE, typed)

    assert after() == VALUE
    assert after(city="Oslo", tags="") == VALUE
    assert after(city="12", days="3", deep=True) == {**VALUE, "city": "12", "days": 3, "deep": True}
    assert after(tags='["a"]')["tags"] == ["a"]
    assert after(days="many")["days"] == "many"  # which the run refuses, and says why
    assert after(city="")["city"] == ""
