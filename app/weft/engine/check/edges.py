"""Does every edge lead from an output that is there to a port that takes it, and has every port what it needs?"""

from __future__ import annotations

from collections.abc import Iterator

from weft.catalog.fits import Fit, compatible
from weft.catalog.ports import Port
from weft.engine.check.seen import Link, Seen, fix, input_type, meant, slug
from weft.engine.reading import Fits
from weft.model.changes import Change, Connect, Disconnect, SetAfter, SetInput, Transaction
from weft.model.flow import FlowInput, Node
from weft.model.problems import Problem
from weft.model.refs import is_input_name


def problems(seen: Seen) -> Iterator[Problem]:
    """Node by node: edge by edge, then what is missing, then `after`."""
    fits = Fits()
    for node_id, node in seen.flow.nodes.items():
        yield from of_node(seen, node_id, node, fits)


def of_node(seen: Seen, node_id: str, node: Node, fits: Fits) -> Iterator[Problem]:
    """What is wrong with the edges into one node."""
    known = seen.ports.get(node_id)
    ports = {port.name: port for port in known.inputs} if known is not None else None
    for link in seen.links_of(node_id):
        yield from _link(seen, link, ports, fits)
    if ports is not None:
        yield from _missing(seen, node_id, ports)
    if node.after:
        yield from _after(seen, node_id, node)


def _link(seen: Seen, link: Link, ports: dict[str, Port] | None, fits: Fits) -> Iterator[Problem]:
    port = ports.get(link.port) if ports is not None else None
    if ports is not None and port is None:
        yield _unknown_port(seen, link, ports)
        return
    if link.ref is None:
        message = f"{link.node!r} takes {link.text[:64]!r} at {link.port!r}: {link.why}"
        yield Problem("bad-ref", message, link.node, link.port, fix=_cut(link), pointer=link.pointer)
        return
    lack = seen.lacks(link.ref)
    if lack is not None:
        yield _dangling(seen, link, port, lack.sentence, lack.better, lack.hint)
        return
    source = seen.source(link.ref, port.type if port is not None else None)
    if port is None or source is None:
        return
    if link.at is not None and link.at > 0 and not port.many:
        message = f"The port {link.port!r} of {link.node!r} takes one edge, and has several."
        yield Problem("too-many-edges", message, link.node, link.port, fix=_cut(link), pointer=link.pointer)
        return
    fit = fits.of(source.type, port.type)
    if not fit.ok:
        yield _mismatch(seen, link, port, fit)


def _unknown_port(seen: Seen, link: Link, ports: dict[str, Port]) -> Problem:
    close = seen.nearest(link.port, ports)
    cut = Disconnect(node=link.node, port=link.port, ref=link.text)
    repair = _cut(link)
    if close is not None and link.ref is not None:
        onward = Connect(node=link.node, port=close, ref=link.text, many=ports[close].many)
        repair = seen.guess(fix(f"Connect it to {close}", cut, onward)) or repair
    message = f"{link.text!r} goes into the port {link.port!r} of {link.node!r}, which has no such port."
    hint = meant(close, ports, "ports")
    return Problem("unknown-port", message, link.node, link.port, fix=repair, hint=hint, pointer=link.pointer)


def _dangling(seen: Seen, link: Link, port: Port | None, why: str, better: str | None, hint: str) -> Problem:
    repair = _instead(seen, link, better) if better is not None else _cut(link)
    ref = link.ref
    if ref is not None and ref.is_input and better is None and is_input_name(ref.port or ""):
        kind = input_type(port.type) if port is not None else "any"
        added = SetInput(name=ref.port or "", input=FlowInput(type=kind or "any"))
        repair = fix(f"Add the input {ref.port}", added)
    message = f"{link.node!r} takes {link.text!r} at {link.port!r}, but {why}."
    return Problem("dangling-ref", message, link.node, link.port, fix=repair, hint=hint, pointer=link.pointer)


def _mismatch(seen: Seen, link: Link, port: Port, fit: Fit) -> Problem:
    message = f"{link.text!r} can't go into {link.port!r} of {link.node!r}: {fit.reason}."
    better = _fitting_output(seen, link, port)
    repair = _instead(seen, link, better) if better is not None else _cut(link)
    return Problem("type-mismatch", message, link.node, link.port, fix=repair, pointer=link.pointer)


def _fitting_output(seen: Seen, link: Link, port: Port) -> str | None:
    """Another output of the same node that the port takes."""
    if link.ref is None or link.ref.is_input:
        return None
    outputs = seen.ports[link.ref.node].outputs
    fitting = (output.name for output in outputs if compatible(output.type, port.type).ok)
    name = next(fitting, None)
    return f"{link.ref.node}.{name}" if name is not None else None


def _cut(link: Link) -> Transaction:
    return fix("Remove the edge", Disconnect(node=link.node, port=link.port, ref=link.text))


def _instead(seen: Seen, link: Link, better: str) -> Transaction:
    """The same edge from another place, at the same place of its list; no edge, if that can't be."""
    many = link.at is not None
    connect = Connect(node=link.node, port=link.port, ref=better, many=many, index=link.at)
    cut = Disconnect(node=link.node, port=link.port, ref=link.text)
    return seen.guess(fix(f"Take {better}", cut, connect)) or _cut(link)


# --- what is missing ---


def _missing(seen: Seen, node_id: str, ports: dict[str, Port]) -> Iterator[Problem]:
    node, params = seen.flow.nodes[node_id], seen.params[node_id]
    for port in ports.values():
        if port.required and port.name not in params and not node.inputs.get(port.name):
            yield Problem(
                "missing-input",
                f"{node_id!r} needs {port.name!r}, and nothing fills it.",
                node_id,
                port.name,
                fix=_fill(seen, node_id, port),
                hint="Connect it." if _only_wired(port) else "Type it in, or connect it.",
                pointer=("nodes", node_id),
            )


def _only_wired(port: Port) -> bool:
    """Whether nobody types it: pieces of conversation, which only other nodes give."""
    return port.many and port.type.item is not None and port.type.item.kind == "messages"


def _fill(seen: Seen, node_id: str, port: Port) -> Transaction | None:
    """Connect the port to an input of the flow: the one of that name, or a new one."""
    kind = input_type(port.type)
    if kind is None or port.type.kind == "model" or "inputs" in seen.flow.nodes:
        return None
    name = slug(port.name, ())
    changes: list[Change] = []
    known = seen.input_types.get(name)
    if known is None or not compatible(known, port.type).ok:
        name = slug(port.name, seen.flow.inputs)
        given = FlowInput(type=kind, choices=list(port.choices)) if port.choices else FlowInput(type=kind)
        changes.append(SetInput(name=name, input=given))
    changes.append(Connect(node=node_id, port=port.name, ref=f"inputs.{name}", many=port.many))
    label = f"Add the input {name} and connect it" if len(changes) > 1 else f"Connect the input {name}"
    return fix(label, *changes)


def _after(seen: Seen, node_id: str, node: Node) -> Iterator[Problem]:
    for index, name in enumerate(node.after):
        if name in seen.flow.nodes:
            continue
        close = seen.nearest(name, seen.flow.nodes)
        rest = SetAfter(node=node_id, after=[other for other in node.after if other != name])
        repair = fix("Don't wait for it", rest)
        if close is not None:
            after = [close if other == name else other for other in node.after]
            repair = seen.guess(fix(f"Wait for {close}", SetAfter(node=node_id, after=after))) or repair
        yield Problem(
            "dangling-ref",
            f"{node_id!r} waits for {name!r}, but there is no such node.",
            node_id,
            fix=repair,
            hint=meant(close, seen.flow.nodes, "nodes"),
            pointer=("nodes", node_id, "after", index),
        )
