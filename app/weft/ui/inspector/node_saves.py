"""What a node writes into the state of the run: `save`, a param that every node may have."""

from collections.abc import Sequence
from typing import Any

from weft.model.flow import Node
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.groups import GroupRow, SectionRow
from weft.ui.inspector.rows import ButtonRow, FieldRow


def saves_section(node_id: str, node: Node, edits: Edits) -> SectionRow:
    """A card for each path that is written, and a way to add one."""
    form = _Form(node_id, dict(node.params.get("save") or {}), edits)
    return SectionRow(
        key=f"{node_id}/save",
        title="Save to the state",
        rows=[
            *form.cards(),
            ButtonRow(key=f"{node_id}/save/add", label="Save to the state", on_click=form.add),
        ],
        folds=True,
        open=bool(form.saves),
        summary=", ".join(form.saves),
    )


class _Form:
    def __init__(self, node_id: str, saves: dict[str, str], edits: Edits) -> None:
        self.saves = saves
        self._node_id, self._edits = node_id, edits
        self._label = f"Save {node_id} to the state"

    def cards(self) -> list[GroupRow]:
        return [self._card(index, state, path) for index, (state, path) in enumerate(self.saves.items())]

    def add(self) -> None:
        """Write the whole answer under a name that is free."""
        names = (f"{self._node_id}{number or ''}" for number in range(len(self.saves) + 1))
        free = next(name for name in names if name not in self.saves)
        self._edits.now(self._written([*self.saves.items(), (free, "")]), self._label)

    def _card(self, index: int, state: str, path: str) -> GroupRow:
        def rename(text: str) -> Changes:
            if not text.strip():
                raise ValueError("Write a path in the state, for example plan.steps.")
            return self._replaced(index, (text.strip(), path))

        def repath(text: str) -> Changes:
            return self._replaced(index, (state, text.strip()))

        key = f"{self._node_id}/save/{index}"
        left = [pair for other, pair in enumerate(self.saves.items()) if other != index]
        return GroupRow(
            key=key,
            title=f"state.{state}",
            remove="Don't save this",
            on_remove=lambda: self._edits.now(self._written(left), self._label),
            rows=[
                FieldRow(
                    **self._edits.field(f"{key}/state", state, rename, self._label),
                    label="State path",
                    mono=True,
                ),
                FieldRow(
                    **self._edits.field(f"{key}/path", path, repath, self._label),
                    label="Path in the answer",
                    placeholder="the whole answer",
                    mono=True,
                ),
            ],
        )

    def _replaced(self, index: int, pair: tuple[str, str]) -> Changes:
        pairs = [pair if other == index else old for other, old in enumerate(self.saves.items())]
        if len({name for name, _ in pairs}) < len(pairs):
            raise ValueError(f"{pair[0]!r} is written already.")
        return self._written(pairs)

    def _written(self, pairs: Sequence[tuple[str, Any]]) -> Changes:
        if not pairs:
            return [{"op": "unset-param", "node": self._node_id, "name": "save"}]
        return [{"op": "set-param", "node": self._node_id, "name": "save", "value": dict(pairs)}]
