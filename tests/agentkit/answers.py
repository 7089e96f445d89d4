"""What the model answers, on both sides: nothing but a function of the messages, so that one word of difference in
a request is another answer, and other requests from there on.

Imported by the tests, and by `theirs.py` in its own environment: the standard library alone.
"""

import hashlib
import json
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Messages = Sequence[Mapping[str, str]]

WORDS = (
    "Yes.", "No, and why would it?", "  It depends \n on the weather.  ", "N/A", "None", "{{topic}}", "\\{{x}}", "$db.a$",
    "Ünïcode → 計画 🙂", "a:\n\nb", "**bold**\r\n\ttabbed", "- one\n- two\n", "`code`", "x\u2028", "0", "null", "'NA'",
)  # fmt: skip
VALUES = ("tea", "", "a b", "1", "x\ny", "計", 0, 7, -3, 2.5)
KEYS = ("a", "b", "c", "d")
FLAGS = ("skip", "cut", "grow")


def answer(messages: Messages) -> str:
    """Prose or JSON, good or bad. In the pass 0 no flag is raised: there is nothing yet that could be skipped."""
    chance = random.Random(hashlib.sha256(_text(messages).encode()).digest())
    if chance.random() < 0.3:
        return chance.choice(WORDS) + chance.choice(WORDS)
    flags = FLAGS if not any("pass 0" in one["content"] for one in messages) else ()
    return chance.choice(_SHAPES)(chance, flags)


def _object(chance: random.Random, flags: Sequence[str]) -> dict[str, Any]:
    """Has most keys, so that what is asked for is often there."""
    made: dict[str, Any] = {key: chance.choice(VALUES) for key in KEYS if chance.random() < 0.8}
    return made | {flag: chance.random() < 0.7 for flag in flags}


def _bare(chance: random.Random, flags: Sequence[str]) -> str:
    return json.dumps(
        _object(chance, flags), indent=chance.choice((None, 2)), ensure_ascii=chance.random() < 0.5
    )


def _in_prose(chance: random.Random, flags: Sequence[str]) -> str:
    return f"Well: {_bare(chance, flags)} That is all."


def _in_a_block(chance: random.Random, flags: Sequence[str]) -> str:
    return f"Here.\n```json\n{_bare(chance, flags)}\n```\n" + chance.choice(("", "Fine?"))


def _after_a_draft(chance: random.Random, flags: Sequence[str]) -> str:
    return f"First {_bare(chance, ())}, no: {_bare(chance, flags)}"


def _list(chance: random.Random, flags: Sequence[str]) -> str:
    return json.dumps([chance.choice(("tea", "x y")) for _ in range(chance.randint(0, 3))])


def _nothing(chance: random.Random, flags: Sequence[str]) -> str:
    return "```json\nnull\n```"


_SHAPES: tuple[Callable[[random.Random, Sequence[str]], str], ...] = (
    _bare, _bare, _in_prose, _in_a_block, _after_a_draft, _list, _nothing,
)  # fmt: skip


def _text(messages: Messages) -> str:
    return json.dumps([[one["role"], one["content"]] for one in messages], ensure_ascii=True)
