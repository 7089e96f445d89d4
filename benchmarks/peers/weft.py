"""Weft, measured as its peers are: events, inputs, a timeout on every node, 16 at once."""

from __future__ import annotations

from typing import Any

from benchmarks import shapes
from benchmarks.peers.adapter import Run, Shape, Work, main
from weft.catalog import Catalog, component
from weft.engine import start
from weft.model import from_json


def make(shape: Shape, work: Work) -> Run:
    @component
    async def node(place: int, sources: list[Any] = []) -> int:  # noqa: B006 - never changed
        """What the question asks of a node."""
        await work(place)
        return 1

    flow, catalog = from_json(shapes.document(shape, "node", {"timeout": 60})), Catalog([node])

    async def run() -> None:
        async with start(flow, catalog) as running:
            result = await running.finished()
        assert result.status == "succeeded", result.error

    return run


if __name__ == "__main__":
    main(make)
