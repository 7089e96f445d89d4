"""Flows written in the nodes of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from weft.model.flow import Flow
from weft.model.parts import is_flow


def flow_at(flow: Flow, path: Sequence[str]) -> Flow | None:
    """The flow that is written inside these nodes, each in the flow of the one before; None where there is none, or
    where it can't be read. For no nodes the flow itself."""
    from weft.model.errors import DocumentError
    from weft.model.text import from_json

    for node in path:
        params = flow.nodes[node].params.values() if node in flow.nodes else ()
        value = next((value for value in params if is_flow(value)), None)
        try:
            written = from_json(cast("dict[str, Any]", value)) if value is not None else None
        except DocumentError:
            written = None
        if written is None:
            return None
        flow = written
    return flow


def has_node(flow: Flow, name: str) -> bool:
    """Whether there is a node of that name, or with a way (`sub/say`) one in the flow that is written there."""
    way, _, node = name.rpartition("/")
    inner = flow_at(flow, way.split("/")) if way else flow
    return inner is not None and node in inner.nodes
