"""Templates: what they put in, what they ask for, what they refuse."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weft.catalog.template import LONGEST, names, parse, problems, render, state_paths
from weft.model.errors import StepFailed

VALUES: dict[str, Any] = {
    "topic": "tides",
    "n": 3,
    "half": 0.5,
    "yes": True,
    "nothing": None,
    "order": {"customer": "Ada", "items": [{"name": "tea"}, {"name": "é"}], "_id": 7, "a-b": 1, "null": None},
    "tags": ["a", "b"],
    "Mixed": "case",
}
STATE = {"plan": {"steps": ["one", "two"]}, "mood": "glad"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("About {{topic}}.", "About tides."),
        ("{{ topic }}{{\ttopic\t}}", "tidestides"),
        ("{{n}} {{half}} {{yes}} {{nothing}}", "3 0.5 true null"),
        ("{{order.customer}} {{order.items.1.name}} {{order._id}} {{order.a-b}}", "Ada é 7 1"),
        ("{{tags}} {{order.items}}", '["a", "b"] [{"name": "tea"}, {"name": "é"}]'),
        ("{{topic | json}} {{tags|json}}", '"tides" ["a", "b"]'),
        ("{{topic | upper}} {{Mixed | lower}} {{ Mixed|upper|lower|json }}", 'TIDES case "case"'),
        ("{{topic | length}} {{tags | length}} {{order | length}}", "5 2 5"),
        ("{{missing | default('none')}} {{missing | default(\"it's\")}}", "none it's"),
        (
            "{{order.missing | default(0)}} {{missing | default(-1.5)}} {{missing | default(true)}}",
            "0 -1.5 true",
        ),
        ("{{nothing | default('-')}} {{order.null | default('-')}} {{topic | default('-')}}", "- - tides"),
        ("{{missing | upper | default('x')}} {{missing | default('x') | upper}}", "x X"),
        ("{{missing | default('}}')}}", "}}"),
        ("{{state.plan.steps.0}} {{state.mood | upper}} {{state.gone | default('NA')}}", "one GLAD NA"),
        (r"\{{topic}} \\{{topic}} \\\{{topic}}", r"{{topic}} \tides \{{topic}}"),
        ('{"a": {"b": {{n}}}}', '{"a": {"b": 3}}'),
        ("}} { } {x} $topic %s {0}", "}} { } {x} $topic %s {0}"),
        ("a\\b \\n \\", "a\\b \\n \\"),
    ],
)
def test_values_are_put_in(text: str, expected: str) -> None:
    assert problems(text) == ()
    assert render(text, VALUES, STATE) == expected


def test_a_space_around_a_text_is_trimmed_by_filter_only() -> None:
    assert render("[{{x}}] [{{x | trim}}]", {"x": " a\n"}, {}) == "[ a\n] [a]"


def test_names_are_asked_for_in_order_and_optional_with_a_default() -> None:
    assert names("{{b}} {{a.c}} {{b | default(1)}} {{c | default('')}} {{state.x}} \\{{no}}") == {
        "b": True,
        "a": True,
        "c": False,
    }


def test_the_places_read_in_the_state_are_known() -> None:
    assert state_paths("{{state.plan.steps.0}} {{state.mood}} {{state.mood | upper}} {{plan}}") == (
        "plan.steps.0",
        "mood",
    )


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{{gone}}", "gone"),
        ("{{order.gone}}", "order.gone"),
        ("{{order.items.2}}", "order.items.2"),
        ("{{order.items.-1}}", None),
        ("{{topic.upper}}", "topic.upper"),
        ("{{topic.0}}", "topic.0"),
        ("{{n.real}}", "n.real"),
        ("{{tags.length}}", "tags.length"),
        ("{{state.gone}}", "state.gone"),
    ],
)
def test_what_is_missing_fails_the_step_by_name(text: str, path: str | None) -> None:
    with pytest.raises(StepFailed) as failed:
        render(text, VALUES, STATE)
    if path is None:
        assert failed.value.code == "bad-template"
        return
    assert failed.value.code == "missing-value"
    assert failed.value.message == f"There is no value for {{{{{path}}}}}."
    assert failed.value.hint == f"Connect or fill it, or write {{{{{path} | default('...')}}}}."
    assert failed.value.retryable is False


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("{{", "line 1, column 1", "After {{ there must be a name of letters, digits and _"),
        ("a {{topic", "line 1, column 3", "This {{ is never closed"),
        ("a\n  {{topic\n}}", "line 2, column 3", "This {{ is never closed"),
        ("{{topic}", "line 1, column 1", "This {{ is never closed"),
        ("{{}}", "line 1, column 1", "After {{ there must be a name"),
        ("{{ 3x }}", "line 1, column 1", "After {{ there must be a name"),
        ("{{{topic}}}", "line 1, column 1", "After {{ there must be a name"),
        ("{{topic topic}}", "line 1, column 1", "'t' can't stand in {{...}}"),
        ("{{topic.}}", "line 1, column 1", "After topic. there must be a name or a number"),
        ("{{topic | shout}}", "line 1, column 1", "After | there must be a filter: json, trim, lower, upper, length, default('...')"),
        ("{{topic | default}}", "line 1, column 1", "Default needs a value in brackets"),
        ("{{topic | default(x)}}", "line 1, column 1", "Default needs a value in brackets"),
        ("{{state}}", "line 1, column 1", "Say which part of the state, such as {{state.plan}}"),
        ("{{inputs.topic}}", "line 1, column 1", "'inputs' can't be named here; write {{topic}}"),
        ("{{secrets.KEY}}", "line 1, column 1", "Secrets can't be put into a text"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_told_with_its_place(text: str, place: str, message: str) -> None:
    found = problems(text)
    assert found[0].place == place
    assert found[0].message.startswith(message)
    assert found[0].message.endswith(".")
    with pytest.raises(StepFailed) as failed:
        render(text, VALUES, STATE)
    assert failed.value.code == "bad-template"


def test_every_problem_is_told_and_the_rest_is_read() -> None:
    text = "{{a}} {{B c}} {{d}} {{?}} {{e}}"
    assert [problem.column for problem in problems(text)] == [7, 21]
    assert list(names(text)) == ["a", "d", "e"]


def test_a_text_that_would_grow_too_long_is_refused() -> None:
    long = "x" * (LONGEST // 2)
    assert len(render("{{a}}{{a}}", {"a": long}, {})) == LONGEST
    with pytest.raises(StepFailed) as failed:
        render("{{a}}{{a}}!", {"a": long}, {})
    assert (failed.value.code, failed.value.message) == (
        "too-long",
        "The finished text is longer than 1,000,000 characters.",
    )


PIECES = st.sampled_from(
    [
        "{{",
        "}}",
        "\\",
        "{{a}}",
        "{{b | upper}}",
        "|",
        ".",
        "{",
        "}",
        "a",
        "'",
        '"',
        "\n",
        "default(",
        ")",
        "state",
        " ",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_any_text_is_read_or_refused_and_never_breaks(text: str) -> None:
    parsed = parse(text)
    if parsed.problems:
        assert all(0 <= problem.position < len(text) for problem in parsed.problems)
    else:
        values = dict.fromkeys(names(text), "1")
        with suppress(StepFailed):  # a part, or a place of the state, that isn't there
            render(text, values, {"a": "4"})


@settings(max_examples=300, deadline=None)
@given(st.text(), st.text())
def test_what_is_put_in_is_never_read_again(before: str, value: str) -> None:
    hostile = value + "{{b}} {{state.secret}} \\{{b}}"
    literal = before.replace("{{", "").rstrip("\\").replace("{", "")
    assert render(literal + "{{a}}", {"a": hostile, "b": "leak"}, {"secret": "leak"}) == literal + hostile
