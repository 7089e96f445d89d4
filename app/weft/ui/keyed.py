"""Children of a container by key: kept while they stay, made when new, removed when gone.

A form is described anew after every change of the flow. Rebuilding it would take the caret out of the field that
made the change; this keeps every row whose key is still there and lets it show its new description.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from nicegui.element import Element


class Row(Protocol):
    """A description of one child; `key` says which child it is, over time."""

    @property
    def key(self) -> str: ...

    def make(self) -> "Widget": ...


class Widget(Protocol):
    """What stands in the page for a row. `show` gets rows with the key and the type it was made for."""

    @property
    def element(self) -> Element: ...

    def show(self, row: Any) -> None: ...


class Keyed:
    def __init__(self, container: Element) -> None:
        self.container = container
        self._widgets: dict[str, tuple[type[Row], Widget]] = {}

    def sync(self, rows: Iterable[Row]) -> None:
        """Make the container show `rows`, in this order."""
        wanted = {row.key: row for row in rows}
        for key in [key for key, (kind, _) in self._widgets.items() if type(wanted.get(key)) is not kind]:
            self._widgets.pop(key)[1].element.delete()
        for index, (key, row) in enumerate(wanted.items()):
            if key in self._widgets:
                self._widgets[key][1].show(row)
            else:
                with self.container:
                    widget = row.make()
                self._widgets[key] = (type(row), widget)
                widget.show(row)
            self._place(self._widgets[key][1].element, index)

    def _place(self, element: Element, index: int) -> None:
        children = self.container.default_slot.children
        if children[index] is not element:
            element.move(self.container, index)
