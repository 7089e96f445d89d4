"""What a text stands for where something else is wanted: `yes` for true, `12` for a number, JSON for a list.

Whoever answers at a command line, or in a form, can only write text.
"""

from __future__ import annotations

import json
from typing import Any, Final

from weft.catalog.kinds import PortType

YES: Final = ("yes", "y", "true", "on", "ok", "approve", "approved")
NO: Final = ("no", "n", "false", "off", "decline", "declined")
_AS_IT_IS: Final = ("text", "template", "file", "any")


def said(text: str, kind: PortType) -> Any:
    """The text as a value of this kind, if it can be read so; else the text."""
    if kind.choices:
        return said_choice(text, kind.choices)
    if kind.kind in _AS_IT_IS:
        return text
    if kind.kind == "boolean":
        return said_truth(text)
    return said_json(text)


def said_truth(text: str) -> Any:
    """True or false, if it is a word for one of them; else the text."""
    word = text.strip().lower()
    return True if word in YES else False if word in NO else text


def said_choice(text: str, choices: tuple[Any, ...] | list[Any]) -> Any:
    """The choice that is written so; else the text."""
    if text in choices:
        return text
    value = said_json(text)
    return next((choice for choice in choices if choice == value and type(choice) is type(value)), text)


def said_json(text: str) -> Any:
    """What the text is as JSON; the text itself if it is none."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")
