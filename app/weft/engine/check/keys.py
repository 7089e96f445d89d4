"""Is a key pasted into a node where only its name should stand? A flow is shared, and so would the key be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from weft.engine.check.seen import fix
from weft.model.changes import SetParam
from weft.model.flow import Node
from weft.model.keys import KEY, holds_key, secret_name
from weft.model.problems import Problem


def of_node(node_id: str, node: Node) -> Iterator[Problem]:
    """The params that hold one."""
    for name, value in node.params.items():
        if (found := _first(value)) is None:
            continue
        called = secret_name(found)
        yield Problem(
            "pasted-key",
            f"The param {name!r} of {node_id!r} holds what looks like a key.",
            node_id,
            name,
            fix=fix(f"Take it out; keep it as a secret named {called}", SetParam(node=node_id, name=name, value=_without(value, called, inside=False))),
            hint=f"Keep it with 'weft secrets set {called}', name it where a secret can stand, and make a new key if "
            "this flow was shared.",
            pointer=("nodes", node_id, "params", name),
        )  # fmt: skip


def _first(value: Any) -> str | None:
    """The first text that holds a key."""
    if isinstance(value, str):
        return value if holds_key(value) else None
    if isinstance(value, dict):
        inner = cast("dict[str, Any]", value)
        return next((found for one in (*inner, *inner.values()) if (found := _first(one))), None)
    if isinstance(value, list):
        return next((found for one in cast("list[Any]", value) if (found := _first(one))), None)
    return None


def _without(value: Any, called: str, *, inside: bool) -> Any:
    """The value without keys. A text within an object that is nothing but one becomes the secret's name."""
    if isinstance(value, str):
        whole = inside and KEY.sub("", value).strip().lower() in ("", "bearer")
        return {"$secret": called} if whole and holds_key(value) else KEY.sub("", value)
    if isinstance(value, dict):
        held = cast("dict[str, Any]", value)
        return {KEY.sub("", key): _without(one, called, inside=True) for key, one in held.items()}
    if isinstance(value, list):
        return [_without(one, called, inside=True) for one in cast("list[Any]", value)]
    return value
