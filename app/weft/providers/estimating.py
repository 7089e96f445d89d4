"""How many tokens a text has, about: offline, for any model, from the text alone.

Vocabularies differ from model to model and are large downloads, so this counts what they have in common: common words
are one token and longer ones a token for each six letters, digits go in threes, signs in small groups, scripts without
spaces by the character, other alphabets by three letters. Against the published counts that its test has, it stays
within a third or two tokens; no vocabulary was at hand for more, so what a person is told says "about". What a server
counted always wins over it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

ANSWER = 400
"""Tokens of an answer about which nothing is known."""
PER_MESSAGE = 4
"""What the protocol adds to each message for its role and its ends."""
FRAME = 3
"""What it adds to a conversation."""
_PIECES = re.compile(
    r"(?P<word>[A-Za-z]+)|(?P<number>\d+)"
    r"|(?P<dense>[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+)"
    r"|(?P<space>\s+)|(?P<letters>[^\W\d_]+)|(?P<signs>[^\w\s]+|_+)"
)
_LONG = 65_536
"""Characters that are looked at; the rest of a longer text is taken to be like them."""


def about_tokens(text: str) -> int:
    """About how many tokens the text is."""
    if len(text) > _LONG:
        return round(about_tokens(text[:_LONG]) * len(text) / _LONG)
    return sum(_count(match.lastgroup or "", match.group()) for match in _PIECES.finditer(text))


def about_conversation(messages: Iterable[Mapping[str, Any]]) -> int:
    """About how many tokens a conversation of `{"role", "content"}` is when it is sent."""
    sent = [about_tokens(_text(message.get("content"))) + PER_MESSAGE for message in messages]
    return sum(sent) + FRAME if sent else 0


def _count(kind: str, piece: str) -> int:
    size = len(piece)
    match kind:
        case "word":
            return 1 if size <= 8 else -(-size // 6)
        case "number":
            return -(-size // 3)
        case "dense":
            return size
        case "letters":
            return -(-size // 3)
        case "signs":
            return -(-size // 2) if piece.isascii() else 2 * size
        case _:
            return piece.count("\n") if "\n" in piece else int(size > 1)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        return str(cast("Mapping[str, Any]", content).get("text") or "")
    return "".join(map(_text, cast("list[Any]", content))) if isinstance(content, list) else ""
