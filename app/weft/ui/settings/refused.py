"""Why a setting was refused, as the form in which it was typed says it: without the file's line, which nobody typed."""

import re

from weft.model.errors import WeftError

_SAID = re.compile(r"\S+:\d+ setting '(?P<key>[^']+)': (?P<why>.+)", re.DOTALL)
_WORDS = (
    ("input should be greater than or equal to ", "It must be at least "),
    ("input should be less than or equal to ", "It may be at most "),
    ("input should be greater than ", "It must be more than "),
)


def refused(error: WeftError) -> tuple[str, str]:
    """The key of the setting that is wrong, "" if the error names none, and a sentence about it."""
    found = _SAID.fullmatch(error.message)
    if found is None:
        return "", f"{error.message} {error.hint}".strip()
    why = found["why"]
    for theirs, ours in _WORDS:
        why = why.replace(theirs, ours)
    return found["key"], why[:1].upper() + why[1:]
