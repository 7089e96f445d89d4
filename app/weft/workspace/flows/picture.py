"""A flow as a picture: SVG for a page or a README, Mermaid for text that renders it.

Both are made from the document alone. Everything a flow's author wrote is escaped: the picture of a hostile flow
holds no markup, script or link of its own.
"""

import re
from collections.abc import Iterator
from html import escape

from weft.model import Flow
from weft.workspace.flows.layered import Place, places

WIDTH, HEIGHT, MARGIN = 220, 64, 32
INPUTS, OUTPUTS = "inputs", "outputs"

STYLE = """\
.w-bg{fill:#f6f7fb}.w-card{fill:#fff;stroke:#d8dbe8}.w-io{fill:#eef0ff;stroke:#5b6cff}.w-t{fill:#1a1d2e;font-weight:600}
.w-s{fill:#666c8a;font-size:12px}.w-e{fill:none;stroke:#8b90b0;stroke-width:1.6}.w-after{stroke-dasharray:5 5}
.w-tip{fill:#8b90b0}text{font:14px system-ui,sans-serif}
@media (prefers-color-scheme:dark){.w-bg{fill:#0c0f1c}.w-card{fill:#1a1c2d;stroke:#2b2e45}.w-io{fill:#20244a}
.w-t{fill:#eef0fb}.w-s{fill:#8b90b0}}"""


def svg(flow: Flow) -> str:
    """The flow drawn where its layout puts it, in layers when it has none; readable on light and on dark."""
    spots = _spots(flow)
    left = min((x for x, _ in spots.values()), default=0) - MARGIN
    top = min((y for _, y in spots.values()), default=0) - MARGIN
    width = max((x for x, _ in spots.values()), default=0) + WIDTH + MARGIN - left
    height = max((y for _, y in spots.values()), default=0) + HEIGHT + MARGIN - top
    title = _text(flow.name or "Flow")
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{title}">',
        f"<title>{title}</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="w-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path class="w-tip" d="M0 0 8 4 0 8z"/></marker></defs>',
        f'<rect class="w-bg" x="{left}" y="{top}" width="{width}" height="{height}"/>',
        *(
            _line(spots[a], spots[b], dashed)
            for (a, b), dashed in _links(flow).items()
            if a in spots and b in spots
        ),
        *(_card(flow, node, spot) for node, spot in spots.items()),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def mermaid(flow: Flow) -> str:
    """The flow as a Mermaid flowchart; an edge carries the names of the ports it feeds, `after` is dotted."""
    lines = ["flowchart LR"]
    if flow.inputs:
        lines.append(f'  w_inputs(["{_label(", ".join(flow.inputs))}"])')
    for name, node in flow.nodes.items():
        lines.append(f'  n_{_word(name)}["{_label(node.title or name)}<br/>{_label(node.component)}"]')
    if flow.outputs:
        lines.append(f'  w_outputs(["{_label(", ".join(flow.outputs))}"])')
    known = _cards(flow)
    ports: dict[tuple[str, str], list[str]] = {}
    for source, target, port in _edges(flow):
        if source in known and target in known:
            ports.setdefault((source, target), []).append(port)
    for (source, target), names in ports.items():
        arrow = f"-->|{_label(', '.join(dict.fromkeys(names)))}|" if any(names) else "-.->"
        lines.append(f"  {_mermaid_id(source)} {arrow} {_mermaid_id(target)}")
    return "\n".join(lines) + "\n"


def _edges(flow: Flow) -> Iterator[tuple[str, str, str]]:
    """(source, target, port), the interface as `inputs` and `outputs`; an `after` has no port."""
    for edge in flow.edges():
        yield edge.ref.node, edge.node, edge.port
    for name, node in flow.nodes.items():
        yield from ((other, name, "") for other in node.after)
    for name, ref in flow.outputs.items():
        yield ref.partition(".")[0], OUTPUTS, name


def _links(flow: Flow) -> dict[tuple[str, str], bool]:
    """Whether the line between two cards is dashed: true when nothing but an `after` joins them."""
    links: dict[tuple[str, str], bool] = {}
    for source, target, port in _edges(flow):
        links[source, target] = links.get((source, target), True) and not port
    return links


def _cards(flow: Flow) -> list[str]:
    return [*([INPUTS] if flow.inputs else []), *flow.nodes, *([OUTPUTS] if flow.outputs else [])]


def _spots(flow: Flow) -> dict[str, Place]:
    cards = _cards(flow)
    given = flow.layout.nodes
    if not flow.nodes or any(node not in given for node in flow.nodes):
        return places(cards, _links(flow))
    spots = {name: (x, y) for name, (x, y) in given.items() if name in cards}
    middle = sum(y for _, y in spots.values()) // len(spots)
    beside = {
        INPUTS: (min(x for x, _ in spots.values()) - WIDTH - 80, middle),
        OUTPUTS: (max(x for x, _ in spots.values()) + WIDTH + 80, middle),
    }
    return {name: spots.get(name) or beside[name] for name in cards}


def _card(flow: Flow, name: str, spot: Place) -> str:
    x, y = spot
    if name in (INPUTS, OUTPUTS):
        title, below, kind = name.capitalize(), ", ".join(getattr(flow, name)), "w-io"
    else:
        node = flow.nodes[name]
        title, below, kind = node.title or name, node.component, "w-card"
    return (
        f'<g><rect class="{kind}" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="10"/>'
        f'<text class="w-t" x="{x + 14}" y="{y + 28}">{_text(_cut(title, 25))}</text>'
        f'<text class="w-s" x="{x + 14}" y="{y + 48}">{_text(_cut(below, 31))}</text></g>'
    )


def _line(source: Place, target: Place, dashed: bool) -> str:
    x1, y1 = source[0] + WIDTH, source[1] + HEIGHT // 2
    x2, y2 = target[0], target[1] + HEIGHT // 2
    bend = max(40, abs(x2 - x1) // 2)
    kind = "w-e w-after" if dashed else "w-e"
    return f'<path class="{kind}" marker-end="url(#w-arrow)" d="M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"/>'


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else text[: size - 1] + "…"


def _text(text: str) -> str:
    """Text as XML takes it: characters that XML has no place for are left out."""
    return escape(re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text))


def _label(text: str) -> str:
    """Text as Mermaid takes it inside quotes: what could end the label, or be markup, as an entity."""
    plain = re.sub(r"\s+", " ", _cut(text, 60))
    return re.sub(r"[^\w ,.:;!?'()+=/-]", lambda found: f"#{ord(found[0])};", plain)


def _word(name: str) -> str:
    return re.sub(r"\W", "_", name, flags=re.ASCII)


def _mermaid_id(name: str) -> str:
    return f"w_{name}" if name in (INPUTS, OUTPUTS) else f"n_{_word(name)}"
