"""Something wrong with a flow, as a value: it can be listed, shown at its node, sent, and often repaired."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from weft.model.changes import Transaction

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. An error blocks the runs that reach it; a warning blocks nothing.

    `message` says what and where, `hint` what to do, `fix` does it: a transaction whose label says what it does.
    `pointer` is the path in the document, for `places.locate`.
    """

    code: str
    message: str
    node: str | None = None
    port: str | None = None
    severity: Severity = "error"
    fix: Transaction | None = field(default=None, hash=False)
    hint: str = ""
    pointer: tuple[str | int, ...] = ()


CODES: dict[str, str] = {
    # What a document can be refused for (`loads`, `from_json`).
    "not-json": "The text isn't JSON.",
    "not-text": "The bytes aren't UTF-8 text.",
    "not-a-flow": "The document is JSON, but no flow.",
    "unknown-format": "The document is JSON, but no graph that can be imported.",
    "duplicate-key": "An object has the same key twice.",
    "bad-format": "`format` isn't a whole number from 1.",
    "newer-format": "The file was written by a newer Weft.",
    "too-large": "The file is larger than 5 MB.",
    "too-deep": "Lists and objects are nested deeper than 64.",
    "too-many-nodes": "The flow has more than 20,000 nodes, or entries in another section.",
    "too-many-values": "The document holds more values than a flow can need.",
    "text-too-long": "A text value is longer than 65,536 characters.",
    "bad-number": "A number is NaN, infinite or past 2^53, which not every reader can represent.",
    "bad-text": "A text holds half of a character (a lone surrogate).",
    "bad-wrapped-value": "An object with a key that starts with `$` isn't one of the four wrapped values.",
    "bad-value": "A value of the wrong type, or outside what is allowed there.",
    "missing-key": "A key that must be there isn't.",
    # What can be wrong with a flow that was read (`document_problems`, `check`).
    "unknown-key": "A key that Weft doesn't know; it is kept, and has no effect.",
    "bad-id": "An id of a node, or a name of an input or output, that isn't a short slug.",
    "reserved-name": "An id or name that has a meaning of its own, such as `inputs` or `state`.",
    "bad-ref": "A reference that isn't `node`, `node.port` or `inputs.name`.",
    "dangling-ref": "A reference to a node, port or input that isn't there.",
    "cycle": "Nodes that wait for each other, so none of them can start.",
    "unknown-component": "A component that the catalog doesn't know.",
    "other-version": "A component that the catalog knows in another version only.",
    "ports-failed": "A component whose ports can't be told from the node's params.",
    "port-clash": "A name in a text, or a port a component asks for, that the node has already.",
    "unknown-port": "An edge into a port that the component doesn't have.",
    "unknown-param": "A param for a port that the component doesn't have.",
    "missing-input": "A required port without an edge and without a param.",
    "type-mismatch": "An edge or a param whose type the port can't take.",
    "too-many-edges": "Several edges into a port that takes one.",
    "bad-param": "A param with a value that its port can't take.",
    "bad-tool": "A tool that a prompt is given and can't have: it isn't there, or can't be called by a model.",
    "pasted-key": "A param that holds what looks like a key, which belongs into a secret.",
    "bad-template": "A template that can't be parsed.",
    "bad-expression": "A condition that can't be parsed.",
    "bad-option": "An option with a value that makes no sense here.",
    "missing-default": "`on_error: continue` without a default to go on with.",
    "unknown-flow": "A flow to be run inside that isn't there.",
    "inner-problems": "A flow to be run inside that has problems of its own.",
    "recursion": "Flows that run each other without end.",
    "unknown-type": "A flow input of a type that isn't a port type.",
    "bad-default": "A flow input whose default isn't of its type.",
    "unused-input": "A flow input that nothing reads.",
    "unused-node": "A node whose output nothing takes.",
    "never-runs": "A node that waits for what is disabled.",
    "unreachable-output": "An output whose value can never be there.",
    "no-outputs": "A flow without a node whose output could be its result.",
    "empty-flow": "A flow without nodes.",
    "unknown-state": "A state path that nothing sets.",
    "state-race": "Two nodes without order between them, one writing the state the other reads or writes.",
}
"""Every stable code, documented once. A code, once released, keeps its meaning."""
