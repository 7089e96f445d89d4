"""A section of the gallery: its cards, of which each stays in the page for as long as its flow is the same."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from weft.ui.elements import Box
from weft.ui.keyed import Keyed
from weft.ui.shelf.cards import Card, DrawnCard

Use = Callable[[Card], Any]
Do = Callable[[Card, str, Mapping[str, Any]], Any]


class Section:
    """`empty` draws what stands there while it has no card at all."""

    def __init__(
        self, title: str, on_use: Use, on_do: Do, empty: Callable[[], Any], *, read_only: bool = False
    ) -> None:
        self._on_use, self._on_do, self._read_only = on_use, on_do, read_only
        with Box("section", "w-gallery-section", attributes={"aria-label": title}) as self.element:
            with Box("div", "w-gallery-head"):
                Box("h2", text=title)
                self._count = Box("span", "w-badge")
            self._cards = Keyed(Box("div", "w-cards"))
            with Box("div", "w-gallery-empty") as self._empty:
                empty()

    def show(self, cards: list[Card], fitting: set[str] | None) -> int:
        """Show the cards that fit, by their slugs, or all of them; how many those are."""
        names = Counter(card.entry.name for card in cards)
        rows = [
            _Row(
                card,
                names[card.entry.name] > 1,
                fitting is None or card.entry.slug in fitting,
                self._on_use,
                self._on_do,
                self._read_only,
            )
            for card in cards
        ]
        self._cards.sync(rows)
        shown = sum(row.shown for row in rows)
        self._count.text = str(len(cards)) if fitting is None else f"{shown} of {len(cards)}"
        self._empty.show(not cards)
        self._cards.container.set_visibility(bool(cards))
        return shown


@dataclass(frozen=True)
class _Row:
    """`twin`: another flow has the same name."""

    card: Card
    twin: bool
    shown: bool
    on_use: Use
    on_do: Do
    read_only: bool

    @property
    def key(self) -> str:
        """Another one if anything of the file, or whether it is trusted, is another."""
        card = self.card
        return f"{card.entry.slug}|{card.changed}|{card.flow is None}|{card.entry.error}|{card.stranger}"

    def make(self) -> "_Drawn":
        return _Drawn(self)


class _Drawn:
    def __init__(self, row: _Row) -> None:
        use, do = partial(row.on_use, row.card), partial(row.on_do, row.card)
        self._card = DrawnCard(row.card, use, do, read_only=row.read_only)
        self.element = self._card.element

    def show(self, row: _Row) -> None:
        self._card.show(row.card, slug=row.twin)
        self.element.show(row.shown)
