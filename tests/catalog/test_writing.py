"""Templates written so that they render as exactly what was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.catalog.template import Hole, escape, names, problems, render
from weft.catalog.writing import write

X = Hole(("x",))
TEXTS = st.text(alphabet="{}\\|.$ xa\n計", max_size=12)


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("plain {x} text", "plain {x} text"),
        ("{{x}}", "\\{{x}}"),
        ("\\{{x}}", "\\\\\\{{x}}"),
        ("{{{{", "\\{{\\{{"),
        ("\\ alone \\", "\\ alone \\"),
    ],
)
def test_literal_braces_are_escaped_and_nothing_else(text: str, template: str) -> None:
    assert escape(text) == template


@given(TEXTS)
def test_a_literal_text_renders_as_itself_and_asks_for_nothing(text: str) -> None:
    assert render(escape(text), {}, {}) == text
    assert (names(escape(text)), problems(escape(text))) == ({}, ())


@given(st.lists(TEXTS | st.just(X), max_size=6))
def test_texts_and_holes_render_as_if_put_after_each_other(parts: list[str | Hole]) -> None:
    written = write(parts)
    assert problems(written) == ()
    assert render(written, {"x": "<{{x}}>"}, {}) == "".join(
        "<{{x}}>" if isinstance(part, Hole) else part for part in parts
    )
    assert names(written) == ({"x": True} if X in parts else {})


def test_a_hole_may_have_a_default() -> None:
    written = write(["{", Hole(("state", "a", "b"), (("default", "None"),)), "}"])
    assert written == "{{state.opening_brace | default('{')}}{{state.a.b | default('None')}}}"
    assert render(written, {}, {}) == "{None}"
    assert render(written, {}, {"a": {"b": 3}}) == "{3}"
