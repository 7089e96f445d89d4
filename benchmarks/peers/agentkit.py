"""agentkit-llm: one node at a time, by its own `evaluate`; asking the model is replaced by a call that answers at once."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any

from agentkit.base_node import BaseNode

from agentkit import Graph
from benchmarks.peers.adapter import Run, Shape, Work, main


def make(shape: Shape, work: Work) -> Run:
    graph = Graph()
    seconds = _seconds(work)
    for index, sources in enumerate(shape):
        node = BaseNode(f"n{index}", "", graph, _answer(index, work, seconds), _compose)
        graph.add_node(node)
        for source in sources:
            graph.add_edge(f"n{source}", f"n{index}")

    async def run() -> None:
        graph.evaluate()

    return run


def _compose(dependencies: Any, prompt: str) -> tuple[list[Any], int]:
    return [], 0


def _answer(index: int, work: Work, seconds: Any) -> Any:
    """It knows no asyncio: what a node would await is done by hand."""

    def answer(prompt: Any, shrink_idx: int) -> tuple[str, dict[str, int]]:
        waiting = work(index)
        if seconds is None:
            with suppress(StopIteration):
                waiting.send(None)  # type: ignore[attr-defined]
        else:
            waiting.close()  # type: ignore[attr-defined]
            time.sleep(seconds(index))
        return "answer", {"prompt": 0, "completion": 0, "total": 0}

    return answer


def _seconds(work: Work) -> Any:
    """How long a node of the makespan question sleeps; None for nodes that do nothing."""
    waiting: Any = work(0)
    name = getattr(waiting, "__qualname__", "")
    waiting.close()
    if name != asyncio.sleep.__qualname__:
        return None
    from benchmarks import shapes

    known = shapes.uneven(shapes.lanes(8, 10))
    return lambda index: known[index]


if __name__ == "__main__":
    main(make)
