"""What all adapters share: one shape in one process, the peer and the floor in turn, and the figures as JSON.

    .peers/hamilton/bin/python -m benchmarks.peers.hamilton "chain 100" 6

An adapter gives `make(shape, work) -> run`: the shape as that library's own graph, whose node in place i awaits
`work(i)`. It runs in the peer's own environment, so nothing of Weft is imported here.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

from benchmarks import shapes
from benchmarks.floor import Floor, nothing
from benchmarks.shapes import Shape

Work = Callable[[int], Awaitable[None]]
Run = Callable[[], Awaitable[Any]]
Make = Callable[[Shape, Work], Run] | Callable[[Shape, Work], Awaitable[Run]]
SHAPES: dict[str, Shape] = {
    "chain 100": shapes.chain(100),
    "chain 1,000": shapes.chain(1000),
    "fan 100": shapes.fan(100),
    "fan 1,000": shapes.fan(1000),
    "layered 50x20": shapes.layered(50, 20),
}
MAKESPAN = "makespan"
_MOST = 25


def main(make: Make) -> None:
    """Measure what the command line asks for: a shape, or `makespan`, and for how many seconds."""
    question, seconds = sys.argv[1], float(sys.argv[2])
    asyncio.run(_makespan(make) if question == MAKESPAN else _cpu(make, SHAPES[question], seconds))


async def _cpu(make: Make, shape: Shape, seconds: float) -> None:
    """CPU microseconds a node of the peer and of the floor, and the ratio of their medians."""
    counted = 0

    async def work(index: int) -> None:
        nonlocal counted
        counted += 1

    run, floor = await _made(make, shape, work), Floor(shape)
    taken: dict[str, list[float]] = {"floor": [], "peer": []}
    await floor.run()
    end = time.monotonic() + seconds
    while len(taken["peer"]) < _MOST and (not taken["peer"] or time.monotonic() < end):
        for who, one in (("floor", floor.run), ("peer", run)):
            await _prepared(one)
            gc.collect()
            gc.disable()
            begun = time.process_time()
            await one()
            taken[who].append(time.process_time() - begun)
            gc.enable()
    rounds = len(taken["peer"])
    ran = counted / rounds  # some run only what their end needs: 953 of the layers' 1,000
    assert 0.95 * len(shape) <= ran <= len(shape), f"{counted} nodes ran in {rounds} rounds of {len(shape)}"
    nodes = {"peer": ran, "floor": len(shape)}
    peer, base = (median(taken[who][rounds > 2 :]) / nodes[who] * 1e6 for who in ("peer", "floor"))
    print(json.dumps({"peer": peer, "floor": base, "ratio": peer / base, "rounds": rounds}))


async def _makespan(make: Make) -> None:
    """Wall time over the critical path, on lanes of nodes of 10 and 200 ms."""
    shape = shapes.lanes(8, 10)
    seconds = shapes.uneven(shape)
    run = await _made(make, shape, lambda index: asyncio.sleep(seconds[index]))
    best = shapes.critical_path(shape, seconds)
    taken: list[float] = []
    for _ in range(3):
        await _prepared(run)
        begun = time.perf_counter()
        await run()
        taken.append(time.perf_counter() - begun)
    print(json.dumps({"makespan": median(taken) / best}))


async def _prepared(run: Run) -> None:
    """What a peer has to do anew before each run isn't measured: `run.prepare`, if there is one."""
    prepare: Any = getattr(run, "prepare", None)
    if prepare is not None:
        prepare()


async def _made(make: Make, shape: Shape, work: Work) -> Run:
    made: Any = make(shape, work)
    return await made if asyncio.iscoroutine(made) else made


__all__ = ["MAKESPAN", "SHAPES", "Run", "Shape", "Work", "main", "nothing"]
