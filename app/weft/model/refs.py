"""Ids and references: how a document names its nodes, and says where a value comes from."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

RESERVED = frozenset({"inputs", "outputs", "state", "secrets", "item"})
"""Names with a meaning of their own in references, templates and layout; never the id of anything."""
ITEM = "item"
"""Reserved but for an input of a flow: the one that takes the item of a map."""

_ID = re.compile(r"[a-z][a-z0-9_]{0,62}")
_PORT = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_IDS = re.compile(rf"(?:{_ID.pattern}\n)*+")
_REF = re.compile(rf"({_ID.pattern})(?:\.({_PORT.pattern}))?")


class Ref(NamedTuple):
    """Where a value comes from. `port` None means the node's main output; `Ref("inputs", "topic")` an input of the flow."""

    node: str
    port: str | None = None

    def __str__(self) -> str:
        return self.node if self.port is None else f"{self.node}.{self.port}"

    @property
    def is_input(self) -> bool:
        """Whether it names an input of the flow instead of a node's output."""
        return self.node == "inputs"


def is_id(text: str) -> bool:
    """Whether `text` may be the id of a node, an input or an output: a short slug that isn't reserved."""
    return _ID.fullmatch(text) is not None and text not in RESERVED


def are_ids(texts: Collection[str]) -> bool:
    """Whether each of them may be an id: many are looked at as quickly as a few, which one by one they aren't."""
    listed = "\n".join((*texts, ""))
    lines = listed.count("\n") == len(texts)  # or one of them has several lines
    return lines and _IDS.fullmatch(listed) is not None and RESERVED.isdisjoint(texts)


def is_input_name(text: str) -> bool:
    """Whether `text` may be the name of an input of a flow: an id, or `item`, what a map gives to the flow it runs."""
    return text == ITEM or is_id(text)


def is_port(text: str) -> bool:
    """Whether `text` may be the name of a port: what Python takes as the name of a parameter."""
    return _PORT.fullmatch(text) is not None


def parse_ref(text: str) -> Ref:
    """Read `node`, `node.port` or `inputs.name`; ValueError with a sentence for anything else."""
    found = _REF.fullmatch(text)
    if found is None:
        raise ValueError(_no_reference(text))
    node, port = found.groups()
    if node in RESERVED and (node != "inputs" or port is None):
        raise ValueError(_no_reference(text))
    return Ref(node, port)


def _no_reference(text: str) -> str:
    node, dot, port = text.partition(".")
    shown = repr(text if len(text) <= 130 else text[:127] + "...")
    if node == "inputs" and not dot:
        return "'inputs' is no reference: write 'inputs.name' with the name of an input."
    if dot and not is_port(port):
        return f"{shown} is no reference: {port[:64]!r} is no name of a port."
    if node in RESERVED:
        return f"{shown} is no reference: {node!r} is reserved and has no output."
    return f"{shown} is no reference: write 'node', 'node.port' or 'inputs.name'; an id has small letters, digits and '_'."
