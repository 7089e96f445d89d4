"""Bringing a node that was written for an older version of its component to the version there is."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from weft.catalog.component import Component
from weft.catalog.loader import Catalog, split_key
from weft.model.changes import Change, Connect, Disconnect, SetComponent, SetParam, Transaction, UnsetParam
from weft.model.errors import WeftError
from weft.model.flow import Node
from weft.model.plain import to_plain


class Wired:
    """Stands in the params given to an `upgrade` where a port is wired: it can be moved to another key or dropped."""

    __slots__ = ("port",)

    def __init__(self, port: str) -> None:
        self.port = port

    def __repr__(self) -> str:
        return f"<wired {self.port}>"


def upgraded(node_id: str, node: Node, catalog: Catalog) -> Transaction | None:
    """The edit that brings a node to today's version of its component, or None if there is nothing to bring.

    Raises `WeftError` `upgrade-failed` when the component's `upgrade` does, or makes no sense.
    """
    name, version = split_key(node.component)
    component = catalog.latest(name)
    if component is None or version == 0 or version >= component.version:
        return None
    before: dict[str, Any] = {**node.params, **{port: Wired(port) for port in node.inputs}}
    after = _after(component, before, version)
    changes: list[Change] = [SetComponent(node=node_id, component=component.key)]
    changes += _params(node_id, node.params, after)
    changes += _wires(node_id, node, after)
    return Transaction(changes=tuple(changes), label=f"Upgrade {node_id} to {component.key}")


def _after(component: Component, before: Mapping[str, Any], version: int) -> dict[str, Any]:
    if component.upgrade is None:
        return dict(before)
    takes = len(inspect.signature(component.upgrade).parameters)
    try:
        return dict(
            component.upgrade(dict(before), version) if takes > 1 else component.upgrade(dict(before))
        )
    except Exception as error:
        raise WeftError(
            f"The upgrade of {component.name!r} from version {version} failed: {type(error).__name__}: {error}",
            code="upgrade-failed",
            hint="Mend the node by hand, or the component's upgrade.",
        ) from error


def _params(node_id: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    values = {
        name: to_plain(value, name=name) for name, value in after.items() if not isinstance(value, Wired)
    }
    for name in before:
        if name not in values:
            yield UnsetParam(node=node_id, name=name)
    for name, value in values.items():
        if name not in before or before[name] != value:
            yield SetParam(node=node_id, name=name, value=value)


def _wires(node_id: str, node: Node, after: Mapping[str, Any]) -> Iterator[Change]:
    places = {value.port: name for name, value in after.items() if isinstance(value, Wired)}
    moved = [port for port in node.inputs if places.get(port) != port]
    for port in moved:
        for ref in node.refs(port):
            yield Disconnect(node=node_id, port=port, ref=ref)
    for port in moved:
        if target := places.get(port):
            many = not isinstance(node.inputs[port], str)
            for ref in node.refs(port):
                yield Connect(node=node_id, port=target, ref=ref, many=many)
