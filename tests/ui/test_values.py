"""Port values as typed: what is shown can be typed back, what can't be read is explained."""

import pytest

from weft.catalog.kinds import PortType
from weft.ui.inspector.values import count, json_value, loose, loosely, seconds, shown, typed

KINDS = {
    "text": "Several\nlines, {{hole}}",
    "template": "Write about {{topic}}",
    "expression": "score > 3 and name == 'x'",
    "number": 0.5,
    "integer": 12,
    "boolean": True,
    "json": {"a": [1, None, "x"], "b": {}},
    "messages": [{"role": "user", "content": "Hi"}],
    "file": {"$file": "notes/a.txt"},
    "secret": {"$secret": "OPENAI_KEY"},
    "flow": "essay",
    "model": "openai:gpt-5-mini",
    "any": [1, 2],
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_shown_can_be_typed_back(kind: str) -> None:
    port_type = PortType(kind)  # type: ignore[arg-type]
    assert typed(shown(KINDS[kind], port_type), port_type) == KINDS[kind]


@pytest.mark.parametrize(
    "value", [["one", "two words"], [], ["with\nnewline", "b"], ["[looks like a list", "b"]]
)
def test_a_list_of_texts_is_one_line_each_where_that_is_unambiguous(value: list[str]) -> None:
    texts = PortType.parse("list[text]")
    assert typed(shown(value, texts), texts) == value


def test_a_list_of_texts_typed_as_lines() -> None:
    assert typed("red\ngreen", PortType.parse("list[text]")) == ["red", "green"]
    assert shown(["red", "green"], PortType.parse("list[text]")) == "red\ngreen"


def test_an_object_that_looks_like_a_reference_is_wrapped_and_unwrapped() -> None:
    json_type = PortType("json")
    assert typed('{"$secret": "not one"}', json_type) == {"$raw": {"$secret": "not one"}}
    assert shown({"$raw": {"$secret": "not one"}}, json_type) == '{\n  "$secret": "not one"\n}'


def test_any_takes_text_unless_it_is_written_as_json() -> None:
    anything = PortType("any")
    assert typed("42 cats", anything) == "42 cats"
    assert typed('{"a": 1}', anything) == {"a": 1}
    assert typed("{not json", anything) == "{not json"


def test_a_decimal_comma_is_a_decimal_point() -> None:
    assert typed("0,5", PortType("number")) == 0.5
    assert typed("3", PortType("number")) == 3
    assert isinstance(typed("3", PortType("number")), int)


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("{", "json", "Not valid JSON at character 2"),
        ('{\n  "a": }', "json", "line 2, column 8"),
        ("[" * 100_000, "json", "nested too deeply"),
        ("NaN", "json", "NaN is not JSON"),
        ("many", "number", "'many' is not a number"),
        ("inf", "number", "finite"),
        ("1.5", "integer", "'1.5' is not a whole number"),
        ("maybe", "boolean", "true or false"),
        ("sk-abc def", "secret", "name of a secret"),
    ],
)
def test_what_can_not_be_read_is_explained(text: str, kind: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("[", r"\[")):
        typed(text, PortType(kind))  # type: ignore[arg-type]


def test_a_list_that_is_no_list_is_explained() -> None:
    with pytest.raises(ValueError, match="This is not a list"):
        typed("3", PortType.parse("list[number]"))


def test_nothing_set_is_an_empty_field() -> None:
    assert shown(None, PortType("json")) == ""


def test_limits() -> None:
    assert seconds("1.5") == 1.5
    assert count("3") == 3
    for read, text in ((seconds, "0"), (seconds, "-1"), (count, "-1"), (count, "x")):
        with pytest.raises(ValueError, match=r"Write|whole"):
            read(text)


def test_json_says_what_one_could_write() -> None:
    with pytest.raises(ValueError, match="for example"):
        json_value("nope", "Write JSON, for example {}.")


@pytest.mark.parametrize("value", ["hello", "3", "true", "", 3, True, [1], {"a": "b"}, 'say "hi"'])
def test_text_or_json_comes_back_as_it_was(value: object) -> None:
    assert loose(loosely(value)) == value


def test_half_an_object_is_no_text() -> None:
    with pytest.raises(ValueError, match="Not valid JSON"):
        loose('{"a": ')
