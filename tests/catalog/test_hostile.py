"""Hostile templates and expressions: each refused in just these words, quickly, and without any effect."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from weft.catalog import expression, template
from weft.model.errors import StepFailed

EFFECTS = (
    "import",
    "open",
    "exec",
    "os.",
    "subprocess.",
    "socket.",
    "ctypes",
    "marshal.",
    "pickle.",
    "shutil.",
    "glob.",
)
SEEN: list[str] = []
WATCHING = [False]


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if WATCHING[0] and (event.startswith(EFFECTS) or event == "object.__getattr__"):
        SEEN.append(event)


sys.addaudithook(_watch)


class Trap:
    """An object that must never be touched: nothing live may reach a template or an expression."""

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":
            return Trap
        raise AssertionError(f"{name} was read")

    def __str__(self) -> str:
        raise AssertionError("it was shown")

    __repr__ = __str__


class Text(str):
    """A text that would do more than a text."""

    def upper(self) -> str:
        raise AssertionError("upper was called")


VALUES: dict[str, Any] = {
    "a": "text",
    "n": 2,
    "items": [1, 2],
    "o": {"k": {"deep": 1}},
    "big": "x" * 90_000,
    "trap": Trap(),
    "sub": Text("x"),
    "inject": "{{o}} {{state.secret}} {a.__class__} %(n)s ${n} {% raw %} `id`",
    "huge": 2**53,
    "set": {1, 2},
    "bytes": b"x",
}
STATE: dict[str, Any] = {"secret": "hush", "list": [0]}

BAD = "bad-expression"
EXPRESSIONS: list[tuple[str, str, str]] = [
    # Attributes, methods and dunders: only keys of plain JSON can be looked up.
    ("().__class__", BAD, "'_' can't stand here."),
    ("a.__class__", BAD, "'_' can't stand here."),
    ("a.__class__.__mro__[1].__subclasses__()", BAD, "'_' can't stand here."),
    ("__import__('os').system('id')", BAD, "'_' can't stand here."),
    ("__builtins__", BAD, "'_' can't stand here."),
    ("_private", BAD, "'_' can't stand here."),
    ("o._k", BAD, "'_' can't stand here."),
    ("a.upper()", BAD, "There is no such function"),
    ("a.format(n)", BAD, "There is no such function"),
    ("o.k.deep()", BAD, "There is no such function"),
    ("a.upper", "missing-value", "there is no a.upper."),
    ("a['__class__']", "missing-value", "there is no a['__class__']."),
    ("o['__class__']", "missing-value", "there is no o['__class__']."),
    ("state.__class__", BAD, "'_' can't stand here."),
    ("len.a", "missing-value", "there is no len."),
    # Functions of Python.
    ("eval('1')", BAD, "There is no such function"),
    ("exec('1')", BAD, "There is no such function"),
    ("open('/etc/passwd')", BAD, "There is no such function"),
    ("getattr(a, 'upper')", BAD, "There is no such function"),
    ("globals()", BAD, "There is no such function"),
    ("type(a)", BAD, "There is no such function"),
    ("print(1)", BAD, "There is no such function"),
    ("breakpoint()", BAD, "There is no such function"),
    ("len(a)(a)", BAD, "There is no such function"),
    ("(len)(a, a)", BAD, "Len takes 1 to 1 values, not 2."),
    ("[len][0](a)", BAD, "There is no such function"),
    ("max(*items)", BAD, "This is not part of expressions (Starred)."),
    ("max(**o)", BAD, "There is no such function"),
    ("max(key=a)", BAD, "'=' can't stand here; to compare, write ==."),
    # Other parts of the language.
    ("lambda: 1", BAD, "':' can't stand here."),
    ("(x := 1)", BAD, "':' can't stand here."),
    ("[x for x in items]", BAD, "This is not part of expressions (ListComp)."),
    ("(x for x in items)", BAD, "This is not part of expressions (GeneratorExp)."),
    ("{'a': 1}", BAD, "'{' can't stand here."),
    ("items[0:1]", BAD, "':' can't stand here."),
    ("f'{a}'", BAD, "'f' can't stand here."),
    ("b'a'", BAD, "'b' can't stand here."),
    ("r'a'", BAD, "'r' can't stand here."),
    ("'''a'''", BAD, "Between two texts there must be a sign, such as +."),
    ("'a' 'b'", BAD, "Between two texts there must be a sign, such as +."),
    ("await a", BAD, "This is not part of expressions (Await)."),
    ("yield a", BAD, "This is not part of expressions (Yield)."),
    ("import os", BAD, "It is no whole expression."),
    ("a; b", BAD, "';' can't stand here."),
    ("a @ b", BAD, "'@' can't stand here."),
    ("~n", BAD, "'~' can't stand here."),
    ("n << 9", BAD, "This sign is not part of expressions."),
    ("n & 1", BAD, "'&' can't stand here."),
    ("a is a", BAD, "`is` is not part of expressions; write ==."),
    ("...", BAD, "Three dots are not part of expressions."),
    ("1j", BAD, "'1' can't stand here."),
    ("0x10", BAD, "'0' can't stand here."),
    ("1_000", BAD, "'1' can't stand here."),
    ("a # or b", BAD, "'#' can't stand here."),
    ("a) or (n", BAD, "')' closes what was never opened."),
    ("a \\\n or n", BAD, "'\\\\' can't stand here."),
    # Format strings.
    ("'%s' % a", "wrong-type", "% needs a number, not a text."),
    ("'%999999999d' % n", "wrong-type", "% needs a number, not a text."),
    ("'{0.__class__}'.format(a)", BAD, "There is no such function"),
    # Huge numbers and powers.
    ("9**9**9**9", "too-large", "the number is past 2^53."),
    ("2**1000000", "too-large", "the number is past 2^53."),
    ("n**huge", "too-large", "the number is past 2^53."),
    ("huge*huge", "too-large", "the number is past 2^53."),
    ("1e308*10", BAD, "This number is too large."),
    ("1e999", BAD, "This number is too large."),
    ("9" * 17, BAD, "'9' can't stand here."),
    ("9" * 1999, BAD, "'9' can't stand here."),
    ("1e200 * 1e200", "too-large", "the number is too large."),
    ("10.0 ** 400", "too-large", "the number is too large."),
    ("(0-8) ** 0.5", "wrong-type", "a negative number has no such power."),
    ("number('9' * 5000)", "wrong-type", "number needs a text such as '12.5', not '9999"),
    ("number('1e999')", "too-large", "the number is too large."),
    ("number('nan')", "too-large", "the number is too large."),
    # Bombs of text and lists.
    ("'a' * 10**9", "too-large", "the text would be longer than 100,000 characters."),
    ("[0] * 10**6", "too-large", "the list would be longer than 10,000 items."),
    ("[[0]*9999]*9999 + [[0]*9999]*9999", "too-large", "the list would be longer than 10,000 items."),
    ("big + big", "too-large", "the text would be longer than 100,000 characters."),
    (" + ".join(["[0]*9000"] * 20), "too-large", "the list would be longer than 10,000 items."),
    ("+".join(["len([0]*9000)"] * 20), "too-large", "it takes more than 100,000 steps."),
    # Nested bombs.
    ("(" * 33 + "1" + ")" * 33, BAD, "It is too long or too deep"),
    ("[" * 2000, BAD, "It is too long or too deep"),
    ("-" * 300 + "1", BAD, "It is nested too deeply."),
    ("not " * 300 + "a", BAD, "It is nested too deeply."),
    ("a" + ".b" * 150, BAD, "It is nested too deeply."),
    ("1 if a else " * 80 + "1", BAD, "It is nested too deeply."),
    ("2" + "**1" * 150, BAD, "It is nested too deeply."),
    ("1" + " + 1" * 200, BAD, "It is too long or too deep"),
    ("a" * 2001, BAD, "It is longer than 2,000 characters."),
    ("a" * 64, BAD, f"'{'a' * 64}' can't be a port"),
    # Tricks of writing.
    ("ａ", BAD, "'ａ' can't stand here."),
    ("ｅval('1')", BAD, "'ｅ' can't stand here."),
    ("a\u200b", BAD, "'\\u200b' can't stand here."),
    ("\u202ea", BAD, "'\\u202e' can't stand here."),
    ("a\x00", BAD, "'\\x00' can't stand here."),
    ("'\x00'", BAD, "It "),
    ("'\\x41'", BAD, '"\'" can\'t stand here.'),
    ("'\\N{BULLET}'", BAD, '"\'" can\'t stand here.'),
    ("a\r\nor n", BAD, "'\\r' can't stand here."),
    ("n\f", BAD, "'\\x0c' can't stand here."),
    ("٣ + 1", BAD, "'٣' can't stand here."),
    # What must not be reached, and values that are no plain JSON.
    ("secrets.KEY", BAD, "'secrets' can't be a port"),
    ("inputs.a", BAD, "'inputs' can't be a port"),
    ("outputs", BAD, "'outputs' can't be a port"),
    ("trap == 1 + a", "wrong-type", "+ needs a number, not a text."),
    ("trap.x", "missing-value", "there is no trap.x."),
    ("trap == trap", "wrong-type", "a Trap can't be used in an expression."),
    ("trap + 1", "wrong-type", "a Trap can't be used in an expression."),
    ("len(sub)", "wrong-type", "a Text can't be used in an expression."),
    ("text(bytes)", "wrong-type", "a bytes can't be used in an expression."),
    ("lower(set)", "wrong-type", "a set can't be used in an expression."),
    ("1 in set", "wrong-type", "a set can't be used in an expression."),
]  # fmt: skip

UNREAD = "bad-template"
NAME = "After {{ there must be a name of letters, digits and _"
TEMPLATES: list[tuple[str, str, str]] = [
    ("{{a.__class__}}", "missing-value", "There is no value for {{a.__class__}}."),
    ("{{o.__class__.__init__.__globals__}}", "missing-value", "There is no value for {{o.__class__.__init__.__globals__}}."),
    ("{{items.append}}", "missing-value", "There is no value for {{items.append}}."),
    ("{{a.0}}", "missing-value", "There is no value for {{a.0}}."),
    ("{{items.٣}}", "missing-value", "There is no value for {{items.٣}}."),
    ("{{items.99999999999999999999}}", "missing-value", "There is no value for {{items.99999999999999999999}}."),
    ("{{state.secret.upper}}", "missing-value", "There is no value for {{state.secret.upper}}."),
    ("{{__import__}}", UNREAD, NAME),
    ("{{_a}}", UNREAD, NAME),
    ("{{a()}}", UNREAD, "'(' can't stand in {{...}}"),
    ("{{a.upper()}}", UNREAD, "'(' can't stand in {{...}}"),
    ("{{a[0]}}", UNREAD, "'[' can't stand in {{...}}"),
    ("{{a!r}}", UNREAD, "'!' can't stand in {{...}}"),
    ("{{a:>1000000000}}", UNREAD, "':' can't stand in {{...}}"),
    ("{{n + 1}}", UNREAD, "'+' can't stand in {{...}}"),
    ("{{7*7}}", UNREAD, NAME),
    ("{{''.__class__}}", UNREAD, NAME),
    ("{{config}} {{request.application}}", "missing-value", "There is no value for {{config}}."),
    ("{{{{a}}}}", UNREAD, NAME),
    ("{{ {{a}} }}", UNREAD, NAME),
    ("{{a", UNREAD, "This {{ is never closed"),
    ("{{a\n}}", UNREAD, "This {{ is never closed"),
    ("{{a}\u200b}", UNREAD, "This {{ is never closed"),
    ("{{ａ}}", UNREAD, NAME),
    ("{{\u202ea}}", UNREAD, NAME),
    ("{{а}}", UNREAD, NAME),  # a Cyrillic letter
    ("{{a\x00}}", UNREAD, "'\\x00' can't stand in {{...}}"),
    ("{{a\u00a0}}", UNREAD, "'\\xa0' can't stand in {{...}}"),
    ("{{secrets.KEY}}", UNREAD, "Secrets can't be put into a text"),
    ("{{inputs.a}}", UNREAD, "'inputs' can't be named here"),
    ("{{outputs.a}}", UNREAD, "'outputs' can't be named here"),
    ("{{state}}", UNREAD, "Say which part of the state"),
    ("{{a | eval}}", UNREAD, "After | there must be a filter"),
    ("{{a | __class__}}", UNREAD, "After | there must be a filter"),
    ("{{a | attr('x')}}", UNREAD, "After | there must be a filter"),
    ("{{a | upper()}}", UNREAD, "'(' can't stand in {{...}}"),
    ("{{a | default(n)}}", UNREAD, "Default needs a value in brackets"),
    ("{{a | default([1])}}", UNREAD, "Default needs a value in brackets"),
    ("{{a | default('x' * 9)}}", UNREAD, "Default needs a value in brackets"),
    ("{{a | default(1e999)}}", UNREAD, "Default needs a value in brackets"),
    ("{{a | default(99999999999999999999)}}", UNREAD, "Default needs a value in brackets"),
    ("{{a | default('\n')}}", UNREAD, "Default needs a value in brackets"),
    ("{{a" + ".b" * 40 + "}}", UNREAD, "A path has at most 32 parts."),
    ("{{" + "a" * 64 + "}}", UNREAD, "'a' can't stand in {{...}}"),
    ("{{a.}}", UNREAD, "After a. there must be a name or a number."),
    ("{{.a}}", UNREAD, NAME),
    ("{{big}}" * 12, "too-long", "The finished text is longer than 1,000,000 characters."),
    ("{{big | json}}" * 12, "too-long", "The finished text is longer than 1,000,000 characters."),
    ("{{trap}}", "wrong-type", "{{trap}} is a Trap, which can't be put into a text."),
    ("{{trap.x}}", "missing-value", "There is no value for {{trap.x}}."),
    ("{{trap | length}}", "wrong-type", "{{trap | length}} needs a text, a list or an object."),
    ("{{sub | upper}}", "wrong-type", "{{sub}} is a Text, which can't be put into a text."),
    ("{{bytes}}", "wrong-type", "{{bytes}} is a bytes, which can't be put into a text."),
    ("{{set}}", "wrong-type", "{{set}} is a set, which can't be put into a text."),
    ("{{n | length}}", "wrong-type", "{{n | length}} needs a text, a list or an object."),
]  # fmt: skip


def _shown(case: tuple[str, str, str]) -> str:
    return ascii(case[0])[:40]


@contextmanager
def no_effects() -> Iterator[None]:
    SEEN.clear()
    WATCHING[0] = True
    try:
        yield
    finally:
        WATCHING[0] = False
    assert SEEN == []


def test_there_are_enough_of_them() -> None:
    assert len(EXPRESSIONS) + len(TEMPLATES) >= 120


@pytest.mark.parametrize("case", EXPRESSIONS, ids=_shown)
def test_a_hostile_expression_is_refused(case: tuple[str, str, str]) -> None:
    text, code, message = case
    with no_effects(), pytest.raises(StepFailed) as failed:
        expression.evaluate(text, VALUES, STATE)
    assert failed.value.code == code
    told = failed.value.message
    assert told.startswith("The expression can't be read: " if code == BAD else "In ")
    assert message in told
    assert len(told) < 400
    if code == BAD:
        assert expression.names(text) == {}
        assert len(expression.problems(text)) == 1


@pytest.mark.parametrize("case", TEMPLATES, ids=_shown)
def test_a_hostile_template_is_refused(case: tuple[str, str, str]) -> None:
    text, code, message = case
    with no_effects(), pytest.raises(StepFailed) as failed:
        template.render(text, VALUES, STATE)
    assert failed.value.code == code
    assert message in failed.value.message
    if code != UNREAD:
        assert failed.value.message == message


def test_what_a_value_says_is_never_obeyed() -> None:
    with no_effects():
        template.render("{{inject}}", VALUES, STATE)
        expression.evaluate("inject + ''", VALUES, STATE)
    assert template.render("<{{inject}}>", VALUES, STATE) == f"<{VALUES['inject']}>"
    assert template.render("{{inject | trim | upper}}", VALUES, STATE) == VALUES["inject"].upper()
    assert expression.evaluate("inject + ''", VALUES, STATE) == VALUES["inject"]
    assert expression.evaluate("text(inject)", VALUES, STATE) == VALUES["inject"]


def test_a_state_that_shadows_nothing_and_a_value_that_shadows_nothing() -> None:
    assert template.render("{{state.secret}}", {"state": {"secret": "no"}}, STATE) == "hush"
    assert expression.evaluate("state.secret", {"state": {"secret": "no"}}, STATE) == "hush"
    assert expression.evaluate("true", {"true": False}, STATE) is True


@pytest.mark.parametrize(
    "text",
    ["{{" * 32_000, "\\" * 64_000, "{{a" * 20_000, "{{a|" * 16_000, "{{a}" * 16_000, "{{a.b" * 12_000, "{{ " * 20_000 + "}}", "{{a | default('" * 4_000],
    ids=lambda text: text[:16],
)  # fmt: skip
def test_a_text_made_to_be_slow_is_read_once(text: str) -> None:
    """Work is counted, not timed: what is looked for stops at the fiftieth problem."""
    with no_effects():
        found = template.problems(text)
    assert len(found) <= template.MOST_PROBLEMS
