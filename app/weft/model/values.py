"""Wrapped values: what a document holds where a value isn't itself the value.

`{"$secret": "NAME"}` names a secret, `{"$file": "path"}` a file of the workspace, `{"$raw": ...}` holds a literal object
that would else look wrapped. (`{"$lines": [...]}` is text, and is folded into it when a document is read.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class SecretRef:
    """A secret by name: its value is only known to the workspace, and only while a step runs."""

    name: str


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file by its path inside the workspace."""

    path: str


def unwrap(value: Any) -> Any:
    """The value a param means: references as `SecretRef` and `FileRef` wherever they stand, what `$raw` holds as it is.

    Shares what needs no unwrapping with `value`. Takes checked values: a document's, at most 64 levels deep.
    """
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return [unwrap(item) for item in items]
    if not isinstance(value, dict):
        return value
    entries = cast("dict[str, Any]", value)
    if len(entries) == 1:
        match entries:
            case {"$secret": str(name)}:
                return SecretRef(name)
            case {"$file": str(path)}:
                return FileRef(path)
            case {"$lines": [*lines]}:
                return "\n".join(lines)
            case {"$raw": literal}:
                return literal
            case _:
                pass
    return {key: unwrap(item) for key, item in entries.items()}
