"""What the scheduler costs, as multiples of the floor, in one interleaved run.

.venv/bin/python -m benchmarks.scheduler [--rounds 15]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

from benchmarks import shapes
from benchmarks.floor import Floor
from weft.catalog import Catalog, component
from weft.engine import start
from weft.engine.run import PARALLEL
from weft.model import from_json

Clock = Callable[[], float]
SHAPES = {
    "chain 100": shapes.chain(100),
    "chain 1,000": shapes.chain(1000),
    "fan 100": shapes.fan(100),
    "fan 1,000": shapes.fan(1000),
    "layered 50x20": shapes.layered(50, 20),
}
DEFAULTS = {"timeout": 60}


@component
async def noop(sources: list[Any] = []) -> int:  # noqa: B006 - never changed
    """Do nothing."""
    return 1


CATALOG = Catalog([noop])


def flow_of(shape: shapes.Shape) -> Any:
    return from_json(shapes.document(shape, "noop", DEFAULTS))


def weft_run(shape: shapes.Shape) -> Callable[[], Awaitable[Any]]:
    flow = flow_of(shape)

    async def run() -> None:
        async with start(flow, CATALOG) as running:
            result = await running.finished()
        assert result.status == "succeeded", result.error

    return run


def interleaved(
    runs: dict[str, Callable[[], Awaitable[Any]]], rounds: int, clock: Clock = time.process_time
) -> dict[str, float]:
    """The median of each, one after the other in every round, so that all of them see the same machine."""
    taken: dict[str, list[float]] = {name: [] for name in runs}

    async def measure() -> None:
        for _ in range(rounds + 2):
            for name, run in runs.items():
                gc.collect()
                gc.disable()
                begun = clock()
                await run()
                taken[name].append(clock() - begun)
                gc.enable()

    asyncio.run(measure())
    return {name: median(times[2:]) for name, times in taken.items()}


def cpu(rounds: int) -> None:
    print("CPU a node, no-op nodes, timeout set on each, at most", PARALLEL, "at once")
    for name, shape in SHAPES.items():
        times = interleaved(
            {"floor": Floor(shape).run, "weft": weft_run(shape)}, max(rounds, 3000 // len(shape))
        )
        floor, weft = (times[who] / len(shape) * 1e6 for who in ("floor", "weft"))
        print(f"  {name:14} floor {floor:5.2f} µs   weft {weft:5.2f} µs   {weft / floor:5.2f}x")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    cpu(parser.parse_args().rounds)
