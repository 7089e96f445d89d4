"""Rows that hold rows: beside each other, in a card, under a heading."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from nicegui.element import Element

from weft.ui import keyed
from weft.ui.elements import Box, button, icon


@dataclass(frozen=True, kw_only=True)
class GroupRow:
    """Rows beside each other, or rows in a card with a way to remove it."""

    key: str
    rows: Sequence[Any]
    style: Literal["pair", "card", "triple", "list"] = "card"
    title: str = ""
    remove: str = ""
    on_remove: Callable[[], Any] | None = None
    on_move: Callable[[int], Any] | None = None

    def make(self) -> "GroupWidget":
        return GroupWidget(self)


class GroupWidget:
    def __init__(self, row: GroupRow) -> None:
        self._row = row
        self.element: Element = Box("div", f"w-{row.style}")
        self._headed = row.style in ("card", "list") and bool(row.title or row.remove)
        with self.element:
            if self._headed:
                with Box("div", "w-row"):
                    self._title = Box("div", "w-label w-grow w-ellipsis")
                    self._moves = [self._mover("up", "Earlier", -1), self._mover("down", "Later", 1)]
                    if row.remove:
                        button(
                            kind="icon",
                            small=True,
                            symbol="trash",
                            tip=row.remove,
                            side="left",
                            on_click=self._remove,
                        )
            inner = Box("div", "w-stack") if row.style in ("card", "list") else self.element
        self._rows = keyed.Keyed(inner)

    def show(self, row: GroupRow) -> None:
        self._row = row
        if self._headed:
            self._title.text = row.title
            for mover in self._moves:
                mover.show(row.on_move is not None)
        self._rows.sync(row.rows)

    def _mover(self, symbol: str, tip: str, by: int) -> Box:
        return button(
            kind="icon", small=True, symbol=symbol, tip=tip, side="left", on_click=lambda: self._move(by)
        )

    def _move(self, by: int) -> None:
        if self._row.on_move is not None:
            self._row.on_move(by)

    def _remove(self) -> None:
        if self._row.on_remove is not None:
            self._row.on_remove()


@dataclass(frozen=True, kw_only=True)
class SectionRow:
    """Rows under a heading. With `folds` it can be closed, and `open` says how it starts."""

    key: str
    title: str = ""
    rows: Sequence[Any] = field(default_factory=tuple)
    folds: bool = False
    open: bool = True
    summary: str = ""

    def make(self) -> "SectionWidget":
        return SectionWidget(self)


class SectionWidget:
    def __init__(self, row: SectionRow) -> None:
        self.open = row.open or not row.folds
        self.element = Box("section", "w-section")
        with self.element:
            if row.folds:
                self._head = Box("button", "w-section-head", attributes={"type": "button"})
                self._head.on("click", self._toggle, args=[])
                self._head.mark(row.key)
                with self._head:
                    icon("chevron", small=True)
                    Box("span", "w-grow", row.title)
                    self._summary = Box("span", "w-badge")
            elif row.title:
                Box("div", "w-section-head", row.title)
            self._inner = Box("div", "w-stack w-section-rows")
        self._folds = row.folds
        self._rows = keyed.Keyed(self._inner)

    def show(self, row: SectionRow) -> None:
        if self._folds:
            self._summary.text = row.summary
            self._head.attributes(aria_expanded="true" if self.open else "false")
        self._inner.show(self.open)
        self._rows.sync(row.rows)

    def _toggle(self) -> None:
        self.open = not self.open
        self._head.attributes(aria_expanded="true" if self.open else "false")
        self._inner.show(self.open)
