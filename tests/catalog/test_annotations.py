"""Which port type an annotation means."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, TypedDict

import pytest

from weft import ChatModel, Expression, Flow, Messages, Secret, Template
from weft.catalog.annotations import read
from weft.catalog.types import PortType, from_annotation


class Point(TypedDict):
    x: float


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (str, "text"),
        (int, "integer"),
        (float, "number"),
        (bool, "boolean"),
        (dict, "json"),
        (dict[str, int], "json"),
        (Mapping[str, Any], "json"),
        (Point, "json"),
        (Any, "any"),
        (object, "any"),
        (list, "list[any]"),
        (list[str], "list[text]"),
        (Sequence[int], "list[integer]"),
        (list[dict[str, Any]], "list[json]"),
        (list[Messages], "list[messages]"),
        (Messages, "messages"),
        (Template, "template"),
        (Expression, "expression"),
        (ChatModel, "model"),
        (Secret, "secret"),
        (Flow, "flow"),
        (Path, "file"),
        (Optional[str], "text"),  # noqa: UP045
        (Path | None, "file"),
        (int | float, "number"),
        (str | int, "any"),
        (dict[str, Any] | list[Any], "json"),
        (Literal["a", "b"] | dict[str, Any], "any"),
        (Annotated[list[str], "some help"], "list[text]"),
    ],
)
def test_an_annotation_means_a_port_type(annotation: Any, expected: str) -> None:
    assert str(from_annotation(annotation)) == expected


def test_langchains_own_name_of_a_model_means_the_same() -> None:
    from langchain_core.language_models import BaseChatModel

    assert from_annotation(BaseChatModel) == PortType("model")


def test_a_literal_gives_choices_of_its_kind() -> None:
    assert from_annotation(Literal["GET", "POST"]) == PortType("text", choices=("GET", "POST"))
    assert from_annotation(Literal[1, 2]) == PortType("integer", choices=(1, 2))
    assert from_annotation(Literal[True]) == PortType("boolean", choices=(True,))


def test_help_and_null_are_read_too() -> None:
    reading = read(Annotated[str | None, "What to say"])
    assert (str(reading.type), reading.help, reading.nullable) == ("text", "What to say", True)
    assert read(Annotated[Template, "Asked"]).help == "Asked"


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (bytes, "bytes is no port type; use str, int"),
        (set[str], "set[str] is no port type"),
        (type(None), "NoneType is no port type"),
        (list[list[str]], "a list of lists is no port type"),
        (Literal["a", 1], "mixes kinds of value"),
        (str | Secret, "mixes kinds of port"),
        (complex, "complex is no port type"),
    ],
)
def test_what_is_no_port_is_refused_by_name(annotation: Any, message: str) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        from_annotation(annotation)


@pytest.mark.parametrize("text", ["text", "number", "json", "any", "file", "list[text]", "list[messages]"])
def test_a_type_written_in_a_flow_is_read_and_written_the_same(text: str) -> None:
    assert str(PortType.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "string", "secret", "model", "list", "list[]", "list[list[text]]", "list[secret]", "TEXT"]
)
def test_a_type_that_is_none_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no port type; .*text, number"):
        PortType.parse(text)


@pytest.mark.parametrize(
    ("kind", "value", "complaint"),
    [
        ("text", "hi", ""),
        ("text", 3, "it must be text, not 3"),
        ("number", 3, ""),
        ("number", True, "it must be a number, not True"),
        ("integer", 3.0, ""),
        ("integer", 3.5, "it must be a whole number, not 3.5"),
        ("boolean", 1, "it must be true or false, not 1"),
        ("json", [1, {"a": None}], ""),
        ("any", None, ""),
        ("messages", [{"role": "user", "content": "hi"}], ""),
        (
            "messages",
            [{"role": "boss", "content": "hi"}],
            "it must be messages, each with a role and a content",
        ),
        ("list[number]", [1, "2"], "item 2: it must be a number, not '2'"),
        ("list[text]", "a", "it must be a list (of text), not 'a'"),
    ],
)
def test_a_value_typed_in_by_hand_is_told_what_is_wrong_with_it(
    kind: str, value: Any, complaint: str
) -> None:
    assert PortType.parse(kind).complaint(value) == complaint


def test_a_choice_must_be_one_of_them_and_of_their_kind() -> None:
    choice = PortType("integer", choices=(1, 2))
    assert choice.complaint(1) == ""
    assert choice.complaint(True) == "it must be one of 1, 2, not True"


def test_files_and_secrets_are_named() -> None:
    from weft.model.values import FileRef, SecretRef

    assert PortType("file").complaint("notes.txt") == PortType("file").complaint(FileRef("notes.txt")) == ""
    assert PortType("file").complaint(3) == "it must be a file, not 3"
    assert PortType("secret").complaint(SecretRef("KEY")) == ""


def test_a_secret_typed_in_as_text_is_refused_without_being_shown() -> None:
    complaint = PortType("secret").complaint("sk-1234567890")
    assert complaint == "it must name a secret, never hold its value"
