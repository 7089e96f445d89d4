"""What a step asks for when it lets its run's graph grow, read into one form: nodes, edges added, edges removed.

Names made at run time: an id that begins with `_` is put behind the id of the step that asks (`_1` of `adapt` is
`adapt_1`), so two steps that add the same names don't get into each other's way; `_` alone is that step itself. Any
other id is taken as it is. References follow the same rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, NoReturn, cast

from weft.catalog.kinds import shown
from weft.catalog.loader import Catalog
from weft.catalog.template import escape
from weft.model.errors import DocumentError, StepFailed, WeftError
from weft.model.flow import Node
from weft.model.nearest import nearest
from weft.model.plain import to_plain
from weft.model.refs import Ref, is_id, parse_ref
from weft.model.text import from_json

_LONGEST: Final = 63
_NO_DATA: Final = ("expression", "condition", "flow", "secret", "file", "model")
"""Ports whose values say what is done, read or run: a person or the component's author writes those."""
VALUES: Final = "values"
"""The key of a node, beside those of the flow file, for values that are data and nothing else."""


class Added(NamedTuple):
    """An edge into a node that is there already. `port` None orders the two, and passes nothing."""

    ref: Ref
    node: str
    port: str | None
    first: bool


class Removed(NamedTuple):
    """An edge to be taken away. Without a port in `ref`: whatever comes from there; without `port`: into any."""

    ref: Ref
    node: str
    port: str | None


class Asked(NamedTuple):
    """One expansion, with all names finished."""

    nodes: dict[str, Node]
    edges: tuple[Added, ...]
    removed: tuple[Removed, ...]


def read(author: str, catalog: Catalog, nodes: Any, edges: Any, remove: Any) -> Asked:
    """Read what the node `author` asks for. Raises `StepFailed` (`bad-expansion`) for what can't be meant."""
    names = _Names(author)
    if not isinstance(nodes, Mapping):
        refuse(f"its nodes must be an object of id: node, not {shown(nodes)}")
    given = cast("Mapping[Any, Any]", nodes)
    document = {names.new(name): _node(name, node, names, catalog) for name, node in given.items()}
    if len(document) < len(given):
        refuse("two of its nodes have the same id")
    try:
        read_nodes = from_json({"format": 1, "nodes": document}).nodes if document else {}
    except DocumentError as error:
        refuse(error.message.rstrip("."), error.hint)
    for name, node in read_nodes.items():
        _known(name, node, catalog)
    return Asked(
        read_nodes,
        tuple(_added(edge, names) for edge in _edges(edges, "edges")),
        tuple(_removed(edge, names) for edge in _edges(remove, "remove")),
    )


def refuse(why: str, hint: str = "") -> NoReturn:
    """No expansion: nothing of it is done."""
    raise StepFailed(
        f"The graph can't grow like this: {why}.", code="bad-expansion", hint=hint, retryable=False
    )


class _Names:
    """Finishes the names that one step uses."""

    def __init__(self, author: str) -> None:
        self.author = author

    def new(self, name: Any) -> str:
        made = self.finished(name) if isinstance(name, str) and name != "_" else name
        if not isinstance(made, str) or not is_id(made):
            refuse(
                f"{shown(name)} can't be the id of a node",
                "An id has small letters, digits and _, begins with a letter, and has at most 63 of them.",
            )
        return made

    def finished(self, name: str) -> str:
        if not name.startswith("_"):
            return name
        return self.author if name == "_" else self.author[: max(_LONGEST - len(name), 1)] + name

    def text(self, ref: Any) -> str:
        """A reference as the document has it."""
        if not isinstance(ref, str):
            refuse(f"a reference must be a text such as 'node' or 'node.port', not {shown(ref)}")
        head, dot, port = ref.partition(".")
        return self.finished(head) + dot + port

    def ref(self, ref: Any) -> Ref:
        try:
            return parse_ref(self.text(ref))
        except ValueError as error:
            refuse(str(error).rstrip("."))


def _node(name: Any, given: Any, names: _Names, catalog: Catalog) -> dict[str, Any]:
    """The node as a document has it: names finished, data made harmless."""
    if not isinstance(given, Mapping):
        refuse(f"the node {shown(name)} must be an object as in a flow file, not {shown(given)}")
    try:
        node = cast("dict[str, Any]", to_plain(dict(cast("Mapping[str, Any]", given)), name=str(name)))
    except WeftError as error:
        refuse(error.message.rstrip("."))
    wired = node.get("inputs")
    if isinstance(wired, dict):
        node["inputs"] = {
            port: [names.text(ref) for ref in cast("list[Any]", refs)]
            if isinstance(refs, list)
            else names.text(refs)
            for port, refs in cast("dict[str, Any]", wired).items()
        }
    if isinstance(after := node.get("after"), list):
        node["after"] = [names.text(ref) for ref in cast("list[Any]", after)]
    if VALUES in node:
        node["params"] = _with_values(name, node, catalog)
        del node[VALUES]
    return node


def _with_values(name: Any, node: dict[str, Any], catalog: Catalog) -> dict[str, Any]:
    """The params with the `values` among them: plain data, in which no template, secret or file is ever seen."""
    values, params = node[VALUES], node.get("params", {})
    if not isinstance(values, dict) or not isinstance(params, dict):
        refuse(f"the params and the values of the node {shown(name)} must be objects")
    component = catalog.get(node["component"]) if isinstance(node.get("component"), str) else None
    kinds = {port.name: port.type.kind for port in component.inputs} if component is not None else {}
    made = dict(cast("dict[str, Any]", params))
    for port, value in cast("dict[str, Any]", values).items():
        kind = kinds.get(port)
        if kind in _NO_DATA:
            refuse(
                f"the port {port!r} of {shown(name)} can't take data: it is a {kind}",
                "Write it yourself, among the params.",
            )
        if kind == "template" and isinstance(value, str):
            value = escape(value)
        made[port] = {"$raw": value} if isinstance(value, dict | list) else value
    return made


def _known(name: str, node: Node, catalog: Catalog) -> None:
    if catalog.get(node.component) is None:
        close = nearest(node.component, [component.key for component in catalog.components])
        hint = f"Did you mean {close!r}?" if close else "Add it to the folder components/."
        refuse(f"{name!r} uses the component {node.component[:80]!r}, which isn't there", hint)
    if node.model_extra:
        extra = next(iter(node.model_extra))
        refuse(f"a node has no {extra[:80]!r}, which {name!r} says", "A node is written as in a flow file.")


def _edges(given: Any, what: str) -> Sequence[Mapping[str, Any]]:
    edges = list(cast("Iterable[Any]", given)) if isinstance(given, list | tuple) else None
    if edges is None or not all(isinstance(edge, Mapping) for edge in edges):
        refuse(f'`{what}` must be a list such as [{{"from": "node", "to": "node.port"}}], not {shown(given)}')
    return edges


def _added(edge: Mapping[str, Any], names: _Names) -> Added:
    _only(edge, "from", "to", "first")
    target, ref = names.ref(edge.get("to")), names.ref(edge.get("from"))
    if target.is_input:
        refuse(f"no edge can lead into {str(target)!r}")
    if target.port is None and ref.port is not None:
        refuse(f"the edge from {str(ref)!r} must say into which port of {target.node!r}")
    return Added(ref, target.node, target.port, edge.get("first", False) is True)


def _removed(edge: Mapping[str, Any], names: _Names) -> Removed:
    _only(edge, "from", "to")
    target = names.ref(edge.get("to"))
    return Removed(names.ref(edge.get("from")), target.node, target.port)


def _only(edge: Mapping[str, Any], *known: str) -> None:
    for key in edge:
        if key not in known:
            refuse(f"an edge has no {shown(key)}", f"It has {', '.join(known)}.")
