"""What is added to a list or an object in the state."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.components.conftest import Alone

from weft.catalog import Component
from weft.model import WeftError
from weft.testing import run_flow


@pytest.mark.parametrize(
    ("known", "value", "kept"),
    [
        (None, "a", ["a"]),
        (None, ["a", "b"], ["a", "b"]),
        (None, {"a": 1}, {"a": 1}),
        (["a"], ["b", "a", "c", "b"], ["a", "b", "c"]),
        (["a"], {"x": 1}, ["a", {"x": 1}]),
        (["a"], ["", None, " ", 0, False], ["a", 0]),
        ([], [], []),
        ({"a": 1, "b": 2}, {"a": 3, "c": None}, {"b": 2, "a": 3}),
        (["a", "b"], ["c", "d"], ["b", "c", "d"]),
        ({"a": 1, "b": 2}, {"c": 3, "d": 4}, {"b": 2, "c": 3, "d": 4}),
    ],
)
async def test_what_is_kept(
    stock: Callable[[str], Component], alone: Alone, known: Any, value: Any, kept: Any
) -> None:
    if known is not None:
        alone.state.set("notes.all", known)
    result = await stock("remember")(value=value, at="state.notes.all", ctx=alone, most=3)
    assert result == kept
    assert list(result) == list(kept), "the oldest first"
    assert alone.state.get("notes.all", kept) == kept


@pytest.mark.parametrize(
    ("at", "most", "code"),
    [("", 3, "bad-param"), ("text", 3, "wrong-type"), ("object", 3, "wrong-type"), ("list", 0, "bad-param")],
)
async def test_what_cant_be_added_to(
    stock: Callable[[str], Component], alone: Alone, at: str, most: int, code: str
) -> None:
    alone.state.set("text", "a text")
    alone.state.set("object", {})
    with pytest.raises(WeftError) as caught:
        await stock("remember")(value="x", at=at, ctx=alone, most=most)
    assert caught.value.code == code


async def test_the_state_of_the_run_has_it() -> None:
    nodes = {
        "one": {"component": "remember", "params": {"value": "first", "at": "notes"}},
        "two": {"component": "remember", "params": {"value": "second", "at": "notes"}, "after": ["one"]},
    }
    result = await run_flow({"format": 1, "nodes": nodes})
    assert result.state == {"notes": ["first", "second"]}
    assert result.values["two"] == {"output": ["first", "second"]}
