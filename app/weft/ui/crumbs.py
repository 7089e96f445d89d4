"""Where one is, when the flow on the page is written inside a node of another: the way back, level by level, and which
item or round of it is looked at."""

from collections.abc import Callable, Sequence
from urllib.parse import quote, urlencode

from nicegui import ui

from weft.runs.reading.step_names import title_of
from weft.runs.state import RunState
from weft.ui.elements import Box, Field, button
from weft.ui.place import ALL
from weft.ui.session import Session
from weft.workspace.editing.documents import OpenDocument
from weft.workspace.editing.inside import InnerDocument

MOST = 200
"""Items or rounds in the list; those that need somebody come first, and the arrows lead to all."""
WORDS = {"paused": "asks", "failed": "failed", "running": "running"}


def address(slug: str, path: Sequence[str], node: str = "", port: str = "") -> str:
    """Of the page on a flow, or on the one inside its nodes; with a node to be selected, and the port to be typed in."""
    start = f"/flows/{quote(slug, safe='')}"
    inside = f"/inside/{'/'.join(quote(one, safe='') for one in path)}" if path else ""
    wanted = {name: value for name, value in (("node", node), ("port", port)) if value}
    return f"{start}{inside}{'?' + urlencode(wanted) if wanted else ''}"


def way(document: OpenDocument) -> list[str]:
    """What the flow of a document is called after those around it: `Essay`, `Revise`, ..."""
    if not isinstance(document, InnerDocument):  # pyright: ignore[reportUnnecessaryIsInstance]
        return [document.flow.name or document.slug]
    return [*way(document.outer), title_of(document.outer.flow.nodes, document.node)]


class Crumbs:
    """The addresses of the flows around this one and inside it, and the bar above the canvas."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._path = session.place.nodes
        self._drawn: tuple[list[str], str] = [], ""
        self._known: tuple[object, ...] = ()
        self._kept = ALL
        self.keep: Callable[[str], None] | None = None
        """From when on it is set, called with the item or round that is looked at whenever that is another."""

    @property
    def query(self) -> str:
        """What the address of this document has more than that of the outermost flow."""
        return f"?inside={quote('/'.join(self._path), safe='')}" if self._path else ""

    def deeper(self, node: str) -> str:
        """The address of the flow inside one of this flow's nodes: what is compared here is compared there."""
        return self._with(address(self._session.whole.slug, [*self._session.place.nodes, node]))

    def _with(self, address: str) -> str:
        compared = self._session.compared
        return f"{address}{'&' if '?' in address else '?'}{compared}" if compared else address

    def draw(self) -> None:
        """The bar above the canvas; nothing for a flow of the workspace itself."""
        if not self._path:
            return
        with Box("div", "w-crumb"):
            self._nav = Box("nav", "w-crumb-way", attributes={"aria-label": "Where this flow is"})
            self._said = Box("span", "w-crumb-said w-muted")
            with Box("div", "w-crumb-passes") as self._passes:
                self._before = self._arrow("up", "The item or round before this one", -1)
                self._choice = Field(
                    "select",
                    on_change=self._choose,
                    label="Which item or round is shown",
                    hide_label=True,
                    name="pass",
                )
                self._after = self._arrow("down", "The next item or round", 1)
        self._session.on_passes = self._others
        self.redraw()

    def redraw(self) -> None:
        """The nodes on the way may have other names by now, or be gone."""
        session = self._session
        if not self._path:
            return
        if session.place.nodes != self._path:  # what leads here has another id: so has this page
            ui.navigate.to(address(session.whole.slug, session.place.nodes))
            return
        names = way(session.document)
        if (names, self._session.compared) != self._drawn:
            self._drawn = names, self._session.compared
            self._draw_way(names)
        gone = isinstance(session.document, InnerDocument) and session.document.gone  # pyright: ignore[reportUnnecessaryIsInstance]
        self._said.text = (
            "is gone, or runs another flow now: this is what was in it"
            if gone
            else "saved with the flow around it"
        )
        self._said.set_classes(f"w-crumb-said {'w-crumb-said--gone' if gone else 'w-muted'}")
        self._show_passes()

    def _draw_way(self, names: list[str]) -> None:
        ui.page_title(" › ".join(names))
        self._nav.clear()
        with self._nav:
            for depth, name in enumerate(names[:-1]):
                around = address(self._session.whole.slug, self._path[:depth], node=self._path[depth])
                Box("a", text=name, attributes={"href": self._with(around)})
                Box("span", text="›", attributes={"aria-hidden": "true"})
            Box("b", text=names[-1], attributes={"aria-current": "page"})

    # Items and rounds -----------------------------------------------------------------------------------------------

    def step(self, by: int) -> None:
        """Look at the item or round that many further on."""
        place = self._session.place
        known = [ALL, *place.passes]
        at = known.index(place.shown) if place.shown in known else 0
        self._choose(known[max(0, min(len(known) - 1, at + by))])

    def _choose(self, shown: str) -> None:
        place = self._session.place
        if shown != place.shown and (shown == ALL or shown in place.passes):
            place.shown = shown
            self._others()

    def recall(self, shown: str, keep: Callable[[str], None]) -> None:
        """The run is there: look at what was looked at before the page was loaded again, if the run has it."""
        if not self._path:
            return
        self._kept, self.keep = shown, keep
        self._choose(shown)
        self._show_passes()

    def _others(self) -> None:
        """Another item or round is looked at, or there is one more."""
        self._session.show_anew()
        self._show_passes()

    def _show_passes(self) -> None:
        place, state = self._session.place, self._session.shown or RunState()
        if self.keep is not None and place.shown != self._kept:
            self._kept = place.shown
            self.keep(place.shown)
        many = [one for one in place.passes if _number(one)]
        self._passes.show(bool(many))
        known = (id(state), state.seq, place.shown, len(many))
        if not many or known == self._known:
            return
        self._known = known
        standing = place.standing(state)
        urgent = sorted((one for one in many if one in standing), key=lambda one: place.rank(standing[one]))
        first: list[str] = [place.shown] if place.shown else []
        wanted = list(dict.fromkeys([*first, *urgent, *many[:MOST]]))
        order = {one: at for at, one in enumerate(many)}
        listed = sorted(wanted[:MOST], key=lambda one: order.get(one, -1))
        options = [{"value": ALL, "label": f"All {len(many):,} together"}]
        for one in listed:
            word = WORDS.get(standing.get(one, ""), "")
            options.append({"value": one, "label": f"{_number(one)}{' · ' + word if word else ''}"})
        self._choice.set(options=options, value=place.shown)
        at = order.get(place.shown, -1)
        self._before.attributes(disabled=place.shown == ALL or None)
        self._after.attributes(disabled=at == len(many) - 1 or None)

    def _arrow(self, symbol: str, tip: str, by: int) -> Box:
        made = button(kind="icon", small=True, symbol=symbol, tip=tip, on_click=lambda: self.step(by))
        return made.attributes(data_act="pass-next" if by > 0 else "pass-before")


def _number(one: str) -> str:
    """The numbers in `each[3]/sub/`, as one says them: `[3]`; "" for a flow that runs once."""
    parts = (part[part.index("[") :] for part in one.split("/") if "[" in part)
    return " › ".join(parts)
