"""What was cut from a message so that a model takes it, in words: a record of the call says it of the message."""

from collections.abc import Mapping
from typing import Any


def told_cut(cut: Mapping[str, Any]) -> str:
    """`{"characters": 5000, "tokens": 1200}` in a sentence without its end."""
    characters, tokens = int(cut.get("characters") or 0), int(cut.get("tokens") or 0)
    signs = "character" if characters == 1 else f"{characters:,} characters"
    return f"its first {signs} (about {tokens:,} tokens) cut, to fit the model"
