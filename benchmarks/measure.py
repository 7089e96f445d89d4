"""How everything here is measured: things run in turn, round by round, in one process; what is told are medians."""

from __future__ import annotations

import argparse
import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

from benchmarks import shapes
from benchmarks.shapes import Shape
from weft.catalog import Catalog, Component, component
from weft.engine import start
from weft.engine.run import PARALLEL
from weft.model import Flow, from_json

Clock = Callable[[], float]
Run = Callable[[], Awaitable[Any]]
Times = dict[str, list[float]]
DEFAULTS = {"timeout": 60}
"""Every node has a timeout."""
SHAPES = {
    "chain 100": shapes.chain(100),
    "chain 1,000": shapes.chain(1000),
    "fan 100": shapes.fan(100),
    "fan 1,000": shapes.fan(1000),
    "layered 50x20": shapes.layered(50, 20),
}


@component
async def noop(sources: list[Any] = []) -> int:  # noqa: B006 - never changed
    """Do nothing."""
    return 1


CATALOG = Catalog([noop])


def flow_of(shape: Shape, work: Component = noop) -> Flow:
    """The shape as a flow of this component."""
    return from_json(shapes.document(shape, work.name, DEFAULTS))


def weft_run(shape: Shape, work: Component = noop, *, follow: bool = False, **options: Any) -> Run:
    """A run of the shape by Weft; `follow` reads every event."""
    flow, catalog = flow_of(shape, work), Catalog([work])

    async def run() -> None:
        async with start(flow, catalog, **{"parallel": PARALLEL, **options}) as running:
            if follow:
                async for _ in running:
                    pass
            result = await running.finished()
        assert result.status == "succeeded", result.error

    return run


def interleaved(runs: dict[str, Run], rounds: int, clock: Clock = time.process_time) -> Times:
    """The times of each, taken in turn in every round, so that all of them meet the same machine."""

    async def measure() -> Times:
        return await in_turn(runs, rounds, clock)

    return asyncio.run(measure())


async def in_turn(runs: dict[str, Run], rounds: int, clock: Clock = time.process_time) -> Times:
    """As `interleaved`, on the loop there is. The first two rounds warm up and don't count."""
    taken: Times = {name: [] for name in runs}
    for _ in range(rounds + 2):
        for name, run in runs.items():
            gc.collect()
            gc.disable()
            begun = clock()
            await run()
            taken[name].append(clock() - begun)
            gc.enable()
    return {name: times[2:] for name, times in taken.items()}


def timed(work: Callable[[], Any], rounds: int) -> float:
    """The median CPU seconds of a call."""
    times: list[float] = []
    for _ in range(max(5, rounds)):
        gc.collect()
        gc.disable()
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
        gc.enable()
    return median(times)


def rounds_asked(doc: str | None, default: int) -> int:
    """What `--rounds` says."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--rounds", type=int, default=default)
    return int(parser.parse_args().rounds)
