"""The bar over the canvas while two versions are drawn on it together: which, how much differs, and where one is."""

from collections.abc import Callable
from typing import Any

from weft.ui.elements import Action, Box, button


class Bar:
    """`step` goes a change on or back; `choose` leads to where the versions are chosen."""

    def __init__(self, *, step: Callable[[int], Any], swap: Action, choose: Action, end: Action) -> None:
        self._step, self._swap, self._choose, self._end = step, swap, choose, end

    def draw(self) -> None:
        with Box(
            "div",
            "w-past w-compared",
            attributes={"role": "region", "aria-label": "Comparison of two versions"},
        ) as self._bar:
            button("End", self._end, symbol="back", kind="primary", small=True).mark(
                "compare-end"
            ).attributes(title="End comparing (Esc)", aria_label="End comparing")
            with Box("div", "w-past-words"):
                with Box("span", "w-compared-what"):
                    Box("span", "w-muted", "Comparing")
                    self._old = Box("b", "w-ellipsis")
                    Box("span", "w-muted", "with")
                    self._new = Box("b", "w-ellipsis")
                self._counts = Box("span", "w-past-part w-compared-counts")
                Box("span", "w-past-part w-compared-off", "editing is off")
            self._here = Box("span", "w-compared-here w-ellipsis", attributes={"role": "status"})
            with Box("span", "w-compared-steps"):
                self._before = button(
                    kind="icon",
                    small=True,
                    symbol="up",
                    tip="Previous change  Shift+J",
                    on_click=lambda: self._step(-1),
                ).mark("compare-previous")
                self._next = button(
                    kind="icon",
                    small=True,
                    symbol="down",
                    tip="Next change  J",
                    on_click=lambda: self._step(1),
                ).mark("compare-next")
            button("Swap", self._swap, symbol="refresh", small=True).mark("compare-swap").attributes(
                title="Look from the other side: what came is what went"
            )
            button("Versions", self._choose, symbol="compare", small=True).mark("compare-choose").attributes(
                title="Choose the two versions, and see each change"
            )
        self._bar.on("keydown.esc", self._end, args=[])
        self._bar.show(False)

    def show(self, on: bool) -> None:
        self._bar.show(on)

    def tell(self, old: str, new: str, counts: str, *, any_changes: bool) -> None:
        """What is compared, and what came of it."""
        self._old.text, self._new.text, self._counts.text = old, new, counts
        self._here.text = "" if any_changes else "Nothing to go through."
        for one in (self._before, self._next):
            one.attributes(disabled=None if any_changes else True)

    def here(self, text: str) -> None:
        """Where one is: said, and shown."""
        self._here.text = text
