"""The list of components at the pointer: after a double press on empty canvas, or an edge dropped there."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui.events import GenericEventArguments

from weft.catalog.component import Component
from weft.catalog.fits import compatible
from weft.catalog.kinds import PortType
from weft.catalog.loader import Catalog
from weft.ui import assets
from weft.ui.elements import Thing
from weft.ui.palette import items


class QuickAdd(Thing):
    """`add(component, place)` is called with what the canvas said of the place; see `static/ui/quick_add.js`."""

    component = assets.component("quick_add.js")

    def __init__(
        self, catalog: Catalog, add: Callable[[str, Mapping[str, Any]], Any], closed: Callable[[], Any]
    ) -> None:
        super().__init__()
        self._catalog, self._add = catalog, add
        self._place: Mapping[str, Any] = {}
        self.on("choose", self._chosen)
        self.on("closed", lambda: closed(), args=[])

    def ask(self, place: Mapping[str, Any]) -> None:
        """Show what can be added: `place` has `at`, `screen`, and `from` when an edge hangs loose there."""
        self._place = place
        loose: Mapping[str, Any] | None = place.get("from")
        between: Sequence[str] | None = place.get("types")
        fitting = {
            component.key
            for component in self._catalog.components
            if (loose is None or takes(component, loose)) and (between is None or joins(component, *between))
        }
        found = [
            {"name": item.name, "title": item.title, "help": item.help, "color": item.color}
            for item in items(self._catalog)
            if item.name in fitting
        ]
        x, y = place.get("screen") or (400, 200)
        self.run_method(
            "show",
            found,
            x,
            y,
            "Add a component" if loose is between is None else "Add a component that fits",
        )

    def _chosen(self, event: GenericEventArguments) -> None:
        self._add(str(event.args["component"]), self._place)


def takes(component: Component, loose: Mapping[str, Any]) -> bool:
    """Whether a fresh node of this component could end the loose edge: `side` is that of the port it comes from."""
    kind = _type(str(loose.get("type", "any")))
    ports = component.ports()
    if loose.get("side") == "out":
        return any(compatible(kind, port.type).ok for port in ports.inputs)
    return any(compatible(port.type, kind).ok for port in ports.outputs)


def joins(component: Component, source: str, target: str) -> bool:
    """Whether a fresh node of this component could stand on an edge between these types."""
    return takes(component, {"side": "out", "type": source}) and takes(
        component, {"side": "in", "type": target}
    )


def _type(text: str) -> PortType:
    inner = text[5:-1] if text.startswith("list[") and text.endswith("]") else ""
    if inner:
        return PortType("list", _type(inner))
    known = ("model", "secret", "flow", "tool", "template", "expression", "condition")
    return PortType(text) if text in known else _plain(text)  # type: ignore[arg-type]


def _plain(text: str) -> PortType:
    try:
        return PortType.parse(text)
    except ValueError:
        return PortType("any")
