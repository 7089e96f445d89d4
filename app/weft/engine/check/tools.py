"""Are the tools that a node gives to its model there, and can they be called?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from weft.engine.check.seen import Seen
from weft.engine.reading import Kind
from weft.engine.tools import tool
from weft.model.errors import StepFailed
from weft.model.problems import Problem


def of_node(seen: Seen, node_id: str, kind: Kind) -> Iterator[Problem]:
    """What is wrong with the tools of one node."""
    for port in kind.tool_ports:
        value: Any = seen.params[node_id].get(port)
        entries = (
            cast("list[Any]", value) if isinstance(value, list) else [value] if value is not None else []
        )
        names: set[str] = set()
        for place, entry in enumerate(entries):
            pointer = ("nodes", node_id, "params", port, place)
            if not isinstance(entry, str | dict):
                continue  # its type is a problem already
            try:
                name = tool(entry, seen.catalog).name
            except StepFailed as wrong:
                message = f"Tool {place + 1} of {node_id!r}: {wrong.message}"
                yield Problem("bad-tool", message, node_id, port, hint=wrong.hint, pointer=pointer)
                continue
            if name in names:
                message = f"{node_id!r} has two tools that a model would know as {name!r}."
                hint = "Give one of them a 'name' of its own."
                yield Problem("bad-tool", message, node_id, port, hint=hint, pointer=pointer)
            names.add(name)
