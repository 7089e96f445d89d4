"""Expressions: what they compute, what they ask for, what they refuse."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.catalog.expression import RULES, evaluate, names, problems, state_paths
from weft.catalog.grammar import NODES
from weft.model.errors import StepFailed

VALUES: dict[str, Any] = {
    "n": 3,
    "half": 0.5,
    "name": "Ada",
    "yes": True,
    "nothing": None,
    "tags": ["a", "b"],
    "order": {"items": [{"price": 2}, {"price": 5}], "a b": 1, "__typename": "Order"},
}
STATE = {"plan": {"done": False}, "count": 2}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        ("1.5e3", 1500.0),
        ("'a' + \"b\"", "ab"),
        (r"'it\'s' + '\n\t\\'", "it's\n\t\\"),
        ("true and not false", True),
        ("True", True),
        ("null == None", True),
        ("n + 1 * 2 - 4 / 2", 3.0),
        ("7 // 2 + 7 % 2", 4),
        ("2 ** 10", 1024),
        ("2 ** -1", 0.5),
        ("-n + +n", 0),
        ("1 < n <= 3 != 4", True),
        ("n > 3 or name == 'Ada'", True),
        ("'a' in tags and 'x' not in tags", True),
        ("'d' in name and 'items' in order", True),
        ("order.items[1].price", 5),
        ("order.items[-1].price", 5),
        ("order['a b'] + order[\"__typename\"][0:][0]", None),
        ("order['a b']", 1),
        ("name[0]", "A"),
        ("state.plan.done", False),
        ("state['count'] + 1", 3),
        ("'big' if n > 2 else 'small'", "big"),
        ("nothing or 'else'", "else"),
        ("[n, 'x', [true]]", [3, "x", [True]]),
        ("tags + ['c']", ["a", "b", "c"]),
        ("'ab' * 3", "ababab"),
        ("2 * [0]", [0, 0]),
        ("n in (1, 2, 3)", True),
        ("len(name) + len(tags) + len(order)", 8),
        ("min(3, 1, 2) + max([1, 5])", 6),
        ("max('a', 'b')", "b"),
        ("sum([1, 2, 3.5])", 6.5),
        ("abs(-3) + round(2.567, 2) + round(2.4)", 7.57),
        ("upper(name) + lower(name)", "ADAada"),
        ("contains(name, 'd') and startswith(name, 'A') and endswith(name, 'a')", True),
        ("number(' 12.5 ') + number('2')", 14.5),
        ("text(n) + text(tags) + text('x')", '3["a", "b"]x'),
        ("any([false, n > 2]) and all([])", True),
        ("exists(name) and not exists(nothing) and not exists(gone) and not exists(order.gone.more)", True),
        ("gone if exists(gone) else 0", 0),
        ("false and gone", False),
        ("(n >\n 2)", True),
        ("n\n>\n2", True),
        ("true == 1", False),
        ("1 == 1.0", True),
        ("text == 'x'", None),
    ],
)
def test_a_value_is_computed(text: str, expected: Any) -> None:
    values = {**VALUES, "text": "x"}
    if text.startswith("text =="):
        assert evaluate(text, values, STATE) is True
    elif "[0:]" in text:
        assert problems(text)[0].message == "':' can't stand here."
    else:
        assert problems(text) == ()
        result = evaluate(text, values, STATE)
        assert result == expected
        assert type(result) is type(expected)


def test_names_are_asked_for_in_order_and_functions_and_the_state_are_none() -> None:
    assert names("b > 1 and len(a.c[d]) or state.x and len == 1 and null") == {
        "b": True, "a": True, "d": True, "len": True,
    }  # fmt: skip
    assert names("exists(a) and a.b > 1 and exists(c.d)") == {"a": False, "c": True}


def test_the_places_read_in_the_state_are_known() -> None:
    assert state_paths("state.plan.done and state.count > 1 and plan") == ("plan.done", "count")


def test_every_part_of_the_grammar_has_a_meaning() -> None:
    assert set(RULES) == NODES


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("gone > 1", "missing-value", "In 'gone > 1': there is no gone."),
        ("order.gone", "missing-value", "In 'order.gone': there is no order.gone."),
        ("order.items[2]", "missing-value", "In 'order.items[2]': there is no order.items[2]."),
        ("name.upper", "missing-value", "In 'name.upper': there is no name.upper."),
        ("n.real", "missing-value", "In 'n.real': there is no n.real."),
        ("tags['a']", "missing-value", "In \"tags['a']\": there is no tags['a']."),
        (
            "order[null]",
            "wrong-type",
            "In 'order[null]': order[null] needs a position in a list or a key in quotes.",
        ),
        ("n + name", "wrong-type", "In 'n + name': + needs a number, not a text."),
        ("yes + 1", "wrong-type", "In 'yes + 1': + needs a number, not true or false."),
        ("-name", "wrong-type", "In '-name': a minus needs a number after it, not a text."),
        ("n < name", "wrong-type", "In 'n < name': a number < a text can't be compared."),
        ("tags < tags", "wrong-type", "In 'tags < tags': a list < a list can't be compared."),
        ("1 in name", "wrong-type", "In '1 in name': only a text can be in a text, not a number."),
        (
            "1 in n",
            "wrong-type",
            "In '1 in n': nothing is in a number; `in` needs a text, a list or an object.",
        ),
        ("1 / 0", "division-by-zero", "In '1 / 0': the right of / is zero."),
        ("1 % 0", "division-by-zero", "In '1 % 0': the right of % is zero."),
        ("0 ** -1", "division-by-zero", "In '0 ** -1': the right of ** is zero."),
        ("min([])", "missing-value", "In 'min([])': min of an empty list."),
        ("max(1, 'a')", "wrong-type", "In \"max(1, 'a')\": max needs only numbers or only texts."),
        (
            "number('abc')",
            "wrong-type",
            "In \"number('abc')\": number needs a text such as '12.5', not 'abc'.",
        ),
        ("len(n)", "wrong-type", "In 'len(n)': len needs a text, a list or an object, not a number."),
        ("sum(['a'])", "wrong-type", "In \"sum(['a'])\": sum needs a number, not a text."),
        ("lower(n)", "wrong-type", "In 'lower(n)': lower needs a text, not a number."),
    ],
)
def test_what_can_not_be_computed_fails_the_step_in_words(text: str, code: str, message: str) -> None:
    with pytest.raises(StepFailed) as failed:
        evaluate(text, VALUES, STATE)
    assert (failed.value.code, failed.value.message) == (code, message)
    assert failed.value.retryable is False


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", "line 1, column 1", "It is empty; write for example score > 3."),
        (" \n ", "line 1, column 1", "It is empty; write for example score > 3."),
        ("a = 1", "line 1, column 3", "'=' can't stand here; to compare, write ==."),
        ("a >\n  1 +", "line 2, column 6", "It is no whole expression."),
        ("a b", "line 1, column 1", "It is no whole expression."),
        ("'äöü€' or foo(1)", "line 1, column 11", "There is no such function"),
        ("a and\n foo(1)", "line 2, column 2", "There is no such function; there are len, min,"),
        ("a.b(1)", "line 1, column 1", "There is no such function"),
        ("round(1, 2, 3)", "line 1, column 1", "Round takes 1 to 2 values, not 3."),
        ("exists(1 + 1)", "line 1, column 1", "Exists is asked of a name or a path"),
        ("a is null", "line 1, column 1", "`is` is not part of expressions; write ==."),
        ("inputs.topic", "line 1, column 1", "'inputs' can't be a port"),
        ("secrets.KEY", "line 1, column 1", "'secrets' can't be a port"),
    ],
)
def test_what_can_not_be_read_is_told_with_its_place(text: str, place: str, message: str) -> None:
    found = problems(text)
    assert found[0].message.startswith(message)
    assert found[0].place == place
    assert names(text) == {}


WORDS = st.sampled_from(
    [
        "a",
        "b",
        "state",
        ".",
        "(",
        ")",
        "[",
        "]",
        ",",
        "+",
        "-",
        "*",
        "**",
        "//",
        "/",
        "%",
        "<",
        ">",
        "==",
        "!=",
        "in",
        "not",
        "and",
        "or",
        "if",
        "else",
        "1",
        "2.5",
        "'x'",
        "len",
        "exists",
        "true",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=14).map(" ".join))
def test_any_text_is_computed_or_refused_and_never_breaks(text: str) -> None:
    with suppress(StepFailed):
        evaluate(text, {"a": 3, "b": "x"}, {"a": [1]})
