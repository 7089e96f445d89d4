"""What can't be read as a flow: each refused with a sentence, its code, and the exact place."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.model.strategies import documents

from weft.model import CODES, DocumentError, Flow, from_json, loads
from weft.model.errors import Place
from weft.model.limits import LIMITS, Limits

HERE = "⟨here⟩"
"""Marks the place in the texts below; it is taken out before they are read."""


def refused(text: str | bytes, **options: Any) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        loads(text, **options)
    return caught.value


# Each: the code, the text with its place marked, and words of the message.
TABLE: list[tuple[str, str, str]] = [
    # No JSON
    ("not-json", "⟨here⟩", "ends before"),
    ("not-json", '{"format": 1, ⟨here⟩}', "comma with nothing after it"),
    ("not-json", "{⟨here⟩format: 1}", "double quotes"),
    ("not-json", "{\"format\" ⟨here⟩1}", "':'"),
    ("not-json", '{"format": 1 ⟨here⟩"nodes": {}}', "','"),
    ("not-json", '{"format": 1}\n⟨here⟩{}', "follows the end"),
    ("not-json", '{"format": 1, ⟨here⟩// no\n "nodes": {}}', "no comments"),
    ("not-json", '{"name": "é⟨here⟩\té', "control character"),
    ("not-json", '{"name": "é", "nodes": n⟨here⟩ope}', "value"),
    ("not-json", '{"format": 0⟨here⟩1}', "no JSON number"),
    ("bad-number", '{"state": {"a": ⟨here⟩NaN}}', "NaN"),
    ("bad-number", '{"state": {"é": -⟨here⟩Infinity}}', "Infinity"),
    ("duplicate-key", '{"format": 1,\n "nodes": {},\n "é": 1, ⟨here⟩"nodes": {}}', '"nodes"'),
    ("duplicate-key", '{"format": 1, "nodes": {"a": {"component": "a"}, ⟨here⟩"a" \n:\n {"component": "a:b"}}}', '"a"'),
    ("duplicate-key", '{"nodes": {"a\\"b": {}, ⟨here⟩"a\\"b": {}}}', "second time"),
    ("duplicate-key", '{"nodes": {}, ⟨here⟩"\\u006eodes": {}}', "second time"),
    ("bad-text", '{"name": "\\ud800⟨here⟩"}', "half a character"),
    ("not-a-flow", "⟨here⟩[1]", "a list"),
    ("not-a-flow", "⟨here⟩3", "a number"),
    ("not-a-flow", '⟨here⟩{"name": "x"}', "neither 'format' nor 'nodes'"),
    # Formats
    ("newer-format", '{"nodes": {}, "format": ⟨here⟩2}', "newer Weft"),
    ("bad-format", '{"format": ⟨here⟩"1", "nodes": {}}', "is '1'"),
    ("bad-format", '{"format": ⟨here⟩true, "nodes": {}}', "is true"),
    ("bad-format", '{"format": ⟨here⟩0, "nodes": {}}', "is 0"),
    ("bad-format", '{"format": ⟨here⟩1.0, "nodes": {}}', "is 1.0"),
    # Limits
    ("bad-number", '{"nodes": {}, "state": {"a": [0, {"b":\n ⟨here⟩9007199254740993}]}}', "state.a[1].b is 9007199254740993"),
    ("bad-number", '{"nodes": {}, "state": {"a": ⟨here⟩-9007199254740993}}', "past 2^53"),
    ("bad-number", '{"nodes": {}, "state": {"a": ⟨here⟩1e300}}', "is 1e+300"),
    ("bad-number", '{"nodes": {}, "state": {"a": ⟨here⟩1e999}}', "is inf"),
    ("bad-number", '{"nodes": {}, "state": {"a": ⟨here⟩-1e999}}', "is -inf"),
    ("bad-number", '{"nodes": {}, "state": {"a": ⟨here⟩' + "9" * 4000 + "}}", "4,000 digits"),
    ("too-deep", '{"state": {"a": ' + "[" * 62 + "⟨here⟩[" + "]" * 63 + '}}', "deeper than 64"),
    ("text-too-long", '{"nodes": {},\n"name": ⟨here⟩"' + "x" * 65_537 + '"}', "65,537 characters"),
    ("text-too-long", '{"nodes": {}, "name": ⟨here⟩{"$lines": [' + '"",' * 65_537 + '""]}}', "name is a text of 65,537"),
    # Wrapped values
    ("bad-wrapped-value", '{"nodes": {"a": {"component": "x", "params": {"p": ⟨here⟩{"$env": "X"}}}}}', "'$env'"),
    ("bad-wrapped-value", '{"nodes": {}, "state": {"p": ⟨here⟩{"$secret": "X", "b": 1}}}', "no other key"),
    ("bad-wrapped-value", '{"nodes": {}, "state": {"p": ⟨here⟩{"b": 1, "$secret": "X"}}}', "no other key"),
    ("bad-wrapped-value", '{"nodes": {}, "state": {"p": ⟨here⟩{"$secret": 1}}}', "$secret"),
    ("bad-wrapped-value", '{"nodes": {}, "state": {"p": ⟨here⟩{"$secret": "sk-no good"}}}', "$secret"),
    ("bad-wrapped-value", '{"nodes": {}, "state": {"p": ⟨here⟩{"$lines": "a"}}}', "$lines"),
    ("bad-wrapped-value", '{"nodes": {}, "state": {"p": ⟨here⟩{"$lines": ["a", 1]}}}', "$lines"),
    ("bad-wrapped-value", '{"nodes": {}, "state": {"p": ⟨here⟩{"$file": "../x"}}}', "isn't inside the workspace"),
    ("bad-wrapped-value", '{"nodes": {}, "state": {"p": ⟨here⟩{"$file": "/etc/passwd"}}}', "isn't inside the workspace"),
    ("bad-wrapped-value", '{"nodes": {}, "state": {"p": ⟨here⟩{"$file": "C:\\\\x"}}}', "isn't inside the workspace"),
    ("bad-wrapped-value", '{"nodes": {}, "state": {"p": ⟨here⟩{"$file": ""}}}', "$file"),
    ("bad-wrapped-value", '{"nodes": {}, "state": ⟨here⟩{"$secret": "X"}}', "state must be an object"),
    ("bad-wrapped-value", '{"nodes": {}, "state": ⟨here⟩{"$raw": []}}', "state must be an object"),
    ("bad-wrapped-value", '{"nodes": {"a": {"component": "x", "params": ⟨here⟩{"$lines": []}}}}', "names are those of ports"),
    # Types, with the nearest known value
    ("bad-value", '{"nodes": ⟨here⟩[]}', "nodes must be an object, and is an empty list"),
    ("bad-value", '{"nodes": {"a": ⟨here⟩"prompt"}}', "nodes.a must be an object, and is 'prompt'"),
    ("missing-key", '{"nodes": {"a": ⟨here⟩{}}}', "nodes.a has no 'component'"),
    ("bad-value", '{"nodes": {"a": {"component": ⟨here⟩""}}}', "must not be empty"),
    ("bad-value", '{"nodes": {"a": {"component": "x", "after": ["b", ⟨here⟩1]}}}', "nodes.a.after[1] must be text, and is 1"),
    ("bad-value", '{"nodes": {"a": {"component": "x", "inputs": {"p": ⟨here⟩1}}}}', "nodes.a.inputs.p must be a reference"),
    ("bad-value", '{"nodes": {"a": {"component": "x", "inputs": {"p": ["b", ⟨here⟩[]]}}}}', "nodes.a.inputs.p[1] must be a reference"),
    ("bad-value", '{"nodes": {"a": {"component": "x", "inputs": ⟨here⟩[]}}}', "must be an object"),
    ("bad-value", '{"nodes": {"a": {"component": "x", "options": {"on_error": ⟨here⟩"contineu"}}}}', "Did you mean 'continue'?"),
    ("bad-value", '{"nodes": {"a": {"component": "x", "options": {"retries": ⟨here⟩1.5}}}}', "a whole number"),
    ("bad-value", '{"nodes": {"a": {"component": "x", "options": {"retries": ⟨here⟩-1}}}}', "must be 0 or more"),
    ("bad-value", '{"nodes": {"a": {"component": "x", "options": {"timeout": ⟨here⟩0}}}}', "must be more than 0"),
    ("bad-value", '{"nodes": {"a": {"component": "x", "options": {"timeout": ⟨here⟩"1"}}}}', "must be a number, and is '1'"),
    ("bad-value", '{"nodes": {"a": {"component": "x", "options": {"disabled": ⟨here⟩1}}}}', "true or false, and is 1"),
    ("bad-value", '{"nodes": {}, "inputs": {"a": {"choices": ⟨here⟩{}}}}', "inputs.a.choices must be a list"),
    ("bad-value", '{"nodes": {}, "outputs": {"a": ⟨here⟩null}}', "outputs.a must be text, and is null"),
    ("bad-value", '{"nodes": {}, "layout": {"nodes": {"a": [1, ⟨here⟩0.5]}}}', "layout.nodes.a[1] must be a whole number"),
    ("bad-value", '{"nodes": {}, "layout": {"nodes": {"a": ⟨here⟩[1]}}}', "[x, y]"),
    ("bad-value", '{"nodes": {}, "layout": {"nodes": {"a": ⟨here⟩[1, 2, 3]}}}', "[x, y]"),
    ("bad-value", '{"nodes": {}, "layout": {"notes": {"a": {"x": ⟨here⟩"left"}}}}', "layout.notes.a.x must be a whole number"),
    ("bad-value", '{"nodes": {}, "defaults": ⟨here⟩null}', "defaults must be an object, and is null"),
    ("bad-value", '{"nodes": {}, "name": ⟨here⟩7}', "name must be text, and is 7"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "marked", "words"), TABLE, ids=[f"{row[0]}-{i}" for i, row in enumerate(TABLE)]
)
def test_refused_with_code_words_and_place(code: str, marked: str, words: str) -> None:
    before, here, after = marked.partition(HERE)
    assert here
    error = refused(before + after)
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert (error.code, error.place) == (code, (line, column)), str(error)
    assert words in str(error)
    assert code in CODES
    if error.code not in ("not-a-flow", "too-large"):
        assert error.message.startswith(f"Line {line}, column {column}: ")
    assert "\n" not in str(error)
    assert len(str(error)) < 600


@pytest.mark.parametrize(
    ("source", "code", "place"),
    [
        (b'{"nodes": {},\n "name": "\xff"}', "not-text", (2, 12)),
        ('{"nodes": {},\n "name": "\ud800"}', "bad-text", (2, 11)),
        (b" " * 5_000_001, "too-large", (1, 1)),
        ("é" * 2_500_001, "too-large", (1, 1)),
        ("[" * 1000, "too-deep", (1, 201)),
    ],
)
def test_refused_before_anything_is_parsed(source: str | bytes, code: str, place: tuple[int, int]) -> None:
    error = refused(source)
    assert error.code == code
    assert error.place is not None
    if code != "too-deep":
        assert abs(error.place.column - place[1]) <= 1
        assert error.place.line == place[0]


def test_every_type_error_is_reported_at_once() -> None:
    error = refused('{"nodes": {"a": {"component": 1, "title": 2}, "b": {}}, "outputs": {"x": 3}}')
    assert [(problem.code, problem.pointer, problem.node) for problem in error.problems] == [
        ("bad-value", ("nodes", "a", "component"), "a"),
        ("bad-value", ("nodes", "a", "title"), "a"),
        ("missing-key", ("nodes", "b", "component"), "b"),
        ("bad-value", ("outputs", "x"), None),
    ]
    assert "(and 3 more like it)" in error.message


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (float("nan"), "state.x is nan, which is no JSON number"),
        (10**400, "about 400 digits"),
        ("a\udc00", "half a character"),
        ({1: 2}, "has the key 1"),
        ({"a\ud800": 2}, "half a character"),
        ((1, 2), "'tuple'"),
        ({"a": object()}, "state.x.a is of type 'object'"),
        ({"a": b""}, "'bytes'"),
    ],
)
def test_plain_data_from_elsewhere_is_held_to_the_same_limits(value: Any, words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        from_json({"format": 1, "nodes": {}, "state": {"x": value}})
    assert words in str(caught.value)
    assert caught.value.pointer[:2] == ("state", "x")


def test_data_that_contains_itself_is_refused() -> None:
    loop: dict[str, Any] = {}
    loop["x"] = loop
    with pytest.raises(DocumentError, match="deeper than 64"):
        from_json({"format": 1, "nodes": {}, "state": loop})


def test_the_limits_themselves_are_allowed() -> None:
    deep: Any = 2**53
    for _ in range(62):
        deep = [deep]
    document = {"format": 1, "nodes": {}, "state": {"deep": deep, "text": "x" * 65_536}}
    assert loads(json.dumps(document)).state == document["state"]
    nodes = {f"n{index}": {"component": "x"} for index in range(20_000)}
    assert len(loads(json.dumps({"format": 1, "nodes": nodes})).nodes) == 20_000


many_keys = ",".join(f'"k{index:x}":1' for index in range(LIMITS.values - 100))
HOSTILE = {
    "a million keys": ("too-many-values", '{"state":{' + ",".join(f'"{index:x}":1' for index in range(500_000)) + "}}"),
    "nesting": ("too-many-values", "[" * 5_000_000),
    "nested objects": ("too-many-values", '{"a":' * 1_000_000),
    "one more node": ("too-many-nodes", '{"nodes":{' + ",".join(f'"n{index}":{{}}' for index in range(20_001)) + "}}"),
    "only faults": ("missing-key", '{"nodes":{' + ",".join(f'"n{index}":{{"title":1,"after":2}}' for index in range(20_000)) + "}}"),
    "faulty references": ("bad-value", '{"nodes":{"a":{"component":"x","inputs":{' + many_keys + "}}}}"),
    "faulty outputs": ("too-many-nodes", '{"nodes":{},"outputs":{' + many_keys + "}}"),
    "a fault behind many keys": ("bad-number", '{"nodes":{},"state":{' + many_keys + ',"last":1e999}}'),
    "a repeated key behind many": ("duplicate-key", '{"nodes":{},"state":{' + many_keys + ',"k1":2}}'),
    "a repeated key around others": ("duplicate-key", '{"nodes":{},"state":{"k1":{},' + many_keys + ',"z":"}"}}'),
    "a huge text": ("text-too-long", '{"nodes":{},"name":"' + "x" * 4_900_000 + '"}'),
    "a text without end": ("not-json", '{"name":"' + "x" * 4_900_000),
    "escapes": ("text-too-long", '{"nodes":{},"name":"' + "\\n" * 2_400_000 + '"}'),
    "quotes": ("too-many-values", '{"state":[' + '"",' * 1_600_000 + "0]}"),
    "digits": ("not-json", '{"state":{"n":' + "1" * 4_900_000 + "}}"),
    "new lines": ("bad-value", "{" + "\n" * 4_900_000 + '"nodes":[]}'),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_refused_soon(name: str) -> None:
    code, text = HOSTILE[name]
    before = time.process_time()
    error = refused(text)
    spent = time.process_time() - before
    assert error.code == code
    assert error.place is not None
    assert len(str(error)) < 600
    # The promise is 200 ms on an idle machine; this only catches what grows out of hand.
    assert spent < 3, f"{spent:.1f} s"


many = [f'"k{index:x}":1' for index in range(25_000)]


@pytest.mark.parametrize(
    ("members", "second"),
    [
        ([*many, '"k1":2'], '"k1":2'),
        ([*many[:9_000], '"k7":{}', *many[9_000:]], '"k7":{}'),
        (['"k1":"k2"', '"a:":"{"', *many, '"z":"}"'], '"k1":1'),
        ([*many[:9_000], '"z":{"k1":1}', *many[9_000:], '"k8":2'], '"k8":2'),
        ([*many, r'"\u006b1":2'], r'"\u006b1"'),
        ([*many, r'"\"":2', '"k1":2'], '"k1":2'),
    ],
)
def test_a_key_that_stands_again_among_very_many_is_placed(members: list[str], second: str) -> None:
    text = '{"nodes":{"n":{"component":"k1"}},\n"state":{' + ",".join(members) + "}}"
    error = refused(text)
    assert error.code == "duplicate-key"
    assert error.place == Place(2, text.index(second) - text.index("\n"))


def test_the_size_is_looked_at_before_anything_is_parsed() -> None:
    assert refused('{"format": 1}', limits=Limits(size=12)).code == "too-large"
    assert refused("not even JSON", limits=Limits(size=12)).code == "too-large"
    assert refused("[1, 2, 3", limits=Limits(values=2)).code == "too-many-values"


damage = st.sampled_from(
    [
        '"',
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\\",
        "null",
        "1e999",
        "NaN",
        '{"$x":1}',
        '"\\ud800"',
        "\x00",
        "é",
        "99999999999999999999",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    text = json.dumps(data.draw(documents(odd=True)), ensure_ascii=data.draw(st.booleans()))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 5, len(text))))
        text = text[:start] + data.draw(damage) + text[end:]
    _read_or_refused(text)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_and_nothing_else(source: bytes) -> None:
    _read_or_refused(source)
    _read_or_refused(b'{"format": 1, "nodes": {}, "state": ' + source + b"}")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "nodes",
                    "a",
                    "params",
                    "inputs",
                    "$lines",
                    "$raw",
                    "options",
                    "component",
                    "layout",
                    "state",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(anything)
def test_any_data_is_read_or_refused_and_nothing_else(data: Any) -> None:
    document = {"format": 1, "nodes": data} if not isinstance(data, dict) else {"format": 1, **data}
    error = _error(from_json, document)
    assert error is None or error.code in CODES


def _read_or_refused(source: str | bytes) -> None:
    if (error := _error(loads, source)) is not None:
        assert error.code in CODES
        assert error.place is not None
        assert error.place >= (1, 1)


def _error(read: Callable[[Any], Flow], source: Any) -> DocumentError | None:
    try:
        read(source)
    except DocumentError as error:
        return error
    return None
