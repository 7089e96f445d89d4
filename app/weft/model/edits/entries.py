"""A section of a flow while it is being changed: entries by name, in an order that can be changed cheaply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Entries:
    """A copy of a section. The order is kept apart from the first moment it isn't simply that of the dict:
    to insert into a dict means to write all of it again, and one edit may insert a thousand nodes."""

    def __init__(self, section: Mapping[str, Any]) -> None:
        self.by_name: dict[str, Any] = dict(section)
        self._order: list[str] | None = None

    def put(self, name: str, value: Any, index: int | None = None) -> None:
        """Put an entry where one of that name is, or a new one at `index`, or at the end."""
        if name not in self.by_name:
            if index is not None and index < len(self.by_name):
                self._names().insert(index, name)
            elif self._order is not None:
                self._order.append(name)
        self.by_name[name] = value

    def place(self, name: str, value: Any, index: int | None) -> None:
        """Put an entry at `index`, wherever it was; without one, where it is, or at the end."""
        if index is not None and name in self.by_name:
            self.take(name)
        self.put(name, value, index)

    def take(self, name: str) -> int:
        """Take an entry out, and say at which index it was."""
        names = self._names()
        index = names.index(name)
        del names[index], self.by_name[name]
        return index

    def rename(self, name: str, to: str) -> None:
        """Give an entry another name in the same place."""
        names = self._names()
        names[names.index(name)] = to
        self.by_name[to] = self.by_name.pop(name)

    def index(self, name: str) -> int:
        """Where in the order the entry is."""
        return self._names().index(name)

    def items(self) -> list[tuple[str, Any]]:
        """All entries in order."""
        return [(name, self.by_name[name]) for name in self._names()]

    def done(self) -> dict[str, Any]:
        """The section in its order."""
        return self.by_name if self._order is None else {name: self.by_name[name] for name in self._order}

    def _names(self) -> list[str]:
        if self._order is None:
            self._order = list(self.by_name)
        return self._order
