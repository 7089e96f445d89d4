"""Applying a transaction: a pure function from a flow to the changed flow and the transaction that takes it back."""

from __future__ import annotations

from weft.model.built import build
from weft.model.changes import Edit, Transaction
from weft.model.cycles import closing_path, knotted, sources
from weft.model.describe import describe
from weft.model.edits.draft import Draft
from weft.model.edits.edit import edit
from weft.model.errors import ChangeRefused, DocumentError
from weft.model.flow import Flow

build(Edit)

_UNDO = "Undo: "


def apply(flow: Flow, tx: Transaction) -> tuple[Flow, Transaction]:
    """The flow with all changes made, and the inverse, which makes exactly `flow` of it again.

    Atomic and pure: a change that can't be made raises ChangeRefused, which names it, and nothing has happened.
    What isn't touched is shared between the two flows. A transaction may pass through states with a cycle; only an
    edge that is on one in the end is refused.
    """
    draft = Draft(flow)
    for index, change in enumerate(tx.changes):
        draft.now_at(index)
        try:
            edit(change, draft)
        except ChangeRefused as error:
            raise _named(error, tx, index) from None
        except DocumentError as error:
            raise _named(ChangeRefused(error.message, code=error.code, hint=error.hint), tx, index) from None
    _refuse_cycles(draft, tx)
    inverse = Transaction(changes=draft.inverse(), label=_inverse_label(tx), source=tx.source)
    return draft.done(), inverse


def _named(error: ChangeRefused, tx: Transaction, index: int) -> ChangeRefused:
    """The same refusal, saying which change it was, since a gesture may be many."""
    where = f" (change {index + 1} of {len(tx.changes)})" if len(tx.changes) > 1 else ""
    return ChangeRefused(
        f"Can't {describe(tx.changes[index])}{where}: {error.message}",
        code=error.code,
        hint=error.hint,
        index=index,
    )


_FEW = 4


def _refuse_cycles(draft: Draft, tx: Transaction) -> None:
    """Each new edge that is still there is followed upstream; for many, one look at the whole flow comes first."""
    nodes = draft.nodes
    new = [
        edge
        for edge in draft.new_edges
        if edge.target in nodes and edge.source in sources(nodes[edge.target])
    ]
    if len(new) > _FEW:
        knots = knotted(nodes)
        new = [edge for edge in new if edge.source in knots and edge.target in knots]
    for edge in new:
        if path := closing_path(nodes, edge.source, edge.target):
            shown = path if len(path) <= 12 else [*path[:6], "…", *path[-5:]]
            refused = ChangeRefused(
                f"it would close the cycle {' → '.join(shown)}.",
                code="cycle",
                hint="Each of these nodes would wait for itself; take out another edge of it first.",
            )
            raise _named(refused, tx, edge.change)


def _inverse_label(tx: Transaction) -> str:
    label = tx.label or (describe(tx.changes[0]).capitalize() if tx.changes else "nothing")
    return label.removeprefix(_UNDO) if label.startswith(_UNDO) else _UNDO + label
