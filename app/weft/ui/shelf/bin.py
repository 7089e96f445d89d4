"""The trash below the flows: what was deleted, put back one by one or removed for good all at once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from weft.ui.elements import Box, button, icon
from weft.ui.keyed import Keyed
from weft.ui.looking import changes
from weft.ui.shelf.cards import ago
from weft.workspace.flows import trash


class Bin:
    """Folded until a person looks, and open for as long as they do; not there while it is empty."""

    def __init__(
        self, on_restore: Callable[[trash.Deleted], Awaitable[None]], on_empty: Callable[[], None]
    ) -> None:
        self._on_restore = on_restore
        with Box("details", "w-bin w-fold").mark("bin") as self._element:
            with Box("summary"):
                icon("chevron-right", small=True)
                self._title = Box("span")
            with Box("div", "w-row w-bin-head"):
                Box("p", "w-muted w-small w-grow", f"What was deleted is kept for {trash.DAYS} days.")
                changes(button("Empty the trash", on_empty, small=True)).mark("empty-trash")
            self._rows = Keyed(Box("div", "w-list"))

    def show(self, bin: Sequence[trash.Deleted]) -> None:
        self._element.show(bool(bin))
        self._title.text = f"Trash ({len(bin)})"
        self._rows.sync([_Row(one, self._on_restore) for one in bin])


@dataclass(frozen=True)
class _Row:
    one: trash.Deleted
    on_restore: Callable[[trash.Deleted], Awaitable[None]]

    @property
    def key(self) -> str:
        return self.one.id

    def make(self) -> "_Drawn":
        return _Drawn(self)


class _Drawn:
    def __init__(self, row: _Row) -> None:
        one = row.one
        with Box("div", "w-bin-row") as self.element:
            Box("span", "w-ellipsis", one.name)
            self._when = Box("span", "w-muted w-small w-grow")
            back = changes(button("Put back", partial(row.on_restore, one), small=True))
            back.mark(f"back-{one.slug}").attributes(aria_label=f"Put {one.name} back")

    def show(self, row: _Row) -> None:
        self._when.text = f"deleted {ago(row.one.when.timestamp())}"
