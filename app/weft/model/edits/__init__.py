"""What each change does to a draft of a flow, grouped by what it touches, and `apply`, which makes all of a transaction."""

from weft.model.edits import document, interface, nodes, restore, wires, within
from weft.model.edits.apply import apply
from weft.model.edits.draft import Draft, NewEdge
from weft.model.edits.edit import edit

__all__ = [
    "Draft",
    "NewEdge",
    "apply",
    "document",
    "edit",
    "interface",
    "nodes",
    "restore",
    "wires",
    "within",
]
