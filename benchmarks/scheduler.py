"""What the scheduler costs, as multiples of the floor; how close it comes to the critical path; what planning costs.

    .venv/bin/python -m benchmarks.scheduler [--rounds 25]

Everything that is compared runs interleaved, in one process, and each figure is a median. CPU is process time.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from statistics import median, quantiles
from typing import Any

from benchmarks import shapes
from benchmarks.floor import Floor
from benchmarks.shapes import Shape
from weft.catalog import Catalog, Component, component
from weft.engine import start
from weft.engine.check import check
from weft.engine.plan import plan
from weft.engine.run import PARALLEL
from weft.model import Flow, dumps, from_json, loads

Clock = Callable[[], float]
Run = Callable[[], Awaitable[Any]]
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


def weft_run(shape: Shape, work: Component = noop, *, parallel: int = PARALLEL, follow: bool = False) -> Run:
    """A run of the shape by Weft, with a timeout on every node."""
    flow = from_json(shapes.document(shape, work.name, DEFAULTS))
    catalog = Catalog([work])

    async def run() -> None:
        async with start(flow, catalog, parallel=parallel) as running:
            if follow:
                async for _ in running:
                    pass
            result = await running.finished()
        assert result.status == "succeeded", result.error

    return run


def interleaved(
    runs: dict[str, Run], rounds: int, clock: Clock = time.process_time
) -> dict[str, list[float]]:
    """The times of each, taken in turn in every round, so that all of them meet the same machine."""
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
    return {name: times[2:] for name, times in taken.items()}


def cpu(rounds: int) -> None:
    print(
        f"CPU a node: no-op nodes, each with a timeout, at most {PARALLEL} at once (target 2.0x, stretch 1.6x)"
    )
    for name, shape in SHAPES.items():
        runs = {"floor": Floor(shape).run, "weft": weft_run(shape), "read": weft_run(shape, follow=True)}
        times = interleaved(runs, max(rounds, 5000 // len(shape)))
        floor, weft, read = (median(times[who]) / len(shape) * 1e6 for who in runs)
        print(
            f"  {name:14} floor {floor:5.2f} µs   weft {weft:5.2f} µs  {weft / floor:4.2f}x"
            f"   with every event read {read:5.2f} µs  {read / floor:4.2f}x"
        )


def growth(rounds: int) -> None:
    print("Growth: CPU a node at 10,000 nodes as a multiple of 1,000 (target 1.3x, stretch 1.1x)")
    for name, make in (
        ("chain", shapes.chain),
        ("fan", shapes.fan),
        ("layered", lambda n: shapes.layered(n // 20, 20)),
    ):
        runs = {size: weft_run(make(size)) for size in (1000, 10_000)}
        times = interleaved({str(size): run for size, run in runs.items()}, max(5, rounds // 3))
        small, large = (median(times[str(size)]) / size * 1e6 for size in runs)
        print(f"  {name:14} {small:5.2f} µs -> {large:5.2f} µs   {large / small:4.2f}x")


def makespan(rounds: int) -> None:
    print("Makespan over critical path, 8 lanes of 10 nodes of 10 and 200 ms (target 1.03, and floor + 0.02)")
    shape = shapes.lanes(8, 10)
    seconds = shapes.uneven(shape)
    best = shapes.critical_path(shape, seconds)

    @component
    async def sleep(place: int, sources: list[Any] = []) -> int:  # noqa: B006 - never changed
        """Take its time."""
        await asyncio.sleep(seconds[place])
        return 1

    floor = Floor(shape)
    runs = {
        "floor": lambda: floor.run(lambda index: asyncio.sleep(seconds[index])),
        "weft": weft_run(shape, sleep),
    }
    times = interleaved(runs, max(3, rounds // 5), time.perf_counter)
    for who in runs:
        print(f"  {who:14} {median(times[who]) / best:6.3f}")


def latency(rounds: int) -> None:
    print(
        "Dispatch latency: from the end of a node's last source to its own start (target p50 1.6x, p99 2.5x)"
    )
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
        floor_us, weft_us = marks["floor"][place] * 1e6, marks["weft"][place] * 1e6
        print(
            f"  {name}            floor {floor_us:6.1f} µs   weft {weft_us:6.1f} µs   {weft_us / floor_us:4.2f}x"
        )


def concurrent(rounds: int) -> None:
    print(
        "200 concurrent runs of 10 nodes: runs a second as a share of the floor's (target 0.5x, stretch 0.7x)"
    )
    shape = shapes.layered(5, 2)
    floor, weft = Floor(shape), weft_run(shape)

    async def at_once(run: Run) -> None:
        await asyncio.gather(*(run() for _ in range(200)))

    times = interleaved(
        {"floor": lambda: at_once(floor.run), "weft": lambda: at_once(weft)}, max(5, rounds // 2)
    )
    a, b = median(times["floor"]), median(times["weft"])
    print(f"  floor {200 / a:8.0f} runs/s   weft {200 / b:8.0f} runs/s   {a / b:4.2f}x")


def planning(rounds: int) -> None:
    print(
        "Planning a loaded flow (target 3 µs a node), and a file of 10,000 nodes to its plan (target 60 ms)"
    )

    def timed(work: Callable[[], Any]) -> float:
        times: list[float] = []
        for _ in range(max(5, rounds // 3)):
            gc.collect()
            gc.disable()
            begun = time.process_time()
            work()
            times.append(time.process_time() - begun)
            gc.enable()
        return median(times)

    flows: dict[int, Flow] = {
        size: from_json(shapes.document(shapes.layered(size // 20, 20, 1), "noop")) for size in (1000, 10_000)
    }
    for size, flow in flows.items():
        print(
            f"  plan {size:6,} nodes        {timed(lambda flow=flow: plan(flow, CATALOG)) / size * 1e6:6.2f} µs a node"
        )
    text = dumps(flows[10_000])
    print(f"  file to plan, 10,000     {timed(lambda: plan(loads(text), CATALOG)) * 1e3:6.1f} ms")
    print(
        f"  check, 10,000            {timed(lambda: check(flows[10_000], CATALOG)) * 1e3:6.1f} ms (promise: under a second)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    for question in (cpu, growth, makespan, latency, concurrent, planning):
        question(parser.parse_args().rounds)
