"""Where one is, when the flow on the page is written inside a node of another: the way back, level by level."""

from collections.abc import Sequence
from urllib.parse import quote

from weft.ui.elements import Box
from weft.ui.session import spoken
from weft.workspace.documents import OpenDocument


class Crumbs:
    """The addresses of the flows around this one and inside it. `path` are the nodes on the way here."""

    def __init__(self, document: OpenDocument, path: Sequence[str]) -> None:
        self._document, self._path = document, list(path)

    @property
    def query(self) -> str:
        """What the address of this document has more than that of the outermost flow."""
        return f"?inside={quote('/'.join(self._path), safe='')}" if self._path else ""

    def deeper(self, node: str) -> str:
        """The address of the flow inside one of this flow's nodes."""
        return self._address([*self._path, node])

    def draw(self) -> None:
        """The bar above the canvas; nothing for a flow of the workspace itself."""
        if not self._path:
            return
        titles: list[str] = [title or spoken(node) for node, title in getattr(self._document, "crumbs", [])]
        outermost = self._document
        while hasattr(outermost, "outer"):
            outermost = getattr(outermost, "outer")  # noqa: B009  # it is an InnerDocument then
        names = [outermost.flow.name or outermost.slug, *titles]
        with Box("nav", "w-crumb", attributes={"aria-label": "Where this flow is"}):
            for depth, name in enumerate(names[:-1]):
                Box("a", text=name, attributes={"href": self._address(self._path[:depth])})
                Box("span", text="›", attributes={"aria-hidden": "true"})
            Box("b", text=names[-1], attributes={"aria-current": "page"})
            Box("span", "w-muted", "edited in place: it is saved with the flow around it")

    def _address(self, path: Sequence[str]) -> str:
        slug = quote(self._document.slug, safe="")
        return f"/flows/{slug}/inside/{'/'.join(map(quote, path))}" if path else f"/flows/{slug}"
