"""Changes to nodes: there or not, their names, and what is set on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.model.changes import (
    AddNode,
    Move,
    RemoveNode,
    RenameNode,
    Restore,
    SetComponent,
    SetOptions,
    SetParam,
    SetTitle,
    UnsetParam,
)
from weft.model.cycles import sources
from weft.model.edits.draft import Draft
from weft.model.edits.edit import edit
from weft.model.edits.references import rewrite_references, take_references
from weft.model.errors import ChangeRefused
from weft.model.flow import Node, Options
from weft.model.limits import LIMITS, tidy
from weft.model.places import Pointer
from weft.model.refs import RESERVED, Ref, is_id
from weft.model.text import part_json


@edit.register
def _(change: AddNode, draft: Draft) -> None:
    refuse_bad_id(change.id)
    _refuse_taken(change.id, draft)
    if len(draft.nodes) >= LIMITS.nodes:
        raise ChangeRefused(f"a flow has at most {LIMITS.nodes:,} nodes.", code="too-many-nodes")
    node = Node.model_validate(tidy(part_json(change.node), at=("nodes", change.id)))
    draft.keep_references(Ref(change.id))
    _keep_position(change.id, draft)
    draft.put_node(change.id, node, change.index)
    if change.at is not None:
        draft.draw("nodes", change.id, tidied_point(change.at, change.id))
    if draft.referrers(Ref(change.id)):
        for source in sources(node):
            draft.ask_for_edge(source, change.id)
    draft.undo_with(RemoveNode(id=change.id))


@edit.register
def _(change: RemoveNode, draft: Draft) -> None:
    node = draft.node(change.id)
    take_references(Ref(change.id), draft)
    _keep_position(change.id, draft)
    draft.draw("nodes", change.id, None)
    index = draft.section("nodes").take(change.id)
    draft.undo_with(Restore(path=("nodes", change.id), value=node, index=index))


@edit.register
def _(change: RenameNode, draft: Draft) -> None:
    draft.node(change.id)
    if change.to == change.id:
        return
    refuse_bad_id(change.to)
    rename_node(change.id, change.to, draft)


def rename_node(node_id: str, to: str, draft: Draft) -> None:
    """Give a node another id, in its place and in every reference. A node that came with a bad id can get it back."""
    _refuse_taken(to, draft)
    draft.keep_references(Ref(to))
    _keep_position(to, draft)
    position = draft.positions.get(node_id)
    draft.draw("nodes", node_id, None)
    draft.draw("nodes", to, position)
    rewrite_references(Ref(node_id), Ref(to), draft)
    draft.section("nodes").rename(node_id, to)
    draft.put_node(to, draft.nodes[to])
    back = (
        RenameNode(id=to, to=node_id) if is_id(node_id) else Restore(path=("nodes", to, "id"), value=node_id)
    )
    draft.undo_with(back)


@edit.register
def _(change: SetComponent, draft: Draft) -> None:
    old = draft.node(change.node).component
    draft.change_node(change.node, component=_tidied(change.component, ("nodes", change.node, "component")))
    draft.undo_with(SetComponent(node=change.node, component=old))


@edit.register
def _(change: SetTitle, draft: Draft) -> None:
    old = draft.node(change.node).title
    draft.change_node(change.node, title=_tidied(change.title, ("nodes", change.node, "title")))
    draft.undo_with(SetTitle(node=change.node, title=old))


@edit.register
def _(change: SetParam, draft: Draft) -> None:
    node = draft.node(change.node)
    param = tidy({change.name: change.value}, at=("nodes", change.node, "params"))
    _remember_param(node, change.node, change.name, draft)
    draft.change_node(change.node, params={**node.params, **param})


@edit.register
def _(change: UnsetParam, draft: Draft) -> None:
    node = draft.node(change.node)
    if change.name not in node.params:
        return
    _remember_param(node, change.node, change.name, draft)
    params = {name: value for name, value in node.params.items() if name != change.name}
    draft.change_node(change.node, params=params)


@edit.register
def _(change: SetOptions, draft: Draft) -> None:
    old = draft.node(change.node).options
    plain = tidy(part_json(change.options), at=("nodes", change.node, "options"))
    draft.change_node(change.node, options=Options.model_validate(plain))
    draft.undo_with(SetOptions(node=change.node, options=old))


@edit.register
def _(change: Move, draft: Draft) -> None:
    old: dict[str, Any] = {}
    for name, point in change.positions.items():
        known = name in draft.nodes or name in ("inputs", "outputs")
        if known:
            old[name] = draft.positions.get(name)
        elif point is None:
            _keep_position(name, draft)
        else:
            draft.node(name)
        draft.draw("nodes", name, point and tidied_point(point, name))
    draft.undo_with(Move(positions=old))


def refuse_bad_id(name: str, good: Callable[[str], bool] = is_id) -> None:
    if good(name):
        return
    shown = repr(name[:64])
    if name in RESERVED:
        raise ChangeRefused(f"{shown} is reserved.", code="bad-id", hint="Take another name.")
    raise ChangeRefused(
        f"{shown} is no id.",
        code="bad-id",
        hint="An id starts with a small letter and goes on with small letters, digits and '_', 63 at most.",
    )


def tidied_point(point: tuple[int, int], name: str) -> tuple[int, int]:
    """The point, once its numbers are known to be ones that every reader of the file can represent."""
    tidy(list(point), at=("layout", "nodes", name))
    return point


def _refuse_taken(node_id: str, draft: Draft) -> None:
    if node_id in draft.nodes:
        raise ChangeRefused(f"there is already a node {node_id!r}.", code="id-taken", hint="Take another id.")


def _keep_position(name: str, draft: Draft) -> None:
    """Have the inverse put back where this was drawn, if it was, even if no node is called so."""
    if (point := draft.positions.get(name)) is not None:
        draft.undo_with(Restore(path=("layout", "nodes", name), value=list(point)))


def _remember_param(node: Node, node_id: str, name: str, draft: Draft) -> None:
    if name in node.params:
        draft.undo_with(SetParam(node=node_id, name=name, value=node.params[name]))
    else:
        draft.undo_with(UnsetParam(node=node_id, name=name))


def _tidied(text: str, at: Pointer) -> Any:
    return tidy(text, at=at)
