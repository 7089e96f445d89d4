"""Builds the validators of a family of models; see `Part` and `Edit`, which put that off until it is needed.

Building one when it is first used isn't safe when two threads use it first. A module that reads documents or edits
builds theirs as it is imported: that happens once, whichever threads want it.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel


def build(family: type[BaseModel]) -> None:
    """Build what all models derived from this one need to check and to write values."""
    for model in _below(family):
        model.model_rebuild()


def _below(family: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in family.__subclasses__():
        yield model
        yield from _below(model)
