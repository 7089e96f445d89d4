"""The floor: the least that running a graph with asyncio can cost. One task a node, in-degrees worked out before.

It has no events, inputs, cap, priority, deadlines, failures or cancellation. Ratios to it say what those cost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from benchmarks.shapes import Shape

Work = Callable[[int], Awaitable[None]]


async def nothing(index: int) -> None:
    """A node that does nothing."""


class Floor:
    """A shape, ready to run."""

    def __init__(self, shape: Shape) -> None:
        self.degrees = [len(sources) for sources in shape]
        self.targets: list[list[int]] = [[] for _ in shape]
        for index, sources in enumerate(shape):
            for source in sources:
                self.targets[source].append(index)

    async def run(self, work: Work = nothing) -> None:
        """Run every node, each as soon as its last source has ended."""
        loop = asyncio.get_running_loop()
        degrees, targets = self.degrees.copy(), self.targets
        left = len(degrees)
        done = loop.create_future()
        tasks: set[asyncio.Task[None]] = set()

        async def step(index: int) -> None:
            nonlocal left
            await work(index)
            for target in targets[index]:
                degrees[target] -= 1
                if not degrees[target]:
                    tasks.add(loop.create_task(step(target)))
            left -= 1
            if not left:
                done.set_result(None)

        for index in [index for index, degree in enumerate(degrees) if not degree]:
            tasks.add(loop.create_task(step(index)))
        await done
