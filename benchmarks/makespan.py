"""How near does a run come to the shortest time any schedule could take?

    .venv/bin/python -m benchmarks.makespan [--rounds 5]

Nodes take 10 and 200 ms. Without a cap the bound is the critical path; with k steps at once it is the larger of
that and work / k. Under the cap the same run is made without durations, with those of the nodes, and with those that
`RunService` has learnt from three runs before.
"""

from __future__ import annotations

import asyncio
import random
import time
from heapq import heapify, heappop, heappush
from statistics import median
from typing import Any

from benchmarks import shapes
from benchmarks.floor import Floor
from benchmarks.measure import CATALOG, Run, flow_of, in_turn, rounds_asked, weft_run
from benchmarks.shapes import Shape
from weft.catalog import Catalog, Component, component
from weft.engine import Services
from weft.runs.service import RunService
from weft.runs.store.memory import MemoryStore

CAP = 4


def sleeper(seconds: list[float]) -> Component:
    """A component whose nodes take so long, by their place."""

    @component
    async def sleep(place: int, sources: list[Any] = []) -> int:  # noqa: B006 - never changed
        """Take its time."""
        await asyncio.sleep(seconds[place])
        return 1

    return sleep


def knotted(nodes: int, seed: int) -> tuple[Shape, list[float]]:
    """A random DAG in which paths of few slow nodes lie beside paths of many quick ones."""
    chance = random.Random(seed)
    shape = [
        sorted({chance.randrange(max(0, index - 12), index) for _ in range(chance.choice((0, 1, 1, 2)))})
        if index
        else []
        for index in range(nodes)
    ]
    return shape, [chance.choice((0.01, 0.01, 0.01, 0.02, 0.2)) for _ in shape]


async def uncapped(rounds: int) -> None:
    print("Makespan over critical path, 8 lanes of 10 nodes (target 1.03, and floor + 0.02)")
    shape = shapes.lanes(8, 10)
    seconds = shapes.uneven(shape)
    floor = Floor(shape)
    runs: dict[str, Run] = {
        "floor": lambda: floor.run(lambda index: asyncio.sleep(seconds[index])),
        "weft": weft_run(shape, sleeper(seconds)),
    }
    times = await in_turn(runs, max(3, rounds), time.perf_counter)
    for who in runs:
        print(f"  {who:24} {median(times[who]) / shapes.critical_path(shape, seconds):6.3f}")


async def capped(rounds: int) -> None:
    print(
        f"Makespan under a cap of {CAP}, over max(critical path, work / {CAP}) (durations known: target 1.07)"
    )
    graphs = {
        "uneven lanes": (shapes.lanes(9, 8), shapes.uneven(shapes.lanes(9, 8))),
        "random DAG 1": knotted(60, 1),
        "random DAG 2": knotted(60, 2),
    }
    for name, (shape, seconds) in graphs.items():
        best = max(shapes.critical_path(shape, seconds), sum(seconds) / CAP)
        work = sleeper(seconds)
        known = {f"n{index}": taken for index, taken in enumerate(seconds)}
        runs = {
            "by counts": weft_run(shape, work, parallel=CAP),
            "durations known": weft_run(shape, work, parallel=CAP, durations=known),
            "durations learnt": await learnt(shape, work),
        }
        times = await in_turn(runs, max(1, rounds // 2), time.perf_counter)
        times["the rule alone"] = [by_rule(shape, seconds)]
        told = "   ".join(f"{who} {median(times[who]) / best:5.3f}" for who in times)
        print(f"  {name:24} {told}")


def by_rule(shape: Shape, seconds: list[float]) -> float:
    """What longest remaining path first would take on a machine that does nothing else: the rule is no optimum."""
    targets: list[list[int]] = [[] for _ in shape]
    for index, sources in enumerate(shape):
        for source in sources:
            targets[source].append(index)
    left = [0.0] * len(shape)
    for index in reversed(range(len(shape))):
        left[index] = seconds[index] + max((left[target] for target in targets[index]), default=0.0)
    waits = [len(sources) for sources in shape]
    ready = [(-left[index], index) for index, count in enumerate(waits) if not count]
    heapify(ready)
    running: list[tuple[float, int]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < CAP:
            index = heappop(ready)[1]
            heappush(running, (now + seconds[index], index))
        now, index = heappop(running)
        for target in targets[index]:
            waits[target] -= 1
            if not waits[target]:
                heappush(ready, (-left[target], target))
    return now


async def learnt(shape: Shape, work: Component) -> Run:
    """A run of a service that has seen the flow before."""
    flow = flow_of(shape, work)
    catalog = Catalog([*CATALOG.components, work])
    service = RunService(MemoryStore(), Services(), lambda: catalog)

    async def run() -> None:
        run_id = await service.start(flow, slug="uneven", parallel=CAP)
        assert (await service.result(run_id)).status == "succeeded"

    await run()
    return run


def main(rounds: int) -> None:
    asyncio.run(uncapped(rounds))
    asyncio.run(capped(rounds))


if __name__ == "__main__":
    main(rounds_asked(__doc__, 5))
