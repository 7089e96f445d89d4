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
            with Box("div", "w-compared-words"):
                with Box("div", "w-compared-what"):
                    Box("span", text="Comparing")
                    self._old = Box("b", "w-ellipsis")
                    Box("span", text="with")
                    self._new = Box("b", "w-ellipsis")
                    Box("span", "w-chip w-chip--warn", "editing is off")
                with Box("div", "w-compared-told"):
                    self._here = Box("b", "w-ellipsis", attributes={"role": "status"})
                    self._counts = Box("span", "w-ellipsis w-muted")
            self._before = self._arrow("up", "Previous change  Shift+J", -1, "compare-previous")
            self._next = self._arrow("down", "Next change  J", 1, "compare-next")
            self._more("Swap", self._swap, "refresh", "Look from the other side: what came is what went")
            self._more("Versions", self._choose, "compare", "Choose the two versions, and see each change")
        self._bar.on("keydown.esc", self._end, args=[])
        self._bar.show(False)

    def show(self, on: bool) -> None:
        self._bar.show(on)

    def tell(self, old: str, new: str, counts: str, *, any_changes: bool) -> None:
        """What is compared, and what came of it."""
        self._old.text, self._new.text, self._counts.text = old, new, counts
        self._here.text = ""
        for one in (self._before, self._next):
            one.attributes(disabled=None if any_changes else True)

    def here(self, text: str) -> None:
        """Where one is: said, and shown."""
        self._here.text = text

    def _arrow(self, symbol: str, tip: str, by: int, mark: str) -> Box:
        return button(
            kind="icon", small=True, symbol=symbol, tip=tip, side="left", on_click=lambda: self._step(by)
        ).mark(mark)

    def _more(self, label: str, on_click: Action, symbol: str, says: str) -> None:
        made = button(on_click=on_click, symbol=symbol, small=True).mark(f"compare-{label.lower()}")
        made.attributes(title=says, aria_label=label)
        with made:
            Box("span", "w-compared-label", label)
