"""How soon does a node start once the last of its sources has ended?

    .venv/bin/python -m benchmarks.latency [--rounds 25]

Measured from the end of a node's last source to its own first line, on four chains of nodes that sleep 0.2 ms.
"""

from __future__ import annotations

import asyncio
import time
from statistics import quantiles
from typing import Any

from benchmarks import shapes
from benchmarks.floor import Floor
from benchmarks.measure import interleaved, rounds_asked, weft_run
from weft.catalog import component


def main(rounds: int) -> None:
    print("Dispatch latency over the floor's (target p50 1.6x, p99 2.5x)")
    shape = shapes.lanes(4, 50)
    ended = [0.0] * len(shape)
    waited: dict[str, list[float]] = {"floor": [], "weft": []}

    async def work(who: str, index: int) -> None:
        now = time.perf_counter()
        if shape[index]:
            waited[who].append(now - max(ended[source] for source in shape[index]))
        await asyncio.sleep(0.0002)
        ended[index] = time.perf_counter()

    @component
    async def step(place: int, sources: list[Any] = []) -> int:  # noqa: B006 - never changed
        """Note when it starts and ends."""
        await work("weft", place)
        return 1

    floor = Floor(shape)
    interleaved(
        {"floor": lambda: floor.run(lambda i: work("floor", i)), "weft": weft_run(shape, step)}, rounds
    )
    marks = {who: quantiles(times, n=100) for who, times in waited.items()}
    for name, place in (("p50", 49), ("p99", 98)):
        bare, ours = marks["floor"][place] * 1e6, marks["weft"][place] * 1e6
        print(f"  {name:14} floor {bare:6.1f} µs   weft {ours:6.1f} µs   {ours / bare:4.2f}x")


if __name__ == "__main__":
    main(rounds_asked(__doc__, 25))
