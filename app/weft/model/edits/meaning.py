"""What has to be known of components to move nodes between flows, so that every reference goes on meaning the same."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from weft.model.changes import Connect, Disconnect
from weft.model.flow import Flow
from weft.model.refs import is_id


def _as_written(text: str, _node: str, _port: str) -> str:
    return text


def _as_it_is(text: str) -> str:
    return text


def _any(_text: str) -> str:
    return "any"


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What the references of one flow mean. Made by who knows the components; without one, what is written counts.

    `exact(text, node, port)` names the output that a reference means where it is read, and "" for both what it means to
    no reader in particular; `sure(text)` is the shortest text for such an output that means it to every reader;
    `type_of(text)` the type of it, as an input of a flow may have it; `state` are the nodes that read or write state.
    """

    exact: Callable[[str, str, str], str] = _as_written
    sure: Callable[[str], str] = _as_it_is
    type_of: Callable[[str], str] = _any
    state: Collection[str] = ()


def rewired(flow: Flow, node_id: str, port: str, texts: list[str | None]) -> list[Connect | Disconnect]:
    """The changes that put other references into a port, place by place; None stays as it is."""
    wired = flow.nodes[node_id].inputs[port]
    if isinstance(wired, str):
        return [Connect(node=node_id, port=port, ref=text) for text in texts if text is not None]
    changes: list[Connect | Disconnect] = []
    for index, (old, new) in enumerate(zip(wired, texts, strict=True)):
        if new is not None and new != old:
            changes.append(Connect(node=node_id, port=port, ref=new, many=True, index=index))
            changes.append(Disconnect(node=node_id, port=port, ref=old))
    return changes


def free_name(wish: str, taken: Collection[str]) -> str:
    """`wish` made an id, with a number behind it if it is taken."""
    if is_id(wish) and wish not in taken:
        return wish
    letters = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in wish.lower())
    stem = letters.lstrip("0123456789_")[:56].rstrip("_") or "value"
    names = (stem if n == 1 else f"{stem}_{n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
