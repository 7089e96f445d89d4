"""Changes to edges: what is wired into the ports of a node, and what it comes after."""

from __future__ import annotations

from weft.model.changes import Connect, Disconnect, Reorder, Restore, SetAfter
from weft.model.edits.draft import Draft
from weft.model.edits.edit import edit
from weft.model.errors import ChangeRefused
from weft.model.nearest import nearest
from weft.model.refs import is_port, parse_ref


@edit.register
def _(change: Connect, draft: Draft) -> None:
    node = draft.node(change.node)
    if not is_port(change.port):
        raise ChangeRefused(f"{change.port[:64]!r} is no name of a port.", code="bad-id")
    refuse_bad_ref(change.ref, draft)
    wired = node.inputs.get(change.port)
    is_list = isinstance(wired, list)
    if wired is None or (change.many and is_list and wired and change.ref not in wired):
        draft.undo_with(Disconnect(node=change.node, port=change.port, ref=change.ref))
    else:
        draft.undo_with(Restore(path=("nodes", change.node, "inputs", change.port), value=wired))
    if change.many:
        refs = list(node.refs(change.port))
        refs.insert(len(refs) if change.index is None else change.index, change.ref)
        draft.put_wired(change.node, change.port, refs)
    else:
        draft.put_wired(change.node, change.port, change.ref)
    draft.ask_for_edge(change.ref.partition(".")[0], change.node)


@edit.register
def _(change: Disconnect, draft: Draft) -> None:
    node = draft.node(change.node)
    refs = node.refs(change.port)
    if change.ref not in refs:
        raise ChangeRefused(
            f"{change.ref[:130]!r} isn't wired there.",
            code="not-connected",
            hint="Someone may have disconnected it.",
        )
    path = ("nodes", change.node, "inputs", change.port)
    if len(refs) == 1:
        index = list(node.inputs).index(change.port)
        draft.undo_with(Restore(path=path, value=node.inputs[change.port], index=index))
        draft.put_wired(change.node, change.port, None)
    else:
        index = refs.index(change.ref)
        draft.undo_with(Restore(path=(*path, "item"), value=change.ref, index=index))
        draft.put_wired(change.node, change.port, refs[:index] + refs[index + 1 :])


@edit.register
def _(change: Reorder, draft: Draft) -> None:
    node = draft.node(change.node)
    wired = node.inputs.get(change.port)
    if not isinstance(wired, list) or sorted(wired) != sorted(change.refs):
        raise ChangeRefused(
            "these aren't the references wired there.",
            code="stale-order",
            hint="Someone may have connected or disconnected one.",
        )
    draft.undo_with(Reorder(node=change.node, port=change.port, refs=wired))
    draft.put_wired(change.node, change.port, list(change.refs))


@edit.register
def _(change: SetAfter, draft: Draft) -> None:
    old = draft.node(change.node).after
    after = list(dict.fromkeys(change.after))
    for source in after:
        if source not in old:
            draft.node(source)
            draft.ask_for_edge(source, change.node)
    draft.undo_with(Restore(path=("nodes", change.node, "after"), value=old))
    draft.change_node(change.node, after=after)


def refuse_bad_ref(text: str, draft: Draft) -> None:
    """A new reference must be well formed and lead to a node, or an input, that is there."""
    try:
        ref = parse_ref(text)
    except ValueError as error:
        raise ChangeRefused(str(error), code="bad-ref") from None
    if ref.node != "inputs":
        draft.node(ref.node)
    elif ref.port not in draft.inputs:
        close = nearest(ref.port or "", draft.inputs)
        hint = f"Did you mean {close!r}?" if close else "Add it first."
        raise ChangeRefused(f"the flow has no input {ref.port!r}.", code="unknown-input", hint=hint)
