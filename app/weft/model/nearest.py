"""The name a person probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

_MOST_CANDIDATES = 500
_LONGEST = 64


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The known name most like `word`, or None when none is like it. Looks at a bounded number of candidates."""
    short = word[:_LONGEST].lower()
    alike = ((name[:_LONGEST].lower(), name) for name in names if abs(len(name) - len(word)) <= 3)
    spelled = dict(islice(alike, _MOST_CANDIDATES))
    found = get_close_matches(short, spelled, n=1, cutoff=0.6)
    return spelled[found[0]] if found else None
