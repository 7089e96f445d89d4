"""Langflow's lfx: a component with one list input; its graph is made anew for each run, being no longer good after one."""

from __future__ import annotations

import logging
import sys
from typing import Any

from lfx.custom.custom_component.component import Component
from lfx.graph import Graph
from lfx.io import HandleInput, Output
from lfx.schema.data import Data

from benchmarks.peers.adapter import Run, Shape, Work, main

logging.disable(logging.CRITICAL)
WORK: list[Work] = []


class Node(Component):
    display_name = "Node"
    inputs = [HandleInput(name="sources", display_name="Sources", input_types=["Data"], is_list=True)]  # noqa: RUF012 - as lfx wants it
    outputs = [Output(name="value", display_name="Value", method="value")]  # noqa: RUF012
    place = 0

    async def value(self) -> Data:
        await WORK[-1](self.place)
        return Data(data={})


def make(shape: Shape, work: Work) -> Run:
    WORK.append(work)
    sys.setrecursionlimit(100_000)  # it follows a chain by calling itself

    graph: Any = None

    def prepare() -> None:
        nonlocal graph
        made: list[Any] = []
        for index, sources in enumerate(shape):
            node = Node(_id=f"n{index}")
            node.place = index
            if sources:
                node.set(sources=[made[source].value for source in sources])
            made.append(node)
        roots = [index for index, sources in enumerate(shape) if not sources]
        graph = Graph(made[roots[0]], made[-1])

    async def run() -> None:
        async for _ in graph.async_start():
            pass

    run.prepare = prepare  # type: ignore[attr-defined]
    return run


if __name__ == "__main__":
    main(make)
