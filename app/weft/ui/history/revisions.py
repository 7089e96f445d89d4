"""Which revision of the open flow a run ran: the same as now, one some edits ago, or none that the journal knows."""

import asyncio
from collections.abc import Sequence

from weft.model.edits import apply
from weft.model.errors import WeftError
from weft.model.flow import Flow
from weft.workspace.editing.documents import OpenDocument
from weft.workspace.editing.journal import Edit

BACK = 200
"""Edits that are looked back over."""


class Revisions:
    """The numbers of the document's last revisions by what they mean: a revision that only moved a node means the same
    as the one before, and the newest counts."""

    def __init__(self, document: OpenDocument) -> None:
        self._document = document
        self._by_hash: dict[str, int] = {}
        self._known = -1

    async def look(self) -> None:
        """Learn of the edits since it was last looked."""
        document, flow, rev = self._document, self._document.flow, self._document.rev
        if rev == self._known:
            return
        back = BACK if self._known < 0 else min(BACK, rev - self._known)
        edits: list[Edit] = []
        if document.keeper is not None:
            try:
                await document.kept()
                edits = [
                    edit for edit in await document.keeper.edits_after(max(0, rev - back)) if edit.rev <= rev
                ]
            except WeftError:
                edits = []  # a journal that can't be read: then only what is open now is known
        found = await asyncio.to_thread(_hashes, flow, rev, edits)
        self._by_hash |= {name: max(number, self._by_hash.get(name, 0)) for name, number in found.items()}
        self._known = rev

    def of(self, name: str) -> int | None:
        """The number of the revision with that hash."""
        return self._document.rev if name == self._document.flow.hash else self._by_hash.get(name)

    def words(self, name: str) -> tuple[str, bool]:
        """How to call it, and whether it is the one that is open."""
        if name == self._document.flow.hash:
            return "as now", True
        number = self._by_hash.get(name)
        if number is None:
            return "another version", False
        ago = self._document.rev - number
        return f"revision {number} · {ago} {'edit' if ago == 1 else 'edits'} ago", False


def _hashes(flow: Flow, rev: int, edits: Sequence[Edit]) -> dict[str, int]:
    """Back from the flow as it is, as far as the edits reach."""
    found = {flow.hash: rev}
    for edit in reversed(edits):
        if edit.rev != rev:
            break
        try:
            flow, _ = apply(flow, edit.inverse)
        except WeftError:
            break
        rev -= 1
        found.setdefault(flow.hash, rev)
    return found
