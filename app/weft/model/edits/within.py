"""Changes to the flow that is written in a node: each touches there what it touches in a flow, and nothing beside it.

So two persons may edit the same inner flow as they may edit any: what one changed stands when the other undoes.
"""

from __future__ import annotations

import json
from typing import Any, cast

from weft.model.changes import SetParam, Transaction, Within
from weft.model.edits.draft import Draft
from weft.model.edits.edit import edit
from weft.model.errors import ChangeRefused
from weft.model.limits import tidy
from weft.model.parts import is_flow
from weft.model.text import from_json, to_json


@edit.register
def _(change: Within, draft: Draft) -> None:
    from weft.model.apply import apply  # which knows of this module

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
    written = tidy({change.port: to_json(changed)}, at=("nodes", change.node, "params"))
    if _same(to_json(flow), value):
        draft.undo_with(Within(node=change.node, port=change.port, changes=back.changes))
    else:  # it stood there in an order or a form of its own, which only it can bring back
        draft.undo_with(SetParam(node=change.node, name=change.port, value=value))
    draft.change_node(change.node, params={**node.params, **written})


def _same(one: Any, other: Any) -> bool:
    """Equal to the letter, the order of keys and the kinds of numbers included."""
    return json.dumps(one) == json.dumps(other)
