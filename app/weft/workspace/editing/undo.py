"""Undo and redo for each person, over one shared flow.

A step back takes back what its person did and nothing that came after it: an entry is used only if doing the change
again would lead exactly to where we are. After Berlage, *A selective undo mechanism for graphical user interfaces
based on command objects* (1994).
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from weft.model import Flow, to_json
from weft.model.changes import Transaction
from weft.model.edits import apply
from weft.model.errors import ChangeRefused

if TYPE_CHECKING:
    from weft.workspace.editing.journal import Edit

DEPTH = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """A change that can be taken back: `back` undoes `forth`."""

    back: Transaction
    forth: Transaction
    rev: int


@dataclass(slots=True)
class Stacks:
    """What one person can undo and redo, the latest last; the oldest of more than `DEPTH` is forgotten."""

    undo: deque[Entry] = field(default_factory=lambda: deque(maxlen=DEPTH))
    redo: deque[Entry] = field(default_factory=lambda: deque(maxlen=DEPTH))


def rebuilt(edits: "Iterable[Edit]") -> dict[str, Stacks]:
    """Everyone's stacks as the journal's edits left them, oldest first."""
    everyone: dict[str, Stacks] = {}
    for edit in edits:
        stacks = everyone.setdefault(edit.person, Stacks())
        made = Entry(
            named(edit.inverse, edit.inverse.label, edit.person),
            named(edit.tx, edit.tx.label, edit.person),
            edit.rev,
        )
        match edit.kind:
            case "edit":
                stacks.undo.append(made)
                stacks.redo.clear()
            case "undo":
                _taken(stacks.undo, edit.of)
                stacks.redo.append(made)
            case "redo":
                _taken(stacks.redo, edit.of)
                stacks.undo.append(made)
            case "file":
                pass  # nobody's to take back
    return everyone


def _taken(stack: deque[Entry], rev: int | None) -> None:
    """Down to what was taken: entries above it were tried, refused and forgotten."""
    while stack and rev is not None and stack[-1].rev >= rev:
        stack.pop()


def step_back(flow: Flow, entry: Entry, *, alone: bool) -> tuple[Flow, Transaction]:
    """The flow without the entry's change, and what brings it back.

    Raises `ChangeRefused` when that can't be done, or would also take back what somebody did since. `alone` says
    that nobody else changed the flow since, so that there is nothing to look for.
    """
    try:
        result, again = apply(flow, entry.back)
        redone = flow if alone else apply(result, entry.forth)[0]
    except ChangeRefused as refused:
        raise _refusal(entry, refused.message) from refused
    if not alone and _meaning(redone) != _meaning(flow):
        raise _refusal(entry, "What it changed has been changed again since.")
    return result, named(again, entry.forth.label, entry.back.source)


def named(tx: Transaction, label: str, source: str) -> Transaction:
    """The same changes as a transaction of its own: another label and source, no `op_id`."""
    return tx.model_copy(update={"label": label, "source": source, "op_id": ""})


def _refusal(entry: Entry, reason: str) -> ChangeRefused:
    what = f"{entry.back.label!r}" if entry.back.label else "That change"
    return ChangeRefused(
        f"{what} isn't possible any more. {reason}", code="undo-refused", hint="Change it by hand."
    )


def _meaning(flow: Flow) -> dict[str, Any]:
    """The flow as plain data, lists of edges sorted: the place among edges that others made is nobody's loss."""
    plain = to_json(flow)
    for node in plain.get("nodes", {}).values():
        for port, refs in node.get("inputs", {}).items():
            if isinstance(refs, list):
                node["inputs"][port] = sorted(cast("list[str]", refs))
    return plain
