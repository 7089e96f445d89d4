"""A flow drawn small, for its card in the gallery: only numbers reach the browser."""

from typing import Any

from weft.model.flow import Flow
from weft.ui import assets
from weft.ui.elements import Thing
from weft.workspace.flows.layered import places

WIDTH, HEIGHT, MARGIN = 240, 124, 24
STRETCH = 1.5  # of the distances down the page: boxes drawn this small need their height
FAR = 2600
"""A drawing that is wider, or half as high, is too small for what stands on a card: its boxes are filled."""
MOST_NODES = 150  # drawn; more could not be told apart at this size


class Picture(Thing):
    """See `static/ui/picture.js`."""

    component = assets.component("picture.js")

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self.put(drawing(flow))


def drawing(flow: Flow) -> dict[str, Any]:
    """Width, height, boxes and lines, with the top left corner at 0, 0."""
    spots = {name: (x, round(y * STRETCH)) for name, (x, y) in _spots(flow).items()}
    if not spots:
        return {"width": 320, "height": 120, "nodes": [], "edges": [], "label": "An empty flow"}
    left, top = min(x for x, _ in spots.values()) - MARGIN, min(y for _, y in spots.values()) - MARGIN
    width = max(max(x for x, _ in spots.values()) + WIDTH + MARGIN - left, 640)
    height = max(max(y for _, y in spots.values()) + HEIGHT + MARGIN - top, 240)
    slack_x = (width - (max(x for x, _ in spots.values()) + WIDTH + MARGIN - left)) // 2
    slack_y = (height - (max(y for _, y in spots.values()) + HEIGHT + MARGIN - top)) // 2
    at = {name: (x - left + slack_x, y - top + slack_y) for name, (x, y) in spots.items()}
    return {
        "width": width,
        "height": height,
        "far": width > FAR or height > FAR // 2,
        "nodes": [[x, y, WIDTH, HEIGHT, "card" if name in _CARDS else "node"] for name, (x, y) in at.items()],
        "edges": [
            [at[a][0] + WIDTH, at[a][1] + HEIGHT // 2, at[b][0], at[b][1] + HEIGHT // 2]
            for a, b in dict.fromkeys(_links(flow))
            if a in at and b in at
        ],
        "label": f"{len(flow.nodes)} nodes",
    }


_CARDS = ("inputs", "outputs")


def _links(flow: Flow) -> list[tuple[str, str]]:
    links = [(edge.ref.node, edge.node) for edge in flow.edges()]
    links += [(other, name) for name, node in flow.nodes.items() for other in node.after]
    return links + [(ref.partition(".")[0], "outputs") for ref in flow.outputs.values()]


def _spots(flow: Flow) -> dict[str, tuple[int, int]]:
    """Where the layout puts the nodes, in layers when it doesn't say; the cards beside them if they have a place."""
    names = list(flow.nodes)[:MOST_NODES]
    given = flow.layout.nodes
    if names and all(name in given for name in names):
        return {name: given[name] for name in (*names, *_CARDS) if name in given}
    cards = [*(["inputs"] if flow.inputs else []), *names, *(["outputs"] if flow.outputs else [])]
    return places(cards, _links(flow))
