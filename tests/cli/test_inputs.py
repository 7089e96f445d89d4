"""`-i name=value`, read as the types a flow declares; every refusal word for word."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest

from weft.cli.inputs import read_inputs
from weft.model import WeftError, from_json

FLOW = from_json(
    {
        "format": 1,
        "inputs": {
            "topic": {"description": "What to write about"},
            "words": {"type": "number", "default": 100},
            "count": {"type": "integer", "default": 1},
            "deep": {"type": "boolean", "default": False},
            "data": {"type": "json", "default": {}},
            "tags": {"type": "list[text]", "default": []},
            "sizes": {"type": "list[number]", "default": []},
            "talk": {"type": "messages", "default": []},
            "thing": {"type": "any", "default": None},
            "paper": {"type": "file", "default": ""},
            "tone": {"choices": ["calm", "lively"], "default": "calm"},
        },
    }
)


def given(*pairs: str) -> dict[str, Any]:
    values = read_inputs(FLOW, ["topic=T", *pairs])
    assert values.pop("topic") == "T"
    return values


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("words=12", 12),
        ("words=0.5", 0.5),
        ("count=-3", -3),
        ("deep=true", True),
        ("deep=No", False),
        ('data={"a": [1, null]}', {"a": [1, None]}),
        ("tags=one", ["one"]),
        ('tags=["one", "two"]', ["one", "two"]),
        ("sizes=2", [2]),
        ("talk=Hello", [{"role": "user", "content": "Hello"}]),
        ("thing=12", 12),
        ("thing=twelve", "twelve"),
        ("paper=a.txt", "a.txt"),
        ("tone=lively", "lively"),
        ("thing=a=b", "a=b"),
        ("tone=calm", "calm"),
    ],
)
def test_a_value_is_read_as_its_type(pair: str, value: Any):
    assert given(pair) == {pair.partition("=")[0]: value}


def test_a_list_may_be_given_an_item_at_a_time():
    assert given("tags=a", "tags=b,c", 'tags=["d"]') == {"tags": ["a", "b,c", "d"]}


def test_a_text_may_come_from_a_file(tmp_path: Path):
    path = tmp_path / "topic.txt"
    path.write_bytes("\ufeffTidal\r\npower\n".encode())
    assert read_inputs(FLOW, [f"topic=@{path}"]) == {"topic": "Tidal\npower\n"}


def test_a_text_may_start_with_an_at_sign():
    assert read_inputs(FLOW, ["topic=@@home"]) == {"topic": "@home"}


def test_a_text_may_come_from_standard_input(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"piped")))
    assert read_inputs(FLOW, ["topic=@-"]) == {"topic": "piped"}


@pytest.mark.parametrize(
    ("pairs", "message", "hint"),
    [
        ([], "The input 'topic' must be given (What to write about).", "Add -i topic=..."),
        (["topic"], "The input 'topic' has no value.", "Write it as '-i topic=value' or '-i topic=@file'."),
        (["topik=x"], "The flow has no input 'topik'.", "Did you mean 'topic'?"),
        (
            ["zzz=x"],
            "The flow has no input 'zzz'.",
            "Its inputs: topic, words, count, deep, data, tags, sizes, talk, thing, paper, tone.",
        ),
        (["topic=a", "topic=b"], "The input 'topic' is given twice.", "Give it once."),
        (["words=many"], "The input 'words' takes a number, not 'many'.", "Write it as 12 or 0.5."),
        (["words=nan"], "The input 'words' takes a number, not 'nan'.", "Write it as 12 or 0.5."),
        (["count=1.5"], "The input 'count' takes a whole number, not '1.5'.", "Write it as 12."),
        (["deep=maybe"], "The input 'deep' takes true or false, not 'maybe'.", "Write true or false."),
        (
            ["data={a: 1}"],
            "The input 'data' takes JSON, and '{a: 1}' isn't: Expecting property name enclosed in double quotes:"
            " line 1 column 2 (char 1).",
            "Mind the quotes.",
        ),
        (["data=NaN"], "The input 'data' takes JSON, and 'NaN' isn't: NaN is no JSON.", "Mind the quotes."),
        (["tone=calmly"], "The input 'tone' can't be 'calmly'.", "Did you mean 'calm'?"),
        (["tone=x"], "The input 'tone' can't be 'x'.", "Choose one of: calm, lively."),
        (
            ["topic=@nowhere.txt"],
            "The file 'nowhere.txt' for the input 'topic' can't be read: No such file or directory.",
            "Check the path; for a text that starts with '@' write '-i topic=@@nowhere.txt'.",
        ),
    ],
)
def test_what_can_t_be_used_is_a_sentence(pairs: list[str], message: str, hint: str):
    with pytest.raises(WeftError) as refused:
        read_inputs(FLOW, pairs)
    assert (refused.value.message, refused.value.hint) == (message, hint)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    path = tmp_path / "x.bin"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WeftError, match="isn't UTF-8 text"):
        read_inputs(FLOW, [f"topic=@{path}"])
