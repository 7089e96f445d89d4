"""From older formats to ours: a chain of functions, each from plain data of one format to the next.

`MIGRATIONS[n]` makes format n + 1 of format n; there is one format so far, so the chain is empty. A migration gets its
own copy of the data and has a golden file in the tests: a document before it, and the same after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from weft.model.errors import DocumentError
from weft.model.flow import FORMAT
from weft.model.refusals import show

Migration = Callable[[dict[str, Any]], dict[str, Any]]

MIGRATIONS: Mapping[int, Migration] = {}


def migrate(
    data: dict[str, Any], *, migrations: Mapping[int, Migration] = MIGRATIONS, current: int = FORMAT
) -> dict[str, Any]:
    """Bring plain data to the current format. A document with `nodes` and no `format` is taken to be of format 1."""
    found = _format_of(data)
    if found > current:
        raise DocumentError(
            f"The flow is of format {found}, and this Weft knows formats up to {current}: a newer Weft wrote it.",
            code="newer-format",
            hint="Update Weft to open it.",
            pointer=("format",),
        )
    for number in range(found, current):
        data = {**migrations[number](data), "format": number + 1}
    return data


def _format_of(data: dict[str, Any]) -> int:
    if "format" not in data and "nodes" not in data:
        raise DocumentError(
            "The document is no flow: it has neither 'format' nor 'nodes'.",
            code="not-a-flow",
            hint='A flow\'s file starts with {"format": 1, ...}.',
        )
    found = data.get("format", 1)
    if type(found) is not int or found < 1:
        raise DocumentError(
            f"format must be a whole number from 1, and is {show(found)}.",
            code="bad-format",
            pointer=("format",),
        )
    return found
