"""What the references of a flow mean, for edits that move nodes between flows."""

from __future__ import annotations

from weft.catalog.kinds import PortType
from weft.catalog.loader import Catalog
from weft.engine.check.seen import Seen, input_type
from weft.engine.check.state import touches_of
from weft.model.edits.meaning import Meaning
from weft.model.flow import Flow
from weft.model.refs import Ref, parse_ref


def meaning_of(flow: Flow, catalog: Catalog) -> Meaning:
    """With the components of this catalog. A reference that leads nowhere means what is written."""
    seen = Seen(flow, catalog)

    def wanted(node: str, port: str) -> PortType | None:
        """The type that a reader takes, if that can be known."""
        ports = seen.ports.get(node)
        known = ports.input(port) if ports is not None and port else None
        return known.type if known is not None else None

    def exact(text: str, node: str, port: str) -> str:
        ref = _read(text)
        if ref is None or ref.is_input or ref.port is not None:
            return text
        found = seen.source(ref, wanted(node, port))
        return f"{ref.node}.{found.name}" if found is not None else text

    def sure(text: str) -> str:
        ref = _read(text)
        ports = seen.ports.get(ref.node) if ref is not None and not ref.is_input else None
        if ref is None or ports is None or not ports.outputs or ref.port != ports.outputs[0].name:
            return text
        others = any(port.type.kind == "messages" for port in ports.outputs[1:])
        return text if others and ports.outputs[0].type.kind != "messages" else ref.node

    def type_of(text: str) -> str:
        ref = _read(text)
        found = seen.source(ref, None) if ref is not None else None
        return (input_type(found.type) if found is not None else None) or "any"

    state = [name for name in flow.nodes if next(touches_of(seen, name), None) is not None]
    return Meaning(exact=exact, sure=sure, type_of=type_of, state=frozenset(state))


def _read(text: str) -> Ref | None:
    try:
        return parse_ref(text)
    except ValueError:
        return None
