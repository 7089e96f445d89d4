"""A button that opens a list of things to do: see `static/ui/menu.js`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui.events import GenericEventArguments

from weft.ui import assets
from weft.ui.elements import Thing


class Menu(Thing):
    """`items` have `id` and `label`, and perhaps `danger`, `href`, `download`, `copy`; `on_choose` gets the `id` and what
    the browser did: `copied`, `address`."""

    component = assets.component("menu.js")

    def __init__(
        self,
        label: str,
        items: Sequence[Mapping[str, Any]],
        on_choose: Callable[[str, Mapping[str, Any]], Any],
    ) -> None:
        super().__init__()
        self.put({"label": label, "items": [dict(item) for item in items]})
        self._known = {str(item["id"]) for item in items}
        self._on_choose = on_choose
        self.on("choose", self._chosen)

    def _chosen(self, event: GenericEventArguments) -> Any:
        chosen = str(event.args.get("id"))
        return self._on_choose(chosen, event.args) if chosen in self._known else None

    def _displayed_contents(self, *, only_visible: bool) -> list[Any]:
        return [self.prop("label"), *(item["label"] for item in self.prop("items"))]
