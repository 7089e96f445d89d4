"""The document: flows, their text, the changes made to them, and what can be wrong with them. Pure: no IO.

The names that only reading, writing and editing need are brought in when first used: declaring a component needs none.
`apply` is imported from `weft.model.edits`, with all that a change can do.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from weft.model.errors import (
    ChangeRefused,
    Conflict,
    DocumentError,
    FlowHasProblems,
    NotFound,
    Place,
    ReadOnly,
    RunFailed,
    StepFailed,
    WeftError,
)
from weft.model.flow import Defaults, Edge, Flow, FlowInput, Frame, Layout, Node, Note, Options
from weft.model.nearest import nearest
from weft.model.plain import to_plain
from weft.model.problems import CODES, Problem
from weft.model.refs import RESERVED, Ref, is_id, parse_ref
from weft.model.values import FileRef, SecretRef, unwrap

if TYPE_CHECKING:
    from weft.model.changes import Change, Transaction, as_json, read_transaction
    from weft.model.places import locate
    from weft.model.text import dumps, from_json, loads, to_json
    from weft.model.unknown import document_problems

__all__ = [
    "CODES",
    "RESERVED",
    "Change",
    "ChangeRefused",
    "Conflict",
    "Defaults",
    "DocumentError",
    "Edge",
    "FileRef",
    "Flow",
    "FlowHasProblems",
    "FlowInput",
    "Frame",
    "Layout",
    "Node",
    "NotFound",
    "Note",
    "Options",
    "Place",
    "Problem",
    "ReadOnly",
    "Ref",
    "RunFailed",
    "SecretRef",
    "StepFailed",
    "Transaction",
    "WeftError",
    "as_json",
    "document_problems",
    "dumps",
    "from_json",
    "is_id",
    "loads",
    "locate",
    "nearest",
    "parse_ref",
    "read_transaction",
    "to_json",
    "to_plain",
    "unwrap",
]

_HOMES = {
    **dict.fromkeys(("Change", "Transaction", "as_json", "read_transaction"), "weft.model.changes"),
    **dict.fromkeys(("dumps", "from_json", "loads", "to_json"), "weft.model.text"),
    "locate": "weft.model.places",
    "document_problems": "weft.model.unknown",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'weft.model' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value
