"""Runs cancelled at random moments, in every state, by their own process and by others."""

import asyncio
import random
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.runs.unowned import unowned

from weft.catalog import Context, component
from weft.engine.services import Services
from weft.model.flow import Flow
from weft.model.text import from_json
from weft.runs.driving import tending
from weft.runs.service import RunService
from weft.runs.store.sqlite import SqliteStore
from weft.testing import stock_catalog

NEW, RUNNING = 0.1, 1.0
"""Seconds after which no new step starts, and after which those that run have ended."""
BEAT = 0.005


class Pulse:
    """What the machine kept from this process: a busy one gives it no processor for a while, and that is no delay of
    ours. What the process computed itself meanwhile is."""

    def __init__(self) -> None:
        self._held: list[tuple[float, float]] = []
        """Until when it had to wait, and for how long."""

    async def beat(self) -> None:
        wall, used = time.monotonic(), time.process_time()
        while True:
            await asyncio.sleep(BEAT)
            now, then = time.monotonic(), time.process_time()
            if (held := now - wall - BEAT - (then - used)) > BEAT:
                self._held.append((now, held))
            wall, used = now, then

    def since(self, begun: float, until: float) -> float:
        """The seconds between the two that were ours."""
        held = sum(
            min(held, when - begun) for when, held in self._held if when > begun and when - held < until
        )
        return max(0.0, until - begun - held)


@dataclass
class Figures:
    cancelled: int = 0
    over: int = 0
    """Runs that had ended before they were cancelled."""
    slowest_start: float = 0.0
    slowest_end: float = 0.0
    wrong: list[str] = field(default_factory=list[str])


class Bench:
    def __init__(self, store: SqliteStore) -> None:
        self.pulse = Pulse()
        self.started: dict[str, float] = {}
        """When a step of each run last started."""
        known = stock_catalog(*self._components())
        self.mine, self.other = (RunService(store, Services(), lambda: known) for _ in range(2))

    def _components(self) -> list[Any]:
        def begun(ctx: Any) -> None:
            self.started[ctx.run_id] = time.monotonic()

        @component
        async def nap(ctx: Context, seconds: float = 0.0, text: Any = "") -> str:
            """Sleep."""
            begun(ctx)
            await asyncio.sleep(seconds)
            return "z"

        @component
        def thread(ctx: Context, text: Any = "") -> str:
            """A thread that hears nothing for a while."""
            begun(ctx)
            time.sleep(0.3)
            return "z"

        @component
        async def well(ctx: Context, text: Any = "") -> bool:
            """Ask."""
            begun(ctx)
            return (await ctx.ask("Well?"))["approved"]

        @component
        async def again(ctx: Context, text: Any = "") -> str:
            """Fail, and be tried again."""
            begun(ctx)
            raise ConnectionError("busy")

        return [nap, thread, well, again]


INNER: dict[str, Any] = {
    "format": 1,
    "inputs": {"item": {"type": "any"}},
    "nodes": {
        "a": {"component": "nap", "params": {"seconds": 0.005}, "inputs": {"text": "inputs.item"}},
        "b": {"component": "well", "inputs": {"text": "a"}},
    },
    "outputs": {"o": "b"},
}


def flows() -> list[Flow]:
    """One for each state a run can be in."""
    nap, forever = {"component": "nap"}, {"component": "nap", "params": {"seconds": 600}}
    chain = {f"n{i}": {**nap, **({"inputs": {"text": f"n{i - 1}"}} if i else {})} for i in range(60)}
    shapes: list[dict[str, Any]] = [
        chain,
        {f"n{i}": {"component": "nap", "params": {"seconds": 0.002}} for i in range(80)},
        {"a": nap, "b": {**forever, "inputs": {"text": "a"}}},
        {"a": {"component": "thread"}, "b": {**nap, "inputs": {"text": "a"}}},
        {"a": {"component": "well"}, "b": forever},
        {"a": {"component": "well"}},
        {"a": {"component": "again", "options": {"retries": 10}}},
        {"a": {"component": "map", "params": {"flow": INNER, "items": [1, 2, 3, 4]}}},
        {"a": {"component": "subtask", "params": {"flow": INNER, "item": 1}}},
    ]
    return [from_json({"format": 1, "name": "cancelled", "nodes": nodes}) for nodes in shapes]


async def cancel_at_random(folder: Path, count: int, seed: int) -> Figures:
    chance, figures = random.Random(seed), Figures()
    store = SqliteStore(folder / "weft.db")
    bench = Bench(store)
    bench.mine.recover()
    pulse = asyncio.create_task(bench.pulse.beat(), name="pulse")
    before = {task for task in asyncio.all_tasks() if task.get_name() != "tend runs"}
    kinds = flows()
    quick = tending.TICK, tending.REST
    tending.TICK = tending.REST = 0.02
    try:
        for start in range(0, count, 8):
            some = range(start, min(start + 8, count))
            turns = [(kinds[number % len(kinds)], chance.random() ** 2 * 0.15, chance) for number in some]
            await asyncio.gather(*(_one(bench, figures, *turn) for turn in turns))
        figures.wrong += await unowned(store)
    finally:
        pulse.cancel()
        tending.TICK, tending.REST = quick
        for service in (bench.mine, bench.other):
            await service.close()
        await store.close()
    figures.wrong += _leaked(before, folder)
    return figures


async def _one(bench: Bench, figures: Figures, flow: Flow, pause: float, chance: random.Random) -> None:
    run_id = await bench.mine.start(flow)
    await asyncio.sleep(pause)
    by = bench.other if chance.random() < 0.2 else bench.mine
    begun = time.monotonic()
    await by.cancel(run_id)
    async for _ in bench.mine.watch(run_id):
        pass
    ended = await bench.mine.get(run_id)
    figures.over += ended.status != "cancelled"
    figures.cancelled += ended.status == "cancelled"
    late = 1.0 if by is bench.other else 0.0  # for the owner to hear of it
    end = bench.pulse.since(begun, time.monotonic())
    start = bench.pulse.since(begun, bench.started.get(run_id, begun))
    figures.slowest_end = max(figures.slowest_end, end - late)
    figures.slowest_start = max(figures.slowest_start, start - late)
    if end > RUNNING + late or start > NEW + late:
        figures.wrong.append(f"{run_id}: a step started after {start:.2f} s, and it ended after {end:.2f} s")
    if not ended.over:
        figures.wrong.append(f"{run_id} is {ended.status}")


def _leaked(before: set[Any], folder: Path) -> list[str]:
    left = [task for task in asyncio.all_tasks() - before if not task.done()]
    wrong = [f"the task {task.get_name()} is left" for task in left]
    threads = [thread.name for thread in threading.enumerate() if not thread.daemon]
    wrong += [f"the thread {name} is left" for name in threads if name.startswith("weft")]
    with closing(sqlite3.connect(folder / "weft.db", timeout=0)) as db:
        db.execute("BEGIN EXCLUSIVE")  # which no open transaction allows
    return wrong
