"""The one gate: what comes out is plain JSON, and what can't be is refused with where it is."""

import json
import math
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum, IntEnum
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from weft.model import WeftError, to_plain


class Colour(Enum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Point(NamedTuple):
    x: int
    y: int


@dataclass
class Claim:
    text: str
    sources: list[Point]


class Answer(BaseModel):
    model_config = ConfigDict(extra="allow")
    claims: tuple[Claim, ...] = ()


class Text(str):
    pass


class Number:
    """What the scalars and arrays of numpy look like from outside."""

    def tolist(self) -> list[float]:
        return [1.5]


class Restless:
    def tolist(self) -> "Restless":
        return self


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        ("é", "é"),
        (2**80, 2**80),
        (-0.5, -0.5),
        ((1, (2,)), [1, [2]]),
        ({"a": {1: "one", Level.HIGH: 3}}, {"a": {"1": "one", "3": 3}}),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset({"b", 1}), ["b", 1]),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (MappingProxyType({"a": 1}), {"a": 1}),
        (deque([1, 2]), [1, 2]),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (Text("x"), "x"),
        (Path("a") / "b", "a/b"),
        (PurePosixPath("/x"), "/x"),
        (date(2024, 2, 1), "2024-02-01"),
        (datetime(2024, 2, 1, 12, tzinfo=UTC), "2024-02-01T12:00:00+00:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Answer(claims=(Claim("c", [Point(1, 2)]),), more="x"), {"claims": [{"text": "c", "sources": [[1, 2]]}], "more": "x"}),  # type: ignore[call-arg]
        (range(3), [0, 1, 2]),
        ([Number()], [[1.5]]),
    ],
)  # fmt: skip
def test_values_of_many_types_become_plain(value: Any, plain: Any) -> None:
    made = to_plain(value)
    assert made == plain
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert _only_built_in(made)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (math.nan, "value is nan"),
        ({"a": [1, math.inf]}, "value['a'][1] is inf"),
        ({"a": "x\ud800"}, "value['a'] has half a character (a lone surrogate) at 1"),
        ({"\udfff": 1}, "value has half a character"),
        (b"x", "value is bytes"),
        ([object()], "value[0] is an object of type 'object'"),
        (print, "is an object of type 'builtin_function_or_method'"),
        (Claim, "is an object of type 'type'"),
        ({(1, 2): 3}, "has the key (1, 2)"),
        ({None: 3}, "has the key None"),
        (10**400, "more than 308 digits"),
        ({10**400: 1}, "more than 308 digits"),
        (Restless(), "nested deeper than 64"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(value: Any, words: str) -> None:
    with pytest.raises(WeftError) as caught:
        to_plain(value)
    assert words in caught.value.message
    assert (caught.value.code, caught.value.retryable) == ("not-plain", False)


def test_depth_and_size_are_bounded() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(WeftError, match="deeper than 64, or contains itself"):
        to_plain(loop)
    with pytest.raises(WeftError, match="more than 10 values"):
        to_plain([1] * 11, max_values=10)
    with pytest.raises(WeftError, match="more than 10 characters"):
        to_plain(["x" * 6, "y" * 5], max_characters=10)
    with pytest.raises(WeftError, match="more than 10 characters"):
        to_plain("x" * 11, max_characters=10)
    assert to_plain([[["deep"]]], max_depth=3) == [[["deep"]]]
    with pytest.raises(WeftError, match=r"answer\[0\]\[0\] is nested deeper than 2"):
        to_plain([[["deep"]]], max_depth=2, name="answer")


def test_nothing_is_shared_with_what_came_in() -> None:
    value = {"a": [1]}
    plain = to_plain(value)
    value["a"].append(2)
    assert plain == {"a": [1]}


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**60), 2**60)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_plain_values_come_out_as_they_went_in(value: Any) -> None:
    assert to_plain(value) == value


def _only_built_in(value: Any) -> bool:
    if type(value) is dict:
        return all(type(key) is str and _only_built_in(item) for key, item in value.items())
    if type(value) is list:
        return all(map(_only_built_in, value))
    return value is None or type(value) in (str, int, float, bool)
