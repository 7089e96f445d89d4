r"""Writing templates: the text whose reading gives these literal texts and holes; `template.parse` the other way round.

Literal texts are written as `template.escape` writes them, and backslashes before a hole twice. A single `{` right
before a hole can't be escaped, since `{{{topic}}` is read as a hole that starts with `{`: it is written as the default
of a place in the state that is kept free for this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from weft.catalog.template import Hole, escape

FREE: Final = "opening_brace"
"""The place in the state that must stay empty where a template needs a `{` before a hole."""

_LAST_BRACES: Final = re.compile(r"\{*\Z")
_LAST_SLASHES: Final = re.compile(r"\\+\Z")


def write(parts: Iterable[str | Hole]) -> str:
    """The template of these parts: it renders as if each had been put after the other.

    The only filter a hole may have is `default` with a text that holds no quote and no new line.
    """
    written: list[str] = []
    before = ""
    for part in parts:
        if isinstance(part, str):
            before += part
            continue
        if _ends_in_half_a_pair(before):
            written += [_before_hole(before[:-1]), _hole(_BRACE)]
        else:
            written.append(_before_hole(before))
        written.append(_hole(part))
        before = ""
    return "".join((*written, escape(before)))


_BRACE: Final = Hole(("state", FREE), (("default", "{"),))


def _ends_in_half_a_pair(text: str) -> bool:
    braces = _LAST_BRACES.search(text)
    return braces is not None and len(braces[0]) % 2 == 1


def _before_hole(text: str) -> str:
    return _LAST_SLASHES.sub(lambda found: found[0] * 2, escape(text))


def _hole(hole: Hole) -> str:
    filters = "".join(f" | default('{argument}')" for _, argument in hole.filters)
    return "{{" + ".".join(hole.path) + filters + "}}"
