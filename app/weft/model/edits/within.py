"""Changes to the flow that is written in a node: each touches there what it touches in a flow, and nothing beside it.

So two persons may edit the same inner flow as they may edit any: what one changed stands when the other undoes.
"""

from __future__ import annotations

from typing import Any, cast

from weft.model.changes import SetParam, Transaction, Within
from weft.model.edits.apply import apply
from weft.model.edits.draft import Draft
from weft.model.edits.edit import edit
from weft.model.edits.patched import patched, same
from weft.model.errors import ChangeRefused
from weft.model.limits import tidy
from weft.model.parts import is_flow
from weft.model.text import from_json, to_json


@edit.register
def _(change: Within, draft: Draft) -> None:
    node = draft.node(change.node)
    value = node.params.get(change.port)
    if not is_flow(value):
        raise ChangeRefused(
            f"no flow is written at '{change.node[:64]}.{change.port[:64]}'.",
            code="no-inner-flow",
            hint="Someone may have put another one there, or taken it away.",
        )
    flow = from_json(cast("dict[str, Any]", value))
    try:
        changed, back = apply(flow, Transaction(changes=change.changes))
    except ChangeRefused as refused:
        said = refused.message
        raise ChangeRefused(said[:1].lower() + said[1:], code=refused.code, hint=refused.hint) from None
    old, new = to_json(flow), to_json(changed)
    written = _written(value, old, new)
    if same(_written(written, new, old), value):
        draft.undo_with(Within(node=change.node, port=change.port, changes=back.changes))
    else:  # only what stood there can bring itself back as it was
        draft.undo_with(SetParam(node=change.node, name=change.port, value=value))
    params = tidy({change.port: written}, at=("nodes", change.node, "params"))
    draft.change_node(change.node, params={**node.params, **params})


def _written(value: Any, old: dict[str, Any], new: dict[str, Any]) -> Any:
    """What means `new`, as like as can be to `value`, which means `old`."""
    if same(value, old):
        return new
    made = patched(value, old, new)
    return made if same(to_json(from_json(made)), new) else new
