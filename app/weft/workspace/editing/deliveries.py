"""Which transactions have arrived already: a client that lost its connection, or its server, sends them once more."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from weft.catalog import Ports
from weft.model.changes import Transaction
from weft.model.errors import ChangeRefused
from weft.model.problems import Problem
from weft.workspace.editing.told import Applied

if TYPE_CHECKING:
    from weft.workspace.editing.journal import Past

REMEMBERED = 10_000


class Deliveries:
    """The answers to what was delivered, by `op_id`: those of this process, and before them those of the journal."""

    def __init__(self, past: "Past | None") -> None:
        self._answers: OrderedDict[str, Applied] = OrderedDict()
        self._past = past

    def answer(
        self, tx: Transaction, ports: Mapping[str, Ports], problems: tuple[Problem, ...]
    ) -> Applied | None:
        """What became of it then, None if it is new. `ChangeRefused` if another change was delivered under its name."""
        if not tx.op_id:
            return None
        before = self._answers.get(tx.op_id) or self._from_past(tx, ports, problems)
        if before is not None and before.tx.changes != tx.changes:
            raise ChangeRefused(
                f"Another change was delivered as {tx.op_id[:80]!r} already.",
                code="op-id-reused",
                hint="Give each change an 'op_id' of its own.",
            )
        return before

    def keep(self, applied: Applied) -> None:
        if applied.tx.op_id:
            self._answers[applied.tx.op_id] = applied
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)

    def _from_past(
        self, tx: Transaction, ports: Mapping[str, Ports], problems: tuple[Problem, ...]
    ) -> Applied | None:
        from weft.workspace.editing.journal import op_key

        rev = self._past.op_ids.get(op_key(tx.op_id)) if self._past else None
        if self._past is None or rev is None:
            return None
        edit = next((edit for edit in self._past.edits if edit.rev == rev), None)
        if edit is None:  # so long ago that only its name was read
            return Applied(rev, tx, Transaction(changes=()), ports, problems, "")
        return Applied(rev, edit.tx, edit.inverse, ports, problems, edit.person)
