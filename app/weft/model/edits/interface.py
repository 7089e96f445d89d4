"""Changes to what a flow is given and what it gives: its inputs and outputs."""

from __future__ import annotations

from weft.model.changes import (
    RemoveInput,
    RemoveOutput,
    RenameInput,
    RenameOutput,
    Restore,
    SetInput,
    SetOutput,
)
from weft.model.edits.draft import Draft
from weft.model.edits.edit import edit
from weft.model.edits.nodes import refuse_bad_id
from weft.model.edits.references import rewrite_references, take_references
from weft.model.edits.wires import refuse_bad_ref
from weft.model.errors import ChangeRefused
from weft.model.flow import FlowInput
from weft.model.limits import tidy
from weft.model.nearest import nearest
from weft.model.refs import Ref, is_id, is_input_name
from weft.model.text import part_json


@edit.register
def _(change: SetInput, draft: Draft) -> None:
    given = FlowInput.model_validate(tidy(part_json(change.input), at=("inputs", change.name)))
    old = draft.inputs.get(change.name)
    if old is None:
        refuse_bad_id(change.name, is_input_name)
        draft.keep_references(Ref("inputs", change.name))
        draft.undo_with(RemoveInput(name=change.name))
    else:
        draft.undo_with(
            SetInput(name=change.name, input=old, index=draft.section("inputs").index(change.name))
        )
    draft.section("inputs").place(change.name, given, change.index)


@edit.register
def _(change: RemoveInput, draft: Draft) -> None:
    given = _known(change.name, "inputs", draft)
    take_references(Ref("inputs", change.name), draft)
    index = draft.section("inputs").take(change.name)
    draft.undo_with(Restore(path=("inputs", change.name), value=given, index=index))


@edit.register
def _(change: RenameInput, draft: Draft) -> None:
    _known(change.name, "inputs", draft)
    if change.to == change.name:
        return
    refuse_bad_id(change.to, is_input_name)
    rename_input(change.name, change.to, draft)


def rename_input(name: str, to: str, draft: Draft) -> None:
    """Give an input another name, in its place and in every reference."""
    _refuse_taken(to, "inputs", draft)
    draft.keep_references(Ref("inputs", to))
    rewrite_references(Ref("inputs", name), Ref("inputs", to), draft)
    draft.section("inputs").rename(name, to)
    good = is_input_name(name)
    back = RenameInput(name=to, to=name) if good else Restore(path=("inputs", to, "name"), value=name)
    draft.undo_with(back)


@edit.register
def _(change: SetOutput, draft: Draft) -> None:
    refuse_bad_ref(change.ref, draft)
    old = draft.outputs.get(change.name)
    if old is None:
        refuse_bad_id(change.name)
        draft.undo_with(RemoveOutput(name=change.name))
    else:
        index = draft.section("outputs").index(change.name)
        draft.undo_with(Restore(path=("outputs", change.name), value=old, index=index))
    draft.section("outputs").place(change.name, change.ref, change.index)


@edit.register
def _(change: RemoveOutput, draft: Draft) -> None:
    ref = _known(change.name, "outputs", draft)
    index = draft.section("outputs").take(change.name)
    draft.undo_with(Restore(path=("outputs", change.name), value=ref, index=index))


@edit.register
def _(change: RenameOutput, draft: Draft) -> None:
    _known(change.name, "outputs", draft)
    if change.to == change.name:
        return
    refuse_bad_id(change.to)
    rename_output(change.name, change.to, draft)


def rename_output(name: str, to: str, draft: Draft) -> None:
    """Give an output another name, in its place."""
    _refuse_taken(to, "outputs", draft)
    draft.section("outputs").rename(name, to)
    back = (
        RenameOutput(name=to, to=name) if is_id(name) else Restore(path=("outputs", to, "name"), value=name)
    )
    draft.undo_with(back)


def _known(name: str, section: str, draft: Draft) -> FlowInput | str:
    """The input or output of that name, or a refusal with the nearest known one."""
    entries = draft.inputs if section == "inputs" else draft.outputs
    if name not in entries:
        close = nearest(name, entries)
        hint = f"Did you mean {close!r}?" if close else ""
        kind = section[:-1]
        raise ChangeRefused(f"the flow has no {kind} {name[:64]!r}.", code=f"unknown-{kind}", hint=hint)
    return entries[name]


def _refuse_taken(name: str, section: str, draft: Draft) -> None:
    if name in (draft.inputs if section == "inputs" else draft.outputs):
        raise ChangeRefused(
            f"there is already an {section[:-1]} {name!r}.", code="id-taken", hint="Take another name."
        )
