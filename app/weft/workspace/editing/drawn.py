"""The text in which a canvas is sent an open document: short, and made once for each revision.

Most nodes of a large flow have the same ports, and most of their ports are the same: those of ten thousand prompts would
be 23 MB, and are 0.2 MB with each port written once. `parts` are the ports, `kinds` the lists of inputs and outputs by
their places in `parts`, and `ports` the kind of each node by its place in `kinds`.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from weft.catalog import Catalog, Port, Ports
from weft.engine.check.incremental import Checker
from weft.model import Flow, to_json
from weft.workspace.editing.documents import OpenDocument
from weft.workspace.editing.wire import port_json, whole

_made: WeakKeyDictionary[OpenDocument, tuple[tuple[object, ...], str]] = WeakKeyDictionary()


def drawn(document: OpenDocument) -> Callable[[], str]:
    """What `snapshot` says of the document as it is now, with the ports shared. Called on the loop; what it returns may
    be called in a thread, whatever is edited meanwhile. A page that is loaded again waits for nothing."""
    head = f'{{"rev":{document.rev},"saved":{json.dumps(document.safe)},'
    catalog = document.workspace.catalog
    state = document.flow, document.ports, document.problems, catalog
    known = _made.get(document)
    if known is not None and all(map(lambda one, other: one is other, known[0], state)):
        text = known[1]
        return lambda: head + text
    data = whole(document)

    def make() -> str:
        made = json.dumps(data() | shared(state[1]), ensure_ascii=False, separators=(",", ":"))[1:]
        _made[document] = state, made
        return head + made

    return make


def drawn_alone(flow: Flow, catalog: Catalog) -> str:
    """Another revision of a document, for a canvas that has the document itself: its flow and ports. To be called in a
    thread."""
    ports = Checker(catalog).ports(flow)
    return json.dumps({"flow": to_json(flow)} | shared(ports), ensure_ascii=False, separators=(",", ":"))


def shared(ports: Mapping[str, Ports]) -> dict[str, Any]:
    """`ports`, `kinds` and `parts`: see above. What is the same is found by identity: it is shared where ports are
    worked out."""
    parts: list[dict[str, Any]] = []
    kinds: list[list[list[int]]] = []
    part_at: dict[int, int] = {}
    kind_at: dict[int, int] = {}

    def place(port: Port) -> int:
        if id(port) not in part_at:
            part_at[id(port)] = len(parts)
            parts.append(port_json(port))
        return part_at[id(port)]

    for its in ports.values():
        if id(its) not in kind_at:
            kind_at[id(its)] = len(kinds)
            kinds.append([[place(port) for port in its.inputs], [place(port) for port in its.outputs]])
    return {"ports": {node: kind_at[id(its)] for node, its in ports.items()}, "kinds": kinds, "parts": parts}
