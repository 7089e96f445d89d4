"""What does an item of a map cost beyond the steps it runs, and a round of a repeat?

    .venv/bin/python -m benchmarks.maps [--rounds 9]

The measure is as many no-op nodes in one flow as the items run, three each; all are run in turn in one process, and each
figure is the median of CPU times over that of the measure.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import time
from statistics import median
from typing import Any

from weft.catalog import component
from weft.engine import start
from weft.model import Flow, from_json
from weft.testing import services, stock_catalog

ITEMS = 1_000
Json = dict[str, Any]


@component
async def noop(x: int = 0) -> int:
    """Do nothing."""
    return x


CATALOG, SERVICES = stock_catalog(noop), services()


def chain(x: str, name: str = "") -> Json:
    """Three no-op nodes in a row."""
    sources = (x, f"{name}a", f"{name}b")
    return {
        name + node: {"component": "noop", "inputs": {"x": source}}
        for node, source in zip("abc", sources, strict=True)
    }


THREE: Json = {
    "format": 1,
    "inputs": {"x": {"type": "integer", "default": 0}},
    "outputs": {"x": "c"},
    "nodes": chain("inputs.x"),
}
NESTED: Json = {
    **THREE,
    "nodes": {"c": {"component": "subtask", "params": {"flow": THREE}, "inputs": {"x": "inputs.x"}}},
}


def mapped(inner: Json, at_once: int) -> Flow:
    params = {"flow": inner, "items": list(range(ITEMS)), "at_once": at_once}
    return from_json({"format": 1, "nodes": {"m": {"component": "map", "params": params}}})


def repeated() -> Flow:
    params = {"flow": THREE, "until": "false", "at_most": ITEMS}
    return from_json({"format": 1, "nodes": {"r": {"component": "repeat", "params": params}}})


def plain() -> Flow:
    nodes = {name: node for number in range(ITEMS) for name, node in chain("inputs.x", f"n{number}_").items()}
    inputs = {"x": {"type": "integer", "default": 0}}
    return from_json({"format": 1, "inputs": inputs, "outputs": {"x": "n0_c"}, "nodes": nodes})


async def cpu(flow: Flow) -> float:
    gc.collect()
    begun = time.process_time()
    async with start(flow, CATALOG, services=SERVICES) as run:
        result = await run.finished()
    assert result.status == "succeeded", result.error
    return time.process_time() - begun


async def main(rounds: int) -> None:
    contestants = {
        "3,000 nodes of one flow": plain(),
        "map of 1,000 items, 8 at once": mapped(THREE, 8),
        "map of 1,000 items, one by one": mapped(THREE, 1),
        "map of 1,000 items with a subtask in each": mapped(NESTED, 8),
        "repeat of 1,000 rounds": repeated(),
    }
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds + 1):  # the first plans, and isn't counted
        for name, flow in contestants.items():
            taken[name].append(await cpu(flow))
    medians = {name: median(times[1:]) for name, times in taken.items()}
    floor = medians["3,000 nodes of one flow"]
    for name, seconds in medians.items():
        print(f"{name:45} {seconds / ITEMS * 1e6:6.1f} µs an item  {seconds / floor:5.2f}x")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    asyncio.run(main(parser.parse_args().rounds))
