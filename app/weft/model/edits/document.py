"""Changes to the flow as a whole: its name, state and defaults, its notes and frames."""

from __future__ import annotations

from typing import TypeVar

from weft.model.changes import SetDefaults, SetDescription, SetFrame, SetName, SetNote, SetState
from weft.model.edits.draft import Draft
from weft.model.edits.edit import edit
from weft.model.flow import Defaults, Frame, Note
from weft.model.limits import tidy
from weft.model.text import part_json

Drawn = TypeVar("Drawn", Note, Frame)


@edit.register
def _(change: SetState, draft: Draft) -> None:
    draft.undo_with(SetState(state=draft.field("state")))
    draft.put_field("state", tidy(change.state, at=("state",)))


@edit.register
def _(change: SetDefaults, draft: Draft) -> None:
    draft.undo_with(SetDefaults(defaults=draft.field("defaults")))
    draft.put_field("defaults", Defaults.model_validate(tidy(part_json(change.defaults), at=("defaults",))))


@edit.register
def _(change: SetName, draft: Draft) -> None:
    draft.undo_with(SetName(name=draft.field("name")))
    draft.put_field("name", tidy(change.name, at=("name",)))


@edit.register
def _(change: SetDescription, draft: Draft) -> None:
    draft.undo_with(SetDescription(description=draft.field("description")))
    draft.put_field("description", tidy(change.description, at=("description",)))


@edit.register
def _(change: SetNote, draft: Draft) -> None:
    note = _tidied("notes", change.id, change.note)
    draft.undo_with(SetNote(id=change.id, note=draft.drawn("notes").get(change.id)))
    draft.draw("notes", change.id, note)


@edit.register
def _(change: SetFrame, draft: Draft) -> None:
    frame = _tidied("frames", change.id, change.frame)
    draft.undo_with(SetFrame(id=change.id, frame=draft.drawn("frames").get(change.id)))
    draft.draw("frames", change.id, frame)


def _tidied(kind: str, name: str, drawn: Drawn | None) -> Drawn | None:
    """The note or frame as a file could hold it; refused where it couldn't."""
    if drawn is None:
        return None
    return type(drawn).model_validate(tidy({name: part_json(drawn)}, at=("layout", kind))[name])
