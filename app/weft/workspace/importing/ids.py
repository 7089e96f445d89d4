"""Ids for things that other programs call anything they like."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from weft.model.refs import is_id

_LONGEST = 48


def ids_for(names: Iterable[str]) -> dict[str, str]:
    """An id for each name, always the same for the same names in the same order.

    A name that can be an id is one; the others make room, whatever the order.
    """
    wanted = list(names)
    made = {name: name for name in wanted if is_id(name)}
    free = FreeNames(made)
    for name in wanted:
        if name not in made:
            made[name] = free(_slug(name))
    return {name: made[name] for name in wanted}


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name[:1000]).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_LONGEST].strip("_")
    return slug if is_id(slug) else f"node_{slug}".rstrip("_")


class FreeNames:
    """Hands out names that nobody has: `slug`, or the first of `slug_2`, `slug_3`, ... that is free."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._last: dict[str, int] = {}

    def __call__(self, slug: str) -> str:
        found = slug
        while found in self._taken:
            self._last[slug] = self._last.get(slug, 1) + 1
            found = f"{slug}_{self._last[slug]}"
        self._taken.add(found)
        return found
