"""One function for all changes, by the type of the change; the modules beside this one register what theirs do."""

from __future__ import annotations

from functools import singledispatch

from weft.model.changes import Edit
from weft.model.edits.draft import Draft


@singledispatch
def edit(change: Edit, draft: Draft) -> None:
    """Make the change in the draft and tell it what would take it back; ChangeRefused or DocumentError if it can't."""
    raise TypeError(f"nobody knows how to make a change of type {type(change).__name__!r}")
