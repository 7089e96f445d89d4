"""A process that drives one run which puts out much, and says how much memory it took to do so.

    .venv/bin/python -m tests.soak.flood fan 1000

The flow has about 200 nodes; the number is megabytes of output. The run goes through the service into a database in
a new folder, and one watcher reads every event, or none, or one that never reads on. Printed is JSON: the megabytes
by which the process has grown at most since it had everything imported (the high water mark of its resident memory),
the highest itself, the seconds, and what came out.
"""

import asyncio
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from weft.catalog import Context, component
from weft.model import Flow, from_json
from weft.runs.service import RunService
from weft.runs.store.sqlite import SqliteStore
from weft.testing import services, stock_catalog

PIECE = 1000
"""Characters that are streamed at once."""
_numbers = itertools.count()


@component
async def big(size: int, after: str = "") -> str:
    """A text of that many characters that no other step has."""
    del after
    return f"{next(_numbers):>12}" + "x" * (size - 12)


@component
async def lengths(texts: list[str]) -> int:
    """How long they are together."""
    return sum(len(text) for text in texts)


@component
async def stream(size: int, ctx: Context, after: list[int] = []) -> int:  # noqa: B006 - never changed
    """Say so many characters, piece by piece, as fast as others let it."""
    del after
    piece = "y" * PIECE
    for number in range(size // PIECE):
        ctx.emit(piece)
        if number % 20 == 19:
            await asyncio.sleep(0)
    return size


def fan(megabytes: int) -> dict[str, Any]:
    """180 texts, joined ten at a time."""
    size = megabytes * 1_000_000 // 180
    nodes: dict[str, Any] = {}
    for join in range(18):
        names = [f"big{join}_{number}" for number in range(10)]
        nodes |= {name: {"component": "big", "params": {"size": size}} for name in names}
        nodes[f"join{join}"] = {"component": "lengths", "inputs": {"texts": [name for name in names]}}
    return {"nodes": nodes}


def chain(megabytes: int) -> dict[str, Any]:
    """200 texts, each made after the one before it was read."""
    size = megabytes * 1_000_000 // 200
    nodes: dict[str, Any] = {"big0": {"component": "big", "params": {"size": size}}}
    for number in range(1, 200):
        nodes[f"big{number}"] = {
            "component": "big",
            "params": {"size": size},
            "inputs": {"after": f"big{number - 1}"},
        }
    return {"nodes": nodes}


def mapped(megabytes: int) -> dict[str, Any]:
    """A map whose 200 items each make a text and say how long it is."""
    size = megabytes * 1_000_000 // 200
    inner: dict[str, Any] = {
        "format": 1,
        "nodes": {
            "big": {"component": "big", "params": {"size": size}, "inputs": {"after": "inputs.item"}},
            "length": {"component": "lengths", "inputs": {"texts": ["big"]}},
        },
        "inputs": {"item": {}},
        "outputs": {"length": "length"},
    }
    items = [str(number) for number in range(200)]
    return {"nodes": {"map": {"component": "map", "params": {"items": items, "flow": inner}}}}


def streamed(megabytes: int) -> dict[str, Any]:
    """200 steps that stream, as a model's answer would."""
    size = megabytes * 1_000_000 // 200
    return {
        "nodes": {f"say{number}": {"component": "stream", "params": {"size": size}} for number in range(200)}
    }


SHAPES: dict[str, Callable[[int], dict[str, Any]]] = {
    "fan": fan,
    "chain": chain,
    "map": mapped,
    "stream": streamed,
}


def the_flow(shape: str, megabytes: int) -> Flow:
    return from_json({"format": 1, "name": shape, **SHAPES[shape](megabytes)})


def resident(name: str = "VmRSS") -> float:
    """Megabytes of this process that are in memory; with `VmHWM` the most that ever were."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(name)


async def run(shape: str, megabytes: int, watchers: str) -> dict[str, Any]:
    catalog = stock_catalog(big, lengths, stream)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        service = RunService(SqliteStore(Path(folder) / "weft.db"), services(), lambda: catalog)
        flow = the_flow(shape, megabytes)
        before, begun = resident(), time.perf_counter()
        run_id = await service.start(flow, slug=shape)
        stuck = service.watch(run_id)
        if watchers == "stuck":
            await anext(stuck)
        seen = 0
        if watchers != "none":
            async for event in service.watch(run_id):
                seen = event.seq
        result = await service.result(run_id)
        said = {
            "status": result.status,
            "error": result.error,
            "events": seen,
            "seconds": round(time.perf_counter() - begun, 2),
            "grown": round(resident("VmHWM") - before),
            "peak": round(resident("VmHWM")),
        }
        await service.close()
    return said


if __name__ == "__main__":
    _, asked, size, *rest = sys.argv
    print(json.dumps(asyncio.run(run(asked, int(size), rest[0] if rest else "read"))))
