"""The section with what the node will see: the messages, each piece in the colour of its source."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from weft.ui import assets
from weft.ui.elements import Box, Thing, icon
from weft.ui.inspector.sight import Sight


class Seen(Thing):
    component = assets.component("prompt_seen.js")

    def __init__(self, on_jump: Callable[[str, str], Any]) -> None:
        super().__init__()
        self.on("jump", lambda event: on_jump(event.args["kind"], event.args["ref"]))

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        return [self.prop("preview")]


@dataclass(frozen=True, kw_only=True)
class SeenRow:
    """A section that can be opened; only then it is looked up."""

    key: str
    node: str
    sight: Sight
    on_jump: Callable[[str, str], Any]

    def make(self) -> "SeenWidget":
        return SeenWidget(self)


class SeenWidget:
    def __init__(self, row: SeenRow) -> None:
        self._row = row
        self.element = Box("section", "w-section")
        with self.element:
            self._head = Box("button", "w-section-head", attributes={"type": "button"})
            self._head.on("click", self._toggle, args=[])
            self._head.mark(row.key)
            with self._head:
                icon("chevron", small=True)
                Box("span", "w-grow", "What it will see")
                self._badge = Box("span", "w-badge")
            self._seen = Seen(lambda kind, ref: self._row.on_jump(kind, ref))

    def show(self, row: SeenRow) -> None:
        self._row = row
        looks = row.sight.looks(row.key)
        self._head.attributes(aria_expanded="true" if looks else "false")
        seen: Mapping[str, Any] | None = row.sight.seen(row.node) if looks else None
        self._badge.text = f"about {seen['tokens']:,} tokens" if seen and seen.get("tokens") else ""
        self._seen.set_visibility(looks)
        self._seen.put({"preview": seen})

    def _toggle(self) -> None:
        self._row.sight.look(self._row.key, on=not self._row.sight.looks(self._row.key))
