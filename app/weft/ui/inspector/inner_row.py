"""The flow that is written inside a node: drawn small, summed up, and the way into it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from weft.model.flow import Flow
from weft.ui.elements import Box, button
from weft.ui.picture import Picture, drawing


@dataclass(frozen=True, kw_only=True)
class InnerRow:
    key: str
    flow: Flow
    text: str
    on_open: Callable[[], Any]

    def make(self) -> "InnerWidget":
        return InnerWidget(self)


class InnerWidget:
    def __init__(self, row: InnerRow) -> None:
        self._row = row
        self.element = Box("div", "w-inner")
        with self.element:
            with Box("button", "w-inner-picture", attributes={"type": "button", "tabindex": "-1"}) as picture:
                self._picture = Picture(row.flow)
            picture.attributes(aria_hidden="true").on("click", self._open, args=[])
            self._text = Box("div", "w-field-help")
            button("Open", self._open, symbol="flow", kind="primary").mark(row.key)

    def show(self, row: InnerRow) -> None:
        if row.flow is not self._row.flow:
            self._picture.put(drawing(row.flow))
        self._row = row
        self._text.text = row.text

    def _open(self) -> Any:
        return self._row.on_open()
