"""Putting back what stood at a path: the last word of an inverse, exact where the other changes would refuse.

What a person took away may have been odd (a bad id, a reference that leads nowhere, an edge on a cycle that a file came
with): taking that back must give the same document. What belongs into a node that is gone by now is passed over.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from weft.model.changes import RemoveInput, RemoveNode, RemoveOutput, Restore
from weft.model.edits.draft import Draft
from weft.model.edits.edit import edit
from weft.model.edits.interface import rename_input, rename_output
from weft.model.edits.nodes import rename_node
from weft.model.errors import ChangeRefused
from weft.model.flow import FlowInput, Node, Part, Point
from weft.model.limits import LIMITS, tidy
from weft.model.places import spell
from weft.model.refs import Ref
from weft.model.text import part_json


@edit.register
def _(change: Restore, draft: Draft) -> None:
    match change.path:
        case ("layout", "nodes", name):
            _position(name, _read(_POINT, change), draft)
        case ("inputs", name):
            _input(name, _read(_INPUT, change), change.index, draft)
        case ("inputs", name, "name"):
            rename_input(name, _read(_TEXT, change), draft)
        case ("outputs", name):
            _output(name, _read(_TEXT, change), change.index, draft)
        case ("outputs", name, "name"):
            rename_output(name, _read(_TEXT, change), draft)
        case ("nodes", node_id):
            _node(node_id, _read(_NODE, change), change.index, draft)
        case ("nodes", node_id, "id"):
            rename_node(node_id, _read(_TEXT, change), draft)
        case ("nodes", node_id, *_) if node_id not in draft.nodes:
            return
        case ("nodes", node_id, *_):
            _wires(change, node_id, draft)
        case _:
            raise _nowhere()


_NODE: TypeAdapter[Node] = TypeAdapter(Node)
_INPUT: TypeAdapter[FlowInput] = TypeAdapter(FlowInput)
_TEXT: TypeAdapter[str] = TypeAdapter(str)
_TEXTS: TypeAdapter[list[str]] = TypeAdapter(list[str])
_POINT: TypeAdapter[tuple[int, int] | None] = TypeAdapter(Point | None)
_WIRED: TypeAdapter[str | list[str] | None] = TypeAdapter(str | list[str] | None)


def _read(kind: TypeAdapter[Any], change: Restore) -> Any:
    value = part_json(change.value) if isinstance(change.value, Part) else change.value
    try:
        return kind.validate_python(tidy(value, at=change.path))
    except ValidationError:
        raise ChangeRefused(f"the value doesn't belong at {spell(change.path)}.", code="bad-value") from None


def _nowhere() -> ChangeRefused:
    return ChangeRefused("nothing can be restored there.", code="bad-path")


def _node(node_id: str, node: Node, index: int | None, draft: Draft) -> None:
    if node_id in draft.nodes:
        raise ChangeRefused(
            f"there is a node {node_id!r} again.", code="id-taken", hint="Rename that one first."
        )
    if len(draft.nodes) >= LIMITS.nodes:
        raise ChangeRefused(f"a flow has at most {LIMITS.nodes:,} nodes.", code="too-many-nodes")
    draft.keep_references(Ref(node_id))
    draft.put_node(node_id, node, index)
    draft.undo_with(RemoveNode(id=node_id))


def _input(name: str, given: FlowInput, index: int | None, draft: Draft) -> None:
    if name in draft.inputs:
        raise ChangeRefused(
            f"there is an input {name!r} again.", code="id-taken", hint="Rename that one first."
        )
    draft.keep_references(Ref("inputs", name))
    draft.section("inputs").put(name, given, index)
    draft.undo_with(RemoveInput(name=name))


def _output(name: str, text: str, index: int | None, draft: Draft) -> None:
    if name in draft.outputs:
        at = draft.section("outputs").index(name)
        draft.undo_with(Restore(path=("outputs", name), value=draft.outputs[name], index=at))
    else:
        draft.undo_with(RemoveOutput(name=name))
    draft.section("outputs").place(name, text, index)


def _position(name: str, point: tuple[int, int] | None, draft: Draft) -> None:
    old = draft.positions.get(name)
    draft.undo_with(Restore(path=("layout", "nodes", name), value=None if old is None else list(old)))
    draft.draw("nodes", name, point)


def _wires(change: Restore, node_id: str, draft: Draft) -> None:
    node = draft.nodes[node_id]
    match change.path[2:]:
        case ("after",):
            draft.undo_with(Restore(path=change.path, value=node.after))
            draft.change_node(node_id, after=_read(_TEXTS, change))
        case ("inputs", port):
            _port(node_id, port, _read(_WIRED, change), change.index, draft)
        case ("inputs", port, "item"):
            texts = list(node.refs(port))
            texts.insert(len(texts) if change.index is None else change.index, _read(_TEXT, change))
            _port(node_id, port, texts, None, draft)
        case _:
            raise _nowhere()


def _port(node_id: str, port: str, wired: str | list[str] | None, index: int | None, draft: Draft) -> None:
    inputs = draft.nodes[node_id].inputs
    at = list(inputs).index(port) if port in inputs else None
    draft.undo_with(Restore(path=("nodes", node_id, "inputs", port), value=inputs.get(port), index=at))
    draft.put_wired(node_id, port, wired, index)
