"""What does a run cost whose steps are all cached, and a step that looks into the cache in vain?

    .venv/bin/python -m benchmarks.caching [--rounds 9]

200 pure steps, each finishing a text of 2,000 characters and taking as much, in a chain and in a fan. *Floor*: the same shape of nodes
that do nothing (`floor.py`). All are run in turn in one process, with the cache in memory and on disk; each figure is a
median of time on the wall, for the disk's thread works beside the loop.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import shapes
from benchmarks.floor import Floor
from benchmarks.shapes import Shape
from weft.catalog import Catalog, Template, component
from weft.engine import start
from weft.engine.caching import MemoryCache, StepCache
from weft.engine.choice import Choice
from weft.engine.inputs import assemble, finish_texts
from weft.engine.plan import plan
from weft.engine.recipes import raw_parts, recipe
from weft.engine.services import Services
from weft.model import Flow, from_json
from weft.model.flow import Defaults
from weft.runs.earlier.step_cache import StepCacheFile

STEPS = 200
TEXT = "word " * 400
Run = Callable[[], Awaitable[Any]]


@component(pure=True)
async def write(place: int, text: Template = "", sources: list[str] = []) -> str:  # noqa: B006 - never changed
    """Give the text back."""
    return f"{place}: {text}"


CATALOG = Catalog([write])


class Where:
    """A step, as far as its key asks."""

    path = "n1"
    flow_defaults = Defaults()
    model = None


def texts(shape: Shape) -> Flow:
    """The shape, each node finishing a text into which its first source goes."""
    document = shapes.document(shape, "write")
    for node in document["nodes"].values():
        refs = node.get("inputs", {}).get("sources", [])
        node["params"]["text"] = TEXT + ("{{before | length}}" if refs else "")
        if refs:
            node["inputs"]["before"] = refs[0]
    return from_json(document)


def runs_of(shape: Shape, disk: StepCache) -> dict[str, Run]:
    """The floor, and runs without a cache, with all in it, and with all of it made anew."""
    flow, memory = texts(shape), MemoryCache()

    def weft(cache: StepCache | None, fresh: bool = False) -> Run:
        async def run() -> None:
            async with start(
                flow, CATALOG, cache=cache, choice=Choice(fresh=True) if fresh else None
            ) as made:
                result = await made.finished()
            assert result.status == "succeeded"

        return run

    return {
        "floor": Floor(shape).run,
        "no cache": weft(None),
        "memory, cached": weft(memory),
        "memory, made anew": weft(memory, fresh=True),
        "disk, cached": weft(disk),
        "disk, made anew": weft(disk, fresh=True),
    }


async def whole_runs(rounds: int) -> None:
    print(f"{STEPS} pure steps, µs a step (and as a multiple of the floor)")
    with tempfile.TemporaryDirectory() as folder:
        file = StepCacheFile(Path(folder) / "cache.db")
        for name, shape in (("chain", shapes.chain(STEPS)), ("fan", shapes.fan(STEPS))):
            runs = runs_of(shape, file.of(name))
            times: dict[str, list[float]] = {who: [] for who in runs}
            for turn in range(rounds + 1):
                for who, run in runs.items():
                    gc.collect()
                    begun = time.perf_counter()
                    await run()
                    if turn:  # the first fills the caches
                        times[who].append(time.perf_counter() - begun)
                    await file.size()  # what is pending is on the disk before the next begins
            floor = median(times["floor"])
            for who, taken in times.items():
                each = median(taken) / len(shape) * 1e6
                print(f"  {name:6} {who:18} {each:8.1f} µs  {median(taken) / floor:6.1f}x")
        await file.close()


async def keys(rounds: int) -> None:
    """The recipe of a step alone: what every step that may be cached pays before it is looked up."""
    made = plan(texts(shapes.chain(2)), CATALOG)
    node, outcomes, services = made.nodes[1], [{"output": TEXT}, None, {}], Services()
    times: list[float] = []
    for _ in range(rounds):
        begun = time.perf_counter()
        for _ in range(1_000):
            values = assemble(node, outcomes, gaps=False)
            parts = raw_parts(node, values, {})
            finish_texts(node, values, {})
            await recipe(node, values, parts, Where(), services)
        times.append((time.perf_counter() - begun) / 1_000)
    bare: list[float] = []
    for _ in range(rounds):
        begun = time.perf_counter()
        for _ in range(1_000):
            finish_texts(node, assemble(node, outcomes, gaps=False), {})
        bare.append((time.perf_counter() - begun) / 1_000)
    print(
        f"The key of a step with two texts of 2,000 characters: {(median(times) - median(bare)) * 1e6:.1f} µs"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    asyncio.run(keys(rounds))
    asyncio.run(whole_runs(rounds))
