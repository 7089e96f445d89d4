"""Changes to the flow as a whole: its name, state and defaults, its notes and frames."""

from __future__ import annotations

from weft.model.changes import SetDefaults, SetDescription, SetFrame, SetName, SetNote, SetState
from weft.model.edits.draft import Draft
from weft.model.edits.edit import edit
from weft.model.flow import Defaults, Frame, Note
from weft.model.limits import tidy
from weft.model.text import part_json


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
    old = draft.drawn("notes").get(change.id)
    note = change.note
    if note is not None:
        note = Note.model_validate(tidy({change.id: part_json(note)}, at=("layout", "notes"))[change.id])
    draft.undo_with(SetNote(id=change.id, note=old))
    draft.draw("notes", change.id, note)


@edit.register
def _(change: SetFrame, draft: Draft) -> None:
    old = draft.drawn("frames").get(change.id)
    frame = change.frame
    if frame is not None:
        frame = Frame.model_validate(tidy({change.id: part_json(frame)}, at=("layout", "frames"))[change.id])
    draft.undo_with(SetFrame(id=change.id, frame=old))
    draft.draw("frames", change.id, frame)
