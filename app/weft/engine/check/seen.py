"""What the questions of a check share: the flow read against its catalog, once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from itertools import islice
from typing import Any, Final, NamedTuple

from weft.catalog.kinds import PLAIN, PortType
from weft.catalog.loader import Catalog
from weft.catalog.ports import Port, Ports
from weft.engine.check.sorting import topological
from weft.engine.given import type_of_input
from weft.engine.reading import Kind, Reader, main_output
from weft.model.changes import Change, Transaction
from weft.model.edits import apply
from weft.model.errors import WeftError
from weft.model.flow import Flow, Node
from weft.model.nearest import nearest
from weft.model.problems import Problem
from weft.model.refs import RESERVED, Ref, is_id, parse_ref

_MOST_GUESSES: Final = 200


class Link(NamedTuple):
    """An edge as it is written; `ref` is None if it can't be read, and then `why` says why."""

    node: str
    port: str
    at: int | None
    text: str
    ref: Ref | None
    why: str

    @property
    def pointer(self) -> tuple[str | int, ...]:
        """Its place in the document."""
        place = ("nodes", self.node, "inputs", self.port)
        return place if self.at is None else (*place, self.at)


class Lack(NamedTuple):
    """Why a reference leads nowhere: a sentence, the reference that was probably meant, what there is of the kind."""

    sentence: str
    better: str | None
    known: Iterable[str]
    kind: str

    @property
    def hint(self) -> str:
        return meant(self.better, self.known, self.kind)


class Seen:
    """One flow and all that is known of it. Nodes whose component is unknown have no ports here."""

    def __init__(self, flow: Flow, catalog: Catalog) -> None:
        self.flow = flow
        self.catalog = catalog
        self.reader = Reader(flow, catalog)
        self._guesses = _MOST_GUESSES
        self.kinds: dict[str, Kind] = {}
        self.params: dict[str, dict[str, Any]] = {}
        self.ports: dict[str, Ports] = {}
        self.links: dict[str, list[Link]] = {}
        for node_id, node in flow.nodes.items():
            self.read(node_id, node)

    def read(self, node_id: str, node: Node) -> None:
        """Take a node in as it is."""
        kind = self.reader.kind(node.component)
        if kind is not None:
            self.kinds[node_id] = kind
            self.params[node_id] = params = self.reader.params(node, kind)
            self.ports[node_id] = self.reader.ports(node, kind, params)

    def turn_to(self, flow: Flow) -> None:
        """Look at another revision of the flow: what is known of its nodes stays, for whoever calls this to correct."""
        if flow.inputs is not self.flow.inputs:
            self.__dict__.pop("input_types", None)
        self.flow = self.reader.flow = flow
        self._guesses = _MOST_GUESSES

    @property
    def guessed_enough(self) -> bool:
        """Whether guessing has stopped, so that what was found depends on what was asked first."""
        return self._guesses < 0

    def nearest(self, word: str, names: Iterable[str]) -> str | None:
        """The name that was probably meant. Asked thousands of times, it stops guessing: it takes a while each time."""
        self._guesses -= 1
        return nearest(word, names) if self._guesses >= 0 else None

    def guess(self, repair: Transaction) -> Transaction | None:
        """The repair, if it can be applied: a guessed edge may close a cycle, or lead nowhere itself."""
        self._guesses -= 1
        if self._guesses < 0:
            return None
        try:
            apply(self.flow, repair)
        except WeftError:
            return None
        return repair

    def links_of(self, node_id: str) -> list[Link]:
        """The edges into a node, in the order of the document."""
        found = self.links.get(node_id)
        if found is None:
            found = self.links[node_id] = _links(node_id, self.flow.nodes[node_id])
        return found

    @cached_property
    def inputs_read(self) -> Collection[str | None]:
        """The names of the flow's inputs that a node takes."""
        refs = (link.ref for node_id in self.flow.nodes for link in self.links_of(node_id))
        return {ref.port for ref in refs if ref is not None and ref.is_input}

    @cached_property
    def taken(self) -> Collection[str]:
        """The nodes of which another takes something."""
        refs = (link.ref for node_id in self.flow.nodes for link in self.links_of(node_id))
        return {ref.node for ref in refs if ref is not None}

    @cached_property
    def input_types(self) -> dict[str, PortType]:
        """The types of the flow's inputs; one whose type is none takes anything."""
        types: dict[str, PortType] = {}
        for name, given in self.flow.inputs.items():
            try:
                types[name] = type_of_input(given)
            except ValueError:
                types[name] = PortType("any")
        return types

    def source(self, ref: Ref, wanted: PortType | None) -> Port | None:
        """The output a reference means, as the plan would see it; None if there is none, or it can't be known."""
        if ref.is_input:
            kind = self.input_types.get(ref.port or "")
            return Port(ref.port or "", kind) if kind is not None else None
        ports = self.ports.get(ref.node)
        if ports is None:
            return None
        return main_output(ports, wanted) if ref.port is None else ports.output(ref.port)

    def lacks(self, ref: Ref) -> Lack | None:
        """What keeps a reference from leading somewhere; None if nothing does, or nobody can know."""
        nodes, inputs = self.flow.nodes, self.flow.inputs
        if ref.is_input:
            if ref.port in inputs:
                return None
            close = self.nearest(ref.port or "", inputs)
            better = f"inputs.{close}" if close else None
            return Lack(f"there is no input {ref.port!r}", better, inputs, "inputs")
        if ref.node not in nodes:
            return Lack(f"there is no node {ref.node!r}", self._nearest_node(ref), nodes, "nodes")
        ports = self.ports.get(ref.node)
        if ports is None or self.source(ref, None) is not None:
            return None
        names = [port.name for port in ports.outputs]
        if ref.port is None:
            return Lack(f"{ref.node!r} gives nothing", None, names, "outputs")
        close = self.nearest(ref.port, names)
        better = f"{ref.node}.{close}" if close else ref.node if names else None
        return Lack(f"{ref.node!r} has no output {ref.port!r}", better, names, "outputs")

    def _nearest_node(self, ref: Ref) -> str | None:
        """The reference that was meant by one to a node that isn't there."""
        close = self.nearest(ref.node, self.flow.nodes)
        return close and f"{close}.{ref.port}" if ref.port else close

    @cached_property
    def order(self) -> list[str]:
        """The nodes, sources first, else in the order of the document, without those on a cycle or behind one."""
        return topological(self.ordering)

    @cached_property
    def ordering(self) -> Mapping[str, list[str]]:
        """Who waits for whom: for each node its sources, by edges and by `after`, those that are there."""
        nodes = self.flow.nodes
        return {node_id: [name for name in self.waits_for(node_id) if name in nodes] for node_id in nodes}

    def waits_for(self, node_id: str) -> list[str]:
        """The nodes it waits for by what it says, whether they are there or not."""
        refs = (link.ref for link in self.links_of(node_id))
        before = [ref.node for ref in refs if ref is not None and not ref.is_input]
        return [*before, *self.flow.nodes[node_id].after]


def _links(node_id: str, node: Node) -> list[Link]:
    found: list[Link] = []
    for port, refs in node.inputs.items():
        if isinstance(refs, str):
            found.append(_link(node_id, port, None, refs))
        else:
            found += [_link(node_id, port, index, text) for index, text in enumerate(refs)]
    return found


def _link(node: str, port: str, index: int | None, text: str) -> Link:
    try:
        return Link(node, port, index, text, parse_ref(text), "")
    except ValueError as error:
        return Link(node, port, index, text, None, str(error))


def fix(label: str, *changes: Change) -> Transaction:
    """What repairs a problem; the label says what it does."""
    return Transaction(changes=changes, label=label)


def bad_name(what: str, name: str, pointer: tuple[str | int, ...], repair: Transaction) -> Problem:
    """The problem of an id that can't be one."""
    node = name if what == "node" else None
    if name in RESERVED:
        message, hint = f"The {what} {name!r} has a reserved name.", "Give it another name."
        return Problem("reserved-name", message, node=node, fix=repair, hint=hint, pointer=pointer)
    hint = "A name has small letters, digits and '_', starts with a letter, and has at most 63 of them."
    message = f"{name[:64]!r} can't be the name of a{'n' if what[0] in 'aeiou' else ''} {what}."
    return Problem("bad-id", message, node=node, fix=repair, hint=hint, pointer=pointer)


def meant(close: str | None, known: Iterable[str], what: str) -> str:
    """The hint for a name that isn't there."""
    if close is not None:
        return f"Did you mean {close!r}?"
    names = list(islice(known, 13))
    if not names:
        return f"There are no {what} here."
    return f"The {what} here are {', '.join(names[:12])}{', …' if len(names) > 12 else ''}."


def slug(text: str, taken: Iterable[str]) -> str:
    """A name like `text` that may be the id of something, and isn't taken."""
    base = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:56]
    if not base or not base[0].isalpha() or base in RESERVED:
        base = f"n_{base}".rstrip("_")
    known = set(taken)
    name, number = base, 2
    while name in known or not is_id(name):
        name, number = f"{base}_{number}", number + 1
    return name


def input_type(port_type: PortType) -> str | None:
    """The type of a flow's input that could fill such a port; None if none can."""
    kind = {"template": "text", "expression": "any", "model": "text"}.get(port_type.kind, port_type.kind)
    if port_type.item is not None:
        return str(port_type) if port_type.item.kind in PLAIN else None
    return kind if kind in PLAIN else None
